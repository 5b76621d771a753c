#pragma once

#include <gyre/http/stored_cookie.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::http::detail {

struct CookieFileResult {
    std::vector<StoredCookie> cookies;  ///< Accepted; without those that are over.
    std::string error;  ///< The first line that is wrong, and why; empty if none is.
};

/// Reads Netscape's cookies.txt as curl and Python write it: seven fields between tabs (domain,
/// whether names below it get it, path, secure, time of the end, name, value), comments behind '#'
/// but for "#HttpOnly_" in front of a domain.
[[nodiscard]] CookieFileResult parse_cookie_file(std::string_view text,
                                                 std::chrono::sys_seconds now);

/// The same way back, for cookies that were accepted.
[[nodiscard]] std::string format_cookie_file(const std::vector<StoredCookie>& cookies,
                                             bool session_cookies);

}  // namespace gyre::http::detail
