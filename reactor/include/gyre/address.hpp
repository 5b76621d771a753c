#pragma once

#include <gyre/export.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

namespace gyre {

/// The address of an endpoint: IPv4 or IPv6 with a port, or a Unix socket's path.
/// Default-constructed it is none. A value type: 128 bytes, no allocation.
class GYRE_API Address {
public:
    enum class Family { none, ipv4, ipv6, unix_path };

    Address() noexcept = default;

    /// An IP literal ("127.0.0.1", "::1", "fe80::1%eth0"; no brackets, no names) and a port.
    static std::optional<Address> from_ip(std::string_view literal, std::uint16_t port);
    /// A Unix socket; a path that begins with '@' is in the abstract namespace. Nothing if the path
    /// is empty or longer than the system allows (107 bytes).
    static std::optional<Address> from_path(std::string_view path);
    /// From a `sockaddr` of `size` bytes.
    static Address from_native(const void* address, std::size_t size) noexcept;

    Family family() const noexcept;
    /// The IP literal without brackets, or the Unix path. Empty for none.
    std::string host() const;
    /// 0 for a Unix path.
    std::uint16_t port() const noexcept;
    /// "127.0.0.1:80", "[::1]:80" or "unix:PATH".
    std::string to_string() const;

    /// The `sockaddr` in it, and its size.
    const void* native() const noexcept { return bytes_.data(); }
    std::size_t native_size() const noexcept { return size_; }

    friend bool operator==(const Address& a, const Address& b) noexcept;
    friend GYRE_API std::ostream& operator<<(std::ostream& out, const Address& address);

private:
    alignas(8) std::array<std::byte, 120> bytes_{};
    std::uint32_t size_ = 0;
};

}  // namespace gyre
