#include "trace_recorder.hpp"

#include "chain_node.hpp"
#include "cycle_clock.hpp"

namespace gyre::detail {

TraceRecorder::TraceRecorder(std::size_t max_events)
    : max_events_(max_events), begin_(CycleClock::ticks()) {}

void TraceRecorder::add(const ChainNode& node, std::uint64_t ended) noexcept {
    if (events_.size() >= max_events_) {
        ++dropped_;
        return;
    }
    const ChainNode* parent = node.parent.load(std::memory_order_relaxed);
    events_.push_back({.place = node.place.load(std::memory_order_relaxed),
                       .parent_place = parent ? parent->place.load(std::memory_order_relaxed)
                                              : std::source_location{},
                       .id = node.id,
                       .parent_id = parent ? parent->id : 0,
                       .registered = node.registered,
                       .started = node.started,
                       .ended = ended});
}

}  // namespace gyre::detail
