#pragma once

#include "http1_error.hpp"
#include "http1_field_scanner.hpp"
#include "http1_head.hpp"
#include "http1_limits.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gyre::http::detail {

// Takes the chunk framing off a body, RFC 9112 7.1. Beast's own decoder is not used: it takes white
// space around extensions, control bytes in quoted values, any number of zeros, folded trailers and
// a Host among them, and what it skips is not to be seen from outside. This one takes the grammar
// as a sender may write it; the white space that the RFC has senders never generate is refused.
//
// Unlike a head, a chunk line need not be shown again: every byte given is consumed, up to the end
// of the body.
class ChunkedDecoder {
public:
    // Begins a body of at most so many bytes.
    explicit ChunkedDecoder(std::uint64_t max_body) noexcept : max_body_{max_body} {}

    // Reads up to the next event: need_more, body, complete or error. At `complete` the trailers
    // are in `head`; until then head.trailer_bytes belongs to the decoder.
    Http1Step step(std::string_view bytes, const Http1Limits& limits, MessageHead& head);

    // Lowers or raises the limit of this body; false if its chunks so far exceed it.
    bool limit_body(std::uint64_t max_body) noexcept;

    Http1Error error() const noexcept { return error_; }

private:
    enum class State : std::uint8_t {
        // Before the first digit of a chunk's size.
        size_start,
        // Behind a digit of it.
        size,
        // Behind the semicolon of an extension, before its name.
        extension_start,
        // In an extension's name.
        extension_name,
        // Behind the equals sign.
        value_start,
        // In a value that is a token.
        value_token,
        // In a quoted value, behind a backslash in one, and behind its closing quote.
        value_quoted,
        value_escape,
        value_end,
        // Behind the CR of a chunk line.
        line_lf,
        // In a chunk's data.
        data,
        // Behind a chunk's data: CR, then LF.
        data_cr,
        data_lf,
        // Behind the last chunk's line.
        trailers,
        // Behind the empty line that ends the body.
        done,
    };

    Http1Error take(char c, const Http1Limits& limits) noexcept;
    Http1Error take_size(char c) noexcept;
    Http1Error take_after_size(char c) noexcept;
    Http1Error take_extension(char c, const Http1Limits& limits) noexcept;
    Http1Error take_quoted(char c) noexcept;
    Http1Error take_line_end(char c) noexcept;
    Http1Error finish_chunk_line(char c) noexcept;
    Http1Step take_data(std::string_view bytes, std::size_t from) noexcept;
    Http1Step take_trailers(std::string_view bytes, std::size_t from, const Http1Limits& limits,
                            MessageHead& head);
    Http1Step fail(Http1Error error) noexcept;

    FieldScanner trailer_scanner_;
    // Of the chunk at hand: what its line said, then what of its data is still to come.
    std::uint64_t chunk_left_ = 0;
    // The sum of all chunk sizes read so far.
    std::uint64_t body_size_ = 0;
    std::uint64_t max_body_;
    std::size_t extension_size_ = 0;
    std::size_t extensions_size_ = 0;
    int size_digits_ = 0;
    State state_ = State::size_start;
    Http1Error error_ = Http1Error::none;
};

// Whether RFC 9110 6.5.1 keeps this field out of a trailer section: it frames, routes, modifies or
// authenticates the message, or tells how its content is to be read.
bool is_forbidden_trailer(std::string_view name) noexcept;

}  // namespace gyre::http::detail
