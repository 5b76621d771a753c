#include "socket_network.hpp"

#include "socket_acceptor.hpp"
#include "socket_transport.hpp"
#include <gyre/error_access.hpp>

#include <cerrno>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gyre::detail {
namespace {

const sockaddr* native(const Address& address) noexcept {
    return static_cast<const sockaddr*>(address.native());
}

socklen_t native_size(const Address& address) noexcept {
    return static_cast<socklen_t>(address.native_size());
}

int open_socket(const Address& address) noexcept {
    return ::socket(native(address)->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

void set_flag(int descriptor, int level, int option, bool value = true) noexcept {
    const int flag = value ? 1 : 0;
    ::setsockopt(descriptor, level, option, &flag, sizeof flag);
}

// A socket file that a dead server left behind is in the way; one that somebody listens on is not
// ours to remove.
void remove_stale_socket_file(const Address& address) noexcept {
    const std::string path = address.host();
    struct stat status{};
    if (address.family() != Address::Family::unix_path || path.empty() || path.front() == '@' ||
        ::lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode))
        return;
    const int probe = open_socket(address);
    if (probe < 0) return;
    const bool refused =
        ::connect(probe, native(address), native_size(address)) != 0 && errno == ECONNREFUSED;
    ::close(probe);
    if (refused) ::unlink(path.c_str());
}

int bind_and_listen(int descriptor, const Address& address, const ListenOptions& options) noexcept {
    set_flag(descriptor, SOL_SOCKET, SO_REUSEADDR);
    if (options.reuse_port) set_flag(descriptor, SOL_SOCKET, SO_REUSEPORT);
    if (address.family() == Address::Family::ipv6)
        set_flag(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, options.ipv6_only);
    remove_stale_socket_file(address);
    if (::bind(descriptor, native(address), native_size(address)) != 0) return errno;
    if (::listen(descriptor, options.backlog) != 0) return errno;
    return 0;
}

}  // namespace

AcceptorResult SocketNetwork::listen(const ReactorRef& reactor, const Address& address,
                                     const ListenOptions& options) {
    if (address.family() == Address::Family::none)
        return {.error = {Errc::invalid_argument, "no address to listen on"}};
    const std::string what = "listen on " + address.to_string();
    const int descriptor = open_socket(address);
    if (descriptor < 0) return {.error = system_error(errno, what)};
    if (const int error_number = bind_and_listen(descriptor, address, options)) {
        ::close(descriptor);
        return {.error = system_error(error_number, what)};
    }
    return {.acceptor = std::make_unique<SocketAcceptor>(reactor, poller_, descriptor)};
}

TransportResult SocketNetwork::connect(const ReactorRef& reactor, const Address& address,
                                       const ConnectOptions& options) {
    if (address.family() == Address::Family::none)
        return {.error = {Errc::invalid_argument, "no address to connect to"}};
    const int descriptor = open_socket(address);
    if (descriptor < 0) return {.error = system_error(errno, "connect")};
    auto transport = std::make_unique<SocketTransport>(reactor, poller_, descriptor, true);
    if (address.family() != Address::Family::unix_path)
        set_flag(descriptor, IPPROTO_TCP, TCP_NODELAY);
    if (options.source.family() != Address::Family::none &&
        ::bind(descriptor, native(options.source), native_size(options.source)) != 0)
        return {.error = system_error(errno, "bind to " + options.source.to_string())};
    if (::connect(descriptor, native(address), native_size(address)) != 0 && errno != EINPROGRESS)
        return {.error = system_error(errno, "connect")};
    return {.transport = std::move(transport)};
}

}  // namespace gyre::detail
