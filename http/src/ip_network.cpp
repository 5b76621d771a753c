#include "ip_network.hpp"

#include "decimal.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <netinet/in.h>

namespace gyre::http::detail {
namespace {

constexpr std::array<std::uint8_t, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

// Whether two addresses of the same length have the same bits in [0, bits).
bool agree(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b,
           unsigned bits) noexcept {
    const std::size_t whole = bits / 8;
    if (!std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(whole), b.begin()))
        return false;
    if (bits % 8 == 0) return true;
    const auto differing = static_cast<unsigned>(a[whole] ^ b[whole]);
    return differing >> (8 - bits % 8) == 0;
}

bool is_zero_from(std::span<const std::uint8_t> bytes, unsigned bit) noexcept {
    for (unsigned i = bit; i < bytes.size() * 8; ++i)
        if ((bytes[i / 8] >> (7 - i % 8) & 1) != 0) return false;
    return true;
}

}  // namespace

std::optional<IPBytes> IPBytes::of(const Address& address) noexcept {
    IPBytes result;
    if (address.family() == Address::Family::ipv4) {
        sockaddr_in native{};
        std::memcpy(&native, address.native(), sizeof native);
        std::memcpy(result.bytes_.data(), &native.sin_addr, 4);
        result.size_ = 4;
        return result;
    }
    if (address.family() != Address::Family::ipv6) return std::nullopt;
    sockaddr_in6 native{};
    std::memcpy(&native, address.native(), sizeof native);
    std::memcpy(result.bytes_.data(), &native.sin6_addr, 16);
    result.size_ = 16;
    if (std::equal(mapped_prefix.begin(), mapped_prefix.end(), result.bytes_.begin())) {
        std::copy_n(result.bytes_.begin() + 12, 4, result.bytes_.begin());
        result.size_ = 4;
    }
    return result;
}

std::optional<IPNetwork> IPNetwork::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    const std::string_view literal = text.substr(0, slash);
    if (literal.find('%') != std::string_view::npos) return std::nullopt;
    const std::optional<Address> address = Address::from_ip(literal, 0);
    if (!address) return std::nullopt;
    IPNetwork result;
    result.first_ = IPBytes::of(*address).value_or(IPBytes{});
    const auto size = static_cast<unsigned>(result.first_.bytes().size()) * 8;
    result.prefix_ = size;
    if (slash == std::string_view::npos) return result;
    std::optional<unsigned> prefix = parse_canonical_decimal<unsigned>(text.substr(slash + 1));
    if (!prefix) return std::nullopt;
    if (address->family() == Address::Family::ipv6 && size == 32) {
        if (*prefix < 96) return std::nullopt;
        *prefix -= 96;
    }
    if (*prefix > size || !is_zero_from(result.first_.bytes(), *prefix)) return std::nullopt;
    result.prefix_ = *prefix;
    return result;
}

bool IPNetwork::contains(const IPBytes& address) const noexcept {
    return address.bytes().size() == first_.bytes().size() &&
           agree(address.bytes(), first_.bytes(), prefix_);
}

std::string TrustedPeers::assign(const std::vector<std::string>& peers) {
    networks_.clear();
    unix_ = false;
    std::vector<IPNetwork> networks;
    bool unix_sockets = false;
    for (const std::string& peer : peers) {
        if (peer == "unix") {
            unix_sockets = true;
        } else if (const auto network = IPNetwork::parse(peer)) {
            networks.push_back(*network);
        } else {
            return '"' + peer + R"(" is no IP address, no network and not "unix")";
        }
    }
    networks_ = std::move(networks);
    unix_ = unix_sockets;
    return {};
}

bool TrustedPeers::contains(const Address& peer) const noexcept {
    if (peer.family() == Address::Family::unix_path) return unix_;
    const std::optional<IPBytes> bytes = IPBytes::of(peer);
    return bytes && std::any_of(networks_.begin(), networks_.end(),
                                [&](const IPNetwork& network) { return network.contains(*bytes); });
}

}  // namespace gyre::http::detail
