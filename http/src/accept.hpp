#pragma once

#include "content_coding.hpp"
#include <gyre/http/headers.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace gyre::http::detail {

// Proactive negotiation, RFC 9110 section 12. Every function is linear in its input, times what is
// offered. An element of a field that is malformed, its weight included, is passed over as if it
// were not there; of two elements for the same thing the first counts.

/// qvalue of RFC 9110 section 12.4.2 in thousandths: 0 to 1000. Nothing for anything else: more
/// than three digits, more than 1, a sign, an exponent, nothing before the point.
[[nodiscard]] std::optional<int> parse_qvalue(std::string_view text) noexcept;

/// The coding for a response to a request with these fields: of `offered`, the one with the highest
/// weight in Accept-Encoding, and the first of these. Identity if that has a higher weight of its
/// own, or if no other is acceptable; `identity` need not be offered. Without the field it is
/// identity: who does not ask may not be able to decode. Nothing if identity is refused
/// (`identity;q=0`, `*;q=0`) and nothing offered is acceptable. RFC 9110 section 12.5.3
[[nodiscard]] std::optional<ContentCoding> choose_coding(
    HTTPHeadersView fields, std::span<const ContentCoding> offered) noexcept;

/// Which of the `offered` media types ("text/html") a client with these fields likes best: the
/// index of the one with the highest weight in Accept, and the first of these. The most specific
/// range decides about a type; a range with parameters, `charset` apart, is none of a type without.
/// Without the field it is the first; nothing if none is acceptable. RFC 9110 section 12.5.1
[[nodiscard]] std::optional<std::size_t> choose_media_type(
    HTTPHeadersView fields, std::span<const std::string_view> offered);

}  // namespace gyre::http::detail
