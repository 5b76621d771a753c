#pragma once

#include <gyre/clock.hpp>
#include <gyre/error.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

#include <sys/epoll.h>

namespace gyre::detail {

/// Gets the readiness of one descriptor; `events` is a set of EPOLL* flags.
class PollListener {
public:
    virtual void on_poll_events(std::uint32_t events) noexcept = 0;

protected:
    ~PollListener() = default;
};

/// The reactor's own epoll set. Level-triggered; a listener may add, remove or destroy any other
/// while events are dispatched.
class Poller {
public:
    Poller();
    Poller(const Poller&) = delete;
    Poller& operator=(const Poller&) = delete;
    ~Poller();

    Error add(int descriptor, std::uint32_t events, PollListener& listener) noexcept;
    /// False if the descriptor is not (or no longer) in the set.
    bool modify(int descriptor, std::uint32_t events, PollListener& listener) noexcept;
    /// Also drops what the current batch still holds for it.
    void remove(int descriptor, PollListener& listener) noexcept;

    /// Waits (a negative time: without end) for a batch of events; true if there are some. What
    /// was left of the batch before is forgotten, as the set is level-triggered.
    bool wait(Duration timeout) noexcept;
    /// Dispatches the next event of the batch; false if there is none.
    bool dispatch_next() noexcept;
    /// The set's own descriptor, readable when something is ready.
    int descriptor() const noexcept { return epoll_; }

private:
    int epoll_ = -1;
    int batch_ = 0;
    int next_ = 0;
    std::array<epoll_event, 256> events_{};
};

}  // namespace gyre::detail
