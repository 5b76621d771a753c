#pragma once

#include <string>
#include <string_view>

namespace httpbin {

/// RFC 1952.
std::string gzip(std::string_view text);
/// What HTTP calls deflate: the format of RFC 1950.
std::string deflate(std::string_view text);
/// RFC 7932.
std::string brotli(std::string_view text);

}  // namespace httpbin
