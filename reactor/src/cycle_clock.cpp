#include "cycle_clock.hpp"

namespace gyre::detail {

double CycleClock::ns_per_tick() noexcept {
#if defined(__x86_64__)
    // Measured against the system's clock over a millisecond, once: exact to about 1 in 10,000.
    static const double rate = [] {
        using std::chrono::steady_clock;
        constexpr Duration span = std::chrono::milliseconds{1};
        const auto begin = steady_clock::now();
        const std::uint64_t first = ticks();
        auto end = begin;
        while (end - begin < span)
            end = steady_clock::now();
        const std::uint64_t last = ticks();
        return static_cast<double>((end - begin).count()) / static_cast<double>(last - first);
    }();
    return rate;
#else
    return 1.0;
#endif
}

}  // namespace gyre::detail
