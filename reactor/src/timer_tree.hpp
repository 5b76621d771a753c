#pragma once

#include "timer.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace gyre::detail {

/// A timer's place in the order: by deadline, then by registration.
struct TimerEntry {
    std::uint64_t key;  // the deadline
    std::uint64_t sequence;
    Timer* timer;

    bool before(const TimerEntry& other) const noexcept {
        return key != other.key ? key < other.key : sequence < other.sequence;
    }
};

struct TimerNode;

/// A place in the tree: either timers or a node.
struct TimerSlot {
    std::vector<TimerEntry> entries;
    std::unique_ptr<TimerNode> node;
};

/// Timers in the order of their keys, of which only the soonest few are put in order: a radix tree
/// with six bits of the key a level, whose leaves are unsorted. A leaf is divided only when it
/// becomes the first one and is large; the first leaf is made a heap when `first` is asked for. So
/// adding and removing cost O(1) wherever it is not the first leaf, a heap of some 64 timers there,
/// and each timer moves a few times in its life. Few timers are one leaf.
class TimerTree {
public:
    TimerTree() noexcept;
    TimerTree(const TimerTree&) = delete;
    TimerTree& operator=(const TimerTree&) = delete;
    ~TimerTree();

    void insert(std::uint64_t key, std::uint64_t sequence, Timer& timer);
    void remove(Timer& timer) noexcept;
    /// The first in order; null if there is none. Valid until the next change.
    const TimerEntry* first() noexcept;
    /// Any one, the one that is the cheapest to remove; null if there is none.
    Timer* any() noexcept;
    /// All of them, in no order.
    std::vector<TimerEntry> all() const;

private:
    TimerSlot& slot_for(std::uint64_t key);
    static void grow_above(TimerSlot& slot, std::uint64_t key);
    static bool divide(TimerSlot& slot);
    static TimerSlot* leftmost(TimerSlot& slot) noexcept;
    void find_front();
    void set_front(TimerSlot& slot) noexcept;

    TimerSlot root_;
    // The leftmost leaf that holds anything; null when it is to be looked for. Its first `ordered_`
    // timers are a heap, those behind have come since `first` was asked for.
    TimerSlot* front_ = nullptr;
    std::size_t ordered_ = 0;
    std::size_t front_limit_ = 0;  // beyond which it is looked at again, whether it can be divided
};

}  // namespace gyre::detail
