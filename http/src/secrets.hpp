#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gyre::http::detail {

/// HMAC-SHA256 (RFC 2104), 32 bytes; nothing if the crypto library refuses.
[[nodiscard]] std::optional<std::string> hmac_sha256(std::string_view key, std::string_view text);

/// Equality in a time that depends on the sizes only: for what a peer may not find out by trying.
[[nodiscard]] bool equal_secrets(std::string_view left, std::string_view right) noexcept;

/// Overwrites a secret that is no longer needed.
void wipe(std::string& secret) noexcept;

}  // namespace gyre::http::detail
