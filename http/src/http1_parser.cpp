#include "http1_parser.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <limits>
#include <memory>

namespace gyre::http::detail {
namespace {

namespace beast = boost::beast;

constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();

std::string_view to_std(beast::string_view text) noexcept { return {text.data(), text.size()}; }

// Beast's parser as the grammar of the start line and the fields, and as what cuts them into
// views. It sees a head once, when that is complete and has passed the strict checks, so that it
// never has to search or wait; it lives on the stack, and neither it nor its construction
// allocates. Bodies do not reach it.
template <bool is_request>
class HeadGrammar final : public beast::http::basic_parser<is_request> {
public:
    explicit HeadGrammar(MessageHead& head) : head_{head} {
        this->body_limit(boost::none);
        this->header_limit(std::numeric_limits<std::uint32_t>::max());
    }

    // Whether Beast agrees that these bytes are one head, no more and no less.
    bool accepts(std::string_view bytes) {
        beast::error_code error;
        const std::size_t used = this->put(boost::asio::buffer(bytes.data(), bytes.size()), error);
        return !error && used == bytes.size() && this->is_header_done();
    }

private:
    using ErrorCode = beast::error_code;
    using StringView = beast::string_view;

    void on_request_impl(beast::http::verb, StringView method, StringView target, int,
                         ErrorCode&) override {
        head_.method = to_std(method);
        head_.target = to_std(target);
    }

    void on_response_impl(int status, StringView reason, int, ErrorCode&) override {
        head_.status = status;
        head_.reason = to_std(reason);
    }

    void on_field_impl(beast::http::field, StringView name, StringView value, ErrorCode&) override {
        head_.fields.push_back({to_std(name), to_std(value)});
    }

    void on_header_impl(ErrorCode&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}
    std::size_t on_body_impl(StringView, ErrorCode&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t, StringView, ErrorCode&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, StringView, ErrorCode&) override { return 0; }
    void on_finish_impl(ErrorCode&) override {}

    MessageHead& head_;
};

}  // namespace

Http1Parser::Http1Parser(Http1Role role, const Http1Limits& limits) noexcept
    : limits_{&limits}, stage_{role}, role_{role} {}

Http1Step Http1Parser::parse(std::string_view bytes, MessageHead& head) {
    switch (state_) {
        case State::head:
            return parse_head(bytes, head);
        case State::length:
            return parse_length(bytes);
        case State::chunked:
            return parse_chunked(bytes, head);
        case State::until_close:
            return parse_until_close(bytes);
        case State::complete:
            return {Http1Event::complete};
        case State::failed:
            break;
    }
    return {Http1Event::error};
}

Http1Step Http1Parser::parse_head(std::string_view bytes, MessageHead& head) {
    switch (stage_.head.scan(bytes, *limits_)) {
        case HeadScanner::Result::need_more:
            return {Http1Event::need_more};
        case HeadScanner::Result::error:
            return fail(stage_.head.error());
        case HeadScanner::Result::complete:
            break;
    }
    head.clear();
    const std::size_t begin = stage_.head.begin();
    const std::size_t end = stage_.head.end();
    Http1Error error = read_head(bytes.substr(begin, end - begin), head);
    if (error != Http1Error::none) return fail(error);
    stage_.head.describe_to(head, request_kind_);
    error = begin_body(head);
    if (error != Http1Error::none) return fail(error);
    return {Http1Event::head, end};
}

Http1Error Http1Parser::read_head(std::string_view head_bytes, MessageHead& head) {
    const bool good = role_ == Http1Role::request ? HeadGrammar<true>{head}.accepts(head_bytes)
                                                  : HeadGrammar<false>{head}.accepts(head_bytes);
    return good ? Http1Error::none : Http1Error::bad_grammar;
}

Http1Error Http1Parser::begin_body(const MessageHead& head) noexcept {
    switch (head.body_kind) {
        case BodyKind::none:
            state_ = State::complete;
            break;
        case BodyKind::length:
            body_left_ = head.content_length.value_or(0);
            if (body_left_ > limits_->max_body) return Http1Error::body_too_large;
            state_ = State::length;
            break;
        case BodyKind::chunked:
            std::construct_at(&stage_.chunks, limits_->max_body);
            state_ = State::chunked;
            break;
        case BodyKind::until_close:
            body_left_ = limits_->max_body;
            state_ = State::until_close;
            break;
    }
    return Http1Error::none;
}

Http1Step Http1Parser::parse_length(std::string_view bytes) noexcept {
    if (bytes.empty()) return {Http1Event::need_more};
    const std::size_t size =
        static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), body_left_));
    body_left_ -= size;
    body_taken_ += size;
    if (body_left_ == 0) state_ = State::complete;
    return {Http1Event::body, size, bytes.substr(0, size)};
}

Http1Step Http1Parser::parse_chunked(std::string_view bytes, MessageHead& head) {
    const Http1Step step = stage_.chunks.step(bytes, *limits_, head);
    if (step.event == Http1Event::error) return fail(stage_.chunks.error());
    if (step.event == Http1Event::complete) state_ = State::complete;
    return step;
}

// What fits the limit is given before the error, so that how the bytes were split decides nothing.
Http1Step Http1Parser::parse_until_close(std::string_view bytes) noexcept {
    if (bytes.empty()) return {Http1Event::need_more};
    if (body_left_ == 0) return fail(Http1Error::body_too_large);
    const std::size_t size =
        static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), body_left_));
    // The largest limit means none at all, so it is not used up.
    if (body_left_ != no_limit) body_left_ -= size;
    body_taken_ += size;
    return {Http1Event::body, size, bytes.substr(0, size)};
}

Http1Eof Http1Parser::finish_eof() noexcept {
    if (state_ == State::complete) return Http1Eof::clean;
    if (state_ == State::head && stage_.head.is_untouched()) return Http1Eof::clean;
    if (state_ == State::until_close) {
        state_ = State::complete;
        return Http1Eof::complete;
    }
    if (state_ != State::failed) fail(Http1Error::truncated);
    return Http1Eof::error;
}

void Http1Parser::reset() noexcept {
    std::construct_at(&stage_.head, role_);
    body_left_ = body_taken_ = 0;
    state_ = State::head;
    error_ = Http1Error::none;
}

bool Http1Parser::limit_body(std::uint64_t max_body) noexcept {
    bool good = true;
    if (state_ == State::length) {
        good = body_left_ + body_taken_ <= max_body;
    } else if (state_ == State::chunked) {
        good = stage_.chunks.limit_body(max_body);
    } else if (state_ == State::until_close) {
        good = body_taken_ <= max_body;
        body_left_ = max_body == no_limit ? no_limit : max_body - body_taken_;
    }
    if (!good) fail(Http1Error::body_too_large);
    return good;
}

Http1Step Http1Parser::fail(Http1Error error) noexcept {
    state_ = State::failed;
    error_ = error;
    return {Http1Event::error};
}

void ResponseParser::expect_response_to(std::string_view method) noexcept {
    request_kind_ = method == "HEAD"      ? RequestKind::head
                    : method == "CONNECT" ? RequestKind::connect
                                          : RequestKind::other;
}

}  // namespace gyre::http::detail
