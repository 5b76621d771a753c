#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gyre::http::detail {

/// An absolute http, https, ws or wss URL (RFC 9110 section 4.2, RFC 6455 section 3), taken apart
/// and in a form that can be sent and compared. Only parse_url and resolve make one.
struct Url {
    std::string scheme;    ///< lower case
    std::string user;      ///< decoded; no control bytes
    std::string password;  ///< decoded; no control bytes
    bool has_userinfo = false;
    std::string host;  ///< A-labels in lower case; IPv6 without brackets, in its shortest form
    bool is_ipv6 = false;
    std::uint16_t port = 0;  ///< the scheme's own when the URL names none
    std::string target;      ///< path and query as they go into a request line; begins with '/'
    std::optional<std::string> fragment;  ///< without the '#', as it came; never sent

    /// https or wss.
    [[nodiscard]] bool is_secure() const noexcept;

    /// The path of the target, without the query.
    [[nodiscard]] std::string_view path() const noexcept;

    /// The value of a Host field: the port only when it is not the scheme's own.
    [[nodiscard]] std::string host_header() const;

    /// scheme://host[:port], what "same origin" compares (RFC 6454 section 6.2).
    [[nodiscard]] std::string origin() const;

    /// The whole URL without the user information, so that it can be logged.
    [[nodiscard]] std::string to_string() const;
};

/// A URL, or a sentence for people that says what is wrong with the text.
struct UrlResult {
    std::optional<Url> url;
    std::string error;

    explicit operator bool() const noexcept { return url.has_value(); }
};

/// Parses what a user or a peer gave as an absolute URL. Refused: every other scheme, control
/// bytes, a missing or empty host, one that is not a possible name or has an escape in it, a port
/// that is 0 or above 65535, a malformed escape. A host name in UTF-8 becomes A-labels ("xn--...").
/// In the path and the query, bytes that RFC 3986 does not allow (space, non-ASCII, quotes) are
/// percent-encoded, since people type them.
[[nodiscard]] UrlResult parse_url(std::string_view text);

/// Where a Location leads from `base` (RFC 3986 section 5.2): absolute, scheme-relative, with an
/// absolute or relative path, or a query only. Dot segments are removed. The fragment of `base`
/// stays unless `location` has its own (RFC 9110 section 10.2.2); so does its user information,
/// but only where `location` names no host. Same refusals as parse_url.
[[nodiscard]] UrlResult resolve(const Url& base, std::string_view location);

/// Same scheme, host and port.
[[nodiscard]] bool same_origin(const Url& left, const Url& right) noexcept;

}  // namespace gyre::http::detail
