#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gyre::http::detail {

/// How the bytes of a representation are coded (RFC 9110 section 8.4.1).
enum class ContentCoding : std::uint8_t {
    identity,
    gzip,
    deflate,  ///< The zlib format (RFC 1950); from peers the bare deflate format as well.
    brotli,   ///< "br" of RFC 7932.
};

/// As it stands in a field: "gzip".
[[nodiscard]] std::string_view coding_name(ContentCoding coding) noexcept;

/// The coding of that name, whatever its case; "x-gzip" is gzip's older name (RFC 9110 section
/// 8.4.1.3). Nothing for any other.
[[nodiscard]] std::optional<ContentCoding> coding_named(std::string_view name) noexcept;

/// What this library decodes, as the value of an Accept-Encoding field.
inline constexpr std::string_view decoded_codings = "gzip, deflate, br";

}  // namespace gyre::http::detail
