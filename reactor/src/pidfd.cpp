#include "pidfd.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>

#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace gyre::detail {
namespace {

ExitStatus to_exit_status(const siginfo_t& info) noexcept {
    if (info.si_code == CLD_EXITED) return {.code = info.si_status};
    return {.signal = info.si_status, .core_dumped = info.si_code == CLD_DUMPED};
}

int wait_on(int pidfd, siginfo_t& info, int options) noexcept {
    return ::waitid(P_PIDFD, static_cast<id_t>(pidfd), &info, WEXITED | WNOHANG | options);
}

}  // namespace

// The system calls themselves: the C library's header for them does not speak C++ everywhere.
UniqueDescriptor open_pidfd(pid_t pid) noexcept {
    return lift_above_stdio(UniqueDescriptor{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0U))});
}

int signal_pidfd(int pidfd, int signal) noexcept {
    const long result = ::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0U);
    return result == 0 ? 0 : errno;
}

WaitResult reap_pidfd(int pidfd) noexcept {
    siginfo_t info{};
    if (wait_on(pidfd, info, 0) != 0) return {.error_number = errno};
    if (info.si_pid == 0) return {};
    return {.ended = true, .status = to_exit_status(info)};
}

bool is_our_child(int pidfd) noexcept {
    siginfo_t info{};
    return wait_on(pidfd, info, WNOWAIT) == 0;
}

int end_pidfd(int pidfd) noexcept {
    using namespace std::chrono;
    const auto deadline = steady_clock::now() + seconds{5};
    const int error_number = signal_pidfd(pidfd, SIGKILL);
    if (error_number != 0 && error_number != ESRCH) return error_number;
    pollfd state{.fd = pidfd, .events = POLLIN, .revents = 0};
    int ready = 0;
    do {
        // Interrupted, it does not begin again: a timer's signals might keep it here for ever.
        const auto left = ceil<milliseconds>(deadline - steady_clock::now()).count();
        ready = ::poll(&state, 1, static_cast<int>(std::max<long>(left, 0)));
    } while (ready < 0 && errno == EINTR);
    if (ready == 0) return ETIMEDOUT;
    reap_pidfd(pidfd);
    return 0;
}

}  // namespace gyre::detail
