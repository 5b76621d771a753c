#pragma once

#include "gyre/http/field.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace gyre::http::detail {

/// How the end of a body is told (RFC 9112 section 6). The caller decides it; the serialiser
/// writes the field for it and refuses fields of the user's that say something else.
struct Framing {
    enum class Kind : std::uint8_t {
        none,     ///< no field: there is no body, or the end of the connection ends it
        length,   ///< Content-Length
        chunked,  ///< Transfer-Encoding: chunked
    };
    Kind kind = Kind::none;
    std::uint64_t length = 0;

    [[nodiscard]] static constexpr Framing none() noexcept { return {}; }
    [[nodiscard]] static constexpr Framing of_length(std::uint64_t n) noexcept {
        return {Kind::length, n};
    }
    [[nodiscard]] static constexpr Framing chunked() noexcept { return {Kind::chunked, 0}; }
};

enum class SerializeError : std::uint8_t {
    none,
    bad_method,        ///< not a token
    bad_target,        ///< empty, or a byte that is not visible ASCII, or a '#'
    bad_host,          ///< empty or malformed, or the fields hold more than one Host
    bad_status,        ///< outside of 100 to 599
    bad_reason,        ///< a control byte
    bad_date,          ///< a control byte
    bad_field_name,    ///< not a token
    bad_field_value,   ///< a control byte other than tab
    framing_conflict,  ///< Content-Length or Transfer-Encoding that the framing contradicts, or a
                       ///< body with a status that has none (RFC 9110 section 8.6)
    bad_trailer,       ///< a field that may not come after the body (RFC 9110 section 6.5.1)
};

/// A sentence for people; empty for none.
[[nodiscard]] std::string_view to_string(SerializeError error) noexcept;

struct RequestHead {
    std::string_view method;
    std::string_view target;
    std::string_view host;  ///< a Host among the fields goes before this
    std::span<const HTTPField> fields;
    Framing framing;
};

struct ResponseHead {
    int status = 200;
    std::string_view reason;  ///< empty: the one that belongs to the status
    std::string_view date;    ///< empty: no Date; a Date among the fields goes before this
    std::span<const HTTPField> fields;
    Framing framing;
};

// Each function appends one piece to `out`, whole, or returns an error and appends nothing. The
// fields of the user come in their order; the fields that the serialiser adds come before them.

[[nodiscard]] SerializeError append_request_head(std::string& out, const RequestHead& head);

/// For an answer to HEAD, pass the framing that GET would have and send no body.
[[nodiscard]] SerializeError append_response_head(std::string& out, const ResponseHead& head);

/// The line before the data of a chunk; the data and a CRLF have to follow. size must not be 0,
/// which would end the body: nothing is appended then.
void append_chunk_header(std::string& out, std::size_t size);

/// A whole chunk (RFC 9112 section 7.1); nothing for empty data.
void append_chunk(std::string& out, std::string_view data);

/// Whether a field may come behind the body (RFC 9110 section 6.5.1).
[[nodiscard]] bool may_be_trailer(std::string_view name) noexcept;

/// The end of a chunked body.
[[nodiscard]] SerializeError append_last_chunk(std::string& out,
                                               std::span<const HTTPField> trailers = {});

}  // namespace gyre::http::detail
