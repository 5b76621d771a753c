#include "proxy_protocol.hpp"

#include "decimal.hpp"
#include "http1_chars.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace gyre::http::detail {
namespace {

using Result = ProxyProtocolParser::Result;

constexpr std::string_view line_start = "PROXY ";
constexpr std::string_view signature{"\r\n\r\n\0\r\nQUIT\n", 12};

constexpr std::uint8_t command_local = 0;
constexpr std::uint8_t command_proxy = 1;
constexpr std::uint8_t family_unspec = 0;
constexpr std::uint8_t family_inet = 1;
constexpr std::uint8_t family_inet6 = 2;
constexpr std::uint8_t family_unix = 3;
constexpr std::uint8_t transport_stream = 1;
constexpr std::uint8_t transport_datagram = 2;
constexpr std::uint8_t type_crc32c = 3;  // PP2_TYPE_CRC32C

unsigned byte_at(std::string_view bytes, std::size_t at) noexcept {
    return static_cast<unsigned char>(bytes[at]);
}

std::uint16_t word_at(std::string_view bytes, std::size_t at) noexcept {
    return static_cast<std::uint16_t>(byte_at(bytes, at) << 8 | byte_at(bytes, at + 1));
}

bool is_prefix(std::string_view part, std::string_view whole) noexcept {
    return whole.starts_with(part.substr(0, whole.size()));
}

// CRC-32C (RFC 4960 appendix B), bit by bit: a header is short and comes once a connection.
std::uint32_t crc32c(std::string_view bytes) noexcept {
    std::uint32_t crc = 0xffffffff;
    for (const char byte : bytes) {
        crc ^= static_cast<unsigned char>(byte);
        for (int bit = 0; bit < 8; ++bit)
            crc = crc >> 1 ^ (0x82f63b78 & (0 - (crc & 1)));
    }
    return ~crc;
}

std::string_view next_word(std::string_view& rest) noexcept {
    const std::size_t space = rest.find(' ');
    const std::string_view word = rest.substr(0, space);
    rest.remove_prefix(space == std::string_view::npos ? rest.size() : space + 1);
    return word;
}

std::optional<Address> parse_address(std::string_view host, std::string_view port,
                                     Address::Family family) {
    // "without leading zeroes", section 2.1
    const std::optional<std::uint16_t> number = parse_canonical_decimal<std::uint16_t>(port);
    if (!number || host.find('%') != std::string_view::npos) return std::nullopt;
    std::optional<Address> address = Address::from_ip(host, *number);
    if (!address || address->family() != family) return std::nullopt;
    return address;
}

std::string literal_of(std::string_view bytes) {
    std::string text;
    if (bytes.size() == 4) {
        for (std::size_t i = 0; i < 4; ++i)
            text += (i == 0 ? "" : ".") + std::to_string(byte_at(bytes, i));
        return text;
    }
    constexpr std::string_view digits = "0123456789abcdef";
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i != 0 && i % 2 == 0) text += ':';
        text += digits[byte_at(bytes, i) >> 4];
        text += digits[byte_at(bytes, i) & 15];
    }
    return text;
}

// A path ends at its first NUL; an abstract name begins with one, and ends with the last byte that
// is none. A socket without a name is nobody.
std::optional<Address> unix_address(std::string_view bytes) {
    const std::size_t end = bytes.find_last_not_of('\0');
    if (end == std::string_view::npos) return Address{};
    std::string name{bytes.substr(0, end + 1)};
    if (name.front() == '\0')
        name.front() = '@';
    else
        name.resize(std::min(name.size(), name.find('\0')));
    return Address::from_path(name);
}

}  // namespace

Result ProxyProtocolParser::parse(std::string_view bytes) {
    consumed_ = 0;
    while (consumed_ < bytes.size()) {
        header_.push_back(bytes[consumed_++]);
        const Result result = header_.front() == line_start.front() ? parse_line() : parse_binary();
        if (result != Result::need_more) return result;
    }
    return Result::need_more;
}

Result ProxyProtocolParser::parse_line() {
    if (!is_prefix(header_, line_start) && !header_.starts_with(line_start)) return Result::bad;
    const bool line_feed = header_.back() == '\n';
    const bool behind_cr = header_.size() > 1 && header_[header_.size() - 2] == '\r';
    if (line_feed != behind_cr) return Result::bad;
    if (!line_feed) return header_.size() < max_line ? Result::need_more : Result::bad;
    const std::string_view line{header_};
    return read_line(line.substr(line_start.size(), line.size() - line_start.size() - 2))
               ? Result::complete
               : Result::bad;
}

