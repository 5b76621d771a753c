#include "http1_error.hpp"

namespace gyre::http::detail {

namespace {

struct Description {
    Http1Error error;
    std::string_view text;
};

constexpr Description descriptions[] = {
    {Http1Error::none, "no error"},
    {Http1Error::bad_method, "the method is not a token"},
    {Http1Error::bad_target, "the request target is malformed"},
    {Http1Error::target_too_long, "the request target is too long"},
    {Http1Error::bad_version, "the HTTP version is malformed"},
    {Http1Error::unsupported_version, "the HTTP version is neither 1.0 nor 1.1"},
    {Http1Error::bad_status_line, "the status line is malformed"},
    {Http1Error::bare_cr, "a CR is not followed by LF"},
    {Http1Error::bare_lf, "an LF is not preceded by CR"},
    {Http1Error::space_before_first_field, "white space before the first field"},
    {Http1Error::obs_fold, "a field is folded over two lines"},
    {Http1Error::empty_field_name, "a field has no name"},
    {Http1Error::space_before_colon, "white space between a field's name and its colon"},
    {Http1Error::bad_field_name, "a field's name is not a token"},
    {Http1Error::bad_field_value, "a control byte in a field's value"},
    {Http1Error::field_too_large, "a field line is too long"},
    {Http1Error::too_many_fields, "too many fields"},
    {Http1Error::head_too_large, "the head is too long"},
    {Http1Error::missing_host, "the Host field is missing"},
    {Http1Error::repeated_host, "more than one Host field"},
    {Http1Error::bad_host, "the Host field is malformed"},
    {Http1Error::bad_content_length, "Content-Length is not a number"},
    {Http1Error::repeated_content_length, "more than one Content-Length field"},
    {Http1Error::bad_transfer_encoding, "Transfer-Encoding is not chunked alone"},
    {Http1Error::transfer_encoding_in_http10, "Transfer-Encoding in an HTTP/1.0 message"},
    {Http1Error::length_and_transfer_encoding, "both Content-Length and Transfer-Encoding"},
    {Http1Error::too_many_cookies, "too many cookies"},
    {Http1Error::bad_connection, "the Connection field is not a list of tokens"},
    {Http1Error::expectation_failed, "an expectation other than 100-continue"},
    {Http1Error::bad_grammar, "the head is malformed"},
    {Http1Error::body_too_large, "the body is too large"},
    {Http1Error::bad_chunk_size, "a chunk size is not a hexadecimal number"},
    {Http1Error::chunk_size_overflow, "a chunk size is too large"},
    {Http1Error::bad_chunk_extension, "a chunk extension is malformed"},
    {Http1Error::chunk_extension_too_large, "the chunk extensions are too long"},
    {Http1Error::bad_chunk_end, "a chunk's data is not followed by CRLF"},
    {Http1Error::forbidden_trailer, "a field that may not be a trailer"},
    {Http1Error::trailers_too_large, "the trailers are too long"},
    {Http1Error::truncated, "the stream ended inside a message"},
};

}  // namespace

int status_for(Http1Error error) noexcept {
    switch (error) {
        case Http1Error::none:
            return 0;
        case Http1Error::body_too_large:
            return 413;
        case Http1Error::target_too_long:
            return 414;
        case Http1Error::expectation_failed:
            return 417;
        case Http1Error::field_too_large:
        case Http1Error::too_many_fields:
        case Http1Error::head_too_large:
            return 431;
        case Http1Error::unsupported_version:
            return 505;
        default:
            return 400;
    }
}

std::string_view describe(Http1Error error) noexcept {
    for (const Description& description : descriptions)
        if (description.error == error) return description.text;
    return "unknown error";
}

}  // namespace gyre::http::detail
