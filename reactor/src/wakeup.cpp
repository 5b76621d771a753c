#include "wakeup.hpp"

#include <gyre/error_access.hpp>
#include <gyre/log.hpp>

#include <cerrno>
#include <cstdint>
#include <cstdlib>

#include <sys/eventfd.h>
#include <unistd.h>

namespace gyre::detail {

Wakeup::Wakeup(Poller& poller)
    : poller_(poller), descriptor_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    const Error error =
        descriptor_ < 0 ? system_error(errno, "eventfd") : poller_.add(descriptor_, EPOLLIN, *this);
    if (!error) return;
    log(LogLevel::error, "a reactor needs a descriptor to be woken by: " + error.message());
    std::abort();
}

Wakeup::~Wakeup() {
    poller_.remove(descriptor_, *this);
    ::close(descriptor_);
}

void Wakeup::signal() noexcept {
    const std::uint64_t one = 1;
    // It fails only when the counter is full, and then the loop is awake already.
    [[maybe_unused]] const auto written = ::write(descriptor_, &one, sizeof one);
}

void Wakeup::on_poll_events(std::uint32_t) noexcept {
    ++woken_;
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(descriptor_, &count, sizeof count);
}

}  // namespace gyre::detail
