#pragma once

#include <string>
#include <string_view>

namespace gyre::http::detail {

// The user's name in the value of an Authorization field with Basic credentials (RFC 7617 2),
// whatever bytes it has; empty for anything else. The password behind it stays encoded.
std::string basic_user(std::string_view authorization);

}  // namespace gyre::http::detail
