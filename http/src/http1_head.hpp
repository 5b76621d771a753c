#pragma once

#include <gyre/http/field.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::http::detail {

using Field = HTTPField;

// How the end of a message's body is found.
enum class BodyKind : std::uint8_t {
    // No byte of a body follows the head.
    none,
    // content_length bytes, at least one.
    length,
    // Chunks, then trailers.
    chunked,
    // Everything up to the end of the stream (responses only).
    until_close,
};

// The head of one request or response. The parser fills it in at its `head` event; all views point
// into the bytes that were given to that call of parse() and live as long as those do. One object
// serves message after message: clear() keeps the memory it has.
class MessageHead {
public:
    // The request line; empty in a response.
    std::string_view method;
    std::string_view target;
    // The status line; 0 and empty in a request.
    int status = 0;
    std::string_view reason;
    // 0 for HTTP/1.0, 1 for HTTP/1.1.
    int version_minor = 1;

    // In the order of arrival. Values have no white space at their ends.
    std::vector<Field> fields;

    // The value of Content-Length, also where no body follows (a response to HEAD).
    std::optional<std::uint64_t> content_length;
    BodyKind body_kind = BodyKind::none;
    // Transfer-Encoding: chunked was there.
    bool chunked = false;
    // The sender will take another message on this connection: from the version and the
    // Connection field; false where the body ends with the stream. RFC 9112 9.3
    bool keep_alive = false;
    // HTTP/1.1 with `Connection: upgrade` and an Upgrade field. RFC 9110 7.8
    bool upgrade = false;
    // The request's sender waits for `100 Continue` before it sends the body. RFC 9110 10.1.1
    bool expect_continue = false;

    // The trailer fields, complete at the `complete` event. Their views point into memory of this
    // object, so unlike the others they stay valid until clear().
    std::vector<Field> trailers;
    // The bytes of the trailer section; written by the parser only.
    std::string trailer_bytes;

    // What an object that has just been made is, but keeps its memory.
    void clear() noexcept;

    // The first field of that name, whatever its case; null if there is none.
    const Field* find(std::string_view name) const noexcept;
};

// What one step of parsing came to.
enum class Http1Event : std::uint8_t {
    // The bytes have nothing more to tell: those not consumed are to be shown again, with more.
    need_more,
    // The head is complete.
    head,
    // A piece of the body.
    body,
    // The message ended. What was not consumed belongs to the next one.
    complete,
    // The message is refused; there is nothing to be had from this connection any more.
    error,
};

struct Http1Step {
    Http1Event event = Http1Event::need_more;
    // How many of the bytes given are done with.
    std::size_t consumed = 0;
    // With `body`: the piece, within the bytes given and never empty.
    std::string_view body{};
};

}  // namespace gyre::http::detail
