#pragma once

#include <cstdint>
#include <string_view>

namespace gyre::http::detail {

// Why a message was refused. Each failure has its own enumerator; clauses are of RFC 9112 unless
// another RFC is named.
enum class Http1Error : std::uint8_t {
    // No failure.
    none,

    // The method is empty or has a byte that no token may have; also what the first bytes of
    // another protocol (a TLS handshake, an SSH banner) come to. 3.1
    bad_method,
    // The request target is empty, has a control byte, a non-ASCII byte or a fragment, or is not
    // of a form that the method allows. 3.2
    bad_target,
    // The request target is longer than max_target. 3, RFC 9110 15.5.15
    target_too_long,
    // What follows the target is not `HTTP/`, digit, dot, digit and the end of the line; so an
    // HTTP/0.9 request and a target with a space in it. 2.3, 3
    bad_version,
    // A well-formed version other than 1.0 and 1.1. 2.3, RFC 9110 15.6.6
    unsupported_version,
    // The status line has no three-digit code from 100 on between single spaces, or a control byte
    // in its reason. 4
    bad_status_line,
    // A CR that no LF follows, or an LF that no CR precedes, in a head, a chunk line or a trailer.
    // 2.2
    bare_cr,
    bare_lf,

    // A line that begins with white space: before the first field, 2.2
    space_before_first_field,
    // or after a field, which is obsolete line folding. 5.2
    obs_fold,
    // A field line that begins with its colon. 5
    empty_field_name,
    // White space between a field's name and its colon. 5.1
    space_before_colon,
    // A byte that is not a token character in a field's name, or a line without a colon. 5
    bad_field_name,
    // A control byte other than a tab in a field's value. RFC 9110 5.5
    bad_field_value,
    // One field line is longer than max_field_line. RFC 6585 5
    field_too_large,
    // More fields than max_fields. RFC 6585 5
    too_many_fields,
    // The head is longer than max_head. RFC 6585 5
    head_too_large,

    // An HTTP/1.1 request without Host. 3.2
    missing_host,
    // More than one Host. 3.2
    repeated_host,
    // Host is not `host[:port]`, or is empty although the target has an authority. 3.2
    bad_host,
    // Content-Length is not a decimal number below 2^64; so a list as well. 6.3
    bad_content_length,
    // More than one Content-Length, be they equal. 6.3
    repeated_content_length,
    // A Transfer-Encoding other than `chunked` alone, or more than one. 6.1
    bad_transfer_encoding,
    // Transfer-Encoding in an HTTP/1.0 message. 6.1
    transfer_encoding_in_http10,
    // Content-Length and Transfer-Encoding together. 6.3
    length_and_transfer_encoding,
    // More cookies than max_cookies, in all Cookie fields together. RFC 6265 6.1
    too_many_cookies,
    // Connection (or Proxy-Connection) is not a list of tokens. RFC 9110 7.6.1
    bad_connection,
    // An expectation other than 100-continue. RFC 9110 10.1.1
    expectation_failed,
    // The head passed every check here and yet Beast's grammar refused it. 2.1
    bad_grammar,

    // The body is, or is declared to be, larger than max_body. RFC 9110 15.5.14
    body_too_large,
    // A chunk size is not hexadecimal digits alone: empty, signed, `0x`, a space. 7.1
    bad_chunk_size,
    // A chunk size of more than 16 digits, or one that takes the body beyond 2^64. 7.1
    chunk_size_overflow,
    // Chunk extensions that are not `;name`, `;name=token` or `;name="text"`. 7.1.1
    bad_chunk_extension,
    // More extensions than max_chunk_extension or max_chunk_extensions. 7.1.1
    chunk_extension_too_large,
    // A chunk's data is not followed by CRLF. 7.1
    bad_chunk_end,
    // A trailer that frames, routes or authenticates a message. RFC 9110 6.5.1
    forbidden_trailer,
    // The trailer section is longer than max_trailers, one of its lines longer than
    // max_field_line, or it has more than max_fields fields. 7.1.2
    trailers_too_large,

    // The stream ended inside a message. 8
    truncated,
};

// The status with which a server answers a request that failed so: 400, 413, 414, 417, 431 or 505.
// 0 for `none`.
int status_for(Http1Error error) noexcept;

// A short English sentence without its full stop, for a log or an error's text. Never empty.
std::string_view describe(Http1Error error) noexcept;

}  // namespace gyre::http::detail
