#include "loop_meter.hpp"

#include "chain_node.hpp"
#include "trace_recorder.hpp"
#include <gyre/dispatch.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace gyre {

std::string to_string(const SlowCallback& slow) {
    const auto name = [](const std::source_location& place) {
        return std::string{place.file_name()} + ':' + std::to_string(place.line());
    };
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(slow.duration).count();
    std::string text = "the loop was held for " + std::to_string(ms) + " ms by ";
    text += slow.places.size() == 1 ? "the callback registered at " : "callbacks registered at ";
    for (std::size_t i = 0; i < slow.places.size(); ++i)
        text += (i == 0 ? "" : ", ") + name(slow.places[i]);
    for (std::size_t i = 1; i < slow.trace.size(); ++i)
        text += ", registered by the one at " + name(slow.trace[i]);
    return text;
}

namespace detail {
namespace {

// Where the callbacks after number `first` were registered, as far as they are remembered.
std::vector<std::source_location> recent_places(const DispatchState& state, std::uint64_t first) {
    const std::uint64_t last = state.dispatched.load(std::memory_order_relaxed);
    if (last - first > DispatchState::remembered) first = last - DispatchState::remembered;
    std::vector<std::source_location> places;
    for (std::uint64_t number = first + 1; number <= last; ++number) {
        const auto place = state.recent[number % DispatchState::remembered].load();
        const auto same = [&](const std::source_location& other) {
            return other.line() == place.line() && other.column() == place.column() &&
                   other.file_name() == place.file_name();
        };
        if (std::none_of(places.begin(), places.end(), same)) places.push_back(place);
    }
    return places;
}

}  // namespace

void LoopMeter::set_recorder(std::shared_ptr<TraceRecorder> recorder) noexcept {
    recorder_ = std::move(recorder);
}

void LoopMeter::begin_stretch(const DispatchState& state) noexcept {
    stretch_begin_ = lap_begin_ = CycleClock::ticks();
    lap_first_ = state.dispatched.load(std::memory_order_relaxed);
}

void LoopMeter::end_stretch(const DispatchState& state) noexcept {
    if (stretch_begin_ == 0) return;
    lap(state);
    loop_lag_.record(CycleClock::to_duration(lap_begin_ - stretch_begin_));
    stretch_begin_ = 0;
}

Duration LoopMeter::lap(const DispatchState& state) noexcept {
    const std::uint64_t now = CycleClock::ticks();
    const std::uint64_t first =
        std::exchange(lap_first_, state.dispatched.load(std::memory_order_relaxed));
    const Duration duration = CycleClock::to_duration(now - std::exchange(lap_begin_, now));
    if (!state.exact && duration >= slow_after_ && lap_first_ != first)
        add_slow({.duration = duration, .places = recent_places(state, first)});
    return duration;
}

void LoopMeter::on_callback_timed(const Origin& origin, std::uint64_t start,
                                  std::uint64_t end) noexcept {
    const Duration duration = CycleClock::to_duration(end - start);
    callback_time_.record(duration);
    if (recorder_) recorder_->add(origin, start, end);
    if (duration < slow_after_ || !dispatch_state.exact) return;
    SlowCallback slow{.duration = duration, .places = {origin.place()}};
    if (origin.node()) slow.trace = chain_places(origin.node());
    add_slow(std::move(slow));
}

void LoopMeter::add_slow(SlowCallback slow) noexcept {
    ++slow_count_;
    slow_.push_back(std::move(slow));
}

}  // namespace detail
}  // namespace gyre
