#pragma once

#include <gyre/http/cookie.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace gyre::http {

/// A cookie in a `CookieJar` (RFC 6265 section 5.3), with what decides which requests get it.
struct StoredCookie {
    std::string name;  ///< May be empty: then the value alone is sent.
    std::string value;
    std::string domain;      ///< A host name in lower case (IDN as "xn--…"), or an IP address.
    std::string path = "/";  ///< Requests for it and for what lies beneath it get the cookie.
    bool host_only = true;   ///< Only `domain` itself gets it; else also the names below.
    /// When it ends; without: with the session. Never more than 400 days ahead.
    std::optional<std::chrono::sys_seconds> expires{};
    bool secure = false;                   ///< Sent over https only.
    bool http_only = false;                ///< Not for scripts; nothing here depends on it.
    SameSite same_site = SameSite::unset;  ///< As the server said; nothing here depends on it.

    friend bool operator==(const StoredCookie&, const StoredCookie&) = default;
};

}  // namespace gyre::http
