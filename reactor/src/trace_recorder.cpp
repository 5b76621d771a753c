#include "trace_recorder.hpp"

#include "chain_node.hpp"
#include "cycle_clock.hpp"

#include <algorithm>

namespace gyre::detail {

TraceRecorder::TraceRecorder(std::size_t max_events)
    : max_events_(max_events), begin_(CycleClock::ticks()) {}

void TraceRecorder::add(const Origin& origin, std::uint64_t started, std::uint64_t ended) noexcept {
    if (events_.size() >= max_events_) {
        ++dropped_;
        return;
    }
    // Without a node it was registered before tracing was on, and nobody knows by which callback.
    const ChainNode* node = origin.node();
    const ChainNode* parent = node ? node->parent.load(std::memory_order_relaxed) : nullptr;
    events_.push_back({.place = origin.place(),
                       .parent_place = parent ? parent->place.load(std::memory_order_relaxed)
                                              : std::source_location{},
                       .id = node ? node->id : 0,
                       .parent_id = parent ? parent->id : 0,
                       .registered = node ? node->registered : 0,
                       .started = std::max(started, begin_),
                       .ended = ended});
}

}  // namespace gyre::detail
