#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gyre::http::detail {

/// The names and values of a query string or form, decoded, in their order.
using QueryArguments = std::vector<std::pair<std::string, std::string>>;

/// Undoes the percent-encoding of RFC 3986 section 2.1; nullopt when a '%' is not followed by two
/// hexadecimal digits. The result may hold any byte, NUL and control bytes included.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text);

/// Whether percent_decode would succeed.
[[nodiscard]] bool is_percent_encoded(std::string_view text) noexcept;

/// Encodes every byte but the unreserved ones of RFC 3986 section 2.3, so that the result can
/// stand in any part of a URL as one piece.
[[nodiscard]] std::string percent_encode(std::string_view text);

/// Encodes the bytes that may not stand in a path or query by themselves (space, non-ASCII,
/// control bytes and the likes of '"' and '\') and leaves separators and '%' alone: what a user
/// typed keeps its meaning and becomes something that can be sent.
[[nodiscard]] std::string percent_encode_path(std::string_view path);
[[nodiscard]] std::string percent_encode_query(std::string_view query);

/// Parses application/x-www-form-urlencoded text: pieces at '&', name and value at the first '=',
/// '+' for a space. Empty pieces are skipped; a piece without '=' has an empty value. nullopt when
/// an escape is malformed or there are more than max_arguments.
[[nodiscard]] std::optional<QueryArguments> parse_query(std::string_view text,
                                                        std::size_t max_arguments = 1000);

/// The same, and why it failed; then `arguments` holds what came before.
enum class QueryError : std::uint8_t { none, bad_escape, too_many_arguments };
[[nodiscard]] QueryError parse_query(std::string_view text, std::size_t max_arguments,
                                     QueryArguments& arguments);

/// The inverse of parse_query.
[[nodiscard]] std::string build_query(const QueryArguments& arguments);

}  // namespace gyre::http::detail
