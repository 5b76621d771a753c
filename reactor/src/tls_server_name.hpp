#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gyre::detail {

/// The host name in the body of a server_name extension (RFC 6066, 3), as `comparable_name` makes
/// it; empty if there is none in it; nothing if it is malformed.
std::optional<std::string> parse_server_name(std::span<const unsigned char> extension);

/// In lower case (ASCII), without the final dot.
std::string comparable_name(std::string_view name);

}  // namespace gyre::detail
