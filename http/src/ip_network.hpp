#pragma once

#include <gyre/address.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::http::detail {

/// The bytes of an IP address: 4 or 16 of them. An IPv6 address that stands for an IPv4 one
/// (::ffff:192.0.2.1, RFC 4291 section 2.5.5.2), which is what a client of a socket for both looks
/// like, counts as that one.
class IPBytes {
public:
    /// Nothing if it is no IP address.
    static std::optional<IPBytes> of(const Address& address) noexcept;

    std::span<const std::uint8_t> bytes() const noexcept { return {bytes_.data(), size_}; }

private:
    std::array<std::uint8_t, 16> bytes_{};
    std::uint8_t size_ = 0;
};

/// All IP addresses that begin with the same bits (RFC 4632 section 3.1): "192.0.2.0/24",
/// "2001:db8::/32", or a single address.
class IPNetwork {
public:
    /// Nothing if it is malformed. The bits behind the prefix have to be zero: with others it is
    /// not clear which of the two was meant.
    static std::optional<IPNetwork> parse(std::string_view text);

    bool contains(const IPBytes& address) const noexcept;

private:
    IPBytes first_;
    unsigned prefix_ = 0;
};

/// The peers whose word is taken for whom they speak for.
class TrustedPeers {
public:
    /// IP addresses, networks, and "unix" for every Unix socket. What is wrong with them, as a
    /// sentence; empty if nothing is. Then they hold, else nobody does.
    std::string assign(const std::vector<std::string>& peers);

    bool empty() const noexcept { return networks_.empty() && !unix_; }
    bool contains(const Address& peer) const noexcept;

private:
    std::vector<IPNetwork> networks_;
    bool unix_ = false;
};

}  // namespace gyre::http::detail
