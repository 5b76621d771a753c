#include "native_socket.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

namespace gyre {

Error check_socket_options(const SocketOptions& options) {
    // What Linux takes for TCP_KEEPIDLE, TCP_KEEPINTVL and TCP_KEEPCNT.
    constexpr Duration shortest = std::chrono::seconds{1};
    constexpr Duration longest = std::chrono::seconds{32'767};
    constexpr int most_probes = 127;
    if (options.send_buffer == std::size_t{0} || options.receive_buffer == std::size_t{0} ||
        options.unsent_limit == std::size_t{0})
        return {Errc::invalid_argument, "SocketOptions: a buffer of 0 bytes"};
    if (!options.keep_alive) return {};
    for (const Duration time : {options.keep_alive->idle, options.keep_alive->interval})
        if (time < shortest || time > longest)
            return {Errc::invalid_argument, "KeepAliveOptions: a time must be from 1 s to 32767 s"};
    if (options.keep_alive->count < 1 || options.keep_alive->count > most_probes)
        return {Errc::invalid_argument, "KeepAliveOptions::count must be from 1 to 127"};
    return {};
}

namespace detail {
namespace {

// The system doubles the size of a buffer.
constexpr std::size_t most_bytes = std::numeric_limits<int>::max() / 2;

Error set_buffer_size(int descriptor, int option, std::optional<std::size_t> size) {
    if (!size) return {};
    return try_option(descriptor, SOL_SOCKET, option, static_cast<int>(std::min(*size, most_bytes)),
                      "set a buffer's size");
}

int whole_seconds(Duration time) noexcept {
    return static_cast<int>(std::chrono::ceil<std::chrono::seconds>(time).count());
}

Error set_keep_alive(int descriptor, const KeepAliveOptions& options) {
    if (set_option(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1) &&
        set_option(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, whole_seconds(options.idle)) &&
        set_option(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, whole_seconds(options.interval)) &&
        set_option(descriptor, IPPROTO_TCP, TCP_KEEPCNT, options.count))
        return {};
    return system_error(errno, "set keep-alive");
}

using NameCall = int (*)(int, sockaddr*, socklen_t*);

Address socket_name(NameCall call, int descriptor) noexcept {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (call(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
    return Address::from_native(&address, size);
}

}  // namespace

std::optional<int> get_option(int descriptor, int level, int option) noexcept {
    int value = 0;
    socklen_t size = sizeof value;
    if (::getsockopt(descriptor, level, option, &value, &size) != 0) return std::nullopt;
    return value;
}

Address socket_local_address(int descriptor) noexcept {
    return socket_name(&::getsockname, descriptor);
}

Address socket_peer_address(int descriptor) noexcept {
    return socket_name(&::getpeername, descriptor);
}

bool make_our_own(int descriptor) noexcept {
    const int flags = ::fcntl(descriptor, F_GETFL);
    return flags >= 0 && ::fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0 &&
           ::fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0;
}

bool is_tcp(int descriptor) noexcept {
    return get_option(descriptor, SOL_SOCKET, SO_PROTOCOL) == IPPROTO_TCP;
}

Error set_buffer_sizes(int descriptor, std::optional<std::size_t> send,
                       std::optional<std::size_t> receive) {
    if (Error error = set_buffer_size(descriptor, SO_SNDBUF, send); ErrorAccess::failed(error))
        return error;
    return set_buffer_size(descriptor, SO_RCVBUF, receive);
}

Error apply_socket_options(int descriptor, const SocketOptions& options, bool tcp) {
    if (Error error = set_buffer_sizes(descriptor, options.send_buffer, options.receive_buffer);
        ErrorAccess::failed(error))
        return error;
    if (!tcp) return {};
    if (Error error = try_option(descriptor, IPPROTO_TCP, TCP_NODELAY, int{options.no_delay},
                                 "set TCP_NODELAY");
        ErrorAccess::failed(error))
        return error;
    if (options.unsent_limit)
        if (Error error = try_option(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT,
                                     static_cast<int>(std::min(*options.unsent_limit, most_bytes)),
                                     "set TCP_NOTSENT_LOWAT");
            ErrorAccess::failed(error))
            return error;
    if (!options.keep_alive) return {};
    return set_keep_alive(descriptor, *options.keep_alive);
}

Error replace_socket_options(int descriptor, const SocketOptions& options) {
    if (!options.keep_alive) set_option(descriptor, SOL_SOCKET, SO_KEEPALIVE, 0);
    return apply_socket_options(descriptor, options, is_tcp(descriptor));
}

}  // namespace detail
}  // namespace gyre
