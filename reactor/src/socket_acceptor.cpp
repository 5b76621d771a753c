#include "socket_acceptor.hpp"

#include "native_socket.hpp"
#include "socket_transport.hpp"
#include <gyre/error_access.hpp>

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace gyre::detail {
namespace {

int open_reserve() noexcept { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

// The connection was gone before it was accepted, or one like it: no reason to stop (accept(2)).
bool is_of_this_connection(int error_number) noexcept {
    switch (error_number) {
        case ECONNABORTED:
        case EINTR:
        case EPROTO:
        case EPERM:
        case ENETDOWN:
        case ENOPROTOOPT:
        case EHOSTDOWN:
        case ENONET:
        case EHOSTUNREACH:
        case EOPNOTSUPP:
        case ENETUNREACH:
            return true;
        default:
            return false;
    }
}

}  // namespace

SocketAcceptor::SocketAcceptor(ReactorRef reactor, Poller& poller, int descriptor,
                               const SocketOptions& options) noexcept
    : reactor_(std::move(reactor)),
      poller_(poller),
      descriptor_(descriptor),
      reserve_(open_reserve()),
      options_(options),
      tcp_(is_tcp(descriptor)) {}

SocketAcceptor::~SocketAcceptor() {
    if (self_) *self_ = nullptr;
    close();
    if (reserve_ >= 0) ::close(reserve_);
}

void SocketAcceptor::close() noexcept {
    unwatch();
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

Error SocketAcceptor::start() noexcept {
    Error error = poller_.add(descriptor_, EPOLLIN, *this);
    registered_ = !ErrorAccess::failed(error);
    return error;
}

void SocketAcceptor::unwatch() noexcept {
    if (registered_ && reactor_.alive()) poller_.remove(descriptor_, *this);
    registered_ = false;
}

void SocketAcceptor::want_accept(bool wanted) noexcept {
    wanted_ = wanted;
    if (!wanted || registered_ || !reactor_.alive()) return;
    if (const Error error = start(); ErrorAccess::failed(error)) on_unwatched(error.code());
}

// No event would ever come: the listener is told once, and `accept` says why.
void SocketAcceptor::on_unwatched(int error_number) noexcept {
    unwatched_ = error_number;
    if (!self_) self_ = std::make_shared<SocketAcceptor*>(this);
    reactor_.post([self = self_] {
        if (*self) (*self)->on_poll_events(EPOLLERR);
    });
}

TransportResult SocketAcceptor::accept() noexcept {
    if (const int error_number = std::exchange(unwatched_, 0))
        return {.error = system_error(error_number, "accept")};
    // An error of one connection that comes again and again is one of the listener (a filter, say).
    for (int lost = 0;; ++lost) {
        const int accepted = ::accept4(descriptor_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (accepted >= 0) {
            apply_socket_options(accepted, options_, tcp_)
                .ignore("they were checked, so the connection is broken, which reading tells");
            return {.transport =
                        std::make_unique<SocketTransport>(reactor_, poller_, accepted, false)};
        }
        const int error_number = errno;
        if (error_number == EAGAIN || error_number == EWOULDBLOCK) return {};
        if (is_of_this_connection(error_number) && lost < 64) continue;
        if (error_number == EMFILE || error_number == ENFILE) shed();
        return {.error = system_error(error_number, "accept")};
    }
}

void SocketAcceptor::shed() noexcept {
    if (reserve_ < 0) reserve_ = open_reserve();
    if (reserve_ < 0) return;
    ::close(reserve_);
    const int accepted = ::accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC);
    if (accepted >= 0) ::close(accepted);
    reserve_ = open_reserve();
}

Address SocketAcceptor::local_address() const noexcept { return socket_local_address(descriptor_); }

void SocketAcceptor::on_poll_events(std::uint32_t) noexcept {
    if (!wanted_) return unwatch();
    if (listener_) listener_->on_acceptable();
}

}  // namespace gyre::detail
