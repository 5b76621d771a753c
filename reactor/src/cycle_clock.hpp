#pragma once

#include <gyre/clock.hpp>

#include <cstdint>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace gyre::detail {

/// A cheaper clock than the system's, for measuring only: the processor's cycle counter where it
/// runs at a constant rate (10 ns a look, against 23), else the monotonic clock.
class CycleClock {
public:
    /// Counts from some moment on; never 0.
    static std::uint64_t ticks() noexcept {
#if defined(__x86_64__)
        return __rdtsc() | 1;
#else
        return static_cast<std::uint64_t>(
                   std::chrono::steady_clock::now().time_since_epoch().count()) |
               1;
#endif
    }
    /// What a difference of two readings comes to.
    static Duration to_duration(std::uint64_t ticks) noexcept {
        return Duration{static_cast<Duration::rep>(static_cast<double>(ticks) * ns_per_tick())};
    }

private:
    static double ns_per_tick() noexcept;
};

}  // namespace gyre::detail
