#include "pipe_transport.hpp"

#include <gyre/error_access.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <utility>

#include <poll.h>
#include <sys/uio.h>
#include <unistd.h>

namespace gyre::detail {
namespace {

/// Keeps a write to a broken pipe from ending the program: pipes know no MSG_NOSIGNAL. The signal
/// goes to the thread that writes, so it is held back there and, if it came, taken away. (A
/// socketpair would not need this, but programs cannot open /dev/stdin and the like on a socket.)
class SigpipeGuard {
public:
    SigpipeGuard() noexcept {
        ::sigemptyset(&sigpipe_);
        ::sigaddset(&sigpipe_, SIGPIPE);
        ::pthread_sigmask(SIG_BLOCK, &sigpipe_, &before_);
    }
    SigpipeGuard(const SigpipeGuard&) = delete;
    SigpipeGuard& operator=(const SigpipeGuard&) = delete;
    ~SigpipeGuard() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

    /// True if one has been waiting since before; it is not ours to take away.
    bool pending() const noexcept {
        if (!::sigismember(&before_, SIGPIPE)) return false;
        sigset_t pending;
        ::sigpending(&pending);
        return ::sigismember(&pending, SIGPIPE) == 1;
    }
    void take() const noexcept {
        const timespec now{};
        while (::sigtimedwait(&sigpipe_, nullptr, &now) < 0 && errno == EINTR) {
        }
    }

private:
    sigset_t sigpipe_{};
    sigset_t before_{};
};

ssize_t write_buffers(int descriptor, std::span<const std::string_view> buffers) noexcept {
    std::array<iovec, 16> parts;
    const std::size_t count = std::min(buffers.size(), parts.size());
    for (std::size_t i = 0; i < count; ++i)
        parts[i] = {const_cast<char*>(buffers[i].data()), buffers[i].size()};
    const SigpipeGuard guard;
    const bool pending = guard.pending();
    const ssize_t written = ::writev(descriptor, parts.data(), static_cast<int>(count));
    if (written < 0 && errno == EPIPE && !pending) {
        guard.take();
        errno = EPIPE;
    }
    return written;
}

bool reader_has_gone(int descriptor) noexcept {
    pollfd state{.fd = descriptor, .events = 0, .revents = 0};
    return ::poll(&state, 1, 0) > 0 && (state.revents & POLLERR);
}

}  // namespace

PipeTransport::PipeTransport(ReactorRef reactor, Poller& poller, int descriptor, End end) noexcept
    : DescriptorTransport(std::move(reactor), poller, descriptor), end_(end) {}

void PipeTransport::want_read(bool wanted) noexcept {
    DescriptorTransport::want_read(wanted);
    if (shut_down_) post_readable();
}

IOResult PipeTransport::read_some(std::span<char> room) noexcept {
    if (shut_down_) return {.status = IOStatus::end};
    if (Error error = obstacle("read"); ErrorAccess::failed(error))
        return {.status = IOStatus::failed, .error = std::move(error)};
    if (end_ == End::writing)
        return {.status = reader_has_gone(descriptor()) ? IOStatus::end : IOStatus::would_block};
    if (room.empty()) return {};
    const ssize_t got = ::read(descriptor(), room.data(), room.size());
    if (got > 0) return {.bytes = static_cast<std::size_t>(got)};
    if (got == 0) return {.status = IOStatus::end};
    return failure("read");
}

IOResult PipeTransport::write_some(std::span<const std::string_view> buffers) noexcept {
    if (Error error = obstacle("write"); ErrorAccess::failed(error))
        return {.status = IOStatus::failed, .error = std::move(error)};
    if (end_ == End::reading)
        return {.status = IOStatus::failed,
                .error = {Errc::not_supported, "write: this pipe is for reading"}};
    const ssize_t written = write_buffers(descriptor(), buffers);
    if (written >= 0) return {.bytes = static_cast<std::size_t>(written)};
    return failure("write");
}

void PipeTransport::shutdown_write() noexcept {
    if (end_ == End::reading || descriptor() < 0) return;
    close_descriptor();
    shut_down_ = true;
    post_readable();
}

void PipeTransport::close() noexcept {
    shut_down_ = false;
    leave();
}

}  // namespace gyre::detail
