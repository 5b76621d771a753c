#pragma once

#include "timer_tree.hpp"
#include <gyre/callback.hpp>
#include <gyre/clock.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace gyre::detail {

/// All timers of a reactor. Equal deadlines fire in the order of registration. Adding and
/// cancelling cost the same however many there are.
class TimerQueue {
public:
    TimerQueue() = default;
    TimerQueue(const TimerQueue&) = delete;
    TimerQueue& operator=(const TimerQueue&) = delete;
    ~TimerQueue();

    TimerRef add(TimePoint deadline, Callback<void()>&& callback);
    /// Takes it out and releases its captures; allowed at any time.
    void cancel(Timer& timer) noexcept;
    void unref(Timer& timer) noexcept;

    /// The soonest deadline; TimePoint::max() if there is none.
    TimePoint next() const noexcept;
    /// Takes out the soonest timer if it is due at `now`.
    TimerRef take_due(TimePoint now) noexcept;

    /// Takes all of them out and releases their captures.
    void discard() noexcept;

    /// Every timer with its deadline, in no order.
    std::vector<std::pair<const Timer*, TimePoint>> all() const;
    std::size_t size() const noexcept { return size_; }
    /// How many of them `run` waits for.
    std::size_t counted() const noexcept { return counted_; }
    /// A mark between the timers added before and after it: `take_due` never gives a timer that was
    /// added since, so that a timer re-arming itself for now cannot starve the loop. As a new one
    /// is never due before those that are due already (`ReactorCore::call_at` sees to that), it
    /// hides none of them.
    void begin_turn() noexcept { turn_ = sequence_; }

private:
    TimerRef remove(Timer& timer) noexcept;

    mutable TimerTree tree_;  // to find the soonest puts it in order
    std::uint64_t sequence_ = 0;
    std::uint64_t turn_ = 0;
    std::size_t size_ = 0;
    std::size_t counted_ = 0;
};

}  // namespace gyre::detail
