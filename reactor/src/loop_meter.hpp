#pragma once

#include "cycle_clock.hpp"
#include <gyre/chain.hpp>
#include <gyre/histogram.hpp>
#include <gyre/slow_callback.hpp>

#include <cstdint>
#include <memory>
#include <vector>

namespace gyre::detail {

class TraceRecorder;
struct DispatchState;

/// What a reactor notices about its callbacks: how long they take, which take too long, and, while
/// a recording runs, each of them. On the reactor's thread only.
class LoopMeter {
public:
    LoopMeter() = default;
    /// `every`: all callbacks are timed, not only while a recording runs.
    LoopMeter(Duration slow, bool every) noexcept : slow_after_(slow), every_(every) {}

    /// The loop has come back from waiting.
    void begin_stretch(const DispatchState& state) noexcept;
    /// The loop goes to wait. Every sixteenth callback within a stretch `lap` looks whether one of
    /// them was slow, for want of exact times. It returns how long they took.
    void end_stretch(const DispatchState& state) noexcept;
    Duration lap(const DispatchState& state) noexcept;

    /// One callback of the program's ran from `start` to `end` (CycleClock's ticks).
    void on_callback_timed(const Origin& origin, std::uint64_t start, std::uint64_t end) noexcept;

    const Histogram& callback_time() const noexcept { return callback_time_; }
    const Histogram& loop_lag() const noexcept { return loop_lag_; }
    std::uint64_t slow_count() const noexcept { return slow_count_; }
    /// The slow callbacks found since this was last asked for.
    std::vector<SlowCallback> take_slow() noexcept { return std::exchange(slow_, {}); }
    bool has_slow() const noexcept { return !slow_.empty(); }
    bool exact() const noexcept { return every_ || recorder_; }

    void set_recorder(std::shared_ptr<TraceRecorder> recorder) noexcept;
    const std::shared_ptr<TraceRecorder>& recorder() const noexcept { return recorder_; }

private:
    void add_slow(SlowCallback slow) noexcept;

    Duration slow_after_ = Duration::max();
    bool every_ = false;
    Histogram callback_time_;
    Histogram loop_lag_;
    std::uint64_t stretch_begin_ = 0;
    std::uint64_t lap_begin_ = 0;
    std::uint64_t lap_first_ = 0;  // how many callbacks had been dispatched when the lap began
    std::uint64_t slow_count_ = 0;
    std::vector<SlowCallback> slow_;
    std::shared_ptr<TraceRecorder> recorder_;
};

}  // namespace gyre::detail
