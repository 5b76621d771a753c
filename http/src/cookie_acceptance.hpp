#pragma once

#include "cookie_matching.hpp"
#include "set_cookie_parser.hpp"
#include <gyre/http/stored_cookie.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace gyre::http::detail {

struct AcceptedCookie {
    StoredCookie cookie;
    std::string_view refusal;  ///< Why it is not taken, for people; empty if it is.
};

/// Whether `origin` may set this cookie, and for which requests it is then (RFC 6265 section 5.3,
/// draft RFC 6265bis section 5.7, as far as they do not depend on other cookies). `host` is the
/// origin's canonical host.
[[nodiscard]] AcceptedCookie accept_cookie(const CookieOrigin& origin, const std::string& host,
                                           const SetCookieFields& fields);

/// The same for a cookie that no server set but a program or a file: its domain becomes canonical
/// and, if nobody may share it, host-only; the time to live is cut.
[[nodiscard]] AcceptedCookie accept_cookie(StoredCookie cookie, std::chrono::sys_seconds now);

}  // namespace gyre::http::detail
