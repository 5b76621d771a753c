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
    static constexpr std::uint32_t large = 64;  // a first leaf of more timers is divided

    std::vector<TimerEntry> entries;
    std::unique_ptr<TimerNode> node;
    // The first `ordered` timers are a heap. It stays one while other leaves are the first, so that
    // a leaf of equal deadlines, which cannot be divided, is put in order once only.
    std::uint32_t ordered = 0;
    std::uint32_t limit = large;  // beyond which it is looked at again, whether it can be divided
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

    TimerSlot root_;
    TimerSlot* front_ = nullptr;  // the leftmost leaf that holds anything; null: to be looked for
};

}  // namespace gyre::detail
