#pragma once

#include "http1_error.hpp"
#include "http1_head.hpp"
#include "http1_limits.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gyre::http::detail {

// One pass over the field lines of a head or a trailer section, up to the empty line that ends
// them. It takes bytes that grow between calls and may move, and looks at each of them once: only
// positions are remembered, never addresses.
class FieldScanner {
public:
    enum class Result : std::uint8_t {
        // The bytes end inside the section.
        need_more,
        // One field line is complete.
        line,
        // The empty line was read; position() is behind it.
        end,
        // See error().
        error,
    };

    // Begins a section at this position of the bytes.
    void start(std::size_t position) noexcept;

    // Reads up to the next event. With `line`, `field` has the name, and the value without the
    // white space around it.
    Result next(std::string_view bytes, const Http1Limits& limits, Field& field) noexcept;

    std::size_t position() const noexcept { return pos_; }
    Http1Error error() const noexcept { return error_; }

private:
    enum class State : std::uint8_t {
        // At the first byte of a line.
        line_start,
        // In a field's name.
        name,
        // Behind the colon, before the value.
        before_value,
        // In a field's value.
        value,
        // Behind the CR that ends a field line.
        line_lf,
        // Behind the CR of the empty line.
        end_lf,
    };

    bool scan_line_start(std::string_view bytes, const Http1Limits& limits) noexcept;
    bool scan_name(std::string_view bytes, const Http1Limits& limits) noexcept;
    bool scan_before_value(std::string_view bytes, const Http1Limits& limits) noexcept;
    bool scan_value(std::string_view bytes, const Http1Limits& limits) noexcept;
    bool scan_lf(std::string_view bytes) noexcept;
    Field take_field(std::string_view bytes) const noexcept;
    std::size_t line_stop(std::string_view bytes, const Http1Limits& limits) const noexcept;
    bool fail(Http1Error error) noexcept;

    std::size_t pos_ = 0;
    std::size_t line_begin_ = 0;
    std::size_t name_end_ = 0;
    std::size_t value_begin_ = 0;
    std::size_t count_ = 0;
    State state_ = State::line_start;
    Http1Error error_ = Http1Error::none;
};

}  // namespace gyre::http::detail
