#include <gyre/address_filter.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>

#include <netinet/in.h>

namespace gyre {
namespace {

// Addresses that begin with the same bits; IPv6 by the first half, which holds all such prefixes.
template <class Bits>
struct Network {
    Bits first;
    unsigned prefix;

    constexpr bool contains(Bits address) const noexcept {
        return (address ^ first) >> (sizeof(Bits) * 8 - prefix) == 0;
    }
};

constexpr std::uint32_t ip(unsigned a, unsigned b, unsigned c, unsigned d) noexcept {
    return a << 24 | b << 16 | c << 8 | d;
}

// IANA's registry of special-purpose addresses (RFC 6890), and multicast. The few parts of these
// that are reachable (192.0.0.9 and 192.0.0.10, anycast) are nobody's web server.
constexpr std::array special_ipv4{
    Network{ip(0, 0, 0, 0), 8},        // this network (RFC 791)
    Network{ip(10, 0, 0, 0), 8},       // private (RFC 1918)
    Network{ip(100, 64, 0, 0), 10},    // shared (RFC 6598)
    Network{ip(127, 0, 0, 0), 8},      // loopback (RFC 1122)
    Network{ip(169, 254, 0, 0), 16},   // link-local (RFC 3927)
    Network{ip(172, 16, 0, 0), 12},    // private (RFC 1918)
    Network{ip(192, 0, 0, 0), 24},     // protocol assignments (RFC 6890)
    Network{ip(192, 0, 2, 0), 24},     // documentation (RFC 5737)
    Network{ip(192, 88, 99, 0), 24},   // 6to4 relays, no more in use (RFC 7526)
    Network{ip(192, 168, 0, 0), 16},   // private (RFC 1918)
    Network{ip(198, 18, 0, 0), 15},    // benchmarks (RFC 2544)
    Network{ip(198, 51, 100, 0), 24},  // documentation (RFC 5737)
    Network{ip(203, 0, 113, 0), 24},   // documentation (RFC 5737)
    Network{ip(224, 0, 0, 0), 4},      // multicast (RFC 5771)
    Network{ip(240, 0, 0, 0), 4},      // reserved (RFC 1112), and broadcast (RFC 919)
};

constexpr std::uint64_t first_half(std::uint64_t a, std::uint64_t b) noexcept {
    return a << 48 | b << 32;
}

// The only global unicast addresses that are given out (RFC 4291 section 2.4). Outside of it are
// loopback, unique local, link-local and multicast addresses, 100::/64, 64:ff9b:1::/48, 5f00::/16
// and all that embeds an IPv4 address but what is_public_ipv6 takes apart.
constexpr Network global_unicast{first_half(0x2000, 0), 3};

// The special ones in it: IANA's registry again. 2001::/23 holds Teredo (RFC 4380), ORCHID
// (RFC 4843, RFC 7343), benchmarks (RFC 5180) and other protocols' own.
constexpr std::array special_ipv6{
    Network{first_half(0x2001, 0x0000), 23},
    Network{first_half(0x2001, 0x0db8), 32},  // documentation (RFC 3849)
    Network{first_half(0x3fff, 0x0000), 20},  // documentation (RFC 9637)
};

constexpr Network six_to_four{first_half(0x2002, 0), 16};  // RFC 3056

using IPv6 = std::span<const std::uint8_t, 16>;
using Prefix96 = std::array<std::uint8_t, 12>;

constexpr Prefix96 mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};    // RFC 4291 section 2.5.5.2
constexpr Prefix96 nat64{0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0};  // RFC 6052 section 2.1

template <class Bits>
Bits big_endian(std::span<const std::uint8_t, sizeof(Bits)> bytes) noexcept {
    Bits value = 0;
    for (const std::uint8_t byte : bytes)
        value = value << 8 | byte;
    return value;
}

template <class Bits, std::size_t count>
bool any_contains(const std::array<Network<Bits>, count>& networks, Bits address) noexcept {
    return std::ranges::any_of(
        networks, [&](const Network<Bits>& network) { return network.contains(address); });
}

bool is_public_ipv4(std::uint32_t address) noexcept { return !any_contains(special_ipv4, address); }

bool is_public_ipv6(IPv6 bytes) noexcept {
    const auto begins_with = [&](const Prefix96& prefix) {
        return std::ranges::equal(bytes.first<12>(), prefix);
    };
    if (begins_with(mapped) || begins_with(nat64))
        return is_public_ipv4(big_endian<std::uint32_t>(bytes.last<4>()));
    const auto first = big_endian<std::uint64_t>(bytes.first<8>());
    if (six_to_four.contains(first))
        return is_public_ipv4(big_endian<std::uint32_t>(bytes.subspan<2, 4>()));
    return global_unicast.contains(first) && !any_contains(special_ipv6, first);
}

}  // namespace

bool is_public_address(const Address& address) noexcept {
    if (address.family() == Address::Family::ipv4) {
        sockaddr_in native{};
        std::memcpy(&native, address.native(), sizeof native);
        return is_public_ipv4(ntohl(native.sin_addr.s_addr));
    }
    if (address.family() != Address::Family::ipv6) return false;
    sockaddr_in6 native{};
    std::memcpy(&native, address.native(), sizeof native);
    return is_public_ipv6(IPv6{native.sin6_addr.s6_addr});
}

}  // namespace gyre
