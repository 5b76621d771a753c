#include "socket_transport.hpp"

#include "native_socket.hpp"
#include <gyre/error_access.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

namespace gyre::detail {
namespace {

IOResult failure(const char* what) noexcept {
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
        return {.status = IOStatus::would_block};
    return {.status = IOStatus::failed, .error = system_error(errno, what)};
}

ssize_t send_buffers(int descriptor, std::span<const std::string_view> buffers) noexcept {
    if (buffers.size() == 1)
        return ::send(descriptor, buffers[0].data(), buffers[0].size(), MSG_NOSIGNAL);
    std::array<iovec, 16> parts;
    const std::size_t count = std::min(buffers.size(), parts.size());
    for (std::size_t i = 0; i < count; ++i)
        parts[i] = {const_cast<char*>(buffers[i].data()), buffers[i].size()};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = count;
    return ::sendmsg(descriptor, &message, MSG_NOSIGNAL);
}

// The system answers a close over unread bytes with a reset, which may cost the peer what was
// written last. A peer that sends without end gets one all the same.
void discard_unread(int descriptor) noexcept {
    std::array<char, 16 * 1024> unread;
    for (int i = 0; i < 16; ++i) {
        const ssize_t got = ::recv(descriptor, unread.data(), unread.size(), MSG_DONTWAIT);
        if (got < static_cast<ssize_t>(unread.size())) return;
    }
}

}  // namespace

SocketTransport::SocketTransport(ReactorRef reactor, Poller& poller, int descriptor,
                                 bool connecting) noexcept
    : reactor_(std::move(reactor)),
      poller_(poller),
      descriptor_(descriptor),
      connecting_(connecting) {}

SocketTransport::~SocketTransport() { close(); }

void SocketTransport::watch(std::uint32_t events) noexcept {
    if (descriptor_ < 0 || !reactor_.alive()) return;
    if (std::exchange(unwatched_, 0) != 0)  // nothing that failed to be watched for is forgotten
        events |=
            (want_read_ ? std::uint32_t{EPOLLIN} : 0) | (want_write_ ? std::uint32_t{EPOLLOUT} : 0);
    if (!registered_) {
        const Error error = poller_.add(descriptor_, events, *this);
        if (ErrorAccess::failed(error)) return on_unwatched(error.code());
        registered_ = true;
    } else if (events != watched_ && !poller_.modify(descriptor_, events, *this)) {
        return on_unwatched(errno);
    }
    watched_ = events;
}

// No event would ever come: the listener is told once, and reading and writing say why.
void SocketTransport::on_unwatched(int error_number) noexcept {
    unwatched_ = error_number;
    watched_ = 0;
    if (!self_) self_ = std::make_shared<SocketTransport*>(this);
    reactor_.post([self = self_] {
        if (*self && (*self)->unwatched_ != 0) (*self)->on_poll_events(EPOLLERR);
    });
}

void SocketTransport::want_read(bool wanted) noexcept {
    want_read_ = wanted;
    if (wanted && !(watched_ & EPOLLIN)) watch(watched_ | EPOLLIN);
}

void SocketTransport::want_write(bool wanted) noexcept {
    want_write_ = wanted;
    if (wanted != ((watched_ & EPOLLOUT) != 0)) watch(watched_ ^ EPOLLOUT);
}

void SocketTransport::on_poll_events(std::uint32_t events) noexcept {
    constexpr std::uint32_t broken = EPOLLHUP | EPOLLERR;
    if (!listener_ || (events & broken && !want_read_ && !want_write_)) return tell_hangup();
    if (events & EPOLLIN && !want_read_) watch(watched_ & ~std::uint32_t{EPOLLIN});
    if (events & (EPOLLIN | broken) && want_read_) listener_->on_readable();
    if (events & (EPOLLOUT | broken) && want_write_ && descriptor_ >= 0 && listener_)
        listener_->on_writable();
}

void SocketTransport::tell_hangup() noexcept {
    // epoll would report it for ever.
    if (registered_) poller_.remove(descriptor_, *this);
    registered_ = false;
    watched_ = 0;
    if (listener_) listener_->on_hangup();
}

Error SocketTransport::finish_connect() noexcept {
    if (unwatched_ != 0) return system_error(unwatched_, "connect");
    if (!connecting_) return {};
    int error_number = 0;
    socklen_t size = sizeof error_number;
    if (::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error_number, &size) != 0)
        error_number = errno;
    connecting_ = false;
    if (error_number != 0) return system_error(error_number, "connect");
    return {};
}

IOResult SocketTransport::read_some(std::span<char> room) noexcept {
    if (descriptor_ < 0) return {.status = IOStatus::failed, .error = {Errc::closed, "closed"}};
    if (unwatched_ != 0)
        return {.status = IOStatus::failed, .error = system_error(unwatched_, "read")};
    if (room.empty()) return {};
    const ssize_t got = ::recv(descriptor_, room.data(), room.size(), 0);
    if (got > 0) return {.bytes = static_cast<std::size_t>(got)};
    ended_ = got == 0;
    if (ended_) return {.status = IOStatus::end};
    return failure("read");
}

IOResult SocketTransport::write_some(std::span<const std::string_view> buffers) noexcept {
    if (descriptor_ < 0) return {.status = IOStatus::failed, .error = {Errc::closed, "closed"}};
    if (unwatched_ != 0)
        return {.status = IOStatus::failed, .error = system_error(unwatched_, "write")};
    const ssize_t sent = send_buffers(descriptor_, buffers);
    if (sent >= 0) return {.bytes = static_cast<std::size_t>(sent)};
    return failure("write");
}

void SocketTransport::shutdown_write() noexcept {
    if (descriptor_ >= 0) ::shutdown(descriptor_, SHUT_WR);
}

void SocketTransport::close() noexcept {
    if (descriptor_ < 0) return;
    if (!ended_ && !connecting_) discard_unread(descriptor_);
    leave();
}

void SocketTransport::leave() noexcept {
    if (self_) *std::exchange(self_, nullptr) = nullptr;
    if (registered_ && reactor_.alive()) poller_.remove(descriptor_, *this);
    registered_ = want_read_ = want_write_ = false;
    listener_ = nullptr;
    ::close(descriptor_);
    descriptor_ = -1;
}

void SocketTransport::abort() noexcept {
    if (descriptor_ < 0) return;
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    leave();
}

Address SocketTransport::local_address() const noexcept {
    return socket_local_address(descriptor_);
}

Address SocketTransport::peer_address() const noexcept { return socket_peer_address(descriptor_); }

}  // namespace gyre::detail
