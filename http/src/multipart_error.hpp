#pragma once

#include <gyre/error.hpp>

#include <cstdint>
#include <string_view>

namespace gyre::http::detail {

// Why a multipart/form-data body was refused. Clauses are of RFC 2046 unless another is named.
enum class MultipartError : std::uint8_t {
    none,
    // The text before the first boundary is longer than max_preamble. 5.1.1
    preamble_too_large,
    // A line begins with the boundary and does not end with it. 5.1.1
    bad_boundary_line,
    // More parts than max_parts.
    too_many_parts,
    // The head of a part is longer than max_part_head, or has more than 100 fields.
    part_head_too_large,
    // A CR or LF by itself in the head of a part. RFC 5322 2.3
    bad_line_end,
    // A line in the head of a part that is not `name: value`. 5.1
    bad_part_header,
    // A part without Content-Disposition. RFC 7578 4.2
    missing_disposition,
    // Content-Disposition comes twice, is not form-data, or is malformed. RFC 7578 4.2
    bad_disposition,
    // Content-Disposition without a name. RFC 7578 4.2
    missing_name,
    // `filename*` or another parameter in the form of RFC 8187. RFC 7578 4.2
    extended_parameter,
    // More than one Content-Type in a part.
    repeated_content_type,
    // A Content-Transfer-Encoding that changes the data. RFC 7578 4.7
    transfer_encoding,
    // Something other than blanks and a line end behind the last boundary. 5.1.1
    bad_close,
    // The text behind the last boundary is longer than max_epilogue. 5.1.1
    epilogue_too_large,
    // The body ended before its last boundary. 5.1.1
    truncated,
};

// A short English sentence without its full stop.
std::string_view describe(MultipartError error) noexcept;

// As a program sees it: `limit_exceeded`, `truncated` or `protocol_error`, with the status 400.
Error to_error(MultipartError error);

}  // namespace gyre::http::detail
