#pragma once

#include "content_coding.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

struct z_stream_s;
struct BrotliDecoderStateStruct;

namespace gyre::http::detail {

/// Why a coded body was refused.
enum class DecodeError : std::uint8_t {
    none,
    truncated,       ///< The body ended inside the coded stream.
    trailing_data,   ///< Bytes behind its end that do not begin another member of a gzip file.
    bad_data,        ///< Not of this coding, or a check sum that is wrong.
    too_large,       ///< It decodes to more than the limit.
    ratio_exceeded,  ///< Beyond 64 KB it decodes to more than 100 times its size.
};

/// A short English sentence without its full stop; never empty.
[[nodiscard]] std::string_view describe(DecodeError error) noexcept;

/// What one step of decoding came to.
struct DecodeStep {
    enum class Event : std::uint8_t {
        need_more,  ///< Everything given is used up, and nothing waits inside.
        data,       ///< A piece of the decoded body; there may be more to it.
        error,      ///< The body is refused: see `error()`.
    };
    Event event = Event::need_more;
    std::size_t consumed = 0;     ///< How many of the bytes given are done with.
    std::string_view piece = {};  ///< With `data`: 1 byte to 16 KB, valid until the next step.
};

/// Takes one layer of a content coding off a body, without doing I/O. After bytes arrived, `decode`
/// is called with those not yet consumed, also when none is left, until it says `need_more`; what
/// is decoded comes in bounded pieces, so the caller may stop after each. At the body's end
/// `finish` tells whether the coded stream ended too.
///
/// What a decoder holds: 16 KB for a piece, and the coding's window, 32 KB or for brotli as much as
/// it has decoded, at most 16 MB (RFC 7932 section 9.1).
class ContentDecoder {
public:
    static constexpr std::size_t piece_size = 16 * 1024;

    /// `coding` is not identity; the limit counts decoded bytes.
    ContentDecoder(ContentCoding coding, std::uint64_t max_output);
    ContentDecoder(const ContentDecoder&) = delete;
    ContentDecoder& operator=(const ContentDecoder&) = delete;
    ~ContentDecoder();

    DecodeStep decode(std::string_view bytes);

    /// The body is complete. A body of no bytes at all is taken for an empty one.
    DecodeError finish() noexcept;

    /// Replaces the limit; what has been decoded already counts at the next step.
    void limit_output(std::uint64_t max_output) noexcept { max_output_ = max_output; }
    DecodeError error() const noexcept { return error_; }

private:
    struct Inflate {
        void operator()(z_stream_s* stream) const noexcept;
    };
    struct Brotli {
        void operator()(BrotliDecoderStateStruct* state) const noexcept;
    };
    enum class State : std::uint8_t {
        start,   ///< Before the first byte of a stream or, in gzip, of a further member.
        inside,  ///< In the coded stream.
        ended,   ///< Behind its end.
    };

    void begin_inflate(int window_bits);
    std::size_t sniff_deflate(std::string_view bytes);
    std::size_t inflate_some(std::string_view bytes);
    std::size_t inflate_from(std::string_view bytes);
    std::size_t brotli_some(std::string_view bytes);
    void refuse(DecodeError error) noexcept;
    void check_limits() noexcept;

    std::unique_ptr<z_stream_s, Inflate> inflate_;
    std::unique_ptr<BrotliDecoderStateStruct, Brotli> brotli_;
    std::vector<char> piece_;
    std::size_t produced_ = 0;  // bytes of the piece
    std::uint64_t max_output_;
    std::uint64_t taken_ = 0;
    std::uint64_t given_out_ = 0;
    ContentCoding coding_;
    State state_ = State::start;
    DecodeError error_ = DecodeError::none;
    char first_byte_ = 0;  // of a deflate body, whose format two bytes tell
    bool has_first_byte_ = false;
};

}  // namespace gyre::http::detail
