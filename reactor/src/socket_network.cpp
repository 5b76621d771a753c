#include "socket_network.hpp"

#include "native_socket.hpp"
#include "socket_acceptor.hpp"
#include "socket_datagram.hpp"
#include "socket_transport.hpp"
#include <gyre/error_access.hpp>

#include <cerrno>
#include <string>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gyre::detail {
namespace {

// A socket file that a dead server left behind is in the way; one that somebody listens on is not
// ours to remove.
void remove_stale_socket_file(const Address& address) noexcept {
    const std::string path = address.host();
    struct stat status{};
    if (address.family() != Address::Family::unix_path || path.empty() || path.front() == '@' ||
        ::lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode))
        return;
    const int probe = open_socket(address, SOCK_STREAM);
    if (probe < 0) return;
    const bool refused =
        ::connect(probe, native(address), native_size(address)) != 0 && errno == ECONNREFUSED;
    ::close(probe);
    if (refused) ::unlink(path.c_str());
}

int bind_and_listen(int descriptor, const Address& address, const ListenOptions& options) noexcept {
    set_option(descriptor, SOL_SOCKET, SO_REUSEADDR, 1);
    if (options.reuse_port) set_option(descriptor, SOL_SOCKET, SO_REUSEPORT, 1);
    if (address.family() == Address::Family::ipv6)
        set_option(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, int{options.ipv6_only});
    remove_stale_socket_file(address);
    if (::bind(descriptor, native(address), native_size(address)) != 0) return errno;
    if (::listen(descriptor, options.backlog) != 0) return errno;
    return 0;
}

Error check_listening(int descriptor) {
    const std::optional<int> type = get_option(descriptor, SOL_SOCKET, SO_TYPE);
    const std::string what = "descriptor " + std::to_string(descriptor);
    if (!type) return {Errc::invalid_argument, what + " is not a socket"};
    if (type != SOCK_STREAM || get_option(descriptor, SOL_SOCKET, SO_ACCEPTCONN) != 1)
        return {Errc::invalid_argument, what + " is not a stream socket that listens"};
    return {};
}

}  // namespace

AcceptorResult SocketNetwork::listen(const ReactorRef& reactor, const Address& address,
                                     const ListenOptions& options) {
    if (address.family() == Address::Family::none)
        return {.error = {Errc::invalid_argument, "no address to listen on"}};
    if (Error error = check_socket_options(options.socket); ErrorAccess::failed(error))
        return {.error = std::move(error)};
    const std::string what = "listen on " + address.to_string();
    const int descriptor = open_socket(address, SOCK_STREAM);
    if (descriptor < 0) return {.error = system_error(errno, what)};
    auto acceptor = std::make_unique<SocketAcceptor>(reactor, poller_, descriptor, options.socket);
    // Before there are connections, as the size of the buffers decides what TCP can tell of them.
    if (Error error =
            set_buffer_sizes(descriptor, options.socket.send_buffer, options.socket.receive_buffer);
        ErrorAccess::failed(error))
        return {.error = std::move(error)};
    if (const int error_number = bind_and_listen(descriptor, address, options))
        return {.error = system_error(error_number, what)};
    if (Error error = acceptor->start(); ErrorAccess::failed(error)) {
        ErrorAccess::add_context(error, what);
        return {.error = std::move(error)};
    }
    return {.acceptor = std::move(acceptor)};
}

AcceptorResult SocketNetwork::listen_on(const ReactorRef& reactor, int descriptor,
                                        const ListenOptions& options) {
    if (Error error = check_socket_options(options.socket); ErrorAccess::failed(error))
        return {.error = std::move(error)};
    if (Error error = check_listening(descriptor); ErrorAccess::failed(error))
        return {.error = std::move(error)};
    if (!make_our_own(descriptor)) return {.error = system_error(errno, "listen on a descriptor")};
    auto acceptor = std::make_unique<SocketAcceptor>(reactor, poller_, descriptor, options.socket);
    if (Error error = acceptor->start(); ErrorAccess::failed(error)) {
        acceptor->release();
        return {.error = std::move(error)};
    }
    return {.acceptor = std::move(acceptor)};
}

TransportResult SocketNetwork::connect(const ReactorRef& reactor, const Address& address,
                                       const ConnectOptions& options) {
    if (address.family() == Address::Family::none)
        return {.error = {Errc::invalid_argument, "no address to connect to"}};
    if (Error error = check_socket_options(options.socket); ErrorAccess::failed(error))
        return {.error = std::move(error)};
    const int descriptor = open_socket(address, SOCK_STREAM);
    if (descriptor < 0) return {.error = system_error(errno, "connect")};
    auto transport = std::make_unique<SocketTransport>(reactor, poller_, descriptor, true);
    if (Error error = apply_socket_options(descriptor, options.socket,
                                           address.family() != Address::Family::unix_path);
        ErrorAccess::failed(error))
        return {.error = std::move(error)};
    if (options.source.family() != Address::Family::none &&
        ::bind(descriptor, native(options.source), native_size(options.source)) != 0)
        return {.error = system_error(errno, "bind to " + options.source.to_string())};
    if (::connect(descriptor, native(address), native_size(address)) != 0 && errno != EINPROGRESS)
        return {.error = system_error(errno, "connect")};
    return {.transport = std::move(transport)};
}

DatagramSocketResult SocketNetwork::open_datagram(const ReactorRef& reactor, const Address& local,
                                                  const DatagramOptions& options) {
    return SocketDatagram::open(reactor, poller_, local, options);
}

}  // namespace gyre::detail
