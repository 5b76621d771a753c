#pragma once

#include "poller.hpp"

#include <cstddef>
#include <utility>

namespace gyre::detail {

/// Ends the poller's wait from another thread: an eventfd in its set.
class Wakeup final : public PollListener {
public:
    explicit Wakeup(Poller& poller);
    Wakeup(const Wakeup&) = delete;
    Wakeup& operator=(const Wakeup&) = delete;
    ~Wakeup();

    void signal() noexcept;
    /// How often it has woken the loop since it was asked last: events that are nobody's.
    std::size_t take_count() noexcept { return std::exchange(woken_, 0); }
    void on_poll_events(std::uint32_t events) noexcept override;

private:
    Poller& poller_;
    int descriptor_;
    std::size_t woken_ = 0;
};

}  // namespace gyre::detail
