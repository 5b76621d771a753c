#pragma once

#include <gyre/clock.hpp>

#include <cstddef>

namespace gyre::detail {

/// How many bytes may pass at a rate: so many at once, and so many more each second. It begins
/// full. No clock of its own and no I/O.
class TokenBucket {
public:
    /// `rate` in bytes per second, `burst` in bytes; at least what 10 ms give, so that waiting for
    /// more is not a busy loop.
    void set(std::size_t rate, std::size_t burst, TimePoint now) noexcept;

    std::size_t available(TimePoint now) const noexcept;
    /// More than are available are owed.
    void take(std::size_t count, TimePoint now) noexcept;
    /// How long, from when nothing is available, until it is worth going on.
    Duration wait(TimePoint now) const noexcept;

private:
    bool limited() const noexcept { return rate_ < unlimited_rate; }
    double missing(TimePoint now) const noexcept;
    Duration time_for(double bytes) const noexcept;

    // Beyond what any network does; numbers up to here are exact.
    static constexpr std::size_t unlimited_rate = std::size_t{1} << 50;

    std::size_t rate_ = unlimited_rate;
    std::size_t burst_ = unlimited_rate;
    TimePoint full_at_{};  // when nothing will be missing
};

}  // namespace gyre::detail
