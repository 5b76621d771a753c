#pragma once

#include <gyre/address.hpp>
#include <gyre/error.hpp>
#include <gyre/error_access.hpp>
#include <gyre/socket_options.hpp>

#include <cerrno>
#include <optional>
#include <string_view>

#include <sys/socket.h>

// What all that calls the system's sockets has in common.
namespace gyre::detail {

inline const sockaddr* native(const Address& address) noexcept {
    return static_cast<const sockaddr*>(address.native());
}

inline socklen_t native_size(const Address& address) noexcept {
    return static_cast<socklen_t>(address.native_size());
}

/// A new socket of `type` for the family of `address`, non-blocking and closed on exec; or -1.
inline int open_socket(const Address& address, int type) noexcept {
    return ::socket(native(address)->sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

template <class Value>
bool set_option(int descriptor, int level, int option, const Value& value) noexcept {
    return ::setsockopt(descriptor, level, option, &value, sizeof value) == 0;
}

/// The same with an Error, which `what` begins.
template <class Value>
Error try_option(int descriptor, int level, int option, const Value& value, std::string_view what) {
    if (set_option(descriptor, level, option, value)) return {};
    return system_error(errno, what);
}

/// An option that is a number; nothing if it cannot be read.
std::optional<int> get_option(int descriptor, int level, int option) noexcept;

/// The address that a socket is bound to; none if it is no socket.
Address socket_local_address(int descriptor) noexcept;
/// Whom it is connected to.
Address socket_peer_address(int descriptor) noexcept;

/// Makes a descriptor that came from elsewhere non-blocking and closed on exec; false: see errno.
bool make_our_own(int descriptor) noexcept;

/// True for a socket of TCP, which has options of its own.
bool is_tcp(int descriptor) noexcept;

/// Sets the buffer sizes that are asked for.
Error set_buffer_sizes(int descriptor, std::optional<std::size_t> send,
                       std::optional<std::size_t> receive);

/// Sets `options`, which have been checked, on a stream socket. Keep-alive that is not asked for
/// stays as it is, which saves a call for each connection.
Error apply_socket_options(int descriptor, const SocketOptions& options, bool tcp);
/// Sets all of `options`, which have been checked, on a socket that is in use.
Error replace_socket_options(int descriptor, const SocketOptions& options);

}  // namespace gyre::detail
