#pragma once

#include <gyre/http/cookie.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>

namespace gyre::http::detail {

/// The most that a cookie's name and value may have together (draft RFC 6265bis section 5.6).
inline constexpr std::size_t max_cookie_size = 4096;

/// No cookie lives longer (draft RFC 6265bis section 5.5).
inline constexpr std::chrono::days max_cookie_age{400};

/// What a Set-Cookie field says, before anyone asks who said it. Views into the field's value.
struct SetCookieFields {
    std::string_view name;    ///< May be empty, but not together with the value.
    std::string_view value;   ///< With its quotes, if it has some.
    std::string_view domain;  ///< Without one dot in front; empty: not said.
    std::string_view path;    ///< Begins with '/'; empty: the default path.
    std::optional<std::chrono::sys_seconds> expires;  ///< From Max-Age, else from Expires.
    bool secure = false;
    bool http_only = false;
    SameSite same_site = SameSite::unset;
};

struct SetCookieResult {
    SetCookieFields fields;
    std::string_view refusal;  ///< Why it is no cookie, for people; empty if it is one.
};

/// Reads the value of a Set-Cookie field (RFC 6265 section 5.2 with the changes of draft RFC
/// 6265bis section 5.6). Stricter than that: no tab in name, value or path, and no '=' in the value
/// of a cookie without a name, which would be sent like one with a name.
[[nodiscard]] SetCookieResult parse_set_cookie(std::string_view text,
                                               std::chrono::sys_seconds now) noexcept;

/// Why these may not be a cookie's name and value, for people; empty if they may.
[[nodiscard]] std::string_view check_name_and_value(std::string_view name,
                                                    std::string_view value) noexcept;

}  // namespace gyre::http::detail
