#include "socket_transport.hpp"

#include "native_socket.hpp"
#include "sigpipe_guard.hpp"
#include <gyre/error_access.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

namespace gyre::detail {
namespace {

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
    : DescriptorTransport(std::move(reactor), poller, descriptor), connecting_(connecting) {}

SocketTransport::~SocketTransport() { close(); }

Error SocketTransport::finish_connect() noexcept {
    if (unwatched() != 0) return system_error(unwatched(), "connect");
    if (!connecting_) return {};
    int error_number = 0;
    socklen_t size = sizeof error_number;
    if (::getsockopt(descriptor(), SOL_SOCKET, SO_ERROR, &error_number, &size) != 0)
        error_number = errno;
    connecting_ = false;
    if (error_number != 0) return system_error(error_number, "connect");
    return {};
}

IOResult SocketTransport::read_some(std::span<char> room) noexcept {
    if (Error error = obstacle("read"); ErrorAccess::failed(error))
        return {.status = IOStatus::failed, .error = std::move(error)};
    if (room.empty()) return {};
    const ssize_t got = ::recv(descriptor(), room.data(), room.size(), 0);
    if (got > 0) return {.bytes = static_cast<std::size_t>(got)};
    ended_ = got == 0;
    if (ended_) return {.status = IOStatus::end};
    return failure("read");
}

IOResult SocketTransport::write_some(std::span<const std::string_view> buffers) noexcept {
    if (Error error = obstacle("write"); ErrorAccess::failed(error))
        return {.status = IOStatus::failed, .error = std::move(error)};
    const ssize_t sent = send_buffers(descriptor(), buffers);
    if (sent >= 0) return {.bytes = static_cast<std::size_t>(sent)};
    return failure("write");
}

IOResult SocketTransport::send_file(int file, std::uint64_t offset, std::size_t count) noexcept {
    if (Error error = obstacle("write"); ErrorAccess::failed(error))
        return {.status = IOStatus::failed, .error = std::move(error)};
    const ssize_t sent = without_sigpipe([&] {
        auto position = static_cast<off_t>(offset);
        return ::sendfile(descriptor(), file, &position, count);
    });
    if (sent > 0) return {.bytes = static_cast<std::size_t>(sent)};
    if (sent == 0) return {.status = IOStatus::failed, .error = file_became_shorter()};
    // Not every file system can do it.
    if (errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP)
        return Transport::send_file(file, offset, count);
    return failure("write");
}

void SocketTransport::shutdown_write() noexcept {
    if (descriptor() >= 0) ::shutdown(descriptor(), SHUT_WR);
}

void SocketTransport::close() noexcept {
    if (descriptor() < 0) return;
    if (!ended_ && !connecting_) discard_unread(descriptor());
    leave();
}

void SocketTransport::abort() noexcept {
    if (descriptor() < 0) return;
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(descriptor(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    leave();
}

Address SocketTransport::local_address() const noexcept {
    return socket_local_address(descriptor());
}

Address SocketTransport::peer_address() const noexcept { return socket_peer_address(descriptor()); }

}  // namespace gyre::detail
