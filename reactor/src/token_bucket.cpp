#include "token_bucket.hpp"

#include <gyre/limits.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace gyre::detail {

void TokenBucket::set(std::size_t rate, std::size_t burst, TimePoint now) noexcept {
    const double owed = limited() ? missing(now) : 0;
    rate_ = std::min(rate, unlimited_rate);
    burst_ = std::clamp(burst, rate_ / 100, unlimited_rate);
    full_at_ = now + time_for(owed);
}

std::size_t TokenBucket::available(TimePoint now) const noexcept {
    if (!limited()) return unlimited;
    const double left = static_cast<double>(burst_) - missing(now);
    return left > 0 ? static_cast<std::size_t>(left) : 0;
}

void TokenBucket::take(std::size_t count, TimePoint now) noexcept {
    if (limited()) full_at_ = std::max(full_at_, now) + time_for(static_cast<double>(count));
}

Duration TokenBucket::wait(TimePoint now) const noexcept {
    if (!limited()) return {};
    const auto worth_it = static_cast<double>(std::max<std::size_t>(rate_ / 100, 1));
    return time_for(std::max(missing(now) - static_cast<double>(burst_) + worth_it, 1.0));
}

double TokenBucket::missing(TimePoint now) const noexcept {
    if (full_at_ <= now) return 0;
    const std::chrono::duration<double, std::nano> left = full_at_ - now;
    return std::ceil(left.count() * static_cast<double>(rate_) / std::nano::den);
}

// Rounded up, so that the rate is never exceeded.
Duration TokenBucket::time_for(double bytes) const noexcept {
    const double nanoseconds = std::ceil(bytes * std::nano::den / static_cast<double>(rate_));
    return std::chrono::nanoseconds{static_cast<std::int64_t>(std::min(nanoseconds, 1e17))};
}

}  // namespace gyre::detail
