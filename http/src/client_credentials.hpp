#pragma once

#include <string>
#include <string_view>

namespace gyre::http::detail {

// The value of an Authorization field: "Basic " and both parts in base64. RFC 7617 2. The user has
// no colon in it.
std::string basic_credentials(std::string_view user, std::string_view password);

// The value of an Authorization field: "Bearer " and the token. RFC 6750 2.1. Empty if the token is
// no b64token (letters, digits, "-._~+/", then perhaps "="): nothing else may be sent.
std::string bearer_credentials(std::string_view token);

}  // namespace gyre::http::detail
