#pragma once

#include <string>
#include <string_view>

namespace gyre::http::detail {

// The value of an Authorization field: "Basic " and both parts in base64. RFC 7617 2. The user has
// no colon in it.
std::string basic_credentials(std::string_view user, std::string_view password);

}  // namespace gyre::http::detail
