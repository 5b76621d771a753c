#pragma once

#include <gyre/http/http_server_request.hpp>

#include <optional>
#include <string_view>

namespace gyre::http::detail {

/// The user and password in the value of an Authorization field (RFC 7617 section 2).
[[nodiscard]] std::optional<BasicCredentials> parse_basic_auth(std::string_view value);

/// The token in it (RFC 6750 section 2.1).
[[nodiscard]] std::optional<std::string_view> parse_bearer_token(std::string_view value) noexcept;

}  // namespace gyre::http::detail
