#pragma once

#include "media_type.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::http::detail {

/// One way to show who one is that a server or a proxy offers (RFC 9110 section 11.3).
struct AuthChallenge {
    std::string scheme;     ///< In lower case: "digest".
    std::string token68;    ///< What stands behind the scheme in place of parameters, or empty.
    Parameters parameters;  ///< Names in lower case, values without their quotes.
};

/// Parses the value of one WWW-Authenticate or Proxy-Authenticate field (RFC 9110 section 11.6.1):
/// challenges and their parameters, all separated by commas. nullopt if any of it is malformed, a
/// name comes twice in a challenge, or there are more than 16 challenges or 32 parameters in one:
/// where one ends and the next begins cannot be told apart any more. Takes time linear in the size.
[[nodiscard]] std::optional<std::vector<AuthChallenge>> parse_auth_challenges(
    std::string_view value);

/// Parses the value of an Authentication-Info or Proxy-Authentication-Info field (RFC 9110 section
/// 11.6.3): parameters separated by commas. nullopt in the same cases.
[[nodiscard]] std::optional<Parameters> parse_auth_info(std::string_view value);

/// token68 of RFC 9110 section 11.2, which is also b64token of RFC 6750 section 2.1.
[[nodiscard]] bool is_token68(std::string_view text) noexcept;

}  // namespace gyre::http::detail
