#include "multipart_parser.hpp"

#include "http1_chars.hpp"

#include <algorithm>
#include <utility>

namespace gyre::http::detail {
namespace {

constexpr std::size_t max_boundary = 70;
constexpr std::size_t max_padding = 70;

constexpr bool is_boundary_char(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view{"'()+_,-./:=? "}.find(c) != std::string_view::npos;
}

MultipartError as_head_error(Http1Error error) noexcept {
    switch (error) {
        case Http1Error::too_many_fields:
        case Http1Error::field_too_large:
            return MultipartError::part_head_too_large;
        case Http1Error::bare_cr:
        case Http1Error::bare_lf:
            return MultipartError::bad_line_end;
        default:
            return MultipartError::bad_part_header;
    }
}

bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }

}  // namespace

bool is_boundary(std::string_view boundary) noexcept {
    return !boundary.empty() && boundary.size() <= max_boundary && boundary.back() != ' ' &&
           std::all_of(boundary.begin(), boundary.end(), is_boundary_char);
}

MultipartParser::MultipartParser(std::string_view boundary, const MultipartLimits& limits)
    : limits_(limits), head_limits_{.max_field_line = limits.max_part_head} {
    delimiter_.append("\r\n--").append(boundary);
}

// Each event depends on the bytes up to it only, so the outcome is the same however they are split.
MultipartStep MultipartParser::step(std::string_view bytes, PartHead& head) {
    if (state_ == State::failed) return fail(error_);
    if (state_ == State::closed) {
        state_ = State::close_padding;
        return {MultipartEvent::end, 0};
    }
    std::size_t pos = 0;
    MultipartStep step;
    while (pos < bytes.size() && step.event == MultipartEvent::need_more)
        step = advance(bytes, pos, head);
    step.consumed = pos;
    return step;
}

MultipartStep MultipartParser::advance(std::string_view bytes, std::size_t& pos, PartHead& head) {
    switch (state_) {
        case State::content: {
            const std::string_view run = take_content(bytes, pos);
            if (!in_part_)
                return skip(run.size(), limits_.max_preamble, MultipartError::preamble_too_large);
            if (run.empty()) return {};
            return {MultipartEvent::data, 0, run};
        }
        case State::head_start:
            if (parts_ == limits_.max_parts) return fail(MultipartError::too_many_parts);
            ++parts_;
            head.clear();
            scanner_.start(0);
            state_ = State::head;
            return {};
        case State::head:
            return take_head(bytes, pos, head);
        case State::epilogue: {
            const std::size_t rest = bytes.size() - std::exchange(pos, bytes.size());
            return skip(rest, limits_.max_epilogue, MultipartError::epilogue_too_large);
        }
        case State::close_padding:
        case State::close_lf:
            return take_close_line(bytes[pos++]);
        default:
            return take_boundary_line(bytes[pos++]);
    }
}

// A delimiter has its only CR at the front, so behind a mismatch the search goes on where it
// stopped. Bytes that may begin a delimiter are held back as a number: they are known.
std::string_view MultipartParser::take_content(std::string_view bytes, std::size_t& pos) noexcept {
    const std::size_t begin = pos;
    std::size_t held = matched_;  // of a candidate in earlier bytes
    std::size_t candidate = begin;
    for (;;) {
        if (matched_ == 0) {
            pos = candidate = std::min(bytes.find('\r', pos), bytes.size());
            implied_ = 0;
        }
        while (pos < bytes.size() && matched_ < delimiter_.size() &&
               bytes[pos] == delimiter_[matched_]) {
            ++pos;
            ++matched_;
        }
        if (matched_ == delimiter_.size()) {
            matched_ = 0;
            state_ = State::boundary_end;
            return bytes.substr(begin, candidate - begin);
        }
        if (pos == bytes.size()) return bytes.substr(begin, candidate - begin);
        matched_ = 0;
        if (held > implied_) {
            // It began in earlier bytes, which were content after all.
            pos = begin;
            return std::string_view{delimiter_}.substr(implied_, held - implied_);
        }
        held = 0;
    }
}

MultipartStep MultipartParser::take_head(std::string_view bytes, std::size_t& pos, PartHead& head) {
    const std::size_t line_end = std::min(bytes.find('\n', pos), bytes.size() - 1) + 1;
    const std::size_t size = std::min(line_end - pos, limits_.max_part_head - head.bytes.size());
    head.bytes.append(bytes.substr(pos, size));
    pos += size;
    HTTPField field;
    switch (scanner_.next(head.bytes, head_limits_, field)) {
        case FieldScanner::Result::error:
            return fail(as_head_error(scanner_.error()));
        case FieldScanner::Result::end:
            return finish_head(head);
        default:
            break;
    }
    if (head.bytes.size() >= limits_.max_part_head)
        return fail(MultipartError::part_head_too_large);
    return {};
}

MultipartStep MultipartParser::finish_head(PartHead& head) {
    HTTPField field;
    scanner_.start(0);
    while (scanner_.next(head.bytes, head_limits_, field) == FieldScanner::Result::line)
        head.fields.push_back(field);
    const MultipartError error = head.interpret();
    if (error != MultipartError::none) return fail(error);
    // The empty line may be the one that begins the next delimiter: a part without data.
    matched_ = implied_ = 2;
    in_part_ = true;
    state_ = State::content;
    return {MultipartEvent::part, 0};
}

MultipartStep MultipartParser::take_boundary_line(char c) noexcept {
    if (state_ == State::boundary_end && c == '-') {
        state_ = State::close_hyphen;
        return {};
    }
    if (state_ == State::close_hyphen && c == '-') return end_part(State::closed);
    if (state_ == State::boundary_lf && c == '\n') return end_part(State::head_start);
    const bool before_line_end = state_ == State::boundary_end || state_ == State::boundary_padding;
    if (before_line_end && c == '\r') {
        padding_ = 0;
        state_ = State::boundary_lf;
        return {};
    }
    if (before_line_end && is_blank(c) && padding_++ < max_padding) {
        state_ = State::boundary_padding;
        return {};
    }
    return fail(MultipartError::bad_boundary_line);
}

MultipartStep MultipartParser::take_close_line(char c) noexcept {
    if (state_ == State::close_lf && c == '\n') {
        state_ = State::epilogue;
        skipped_ = 0;
        return {};
    }
    if (state_ == State::close_padding && c == '\r') {
        state_ = State::close_lf;
        return {};
    }
    if (state_ == State::close_padding && is_blank(c) && padding_++ < max_padding) return {};
    return fail(MultipartError::bad_close);
}

// Behind the whole line only, so that a part whose end is in doubt is not taken for complete.
MultipartStep MultipartParser::end_part(State next) noexcept {
    const bool was_in_part = std::exchange(in_part_, false);
    state_ = next;
    if (was_in_part) return {MultipartEvent::part_end, 0};
    if (next != State::closed) return {};
    state_ = State::close_padding;
    return {MultipartEvent::end, 0};
}

MultipartStep MultipartParser::skip(std::size_t size, std::size_t limit,
                                    MultipartError error) noexcept {
    if (size > limit - skipped_) return fail(error);
    skipped_ += size;
    return {};
}

MultipartError MultipartParser::finish() noexcept {
    switch (state_) {
        case State::failed:
        case State::closed:
        case State::close_padding:
        case State::epilogue:
            return error_;
        default:
            error_ = MultipartError::truncated;
            state_ = State::failed;
            return error_;
    }
}

MultipartStep MultipartParser::fail(MultipartError error) noexcept {
    error_ = error;
    state_ = State::failed;
    return {MultipartEvent::error, 0};
}

}  // namespace gyre::http::detail
