#include "timer_tree.hpp"

#include "timer_heap.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <span>
#include <utility>

namespace gyre::detail {
namespace {

constexpr unsigned bits = 6;
constexpr std::size_t fan_out = std::size_t{1} << bits;

// The lowest bit of the six-bit digit in which two keys differ first.
unsigned digit_shift(std::uint64_t difference) noexcept {
    return (static_cast<unsigned>(std::bit_width(difference)) - 1) / bits * bits;
}

}  // namespace

/// Divides keys that have the digits above `shift` in common by the digit there.
struct TimerNode {
    TimerNode(std::uint64_t any_key, unsigned digit_at) noexcept : key(any_key), shift(digit_at) {}

    bool covers(std::uint64_t other) const noexcept { return (other ^ key) >> shift < fan_out; }
    /// Where `other` belongs, which is from now on to be looked at.
    TimerSlot& at(std::uint64_t other) noexcept {
        const std::size_t digit = (other >> shift) % fan_out;
        occupied |= std::uint64_t{1} << digit;
        return slots[digit];
    }

    std::uint64_t key;
    std::uint64_t occupied = 0;  // a set bit may also be of a slot that has become empty
    unsigned shift;
    std::array<TimerSlot, fan_out> slots;
};

TimerTree::TimerTree() noexcept = default;
TimerTree::~TimerTree() = default;

void TimerTree::insert(std::uint64_t key, std::uint64_t sequence, Timer& timer) {
    TimerSlot& slot = slot_for(key);
    slot.entries.push_back({key, sequence, &timer});
    timer.slot = &slot;
    timer.set_index(slot.entries.size() - 1);
    // Left of the front nothing was, so this one is alone there.
    if (front_ && &slot != front_ && key < front_->entries.front().key) front_ = &slot;
}

void TimerTree::remove(Timer& timer) noexcept {
    TimerSlot& slot = *timer.slot;
    std::vector<TimerEntry>& entries = slot.entries;
    timer.slot = nullptr;
    std::size_t hole = timer.index;
    if (hole < slot.ordered) {
        --slot.ordered;
        if (hole < slot.ordered)
            TimerHeap{std::span{entries}.first(slot.ordered)}.replace(hole, entries[slot.ordered]);
        hole = slot.ordered;
    }
    if (hole + 1 < entries.size()) {
        entries[hole] = entries.back();
        entries[hole].timer->set_index(hole);
    }
    entries.pop_back();
    if (!entries.empty()) return;
    if (&slot == front_) front_ = nullptr;
    slot.limit = TimerSlot::large;
    if (entries.capacity() > TimerSlot::large) entries = {};
}

const TimerEntry* TimerTree::first() noexcept {
    if (!front_ || front_->entries.size() > front_->limit) find_front();
    if (!front_) return nullptr;
    std::vector<TimerEntry>& entries = front_->entries;
    for (std::uint32_t& ordered = front_->ordered; ordered < entries.size(); ++ordered)
        TimerHeap{std::span{entries}.first(ordered + 1)}.sift_up(ordered, entries[ordered]);
    return &entries.front();
}

Timer* TimerTree::any() noexcept {
    const TimerSlot* slot = front_ ? front_ : leftmost(root_);
    return slot ? slot->entries.back().timer : nullptr;
}

void TimerTree::find_front() {
    front_ = nullptr;
    TimerSlot* slot = leftmost(root_);
    if (!slot) return;
    while (slot->entries.size() > slot->limit && divide(*slot))
        slot = leftmost(*slot);
    // Equal deadlines cannot be divided: then it is not tried again for each one that is added.
    const auto size = static_cast<std::uint32_t>(slot->entries.size());
    slot->limit = std::max(slot->limit, size * 2);
    front_ = slot;
}

TimerSlot& TimerTree::slot_for(std::uint64_t key) {
    TimerSlot* slot = &root_;
    while (slot->node) {
        if (!slot->node->covers(key)) grow_above(*slot, key);
        slot = &slot->node->at(key);
    }
    return *slot;
}

// Puts a node above the one in `slot`, which covers that one's keys and `key`.
void TimerTree::grow_above(TimerSlot& slot, std::uint64_t key) {
    auto above = std::make_unique<TimerNode>(key, digit_shift(key ^ slot.node->key));
    above->at(slot.node->key).node = std::move(slot.node);
    slot.node = std::move(above);
}

// Turns the timers of `slot` into a node of smaller slots; false if all have the same deadline.
bool TimerTree::divide(TimerSlot& slot) {
    const std::uint64_t key = slot.entries.front().key;
    std::uint64_t difference = 0;
    for (const TimerEntry& entry : slot.entries)
        difference |= entry.key ^ key;
    if (difference == 0) return false;
    auto node = std::make_unique<TimerNode>(key, digit_shift(difference));
    std::array<std::size_t, fan_out> sizes{};
    for (const TimerEntry& entry : slot.entries)
        ++sizes[(entry.key >> node->shift) % fan_out];
    for (std::size_t i = 0; i < fan_out; ++i)
        if (sizes[i] > 0) node->slots[i].entries.reserve(sizes[i]);
    for (const TimerEntry& entry : slot.entries) {
        TimerSlot& to = node->at(entry.key);
        entry.timer->slot = &to;
        entry.timer->set_index(to.entries.size());
        to.entries.push_back(entry);
    }
    slot = {.entries = {}, .node = std::move(node)};
    return true;
}

// The first leaf below `slot` that holds anything. Empty nodes on the way are taken down.
TimerSlot* TimerTree::leftmost(TimerSlot& slot) noexcept {
    if (!slot.node) return slot.entries.empty() ? nullptr : &slot;
    std::uint64_t& occupied = slot.node->occupied;
    for (; occupied != 0; occupied &= occupied - 1) {
        const auto digit = static_cast<std::size_t>(std::countr_zero(occupied));
        if (TimerSlot* found = leftmost(slot.node->slots[digit])) return found;
    }
    slot.node.reset();
    return nullptr;
}

std::vector<TimerEntry> TimerTree::all() const {
    std::vector<TimerEntry> entries;
    std::vector<const TimerSlot*> left{&root_};
    while (!left.empty()) {
        const TimerSlot& slot = *left.back();
        left.pop_back();
        entries.insert(entries.end(), slot.entries.begin(), slot.entries.end());
        if (!slot.node) continue;
        for (const TimerSlot& child : slot.node->slots)
            left.push_back(&child);
    }
    return entries;
}

}  // namespace gyre::detail
