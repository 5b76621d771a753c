#include <gyre/deadline.hpp>

#include <algorithm>
#include <bit>

namespace gyre::detail {
namespace {

std::int64_t tick_of(TimePoint time) noexcept {
    return time.time_since_epoch() / DeadlineWheel::tick;
}

}  // namespace

void Deadline::expire_after(Duration delay) noexcept {
    if (!reactor_.alive()) return;
    const TimePoint now = reactor_.now();
    if (delay >= TimePoint::max() - now) return clear();
    at_ = now + delay;
    armed_ = true;
    // Moved later: the slot it is in finds out. That makes the common case a store.
    if (alone() || tick_of(at_) + 1 < tick_) {
        unlink();
        reactor_.deadlines().link(*this, now);
    }
}

void Deadline::clear() noexcept {
    armed_ = false;
    unlink();
}

void DeadlineWheel::link(Deadline& deadline, TimePoint now) noexcept {
    if (current_ == 0) current_ = tick_of(now);
    // One tick later than the division says: a deadline never fires early. Beyond the horizon it
    // waits in the last slot and is looked at again there.
    const std::int64_t due = std::max(tick_of(deadline.at_) + 1, current_ + 1);
    deadline.tick_ = std::min(due, current_ + static_cast<std::int64_t>(slots) - 1);
    const auto slot = static_cast<std::size_t>(deadline.tick_) % slots;
    deadline.insert_before(heads_[slot]);
    occupied_[slot / 64] |= std::uint64_t{1} << (slot % 64);
}

TimePoint DeadlineWheel::next() const noexcept {
    for (std::size_t ahead = 1; ahead <= slots;) {
        const std::size_t slot = (static_cast<std::size_t>(current_) + ahead) % slots;
        const std::uint64_t word = occupied_[slot / 64] >> (slot % 64);
        if (word != 0) {
            ahead += static_cast<std::size_t>(std::countr_zero(word));
            return TimePoint{tick * (current_ + static_cast<std::int64_t>(ahead))};
        }
        ahead += 64 - slot % 64;
    }
    return TimePoint::max();
}

void DeadlineWheel::advance(TimePoint now) noexcept {
    const std::int64_t target = tick_of(now);
    if (current_ == 0 || target <= current_) return;
    // After a long sleep every slot is looked at once, not once for each lost tick.
    std::int64_t tick_number = std::max(current_, target - static_cast<std::int64_t>(slots));
    while (tick_number < target) {
        ++tick_number;
        current_ = tick_number;
        run_slot(static_cast<std::size_t>(tick_number) % slots, now);
    }
}

void DeadlineWheel::run_slot(std::size_t slot, TimePoint now) noexcept {
    const std::uint64_t bit = std::uint64_t{1} << (slot % 64);
    if ((occupied_[slot / 64] & bit) == 0) return;
    occupied_[slot / 64] &= ~bit;
    // The due list is taken off first: a listener may arm, clear or destroy any deadline.
    DeadlineLink due;
    if (!heads_[slot].alone()) {
        due.insert_before(heads_[slot]);
        heads_[slot].unlink();
    }
    while (!due.alone()) {
        auto& deadline = static_cast<Deadline&>(*due.next);
        deadline.unlink();
        if (!deadline.armed_) continue;
        if (deadline.at_ > now) {
            link(deadline, now);
        } else {
            deadline.armed_ = false;
            deadline.listener_.on_deadline(deadline);
        }
    }
}

void DeadlineWheel::clear() noexcept {
    for (DeadlineLink& head : heads_)
        while (!head.alone())
            static_cast<Deadline&>(*head.next).clear();
    occupied_.fill(0);
}

}  // namespace gyre::detail
