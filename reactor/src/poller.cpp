#include "poller.hpp"

#include <gyre/error_access.hpp>
#include <gyre/log.hpp>

#include <cerrno>
#include <cstdlib>
#include <limits>
#include <string>

#include <unistd.h>

namespace gyre::detail {
namespace {

// Rounded up: a loop that wakes a moment before its timer would spin until it is due.
int to_milliseconds(Duration timeout) noexcept {
    if (timeout < Duration::zero()) return -1;
    const auto whole = std::chrono::ceil<std::chrono::milliseconds>(timeout).count();
    return static_cast<int>(std::min<long>(whole, std::numeric_limits<int>::max()));
}

}  // namespace

Poller::Poller() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (epoll_ >= 0) return;
    log(LogLevel::error, "a reactor needs a descriptor for its epoll set: " +
                             system_error(errno, "epoll_create1").message());
    std::abort();
}

Poller::~Poller() { ::close(epoll_); }

Error Poller::add(int descriptor, std::uint32_t events, PollListener& listener) noexcept {
    epoll_event event{.events = events, .data = {.ptr = &listener}};
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) == 0) return {};
    return system_error(errno, "watch descriptor");
}

bool Poller::modify(int descriptor, std::uint32_t events, PollListener& listener) noexcept {
    epoll_event event{.events = events, .data = {.ptr = &listener}};
    return ::epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor, &event) == 0;
}

void Poller::remove(int descriptor, PollListener& listener) noexcept {
    epoll_event unused{};
    ::epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, &unused);
    for (int i = next_; i < batch_; ++i) {
        epoll_event& event = events_[static_cast<std::size_t>(i)];
        if (event.data.ptr == &listener) event.data.ptr = nullptr;
    }
}

bool Poller::wait(Duration timeout) noexcept {
    next_ = 0;
    batch_ = ::epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()),
                          to_milliseconds(timeout));
    return batch_ > 0;
}

bool Poller::dispatch_next() noexcept {
    while (next_ < batch_) {
        const epoll_event event = events_[static_cast<std::size_t>(next_++)];
        if (!event.data.ptr) continue;
        static_cast<PollListener*>(event.data.ptr)->on_poll_events(event.events);
        return true;
    }
    return false;
}

}  // namespace gyre::detail