bool ProxyProtocolParser::read_line(std::string_view line) {
    const std::string_view protocol = next_word(line);
    // "the receiver must ignore anything presented before the CRLF"
    if (protocol == "UNKNOWN") return true;
    if (protocol != "TCP4" && protocol != "TCP6") return false;
    const auto family = protocol == "TCP4" ? Address::Family::ipv4 : Address::Family::ipv6;
    // Five words with one space between them: an empty one is none of what is expected.
    const std::string_view from = next_word(line);
    const std::string_view to = next_word(line);
    const std::string_view from_port = next_word(line);
    source_ = parse_address(from, from_port, family);
    destination_ = parse_address(to, line, family);
    return source_ && destination_;
}

Result ProxyProtocolParser::parse_binary() {
    const std::string_view all{header_};
    if (all.size() <= signature.size())
        return is_prefix(all, signature) ? Result::need_more : Result::bad;
    const unsigned version = byte_at(all, 12) >> 4;
    const unsigned command = byte_at(all, 12) & 15;
    if (version != 2 || command > command_proxy) return Result::bad;
    if (all.size() < 14) return Result::need_more;
    const unsigned family = byte_at(all, 13) >> 4;
    const unsigned transport = byte_at(all, 13) & 15;
    // What LOCAL says of addresses is nobody's business.
    if (command == command_proxy && (family > family_unix || transport > transport_datagram))
        return Result::bad;
    if (all.size() < prefix_size) return Result::need_more;
    const std::size_t rest = word_at(all, 14);
    if (rest > max_rest) return Result::bad;
    if (all.size() < prefix_size + rest) return Result::need_more;
    // LOCAL, and what is no stream of IP or Unix: "the real connection's endpoints".
    auto known = static_cast<std::uint8_t>(family);
    if (command == command_local || transport != transport_stream) known = family_unspec;
    return read_addresses(all.substr(prefix_size), known) ? Result::complete : Result::bad;
}

bool ProxyProtocolParser::read_addresses(std::string_view block, std::uint8_t family) {
    switch (family) {
        case family_inet:
            return read_inet(block, 4) && read_extensions(prefix_size + 12);
        case family_inet6:
            return read_inet(block, 16) && read_extensions(prefix_size + 36);
        case family_unix:
            return read_unix(block) && read_extensions(prefix_size + 216);
        default:
            return true;  // of unknown layout
    }
}

bool ProxyProtocolParser::read_inet(std::string_view block, std::size_t size) {
    if (block.size() < 2 * size + 4) return false;
    source_ = Address::from_ip(literal_of(block.substr(0, size)), word_at(block, 2 * size));
    destination_ =
        Address::from_ip(literal_of(block.substr(size, size)), word_at(block, 2 * size + 2));
    return source_ && destination_;
}

bool ProxyProtocolParser::read_unix(std::string_view block) {
    constexpr std::size_t size = 108;
    if (block.size() < 2 * size) return false;
    source_ = unix_address(block.substr(0, size));
    destination_ = unix_address(block.substr(size, size));
    return source_ && destination_;
}

// Type, length, value; a checksum is over the whole header, with zeros in its own place
// (section 2.2.4).
bool ProxyProtocolParser::read_extensions(std::size_t at) {
    bool summed = false;
    while (at < header_.size()) {
        if (header_.size() - at < 3) return false;
        const std::size_t size = word_at(header_, at + 1);
        if (size > header_.size() - at - 3) return false;
        if (byte_at(header_, at) == type_crc32c) {
            // Once, as each one costs a walk over the header.
            if (size != 4 || std::exchange(summed, true)) return false;
            const std::uint32_t said =
                std::uint32_t{word_at(header_, at + 3)} << 16 | word_at(header_, at + 5);
            std::string blank = header_;
            std::fill_n(blank.begin() + static_cast<std::ptrdiff_t>(at) + 3, 4, '\0');
            if (crc32c(blank) != said) return false;
        }
        at += 3 + size;
    }
    return true;
}

}  // namespace gyre::http::detail
