#pragma once

#include <gyre/clock.hpp>
#include <gyre/export.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace gyre {

/// How durations are distributed: counts in buckets that widen with the value, so that every
/// quantile is at most an eighth too large, whatever its size. 2.5 KB, and a few instructions a
/// value. Values beyond 18 minutes count in the last bucket; negative ones count as zero.
class GYRE_API Histogram {
public:
    void record(Duration value) noexcept;
    /// Adds what another one has counted.
    void merge(const Histogram& other) noexcept;

    std::uint64_t count() const noexcept { return count_; }
    Duration sum() const noexcept { return sum_; }
    /// The largest value; zero without any, as in `mean` and `quantile`.
    Duration max() const noexcept { return max_; }
    Duration mean() const noexcept;
    /// The value that the fraction `q` (0 to 1) of all values does not exceed.
    Duration quantile(double q) const noexcept;
    /// How many values were less than 2^`power` ns.
    std::uint64_t count_below(unsigned power) const noexcept;

private:
    static constexpr unsigned step_bits = 3;  // eight buckets for each doubling
    static constexpr unsigned most_bits = 40;
    static constexpr std::size_t buckets = (most_bits - step_bits + 1) << step_bits;

    static std::size_t index_of(std::uint64_t value) noexcept;
    static std::uint64_t largest_of(std::size_t index) noexcept;

    std::uint64_t count_ = 0;
    Duration sum_{};
    Duration max_{};
    std::array<std::uint64_t, buckets> counts_{};
};

}  // namespace gyre
