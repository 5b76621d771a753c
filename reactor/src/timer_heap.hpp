#pragma once

#include "timer_tree.hpp"

#include <algorithm>
#include <cstddef>
#include <span>

namespace gyre::detail {

/// A view of entries as a heap with four children a node; each timer knows its place.
class TimerHeap {
public:
    explicit TimerHeap(std::span<TimerEntry> entries) noexcept : entries_(entries) {}

    /// Puts `entry` where the one at `index` was.
    void replace(std::size_t index, const TimerEntry& entry) noexcept {
        const bool up = index > 0 && entry.before(entries_[(index - 1) / arity]);
        up ? sift_up(index, entry) : sift_down(index, entry);
    }

    void sift_up(std::size_t index, TimerEntry entry) noexcept {
        while (index > 0) {
            const std::size_t parent = (index - 1) / arity;
            if (!entry.before(entries_[parent])) break;
            place(index, entries_[parent]);
            index = parent;
        }
        place(index, entry);
    }

    void sift_down(std::size_t index, TimerEntry entry) noexcept {
        for (;;) {
            const std::size_t first = index * arity + 1;
            if (first >= entries_.size()) break;
            const std::size_t last = std::min(first + arity, entries_.size());
            std::size_t least = first;
            for (std::size_t child = first + 1; child < last; ++child)
                if (entries_[child].before(entries_[least])) least = child;
            if (!entries_[least].before(entry)) break;
            place(index, entries_[least]);
            index = least;
        }
        place(index, entry);
    }

private:
    static constexpr std::size_t arity = 4;

    void place(std::size_t index, const TimerEntry& entry) noexcept {
        entry.timer->set_index(index);
        entries_[index] = entry;
    }

    std::span<TimerEntry> entries_;
};

}  // namespace gyre::detail
