#pragma once

#include <gyre/clock.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace gyre::http::detail {

// Whether a transfer has been slower than so many bytes a second for so long. Asked every `period`;
// without I/O.
class SpeedWatch {
public:
    void begin(std::uint64_t bytes_per_second, Duration longest, TimePoint now) noexcept {
        limit_ = bytes_per_second;
        longest_ = longest;
        start_again(now, 0);
    }

    Duration period() const noexcept {
        return std::min<Duration>(longest_, std::chrono::seconds{1});
    }

    // `bytes` went to and fro so far. Slow times that follow each other are added up.
    bool is_too_slow(std::uint64_t bytes, TimePoint now) noexcept {
        const std::chrono::duration<double> passed = now - checked_at_;
        const auto moved = static_cast<double>(bytes - bytes_);
        if (moved >= static_cast<double>(limit_) * passed.count()) start_again(now, bytes);
        checked_at_ = now;
        bytes_ = bytes;
        return now - slow_since_ >= longest_;
    }

    // What went before does not count.
    void start_again(TimePoint now, std::uint64_t bytes) noexcept {
        slow_since_ = checked_at_ = now;
        bytes_ = bytes;
    }

    // The transfer was held up on this side for so long, until now: that is not its fault.
    void skip(Duration pause, TimePoint now) noexcept {
        slow_since_ = std::min(slow_since_ + pause, now);
        checked_at_ = std::min(checked_at_ + pause, now);
    }

private:
    std::uint64_t limit_ = 0;
    Duration longest_{};
    TimePoint slow_since_{};
    TimePoint checked_at_{};
    std::uint64_t bytes_ = 0;
};

}  // namespace gyre::http::detail
