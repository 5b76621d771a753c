#pragma once

#include <cstddef>
#include <cstdint>
#include <source_location>
#include <vector>

namespace gyre::detail {

class Origin;

/// One callback that ran. Times are CycleClock's ticks.
struct TraceEvent {
    std::source_location place;
    std::source_location parent_place;  // line 0: main
    std::uint64_t id = 0;
    std::uint64_t parent_id = 0;
    std::uint64_t registered = 0;  // 0: before the recording
    std::uint64_t started = 0;
    std::uint64_t ended = 0;
};

/// Collects what a TraceRecording writes. Filled on the reactor's thread only.
class TraceRecorder {
public:
    explicit TraceRecorder(std::size_t max_events);

    /// The callback of `origin` has run; what it did before the recording is left out.
    void add(const Origin& origin, std::uint64_t started, std::uint64_t ended) noexcept;

    const std::vector<TraceEvent>& events() const noexcept { return events_; }
    std::uint64_t dropped() const noexcept { return dropped_; }
    /// The ticks when it began.
    std::uint64_t begin() const noexcept { return begin_; }

private:
    std::size_t max_events_;
    std::uint64_t begin_;
    std::vector<TraceEvent> events_;
    std::uint64_t dropped_ = 0;
};

}  // namespace gyre::detail
