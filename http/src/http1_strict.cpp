#include "http1_strict.hpp"

#include "cookies.hpp"
#include "http1_chars.hpp"
#include "http1_target.hpp"

#include <algorithm>
#include <charconv>

namespace gyre::http::detail {

// As in FieldScanner, each scan_x returns true when it reached the next state and false when the
// bytes ended or an error was found.

HeadScanner::Result HeadScanner::scan(std::string_view bytes, const Http1Limits& limits) noexcept {
    // Bytes beyond the limit are never looked at: what is wrong before it is found first, however
    // much was shown at once.
    const std::string_view seen = bytes.substr(0, limits.max_head);
    while (state_ != State::fields)
        if (!step(seen, limits)) break;
    if (error_ == Http1Error::none && state_ == State::fields && scan_fields(seen, limits))
        return Result::complete;
    if (error_ == Http1Error::none && bytes.size() >= limits.max_head)
        error_ = Http1Error::head_too_large;
    return error_ == Http1Error::none ? Result::need_more : Result::error;
}

bool HeadScanner::is_untouched() const noexcept {
    return state_ == State::start ||
           (role_ == Http1Role::request && state_ == State::method && pos_ == begin_);
}

bool HeadScanner::step(std::string_view bytes, const Http1Limits& limits) noexcept {
    if (error_ != Http1Error::none || pos_ == bytes.size()) return false;
    switch (state_) {
        case State::start:
            return scan_start(bytes);
        case State::leading_lf:
            return scan_leading_lf(bytes);
        case State::method:
            return scan_method(bytes);
        case State::target:
            return scan_target(bytes, limits);
        case State::version:
            return scan_version(bytes);
        case State::version_cr:
            return scan_cr(bytes);
        case State::version_lf:
        case State::reason_lf:
            return scan_lf(bytes);
        case State::status:
            return scan_status(bytes);
        case State::reason:
            return scan_reason(bytes);
        case State::fields:
            break;
    }
    return false;
}

bool HeadScanner::scan_start(std::string_view bytes) noexcept {
    if (role_ == Http1Role::response) {
        enter(State::version);
        return true;
    }
    if (bytes[0] == '\r') {
        ++pos_;
        enter(State::leading_lf);
        return true;
    }
    enter(State::method);
    return bytes[0] == '\n' ? fail(Http1Error::bare_lf) : true;
}

bool HeadScanner::scan_leading_lf(std::string_view bytes) noexcept {
    if (bytes[pos_] != '\n') return fail(Http1Error::bare_cr);
    begin_ = ++pos_;
    enter(State::method);
    return true;
}

bool HeadScanner::scan_method(std::string_view bytes) noexcept {
    pos_ = skip_chars(bytes, pos_, bytes.size(), token_char);
    if (pos_ == bytes.size()) return false;
    if (bytes[pos_] != ' ' || pos_ == part_begin_) return fail(Http1Error::bad_method);
    method_end_ = pos_++;
    enter(State::target);
    return true;
}

bool HeadScanner::scan_target(std::string_view bytes, const Http1Limits& limits) noexcept {
    const std::size_t left = bytes.size() - part_begin_;
    const std::size_t stop =
        left > limits.max_target ? part_begin_ + limits.max_target : bytes.size();
    pos_ = skip_chars(bytes, pos_, stop, target_char);
    if (pos_ == bytes.size()) return false;
    if (bytes[pos_] == ' ' && pos_ != part_begin_) {
        target_end_ = pos_++;
        enter(State::version);
        return true;
    }
    return fail(pos_ == stop ? Http1Error::target_too_long : Http1Error::bad_target);
}

bool HeadScanner::scan_version(std::string_view bytes) noexcept {
    constexpr std::string_view form = "HTTP/0.0";
    for (; pos_ < bytes.size() && pos_ - part_begin_ < form.size(); ++pos_) {
        const char wanted = form[pos_ - part_begin_];
        const bool good =
            wanted == '0' ? is_char(bytes[pos_], decimal_digit) : bytes[pos_] == wanted;
        if (!good) return fail(Http1Error::bad_version);
    }
    if (pos_ - part_begin_ < form.size()) return false;
    facts_.version_minor = static_cast<std::uint8_t>(bytes[pos_ - 1] - '0');
    // The version is judged once its end was seen, since 1.10 is malformed, not unsupported.
    if (bytes[pos_ - 3] != '1' || facts_.version_minor > 1) facts_.version_minor = 2;
    enter(role_ == Http1Role::request ? State::version_cr : State::status);
    return true;
}

bool HeadScanner::scan_cr(std::string_view bytes) noexcept {
    const char c = bytes[pos_];
    if (c == '\n') return fail(Http1Error::bare_lf);
    if (c != '\r') return fail(Http1Error::bad_version);
    ++pos_;
    enter(State::version_lf);
    return true;
}

bool HeadScanner::scan_lf(std::string_view bytes) noexcept {
    if (bytes[pos_] != '\n') return fail(Http1Error::bare_cr);
    ++pos_;
    return finish_start_line(bytes);
}

bool HeadScanner::scan_status(std::string_view bytes) noexcept {
    for (; pos_ < bytes.size() && pos_ - part_begin_ < 5; ++pos_) {
        const std::size_t at = pos_ - part_begin_;
        const char c = bytes[pos_];
        if (at == 0 && c != ' ') return fail(Http1Error::bad_version);
        if (at == 0) continue;
        if (at == 4 ? c != ' ' : !is_char(c, decimal_digit))
            return fail(Http1Error::bad_status_line);
        if (at < 4) facts_.status = facts_.status * 10 + (c - '0');
    }
    if (pos_ - part_begin_ < 5) return false;
    if (facts_.status < 100) return fail(Http1Error::bad_status_line);
    enter(State::reason);
    return true;
}

bool HeadScanner::scan_reason(std::string_view bytes) noexcept {
    pos_ = skip_text(bytes, pos_, bytes.size());
    if (pos_ == bytes.size()) return false;
    const char c = bytes[pos_];
    if (c == '\n') return fail(Http1Error::bare_lf);
    if (c != '\r') return fail(Http1Error::bad_status_line);
    ++pos_;
    enter(State::reason_lf);
    return true;
}

bool HeadScanner::finish_start_line(std::string_view bytes) noexcept {
    if (facts_.version_minor > 1) return fail(Http1Error::unsupported_version);
    if (role_ == Http1Role::request) {
        const std::string_view method = bytes.substr(begin_, method_end_ - begin_);
        const std::string_view target =
            bytes.substr(method_end_ + 1, target_end_ - method_end_ - 1);
        const TargetForm form = target_form(method, target);
        if (form == TargetForm::invalid) return fail(Http1Error::bad_target);
        facts_.target_has_authority = form == TargetForm::absolute || form == TargetForm::authority;
    }
    fields_.start(pos_);
    enter(State::fields);
    return true;
}

bool HeadScanner::scan_fields(std::string_view bytes, const Http1Limits& limits) noexcept {
    Field field;
    for (;;) {
        switch (fields_.next(bytes, limits, field)) {
            case FieldScanner::Result::line:
                if (error_ = classify(field, limits); error_ != Http1Error::none) return false;
                break;
            case FieldScanner::Result::end:
                error_ = judge();
                return error_ == Http1Error::none;
            case FieldScanner::Result::need_more:
                return false;
            case FieldScanner::Result::error:
                return fail(fields_.error());
        }
    }
}

// Few fields matter here, and their names differ in length: most fields cost one jump.
Http1Error HeadScanner::classify(const Field& field, const Http1Limits& limits) noexcept {
    const auto is = [&](std::string_view lower) { return equals_lower(field.name, lower); };
    const bool request = role_ == Http1Role::request;
    switch (field.name.size()) {
        case 4:
            if (request && is("host")) return on_host(field.value);
            break;
        case 6:
            if (request && is("expect")) on_expect(field.value);
            if (request && is("cookie")) return on_cookie(field.value, limits);
            break;
        case 7:
            if (is("upgrade")) facts_.has_upgrade = !field.value.empty();
            break;
        case 10:
            if (is("connection")) return on_connection(field.value, true);
            break;
        case 14:
            if (is("content-length")) return on_content_length(field.value);
            break;
        case 16:
            if (is("proxy-connection")) return on_connection(field.value, false);
            break;
        case 17:
            if (is("transfer-encoding")) return on_transfer_encoding(field.value);
            break;
        default:
            break;
    }
    return Http1Error::none;
}

Http1Error HeadScanner::on_host(std::string_view value) noexcept {
    if (facts_.has_host) return Http1Error::repeated_host;
    facts_.has_host = true;
    const bool good = value.empty() ? !facts_.target_has_authority : is_host_and_port(value);
    return good ? Http1Error::none : Http1Error::bad_host;
}

Http1Error HeadScanner::on_content_length(std::string_view value) noexcept {
    if (facts_.has_content_length) return Http1Error::repeated_content_length;
    if (facts_.has_transfer_encoding) return Http1Error::length_and_transfer_encoding;
    facts_.has_content_length = true;
    // from_chars takes neither a plus sign nor white space, and a minus sign only for signed types.
    const char* const begin = value.data();
    const char* const end = begin + value.size();
    const auto parsed = std::from_chars(begin, end, facts_.content_length);
    const bool good = !value.empty() && parsed.ec == std::errc{} && parsed.ptr == end;
    return good ? Http1Error::none : Http1Error::bad_content_length;
}

Http1Error HeadScanner::on_transfer_encoding(std::string_view value) noexcept {
    if (facts_.version_minor == 0) return Http1Error::transfer_encoding_in_http10;
    if (facts_.has_content_length) return Http1Error::length_and_transfer_encoding;
    if (facts_.has_transfer_encoding || !equals_lower(value, "chunked"))
        return Http1Error::bad_transfer_encoding;
    facts_.has_transfer_encoding = true;
    return Http1Error::none;
}

// A list of tokens, in which RFC 9110 5.6.1 has empty elements ignored.
Http1Error HeadScanner::on_connection(std::string_view value, bool counts) noexcept {
    while (!value.empty()) {
        const std::size_t comma = std::min(value.find(','), value.size());
        const std::string_view option = trim_blanks(value.substr(0, comma));
        if (skip_chars(option, 0, option.size(), token_char) != option.size())
            return Http1Error::bad_connection;
        if (counts) {
            facts_.close |= equals_lower(option, "close");
            facts_.keep_alive |= equals_lower(option, "keep-alive");
            facts_.connection_upgrade |= equals_lower(option, "upgrade");
        }
        value.remove_prefix(std::min(comma + 1, value.size()));
    }
    return Http1Error::none;
}

void HeadScanner::on_expect(std::string_view value) noexcept {
    if (equals_lower(value, "100-continue"))
        facts_.expect_continue = true;
    else
        facts_.expectation_failed = true;
}

// Counted here, where the field is at hand anyway, so that a request without one costs nothing.
Http1Error HeadScanner::on_cookie(std::string_view value, const Http1Limits& limits) noexcept {
    facts_.cookies += count_cookies(value);
    return facts_.cookies > limits.max_cookies ? Http1Error::too_many_cookies : Http1Error::none;
}

// What can be told only when all fields are known. An unmet expectation comes last, since a
// message that is malformed is answered 400.
Http1Error HeadScanner::judge() const noexcept {
    if (role_ == Http1Role::response) return Http1Error::none;
    if (!facts_.has_host && facts_.version_minor == 1) return Http1Error::missing_host;
    if (facts_.expectation_failed) return Http1Error::expectation_failed;
    return Http1Error::none;
}

void HeadScanner::describe_to(MessageHead& head, RequestKind request) const noexcept {
    const bool http11 = facts_.version_minor == 1;
    const int status = facts_.status;
    const bool bodyless = role_ == Http1Role::response &&
                          (request == RequestKind::head || status / 100 == 1 || status == 204 ||
                           status == 304 || (request == RequestKind::connect && status / 100 == 2));
    head.version_minor = facts_.version_minor;
    head.chunked = facts_.has_transfer_encoding;
    if (facts_.has_content_length) head.content_length = facts_.content_length;
    if (bodyless)
        head.body_kind = BodyKind::none;
    else if (facts_.has_transfer_encoding)
        head.body_kind = BodyKind::chunked;
    else if (facts_.has_content_length)
        head.body_kind = facts_.content_length == 0 ? BodyKind::none : BodyKind::length;
    else
        head.body_kind = role_ == Http1Role::response ? BodyKind::until_close : BodyKind::none;
    head.keep_alive =
        !facts_.close && (http11 || facts_.keep_alive) && head.body_kind != BodyKind::until_close;
    head.upgrade = http11 && facts_.connection_upgrade && facts_.has_upgrade;
    head.expect_continue = http11 && facts_.expect_continue && head.body_kind != BodyKind::none;
}

void HeadScanner::enter(State state) noexcept {
    state_ = state;
    part_begin_ = pos_;
}

bool HeadScanner::fail(Http1Error error) noexcept {
    error_ = error;
    return false;
}

}  // namespace gyre::http::detail
