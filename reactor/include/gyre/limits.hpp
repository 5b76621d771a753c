#pragma once

#include <chrono>
#include <concepts>
#include <limits>

namespace gyre {

/// The type of `gyre::unlimited`: converts to the largest value of any number or duration.
struct Unlimited {
    template <std::integral Number>
    constexpr operator Number() const noexcept {
        return std::numeric_limits<Number>::max();
    }
    template <class Rep, class Period>
    constexpr operator std::chrono::duration<Rep, Period>() const noexcept {
        return std::chrono::duration<Rep, Period>::max();
    }
};

/// How an option says that it sets no limit: `{.max_body_size = gyre::unlimited}`. Zero and less
/// are refused as limits.
inline constexpr Unlimited unlimited{};

}  // namespace gyre
