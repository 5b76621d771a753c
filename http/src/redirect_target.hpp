#pragma once

#include <string>
#include <string_view>

namespace gyre::http::detail {

/// The value of a Location field, or a sentence for people that says why there is none.
struct RedirectTarget {
    std::string location;
    std::string error;
};

/// Where a redirect leads that must not leave the origin the request was sent to: `secure` is its
/// scheme, `host` its host and port as in a Host field (empty if the request names none).
///
/// What browsers do with a Location counts, not RFC 3986 alone (WHATWG URL, section 4.4): they drop
/// blanks at its ends and tabs and line breaks anywhere, and take '\' for '/'. So control bytes, a
/// blank in front, and two of '/' or '\' in front are refused, other '\' are encoded, and a scheme
/// must belong to an absolute URL of exactly this origin.
[[nodiscard]] RedirectTarget redirect_to_origin(std::string_view url, bool secure,
                                                std::string_view host);

/// Where a redirect to any absolute http or https URL leads.
[[nodiscard]] RedirectTarget redirect_to_offsite(std::string_view url);

}  // namespace gyre::http::detail
