#pragma once

#include <string>
#include <string_view>

namespace gyre::http::detail {

/// `text` with the five characters that mean something in HTML as references, so that it can stand
/// in an element and in a quoted attribute.
[[nodiscard]] std::string html_escape(std::string_view text);

/// The body of a redirect, for those who do not follow it (RFC 9110 section 15.4): `title` is what
/// the status is called.
[[nodiscard]] std::string redirect_page(std::string_view title, std::string_view location);

}  // namespace gyre::http::detail
