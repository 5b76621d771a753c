#include "timer_queue.hpp"

#include <algorithm>
#include <utility>

namespace gyre::detail {
namespace {
constexpr std::size_t arity = 4;
}

TimerQueue::~TimerQueue() { discard(); }

void TimerQueue::discard() noexcept {
    // One by one: what a callback holds may cancel other timers as it goes.
    while (!heap_.empty())
        remove(heap_.size() - 1)->callback.discard();
}

void TimerQueue::add(std::shared_ptr<Timer> timer, TimePoint deadline) {
    timer->queue = this;
    heap_.emplace_back();
    if (timer->counted) ++counted_;
    sift_up(heap_.size() - 1, Entry{deadline, sequence_++, std::move(timer)});
}

void TimerQueue::cancel(Timer& timer) noexcept {
    if (timer.queue != this) return;
    const std::shared_ptr<Timer> taken = remove(timer.index);
    taken->callback.discard();
}

void TimerQueue::unref(Timer& timer) noexcept {
    if (timer.queue == this && std::exchange(timer.counted, false)) --counted_;
}

TimePoint TimerQueue::next() const noexcept {
    return heap_.empty() ? TimePoint::max() : heap_.front().deadline;
}

std::shared_ptr<Timer> TimerQueue::take_due(TimePoint now) noexcept {
    if (heap_.empty() || heap_.front().deadline > now || heap_.front().sequence >= turn_)
        return nullptr;
    return remove(0);
}

void TimerQueue::place(std::size_t index, Entry entry) noexcept {
    entry.timer->index = index;
    heap_[index] = std::move(entry);
}

void TimerQueue::sift_up(std::size_t index, Entry entry) noexcept {
    while (index > 0) {
        const std::size_t parent = (index - 1) / arity;
        if (!entry.before(heap_[parent])) break;
        place(index, std::move(heap_[parent]));
        index = parent;
    }
    place(index, std::move(entry));
}

void TimerQueue::sift_down(std::size_t index, Entry entry) noexcept {
    for (;;) {
        const std::size_t first = index * arity + 1;
        if (first >= heap_.size()) break;
        const std::size_t last = std::min(first + arity, heap_.size());
        std::size_t least = first;
        for (std::size_t child = first + 1; child < last; ++child)
            if (heap_[child].before(heap_[least])) least = child;
        if (!heap_[least].before(entry)) break;
        place(index, std::move(heap_[least]));
        index = least;
    }
    place(index, std::move(entry));
}

std::shared_ptr<Timer> TimerQueue::remove(std::size_t index) noexcept {
    std::shared_ptr<Timer> taken = std::move(heap_[index].timer);
    taken->queue = nullptr;
    taken->index = Timer::nowhere;
    if (taken->counted) --counted_;
    Entry last = std::move(heap_.back());
    heap_.pop_back();
    if (index < heap_.size()) {
        const bool up = index > 0 && last.before(heap_[(index - 1) / arity]);
        up ? sift_up(index, std::move(last)) : sift_down(index, std::move(last));
    }
    return taken;
}

}  // namespace gyre::detail
