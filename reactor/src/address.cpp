#include <gyre/address.hpp>

#include <net/if.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <ostream>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace gyre {
namespace {

static_assert(sizeof(sockaddr_un) <= 120 && sizeof(sockaddr_in6) <= 120);

template <class T>
T load(const void* bytes) noexcept {
    T value;
    std::memcpy(&value, bytes, sizeof value);
    return value;
}

// A zone is an interface's name or number, as in "fe80::1%eth0".
std::optional<std::uint32_t> parse_zone(const std::string& zone) {
    std::uint32_t number = 0;
    const char* end = zone.data() + zone.size();
    if (const auto [stop, error] = std::from_chars(zone.data(), end, number);
        error == std::errc{} && stop == end)
        return number;
    number = ::if_nametoindex(zone.c_str());
    if (number == 0) return std::nullopt;
    return number;
}

std::optional<Address> ipv6(std::string text, std::uint16_t port) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(port);
    if (const auto percent = text.find('%'); percent != std::string::npos) {
        const auto zone = parse_zone(text.substr(percent + 1));
        if (!zone) return std::nullopt;
        address.sin6_scope_id = *zone;
        text.resize(percent);
    }
    if (::inet_pton(AF_INET6, text.c_str(), &address.sin6_addr) != 1) return std::nullopt;
    return Address::from_native(&address, sizeof address);
}

}  // namespace

std::optional<Address> Address::from_ip(std::string_view literal, std::uint16_t port) {
    if (literal.find('\0') != std::string_view::npos) return std::nullopt;
    const std::string text{literal};
    if (text.find(':') != std::string::npos) return ipv6(text, port);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    if (::inet_pton(AF_INET, text.c_str(), &address.sin_addr) != 1) return std::nullopt;
    return from_native(&address, sizeof address);
}

std::optional<Address> Address::from_path(std::string_view path) {
    sockaddr_un address{};
    if (path.empty() || path.size() >= sizeof address.sun_path ||
        path.find('\0') != std::string_view::npos)
        return std::nullopt;
    address.sun_family = AF_UNIX;
    std::ranges::copy(path, address.sun_path);
    const bool abstract = path.front() == '@';
    if (abstract) address.sun_path[0] = '\0';
    // The end of an abstract name is given by the size alone; a path ends with a NUL.
    return from_native(&address,
                       offsetof(sockaddr_un, sun_path) + path.size() + (abstract ? 0 : 1));
}

Address Address::from_native(const void* address, std::size_t size) noexcept {
    Address result;
    result.size_ = static_cast<std::uint32_t>(std::min(size, result.bytes_.size()));
    std::memcpy(result.bytes_.data(), address, result.size_);
    return result;
}

Address::Family Address::family() const noexcept {
    if (size_ < sizeof(sa_family_t)) return Family::none;
    switch (load<sa_family_t>(bytes_.data())) {
        case AF_INET:
            return Family::ipv4;
        case AF_INET6:
            return Family::ipv6;
        case AF_UNIX:
            return Family::unix_path;
        default:
            return Family::none;
    }
}

std::string Address::host() const {
    char text[INET6_ADDRSTRLEN + 1] = {};
    if (family() == Family::ipv4) {
        const auto address = load<sockaddr_in>(bytes_.data());
        ::inet_ntop(AF_INET, &address.sin_addr, text, sizeof text);
    } else if (family() == Family::ipv6) {
        const auto address = load<sockaddr_in6>(bytes_.data());
        ::inet_ntop(AF_INET6, &address.sin6_addr, text, sizeof text);
        if (address.sin6_scope_id != 0)
            return std::string{text} + '%' + std::to_string(address.sin6_scope_id);
    } else if (family() == Family::unix_path) {
        const std::size_t begin = offsetof(sockaddr_un, sun_path);
        std::string path{reinterpret_cast<const char*>(bytes_.data()) + begin, size_ - begin};
        if (path.empty()) return path;
        if (path.front() == '\0') path.front() = '@';
        return path.substr(0, path.find('\0'));
    }
    return text;
}

std::uint16_t Address::port() const noexcept {
    if (family() == Family::ipv4) return ntohs(load<sockaddr_in>(bytes_.data()).sin_port);
    if (family() == Family::ipv6) return ntohs(load<sockaddr_in6>(bytes_.data()).sin6_port);
    return 0;
}

std::string Address::to_string() const {
    switch (family()) {
        case Family::ipv4:
            return host() + ':' + std::to_string(port());
        case Family::ipv6:
            return '[' + host() + "]:" + std::to_string(port());
        case Family::unix_path:
            return "unix:" + host();
        case Family::none:
            break;
    }
    return "(none)";
}

bool operator==(const Address& a, const Address& b) noexcept {
    return a.size_ == b.size_ && std::memcmp(a.bytes_.data(), b.bytes_.data(), a.size_) == 0;
}

std::ostream& operator<<(std::ostream& out, const Address& address) {
    return out << address.to_string();
}

}  // namespace gyre
