#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gyre::http::detail {

inline constexpr std::size_t http_date_size = 29;

/// Writes an IMF-fixdate of RFC 9110 section 5.6.7 ("Sun, 06 Nov 1994 08:49:37 GMT"), always
/// http_date_size bytes. Times outside of the years 0 to 9999 become the nearest one inside.
void write_http_date(std::chrono::sys_seconds time, char* out) noexcept;

[[nodiscard]] std::string format_http_date(std::chrono::sys_seconds time);

/// Reads each of the three forms of RFC 9110 section 5.6.7: IMF-fixdate, RFC 850 and asctime.
/// Strict about the form, except that the day of the week need only be one; a day that does not
/// exist is refused. `now` places the two-digit year of RFC 850: at most 50 years ahead of it.
[[nodiscard]] std::optional<std::chrono::sys_seconds> parse_http_date(
    std::string_view text, std::chrono::sys_seconds now) noexcept;

/// The text of a Date field, formatted again only when the second has changed.
class DateCache {
public:
    /// The view is valid until the next call with another second.
    [[nodiscard]] std::string_view get(std::chrono::sys_seconds now) noexcept;

private:
    std::chrono::sys_seconds second_ = std::chrono::sys_seconds::min();
    std::array<char, http_date_size> text_{};
};

}  // namespace gyre::http::detail
