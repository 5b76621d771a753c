#pragma once

#include "http1_field_scanner.hpp"
#include "http1_limits.hpp"
#include "multipart_error.hpp"
#include "part_head.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gyre::http::detail {

struct MultipartLimits {
    std::size_t max_parts = 100;
    // The fields of a part and the empty line behind them.
    std::size_t max_part_head = 8 * kib;
    // What comes before the first boundary and behind the last one, and is skipped.
    std::size_t max_preamble = 8 * kib;
    std::size_t max_epilogue = 8 * kib;
};

enum class MultipartEvent : std::uint8_t {
    // All bytes given have been consumed.
    need_more,
    // The head of a part is complete.
    part,
    // A piece of its data.
    data,
    // Its data is complete.
    part_end,
    // The last boundary was read. What follows is skipped, but may still be an error.
    end,
    // The body is refused.
    error,
};

struct MultipartStep {
    MultipartEvent event = MultipartEvent::need_more;
    // How many of the bytes given are done with.
    std::size_t consumed = 0;
    // With `data`: the piece, never empty; valid until the next call. It lies within the bytes
    // given, or is the beginning of a boundary that in the end was none.
    std::string_view data{};
};

// Whether a boundary is of 1 to 70 of the bytes that RFC 2046 5.1.1 allows.
bool is_boundary(std::string_view boundary) noexcept;

// Reads a multipart/form-data body (RFC 2046 5.1, RFC 7578), without doing I/O. Bytes go in and
// events come out, one at a time, until `need_more`. Each part gives `part`, then `data` as often
// as need be, then `part_end`; `end` comes behind the last. A body given in one piece has the data
// of each part in one piece.
//
// It keeps no byte but those of the head at hand, and takes time linear in what it reads. A line
// that begins with the boundary is one: if it then goes on, the body is refused, as others might
// read it otherwise. Blanks behind a boundary are skipped, as mail's gateways were allowed to add
// them.
class MultipartParser {
public:
    // The boundary is_boundary.
    MultipartParser(std::string_view boundary, const MultipartLimits& limits);

    // The same head is to be given from the end of a part up to the next `part`, where it is
    // complete.
    MultipartStep step(std::string_view bytes, PartHead& head);

    // Tells that the body ended behind the bytes given so far: `none` or `truncated`, or the error
    // that there was.
    MultipartError finish() noexcept;

    MultipartError error() const noexcept { return error_; }

private:
    enum class State : std::uint8_t {
        // Before the first boundary, or in the data of a part.
        content,
        // Behind the boundary, in blanks behind it, behind the CR of its line.
        boundary_end,
        boundary_padding,
        boundary_lf,
        // Behind a boundary and one hyphen.
        close_hyphen,
        // Before and in the head of a part.
        head_start,
        head,
        // Behind the last boundary: `end` is due; in blanks; behind a CR; in the epilogue.
        closed,
        close_padding,
        close_lf,
        epilogue,
        // Refused.
        failed,
    };

    MultipartStep advance(std::string_view bytes, std::size_t& pos, PartHead& head);
    std::string_view take_content(std::string_view bytes, std::size_t& pos) noexcept;
    MultipartStep take_head(std::string_view bytes, std::size_t& pos, PartHead& head);
    MultipartStep finish_head(PartHead& head);
    MultipartStep take_boundary_line(char c) noexcept;
    MultipartStep take_close_line(char c) noexcept;
    MultipartStep end_part(State next) noexcept;
    MultipartStep skip(std::size_t size, std::size_t limit, MultipartError error) noexcept;
    MultipartStep fail(MultipartError error) noexcept;

    std::string delimiter_;  // CRLF, two hyphens, the boundary
    MultipartLimits limits_;
    Http1Limits head_limits_;
    FieldScanner scanner_;
    // How much of the delimiter the bytes so far end with, and how much of that was not content
    // but the line end before it, of the head or of nothing.
    std::size_t matched_ = 2;
    std::size_t implied_ = 2;
    std::size_t parts_ = 0;
    std::size_t skipped_ = 0;
    std::size_t padding_ = 0;
    bool in_part_ = false;
    State state_ = State::content;
    MultipartError error_ = MultipartError::none;
};

}  // namespace gyre::http::detail
