#pragma once

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace gyre::http::detail {

/// Whether the value of a Content-Type field names JSON (RFC 8259 section 11, RFC 6839
/// section 3.1).
[[nodiscard]] bool is_json_type(std::string_view content_type) noexcept;

/// Parses a whole text; returns what is wrong with it as a sentence for people, else nothing.
[[nodiscard]] std::string parse_json(std::string_view text, boost::json::value& out);

}  // namespace gyre::http::detail
