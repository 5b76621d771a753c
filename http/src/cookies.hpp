#pragma once

#include <gyre/http/cookie.hpp>

#include <cstddef>
#include <string_view>

namespace gyre::http::detail {

/// Takes the next cookie off the value of a Cookie field (RFC 6265 sections 4.2.1 and 5.4): pieces
/// at ';', trimmed, name and value at the first '=', quotes around the value taken away. Browsers
/// send more than the grammar allows, so only what has no name is skipped; false when none is left.
[[nodiscard]] bool next_cookie(std::string_view& rest, CookieView& cookie) noexcept;

/// How many pieces that are not blank the value of a Cookie field has, be they cookies or not.
[[nodiscard]] std::size_t count_cookies(std::string_view value) noexcept;

}  // namespace gyre::http::detail
