#pragma once

#include <string>
#include <string_view>

namespace example {

/// Appends `text` as a JSON string (RFC 8259), in quotes. Any bytes will do: control characters are
/// escaped, and what is not UTF-8 becomes U+FFFD, the replacement character.
void append_json(std::string& out, std::string_view text);

bool is_utf8(std::string_view text);

}  // namespace example
