#pragma once

#include <gyre/http/etag.hpp>
#include <gyre/http/headers.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace gyre::http::detail {

// Conditional requests, RFC 9110 section 13. A list of tags that is malformed counts as far as it
// is well-formed; a date that is malformed, or that comes twice, counts as not there.

/// An entity tag within a field.
struct ETagView {
    std::string_view value;
    bool weak = false;
};

/// Takes a tag off the front of `rest`; nothing, and `rest` stays, if there is none.
[[nodiscard]] std::optional<ETagView> take_etag(std::string_view& rest) noexcept;

/// Whether the text may stand between the quotes of a tag (etagc of RFC 9110 section 8.8.3).
[[nodiscard]] bool is_etag_value(std::string_view text) noexcept;

/// The tag of content that lies in several pieces.
[[nodiscard]] ETag etag_of(std::span<const std::string_view> pieces);

/// What is known of the representation that a request is about.
struct Validators {
    bool exists = true;
    std::optional<ETag> etag{};
    std::optional<std::chrono::sys_seconds> last_modified{};
};

/// What the conditions of a request come to.
enum class Condition : std::uint8_t {
    proceed,       ///< As if there were none.
    not_modified,  ///< 304: the client has it already (GET and HEAD).
    failed,        ///< 412: it is not what the client takes it for.
};

/// If-Match, If-Unmodified-Since, If-None-Match and If-Modified-Since, in the order of precedence
/// of RFC 9110 section 13.2.2. `now` places two-digit years.
[[nodiscard]] Condition evaluate_conditions(std::string_view method, HTTPHeadersView fields,
                                            const Validators& validators,
                                            std::chrono::sys_seconds now);

/// If-Range (RFC 9110 section 13.1.5): whether the Range of the request counts. True without the
/// field. A tag has to match strongly, a date exactly and to be at least a second old.
[[nodiscard]] bool range_may_be_used(HTTPHeadersView fields, const Validators& validators,
                                     std::chrono::sys_seconds now);

}  // namespace gyre::http::detail
