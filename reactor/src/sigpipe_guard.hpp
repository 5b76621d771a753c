#pragma once

#include <cerrno>
#include <csignal>
#include <ctime>

#include <sys/types.h>

namespace gyre::detail {

/// Keeps a write to a broken pipe from ending the program: pipes know no MSG_NOSIGNAL, nor does
/// sendfile. The signal
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

/// What `write`, a system call that returns -1 when it fails, returns, without the signal that a
/// broken pipe raises.
template <class Write>
ssize_t without_sigpipe(Write write) noexcept {
    const SigpipeGuard guard;
    const bool pending = guard.pending();
    const ssize_t written = write();
    if (written < 0 && errno == EPIPE && !pending) {
        guard.take();
        errno = EPIPE;
    }
    return written;
}

}  // namespace gyre::detail
