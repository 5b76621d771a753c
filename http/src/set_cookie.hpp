#pragma once

#include <gyre/http/cookie.hpp>
#include <gyre/http/headers.hpp>

#include <string>
#include <string_view>

namespace gyre::http::detail {

/// What is wrong with a cookie that is to be set, as a sentence for people; empty if nothing is.
[[nodiscard]] std::string check_cookie(const Cookie& cookie);

/// The value of a Set-Cookie field (RFC 6265 section 4.1.1) for a cookie that passed the check.
[[nodiscard]] std::string set_cookie_value(const Cookie& cookie);

/// Adds the field in place of one for a cookie of the same name, domain and path, of which there
/// may be only one (draft RFC 6265bis section 4.1.1).
void put_set_cookie(HTTPHeaders& headers, std::string_view value);

/// Whether two values of Set-Cookie fields name the same cookie.
[[nodiscard]] bool sets_same_cookie(std::string_view left, std::string_view right) noexcept;

/// "__Host-" or "__Secure-", in any case, since browsers ignore it.
[[nodiscard]] bool has_host_prefix(std::string_view name) noexcept;
[[nodiscard]] bool has_secure_prefix(std::string_view name) noexcept;

}  // namespace gyre::http::detail
