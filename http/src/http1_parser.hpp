#pragma once

#include "chunked_decoder.hpp"
#include "http1_error.hpp"
#include "http1_head.hpp"
#include "http1_limits.hpp"
#include "http1_strict.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gyre::http::detail {

// What the end of the stream means where it came.
enum class Http1Eof : std::uint8_t {
    // Between two messages: an orderly close.
    clean,
    // It ended the message, whose body went on up to it.
    complete,
    // Inside a message, or after an error: see error().
    error,
};

// Reads the messages of one connection in one direction, without doing I/O. Bytes go in and events
// come out, one at a time:
//
//     while (true) {
//         const Http1Step step = parser.parse(bytes, head);
//         bytes.remove_prefix(step.consumed);
//         // act on step.event; on need_more, leave and come back with more bytes
//     }
//
// A message gives `head`, then `body` for each piece of its body, then `complete`. After `head` and
// after each `body`, parse() is called again even when no byte is left, as `complete` may be due.
// Up to `head` nothing is consumed: the same bytes are shown again, grown, in one piece, at any
// address; each is looked at once, so a head that drips in costs what it costs in one piece.
// Afterwards everything that was given is consumed, up to the end of the message.
//
// After `error` the parser stays in error until reset(). No function throws, but for bad_alloc.
// Nothing is allocated per message once the lists of `head` have grown.
class Http1Parser {
public:
    // The same head is to be passed throughout one message. It is cleared and filled in at the
    // `head` event; trailers are put into it while the body is read.
    Http1Step parse(std::string_view bytes, MessageHead& head);

    // Tells that the stream ended behind the bytes parsed so far.
    Http1Eof finish_eof() noexcept;

    // Begins the next message.
    void reset() noexcept;

    // Replaces limits.max_body for the body of this message; for use after its `head` event, by
    // one who knows by then whom it is for. False, and error() is body_too_large, if what has been
    // declared or received exceeds it. limits.max_body was applied before that, so it has to be
    // the largest that any message may have.
    bool limit_body(std::uint64_t max_body) noexcept;

    Http1Error error() const noexcept { return error_; }

protected:
    // The limits are kept by reference and outlive the parser.
    Http1Parser(Http1Role role, const Http1Limits& limits) noexcept;
    ~Http1Parser() = default;
    Http1Parser(const Http1Parser&) = default;
    Http1Parser& operator=(const Http1Parser&) = default;

    RequestKind request_kind_ = RequestKind::other;

private:
    enum class State : std::uint8_t {
        // In the head; or before it.
        head,
        // In a body of known length; body_left_ bytes are to come.
        length,
        // In a body that is chunked.
        chunked,
        // In a body that ends with the stream; body_left_ bytes may come.
        until_close,
        // The message ended.
        complete,
        // The message was refused.
        failed,
    };

    Http1Step parse_head(std::string_view bytes, MessageHead& head);
    Http1Error read_head(std::string_view head_bytes, MessageHead& head);
    Http1Error begin_body(const MessageHead& head) noexcept;
    Http1Step parse_length(std::string_view bytes) noexcept;
    Http1Step parse_chunked(std::string_view bytes, MessageHead& head);
    Http1Step parse_until_close(std::string_view bytes) noexcept;
    Http1Step fail(Http1Error error) noexcept;

    // One at a time, as an idle connection keeps a parser, which is not to be larger than it has to
    // be: `chunks` from the head of a chunked message to reset(), else `head`.
    union Stage {
        explicit Stage(Http1Role role) noexcept : head{role} {}

        HeadScanner head;
        ChunkedDecoder chunks;
    };

    const Http1Limits* limits_;
    Stage stage_;
    std::uint64_t body_left_ = 0;
    std::uint64_t body_taken_ = 0;
    Http1Role role_;
    State state_ = State::head;
    Http1Error error_ = Http1Error::none;
};

// Reads requests: the server's side.
class RequestParser : public Http1Parser {
public:
    explicit RequestParser(const Http1Limits& limits) noexcept
        : Http1Parser{Http1Role::request, limits} {}
};

// Reads responses: the client's side. An interim response (1xx) is a message of its own, with a
// head and `complete`; after 100, 102 and 103 reset() and go on to the response proper.
class ResponseParser : public Http1Parser {
public:
    explicit ResponseParser(const Http1Limits& limits) noexcept
        : Http1Parser{Http1Role::response, limits} {}

    // Says which method the request had, before its response is parsed. It holds until it is said
    // again, over reset() as well. After `complete` of a 2xx response to CONNECT, and of a 101,
    // what was not consumed is no longer HTTP.
    void expect_response_to(std::string_view method) noexcept;
};

}  // namespace gyre::http::detail
