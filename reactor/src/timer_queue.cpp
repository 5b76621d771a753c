#include "timer_queue.hpp"

#include <utility>

namespace gyre::detail {
namespace {

// Keys have no sign, so that their bits are in the order of the deadlines.
constexpr std::uint64_t sign = std::uint64_t{1} << 63;

std::uint64_t to_key(TimePoint deadline) noexcept {
    return static_cast<std::uint64_t>(deadline.time_since_epoch().count()) ^ sign;
}

TimePoint to_deadline(std::uint64_t key) noexcept {
    return TimePoint{Duration{static_cast<Duration::rep>(key ^ sign)}};
}

}  // namespace

TimerQueue::~TimerQueue() { discard(); }

void TimerQueue::discard() noexcept {
    // One by one: what a callback holds may cancel other timers as it goes.
    while (Timer* timer = tree_.any())
        remove(*timer)->callback.discard();
}

TimerRef TimerQueue::add(TimePoint deadline, Callback<void()>&& callback) {
    TimerRef timer{new Timer{std::move(callback)}};
    tree_.insert(to_key(deadline), sequence_, *timer);
    ++sequence_;
    ++size_;
    ++counted_;
    timer->queue = this;
    timer->references.store(2, std::memory_order_relaxed);  // the caller's and this queue's
    return timer;
}

void TimerQueue::cancel(Timer& timer) noexcept {
    if (timer.queue == this) remove(timer)->callback.discard();
}

void TimerQueue::unref(Timer& timer) noexcept {
    if (timer.queue != this || !timer.counted) return;
    timer.counted = false;
    --counted_;
}

TimePoint TimerQueue::next() const noexcept {
    const TimerEntry* first = tree_.first();
    return first ? to_deadline(first->key) : TimePoint::max();
}

std::vector<std::pair<const Timer*, TimePoint>> TimerQueue::all() const {
    std::vector<std::pair<const Timer*, TimePoint>> timers;
    for (const TimerEntry& entry : tree_.all())
        timers.emplace_back(entry.timer, to_deadline(entry.key));
    return timers;
}

TimerRef TimerQueue::take_due(TimePoint now) noexcept {
    const TimerEntry* first = tree_.first();
    if (!first || first->key > to_key(now) || first->sequence >= turn_) return nullptr;
    return remove(*first->timer);
}

// The queue's reference goes to the caller.
TimerRef TimerQueue::remove(Timer& timer) noexcept {
    tree_.remove(timer);
    timer.queue = nullptr;
    if (timer.counted) --counted_;
    --size_;
    return TimerRef{&timer};
}

}  // namespace gyre::detail
