#pragma once

#include <gyre/random.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gyre::http::detail {

/// The secret behind an XSRF cookie, and how it goes out: a random mask, then the secret under it,
/// in base64url. Each time it looks different.
inline constexpr std::size_t xsrf_secret_size = 32;

[[nodiscard]] std::string make_xsrf_secret(gyre::Random& random);
[[nodiscard]] std::string mask_xsrf_secret(std::string_view secret, gyre::Random& random);
/// The secret in what came back; nullopt if it is not one.
[[nodiscard]] std::optional<std::string> unmask_xsrf_secret(std::string_view text);

}  // namespace gyre::http::detail
