#include <gyre/histogram.hpp>

#include <algorithm>
#include <bit>
#include <cmath>

namespace gyre {

std::size_t Histogram::index_of(std::uint64_t value) noexcept {
    constexpr std::uint64_t steps = 1U << step_bits;
    if (value < steps) return static_cast<std::size_t>(value);
    const auto exponent = static_cast<unsigned>(std::bit_width(value)) - 1;
    if (exponent >= most_bits) return buckets - 1;
    const std::uint64_t step = (value >> (exponent - step_bits)) & (steps - 1);
    return (static_cast<std::size_t>(exponent - step_bits + 1) << step_bits) + step;
}

std::uint64_t Histogram::largest_of(std::size_t index) noexcept {
    constexpr std::size_t steps = 1U << step_bits;
    if (index < steps) return index;
    const std::size_t shift = (index >> step_bits) - 1;
    return ((steps + (index & (steps - 1)) + 1) << shift) - 1;
}

void Histogram::record(Duration value) noexcept {
    value = std::max(value, Duration::zero());
    ++counts_[index_of(static_cast<std::uint64_t>(value.count()))];
    ++count_;
    sum_ += value;
    max_ = std::max(max_, value);
}

void Histogram::merge(const Histogram& other) noexcept {
    for (std::size_t i = 0; i < buckets; ++i)
        counts_[i] += other.counts_[i];
    count_ += other.count_;
    sum_ += other.sum_;
    max_ = std::max(max_, other.max_);
}

Duration Histogram::mean() const noexcept {
    return count_ == 0 ? Duration::zero() : sum_ / static_cast<Duration::rep>(count_);
}

Duration Histogram::quantile(double q) const noexcept {
    if (count_ == 0) return Duration::zero();
    const double wanted = std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(count_));
    const auto rank = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(wanted), 1, count_);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i + 1 < buckets; ++i) {
        seen += counts_[i];
        if (seen >= rank)
            return std::min(max_, Duration{static_cast<Duration::rep>(largest_of(i))});
    }
    return max_;
}

std::uint64_t Histogram::count_below(unsigned power) const noexcept {
    if (power >= most_bits) return count_;
    const std::size_t end = index_of(std::uint64_t{1} << power);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < end; ++i)
        seen += counts_[i];
    return seen;
}

}  // namespace gyre
