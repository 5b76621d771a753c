#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace httpbin {

std::string base64_encode(std::string_view bytes);

/// Takes the ordinary alphabet and that for URLs (RFC 4648, sections 4 and 5), with or without the
/// padding. Nothing if `text` is neither.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace httpbin
