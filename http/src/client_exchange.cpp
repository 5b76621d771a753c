#include "client_exchange.hpp"

#include <gyre/error_access.hpp>

#include <utility>

namespace gyre::http::detail {

void ClientExchange::begin(std::string_view method, const Http1Limits& limits) {
    limits_ = limits;
    parser_.reset();
    parser_.expect_response_to(method);
    head_.clear();
    state_ = State::head;
    partial_head_.clear();
    rest_ = {};
    body_received_ = 0;
    interim_replies_ = 0;
    begun_ = false;
}

void ClientExchange::give(std::string_view bytes) {
    begun_ = begun_ || !bytes.empty();
    if (partial_head_.empty()) {
        rest_ = bytes;
    } else {
        partial_head_ += bytes;
        rest_ = partial_head_;
    }
}

ClientExchange::Step ClientExchange::next() {
    if (state_ == State::complete || state_ == State::failed) return {};
    const Http1Step step = parser_.parse(rest_, head_);
    rest_.remove_prefix(step.consumed);
    switch (step.event) {
        case Http1Event::need_more:
            keep_rest();
            return {};
        case Http1Event::head:
            return on_head();
        case Http1Event::body:
            body_received_ += step.body.size();
            return {Event::body, step.body, {}};
        case Http1Event::complete:
            if (state_ == State::head) return skip_interim();
            state_ = State::complete;
            return {Event::complete, {}, {}};
        case Http1Event::error:
            break;
    }
    return fail(limit_error());
}

// Once partial_head_ holds anything, what is left is the end of it.
void ClientExchange::keep_rest() {
    if (partial_head_.empty())
        partial_head_.assign(rest_);
    else
        partial_head_.erase(0, partial_head_.size() - rest_.size());
    rest_ = {};
}

ClientExchange::Step ClientExchange::on_head() {
    if (head_.status == 101)
        return fail({Errc::protocol_error, "the server switched to another protocol"});
    if (head_.status < 200) return next();
    state_ = State::body;
    return {Event::head, {}, {}};
}

ClientExchange::Step ClientExchange::skip_interim() {
    if (++interim_replies_ > max_interim_replies)
        return fail({Errc::limit_exceeded, "the server sent more than " +
                                               std::to_string(max_interim_replies) +
                                               " interim replies (1xx)"});
    parser_.reset();
    return next();
}

ClientExchange::Step ClientExchange::finish(Error cause) {
    if (state_ == State::complete || state_ == State::failed) return {};
    const bool orderly = !gyre::detail::ErrorAccess::failed(cause);
    if (orderly && state_ == State::body && parser_.finish_eof() == Http1Eof::complete) {
        state_ = State::complete;
        return {Event::complete, {}, {}};
    }
    return fail(ended_early(std::move(cause), {.head_begun = begun_,
                                               .head_complete = state_ == State::body,
                                               .body_received = body_received_,
                                               .length_known = head_.content_length.has_value(),
                                               .length = head_.content_length.value_or(0)}));
}

bool ClientExchange::limit_body(std::uint64_t max_body) noexcept {
    limits_.max_body = max_body;
    return parser_.limit_body(max_body);
}

ClientExchange::Step ClientExchange::fail(Error error) {
    state_ = State::failed;
    return {Event::failed, {}, std::move(error)};
}

}  // namespace gyre::http::detail
