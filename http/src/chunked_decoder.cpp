#include "chunked_decoder.hpp"

#include "http1_chars.hpp"

#include <algorithm>
#include <limits>

namespace gyre::http::detail {
namespace {

constexpr std::string_view forbidden_trailers[] = {
    "accept-encoding",
    "age",
    "authorization",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-range",
    "content-type",
    "cookie",
    "expect",
    "expires",
    "forwarded",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "keep-alive",
    "location",
    "max-forwards",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "retry-after",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "vary",
    "www-authenticate",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
};

std::uint64_t hex_value(char c) noexcept {
    if (is_char(c, decimal_digit)) return static_cast<std::uint64_t>(c - '0');
    return static_cast<std::uint64_t>(ascii_lower(c) - 'a') + 10;
}

// The trailer section has passed the scanner, so this pass only finds the names and values again;
// it comes last because the string moved while it grew.
void list_trailers(const Http1Limits& limits, MessageHead& head) {
    FieldScanner scanner;
    scanner.start(0);
    Field field;
    while (scanner.next(head.trailer_bytes, limits, field) == FieldScanner::Result::line)
        head.trailers.push_back(field);
}

// A trailer section that is too large is answered 400 in whatever way it is, unlike a head.
Http1Error as_trailer_error(Http1Error error) noexcept {
    const bool size = error == Http1Error::field_too_large || error == Http1Error::too_many_fields;
    return size ? Http1Error::trailers_too_large : error;
}

}  // namespace

bool is_forbidden_trailer(std::string_view name) noexcept {
    return std::any_of(std::begin(forbidden_trailers), std::end(forbidden_trailers),
                       [&](std::string_view lower) { return equals_lower(name, lower); });
}

bool ChunkedDecoder::limit_body(std::uint64_t max_body) noexcept {
    max_body_ = max_body;
    if (body_size_ > max_body_) error_ = Http1Error::body_too_large;
    return error_ == Http1Error::none;
}

Http1Step ChunkedDecoder::step(std::string_view bytes, const Http1Limits& limits,
                               MessageHead& head) {
    if (error_ != Http1Error::none) return {Http1Event::error};
    std::size_t pos = 0;
    while (pos < bytes.size() && state_ != State::done) {
        if (state_ == State::data) return take_data(bytes, pos);
        if (state_ == State::trailers) return take_trailers(bytes, pos, limits, head);
        const Http1Error error = take(bytes[pos], limits);
        if (error != Http1Error::none) return fail(error);
        ++pos;
    }
    return {state_ == State::done ? Http1Event::complete : Http1Event::need_more, pos};
}

// One byte of the framing. Chunk lines are a few bytes long, so a byte at a time is no loss.
Http1Error ChunkedDecoder::take(char c, const Http1Limits& limits) noexcept {
    switch (state_) {
        case State::size_start:
        case State::size:
            return take_size(c);
        case State::line_lf:
            return finish_chunk_line(c);
        case State::data_cr:
            state_ = State::data_lf;
            return c == '\r' ? Http1Error::none : Http1Error::bad_chunk_end;
        case State::data_lf:
            state_ = State::size_start;
            return c == '\n' ? Http1Error::none : Http1Error::bad_chunk_end;
        default:
            return take_extension(c, limits);
    }
}

Http1Error ChunkedDecoder::take_size(char c) noexcept {
    if (!is_char(c, hex_digit))
        return state_ == State::size ? take_after_size(c) : Http1Error::bad_chunk_size;
    // Sixteen digits hold every 64-bit size; more of them are zeros that only spend time.
    if (size_digits_ == 16) return Http1Error::chunk_size_overflow;
    ++size_digits_;
    chunk_left_ = chunk_left_ * 16 + hex_value(c);
    state_ = State::size;
    return Http1Error::none;
}

Http1Error ChunkedDecoder::take_after_size(char c) noexcept {
    if (c == ';') {
        extension_size_ = 1;
        ++extensions_size_;
        state_ = State::extension_start;
        return Http1Error::none;
    }
    if (c == '\r' || c == '\n') return take_line_end(c);
    return Http1Error::bad_chunk_size;
}

Http1Error ChunkedDecoder::take_extension(char c, const Http1Limits& limits) noexcept {
    const bool may_end = state_ == State::extension_name || state_ == State::value_token ||
                         state_ == State::value_end;
    if (may_end && (c == '\r' || c == '\n')) return take_line_end(c);
    ++extension_size_;
    ++extensions_size_;
    if (extension_size_ > limits.max_chunk_extension ||
        extensions_size_ > limits.max_chunk_extensions)
        return Http1Error::chunk_extension_too_large;
    if (state_ == State::value_quoted || state_ == State::value_escape) return take_quoted(c);
    if (may_end && c == ';') {
        state_ = State::extension_start;
    } else if (state_ == State::extension_name && c == '=') {
        state_ = State::value_start;
    } else if (state_ == State::value_start && c == '"') {
        state_ = State::value_quoted;
    } else {
        if (!is_char(c, token_char) || state_ == State::value_end)
            return Http1Error::bad_chunk_extension;
        if (state_ == State::extension_start) state_ = State::extension_name;
        if (state_ == State::value_start) state_ = State::value_token;
    }
    return Http1Error::none;
}

// RFC 9110 5.6.4: a backslash takes away the meaning of the character behind it, whichever it is.
Http1Error ChunkedDecoder::take_quoted(char c) noexcept {
    if (!is_char(c, text_char)) return Http1Error::bad_chunk_extension;
    if (state_ == State::value_escape)
        state_ = State::value_quoted;
    else if (c == '\\')
        state_ = State::value_escape;
    else if (c == '"')
        state_ = State::value_end;
    return Http1Error::none;
}

Http1Error ChunkedDecoder::take_line_end(char c) noexcept {
    if (c == '\n') return Http1Error::bare_lf;
    state_ = State::line_lf;
    return Http1Error::none;
}

// The size counts against the limits now, before a byte of the data is there.
Http1Error ChunkedDecoder::finish_chunk_line(char c) noexcept {
    if (c != '\n') return Http1Error::bare_cr;
    if (chunk_left_ > std::numeric_limits<std::uint64_t>::max() - body_size_)
        return Http1Error::chunk_size_overflow;
    body_size_ += chunk_left_;
    if (body_size_ > max_body_) return Http1Error::body_too_large;
    size_digits_ = 0;
    state_ = chunk_left_ == 0 ? State::trailers : State::data;
    if (state_ == State::trailers) trailer_scanner_.start(0);
    return Http1Error::none;
}

Http1Step ChunkedDecoder::take_data(std::string_view bytes, std::size_t from) noexcept {
    const std::string_view rest = bytes.substr(from);
    const std::size_t size =
        static_cast<std::size_t>(std::min<std::uint64_t>(rest.size(), chunk_left_));
    chunk_left_ -= size;
    if (chunk_left_ == 0) state_ = State::data_cr;
    return {Http1Event::body, from + size, rest.substr(0, size)};
}

// The section is copied, as the bytes of one call are gone at the next. A line at a time, so that
// nothing of a next message that came along is copied.
Http1Step ChunkedDecoder::take_trailers(std::string_view bytes, std::size_t from,
                                        const Http1Limits& limits, MessageHead& head) {
    std::string& kept = head.trailer_bytes;
    Field field;
    while (from < bytes.size()) {
        const std::size_t line_end = std::min(bytes.find('\n', from), bytes.size() - 1) + 1;
        const std::size_t size = std::min(line_end - from, limits.max_trailers - kept.size());
        kept.append(bytes.substr(from, size));
        from += size;
        const FieldScanner::Result result = trailer_scanner_.next(kept, limits, field);
        if (result == FieldScanner::Result::error)
            return fail(as_trailer_error(trailer_scanner_.error()));
        if (result == FieldScanner::Result::line && is_forbidden_trailer(field.name))
            return fail(Http1Error::forbidden_trailer);
        if (result == FieldScanner::Result::end) {
            list_trailers(limits, head);
            state_ = State::done;
            return {Http1Event::complete, from};
        }
        if (kept.size() >= limits.max_trailers) return fail(Http1Error::trailers_too_large);
    }
    return {Http1Event::need_more, from};
}

Http1Step ChunkedDecoder::fail(Http1Error error) noexcept {
    error_ = error;
    return {Http1Event::error};
}

}  // namespace gyre::http::detail
