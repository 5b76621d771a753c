#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gyre::http {

/// To which requests from other sites a browser adds a cookie (draft RFC 6265bis section 4.1.2.7).
enum class SameSite : std::uint8_t {
    unset,   ///< Not said: browsers take it for `lax`.
    lax,     ///< Only when the user follows a link here.
    strict,  ///< Never.
    none,    ///< Always; needs `secure`.
};

/// A cookie that a response sets: `HTTPServerResponse::set_cookie` (RFC 6265 section 4.1, and draft
/// RFC 6265bis for the prefixes, SameSite and the limits on sizes).
struct Cookie {
    std::string name;      ///< A token. "__Secure-" and "__Host-" in front have rules of their own.
    std::string value;     ///< Visible ASCII but `"`, `,`, `;` and `\`; may stand in quotes.
    std::string domain{};  ///< Also its subdomains get it; empty: only the host that set it.
    std::string path = "/";  ///< Only requests beneath it get it; empty: beneath the request's own.
    /// How long it lives; 0 removes it. Without this and `expires`: until the browser is closed.
    std::optional<std::chrono::seconds> max_age{};
    std::optional<std::chrono::sys_seconds> expires{};  ///< The same as a date; `max_age` wins.
    bool secure = false;                                ///< Sent over https only.
    bool http_only = false;                             ///< Hidden from scripts.
    SameSite same_site = SameSite::unset;
    bool partitioned = false;  ///< One jar for each embedding site (CHIPS); needs `secure`.
};

/// A cookie that a request brought; valid as long as a reference to the request lives.
struct CookieView {
    std::string_view name;
    std::string_view value;  ///< Without the quotes around it.
};

}  // namespace gyre::http
