#pragma once

#include <string>
#include <string_view>

namespace gyre::http::detail {

/// To whom a request goes, as far as cookies care.
struct CookieOrigin {
    bool secure;            ///< https or wss.
    std::string_view host;  ///< A name (IDN as "xn--…") or an IP address without brackets.
    std::string_view path;  ///< Without the query.
};

/// A host's name as it is compared: lower case, without the dot at the end.
[[nodiscard]] std::string canonical_host(std::string_view host);

/// Whether it is an IP address, or a name that some take for one as its last label is a number.
[[nodiscard]] bool is_ip_host(std::string_view host) noexcept;

/// The part of a canonical host that one owner registered ("example.co.uk" of
/// "www.example.co.uk"), by the Public Suffix List; a view into `host`. Empty for what nobody owns
/// ("co.uk", "localhost") and for IP addresses.
[[nodiscard]] std::string_view registrable_domain(const std::string& host) noexcept;

/// Under what name a host's cookies lie: no cookie is ever shared between two of them.
[[nodiscard]] std::string_view cookie_site(const std::string& host) noexcept;

/// RFC 6265 section 5.1.3; both canonical.
[[nodiscard]] bool domain_matches(std::string_view host, std::string_view domain) noexcept;

/// RFC 6265 section 5.1.4: whether a request for `path` gets cookies of `cookie_path`.
[[nodiscard]] bool path_matches(std::string_view path, std::string_view cookie_path) noexcept;

/// The path of a cookie that names none (RFC 6265 section 5.1.4).
[[nodiscard]] std::string_view default_path(std::string_view path) noexcept;

}  // namespace gyre::http::detail
