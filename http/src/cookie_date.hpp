#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace gyre::http::detail {

/// The date of an Expires attribute by the algorithm of RFC 6265 section 5.1.1, which takes nearly
/// everything in which a time, a day, a month's name and a year can be found. Nothing for a date
/// that does not exist or lies before 1601.
[[nodiscard]] std::optional<std::chrono::sys_seconds> parse_cookie_date(
    std::string_view text) noexcept;

}  // namespace gyre::http::detail
