#pragma once

#include <gyre/export.hpp>

#include <chrono>

namespace gyre {

/// Times inside gyre are on the monotonic clock.
using TimePoint = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

/// Where a reactor gets its time from.
class GYRE_API Clock {
public:
    virtual ~Clock() = default;
    virtual TimePoint now() noexcept = 0;
    /// Asked when the loop has nothing to do before `deadline`: true if the clock has moved there
    /// itself (virtual time), false if the loop shall sleep.
    virtual bool skip_to(TimePoint deadline) noexcept {
        static_cast<void>(deadline);
        return false;
    }
};

/// A clock that stands still until it is told to move (Twisted's `task.Clock`).
///
/// With `jump` set, a loop that has nothing else to do moves it to the next timer, so that a
/// program which waits for minutes runs in no time.
class GYRE_API ManualClock final : public Clock {
public:
    explicit ManualClock(bool jump = false) noexcept : jump_(jump) {}

    TimePoint now() noexcept override { return now_; }
    void advance(Duration step) noexcept { now_ += step; }
    bool skip_to(TimePoint deadline) noexcept override {
        if (!jump_) return false;
        if (deadline > now_) now_ = deadline;
        return true;
    }

private:
    TimePoint now_{std::chrono::hours{1}};
    bool jump_;
};

}  // namespace gyre
