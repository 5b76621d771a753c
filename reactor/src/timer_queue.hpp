#pragma once

#include <gyre/callback.hpp>
#include <gyre/clock.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace gyre::detail {

class TimerQueue;

/// One call that was arranged for later.
struct Timer {
    static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

    Callback<void()> callback;
    TimerQueue* queue = nullptr;
    std::size_t index = nowhere;  // its place in the queue's heap
    bool counted = true;          // `run` waits for it
};

/// All timers of a reactor: a heap with four children a node, which knows each timer's place, so
/// that adding and cancelling cost O(log n). Equal deadlines fire in the order of registration.
class TimerQueue {
public:
    TimerQueue() = default;
    TimerQueue(const TimerQueue&) = delete;
    TimerQueue& operator=(const TimerQueue&) = delete;
    ~TimerQueue();

    void add(std::shared_ptr<Timer> timer, TimePoint deadline);
    /// Takes it out and releases its captures; allowed at any time.
    void cancel(Timer& timer) noexcept;
    void unref(Timer& timer) noexcept;

    /// The soonest deadline; TimePoint::max() if there is none.
    TimePoint next() const noexcept;
    /// Takes out the soonest timer if it is due at `now`.
    std::shared_ptr<Timer> take_due(TimePoint now) noexcept;

    /// Takes all of them out and releases their captures.
    void discard() noexcept;

    /// In no order.
    template <class Visit>
    void for_each(Visit visit) const {
        for (const Entry& entry : heap_)
            visit(*entry.timer, entry.deadline);
    }
    std::size_t size() const noexcept { return heap_.size(); }
    /// How many of them `run` waits for.
    std::size_t counted() const noexcept { return counted_; }
    /// A mark between the timers added before and after it: `take_due` never gives a timer that was
    /// added since, so that a timer re-arming itself for now cannot starve the loop. As a new one
    /// is never due before those that are due already (`ReactorCore::call_at` sees to that), it
    /// hides none of them.
    void begin_turn() noexcept { turn_ = sequence_; }

private:
    struct Entry {
        TimePoint deadline;
        std::uint64_t sequence;
        std::shared_ptr<Timer> timer;

        bool before(const Entry& other) const noexcept {
            return deadline != other.deadline ? deadline < other.deadline
                                              : sequence < other.sequence;
        }
    };

    void place(std::size_t index, Entry entry) noexcept;
    void sift_up(std::size_t index, Entry entry) noexcept;
    void sift_down(std::size_t index, Entry entry) noexcept;
    std::shared_ptr<Timer> remove(std::size_t index) noexcept;

    std::vector<Entry> heap_;
    std::uint64_t sequence_ = 0;
    std::uint64_t turn_ = 0;
    std::size_t counted_ = 0;
};

}  // namespace gyre::detail
