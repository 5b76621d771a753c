#include "http1_field_scanner.hpp"

#include "http1_chars.hpp"

namespace gyre::http::detail {

// Each scan_x returns true when it reached the next state, and false when the bytes ended or an
// error was found. Errors depend on the bytes up to the offending one only, never on how many were
// shown at once; so the outcome is the same however the bytes were split.

void FieldScanner::start(std::size_t position) noexcept {
    pos_ = line_begin_ = position;
    count_ = 0;
    state_ = State::line_start;
    error_ = Http1Error::none;
}

FieldScanner::Result FieldScanner::next(std::string_view bytes, const Http1Limits& limits,
                                        Field& field) noexcept {
    bool more = error_ == Http1Error::none;
    while (more) {
        switch (state_) {
            case State::line_start:
                more = scan_line_start(bytes, limits);
                break;
            case State::name:
                more = scan_name(bytes, limits);
                break;
            case State::before_value:
                more = scan_before_value(bytes, limits);
                break;
            case State::value:
                more = scan_value(bytes, limits);
                break;
            case State::line_lf:
                more = scan_lf(bytes);
                if (!more) break;
                field = take_field(bytes);
                line_begin_ = pos_;
                state_ = State::line_start;
                return Result::line;
            case State::end_lf:
                more = scan_lf(bytes);
                if (!more) break;
                return Result::end;
        }
    }
    return error_ == Http1Error::none ? Result::need_more : Result::error;
}

bool FieldScanner::scan_line_start(std::string_view bytes, const Http1Limits& limits) noexcept {
    if (pos_ == bytes.size()) return false;
    const char c = bytes[pos_];
    if (c == '\r') {
        ++pos_;
        state_ = State::end_lf;
        return true;
    }
    if (c == '\n') return fail(Http1Error::bare_lf);
    if (c == ' ' || c == '\t')
        return fail(count_ == 0 ? Http1Error::space_before_first_field : Http1Error::obs_fold);
    if (c == ':') return fail(Http1Error::empty_field_name);
    if (count_ == limits.max_fields) return fail(Http1Error::too_many_fields);
    ++count_;
    state_ = State::name;
    return true;
}

bool FieldScanner::scan_name(std::string_view bytes, const Http1Limits& limits) noexcept {
    const std::size_t stop = line_stop(bytes, limits);
    pos_ = skip_chars(bytes, pos_, stop, token_char);
    if (pos_ == bytes.size()) return false;
    if (pos_ == stop) return fail(Http1Error::field_too_large);
    const char c = bytes[pos_];
    if (c == ' ' || c == '\t') return fail(Http1Error::space_before_colon);
    if (c != ':') return fail(Http1Error::bad_field_name);
    name_end_ = pos_++;
    state_ = State::before_value;
    return true;
}

bool FieldScanner::scan_before_value(std::string_view bytes, const Http1Limits& limits) noexcept {
    const std::size_t stop = line_stop(bytes, limits);
    while (pos_ < stop && (bytes[pos_] == ' ' || bytes[pos_] == '\t'))
        ++pos_;
    if (pos_ == bytes.size()) return false;
    value_begin_ = pos_;
    state_ = State::value;
    return true;
}

bool FieldScanner::scan_value(std::string_view bytes, const Http1Limits& limits) noexcept {
    const std::size_t stop = line_stop(bytes, limits);
    pos_ = skip_text(bytes, pos_, stop);
    if (pos_ == bytes.size()) return false;
    const char c = bytes[pos_];
    if (c == '\r') {
        ++pos_;
        state_ = State::line_lf;
        return true;
    }
    if (pos_ == stop) return fail(Http1Error::field_too_large);
    return fail(c == '\n' ? Http1Error::bare_lf : Http1Error::bad_field_value);
}

bool FieldScanner::scan_lf(std::string_view bytes) noexcept {
    if (pos_ == bytes.size()) return false;
    if (bytes[pos_] != '\n') return fail(Http1Error::bare_cr);
    ++pos_;
    return true;
}

// The CR and the LF of the line are the two bytes before the position.
Field FieldScanner::take_field(std::string_view bytes) const noexcept {
    std::size_t value_end = pos_ - 2;
    while (value_end > value_begin_ &&
           (bytes[value_end - 1] == ' ' || bytes[value_end - 1] == '\t'))
        --value_end;
    return {bytes.substr(line_begin_, name_end_ - line_begin_),
            bytes.substr(value_begin_, value_end - value_begin_)};
}

// Where the current line has to end at the latest, as far as the bytes go.
std::size_t FieldScanner::line_stop(std::string_view bytes,
                                    const Http1Limits& limits) const noexcept {
    const std::size_t left = bytes.size() - line_begin_;
    return left > limits.max_field_line ? line_begin_ + limits.max_field_line : bytes.size();
}

bool FieldScanner::fail(Http1Error error) noexcept {
    error_ = error;
    return false;
}

}  // namespace gyre::http::detail
