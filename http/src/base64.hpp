#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gyre::http::detail {

/// base64 with padding, RFC 4648 section 4.
[[nodiscard]] std::string base64_encode(std::string_view bytes);

/// base64url without padding, RFC 4648 section 5: may stand in URLs and cookies.
[[nodiscard]] std::string base64url_encode(std::string_view bytes);

/// The inverses. Strict, so that no two texts mean the same bytes: nothing but the alphabet, the
/// padding exactly as it is written, unused bits zero (RFC 4648 section 3.5); else nullopt.
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);
[[nodiscard]] std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace gyre::http::detail
