#include "client_exchange.hpp"

#include "request_decoder.hpp"
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
    decoder_.reset();
    coded_ = {};
    decoding_ = false;
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
    return decoder_ && decoding_ ? decode_some(*decoder_) : parse();
}

ClientExchange::Step ClientExchange::parse() {
    const Http1Step step = parser_.parse(rest_, head_);
    rest_.remove_prefix(step.consumed);
    switch (step.event) {
        case Http1Event::need_more:
            keep_rest();
            return {};
        case Http1Event::head:
            return on_head();
        case Http1Event::body:
            return on_body(step.body);
        case Http1Event::complete:
            return state_ == State::head ? skip_interim() : on_complete();
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
    rest_ = partial_head_;  // for next() without anything new
}

ClientExchange::Step ClientExchange::on_head() {
    if (head_.status == 101)
        return fail({Errc::protocol_error, "the server switched to another protocol"});
    if (head_.status < 200) return {Event::interim, {}, {}};
    state_ = State::body;
    return {Event::head, {}, {}};
}

ClientExchange::Step ClientExchange::on_body(std::string_view piece) {
    body_received_ += piece.size();
    if (!decoder_) return {Event::body, piece, {}};
    coded_ = piece;
    decoding_ = true;
    return decode_some(*decoder_);
}

ClientExchange::Step ClientExchange::decode_some(ContentDecoder& decoder) {
    const DecodeStep step = decoder.decode(coded_);
    coded_.remove_prefix(step.consumed);
    switch (step.event) {
        case DecodeStep::Event::data:
            return {Event::body, step.piece, {}};
        case DecodeStep::Event::error:
            return fail(decode_error(decoder.error(), max_decoded_));
        case DecodeStep::Event::need_more:
            break;
    }
    decoding_ = false;
    return parse();
}

ClientExchange::Step ClientExchange::on_complete() {
    if (decoder_)
        if (const DecodeError error = decoder_->finish(); error != DecodeError::none)
            return fail(decode_error(error, max_decoded_));
    state_ = State::complete;
    return {Event::complete, {}, {}};
}

// What is kept already stays where it is, and views of it stay good.
void ClientExchange::keep() {
    if (!coded_.empty() && coded_.data() + coded_.size() != kept_coded_.data() + kept_coded_.size())
        coded_ = kept_coded_.assign(coded_);
    if (rest_.empty() || !partial_head_.empty()) return;
    if (rest_.data() + rest_.size() == kept_rest_.data() + kept_rest_.size()) return;
    rest_ = kept_rest_.assign(rest_);
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
    if (orderly && state_ == State::body && parser_.finish_eof() == Http1Eof::complete)
        return on_complete();
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

bool ClientExchange::decode(ContentCoding coding, std::uint64_t max_body) {
    decoder_.emplace(coding, max_body);
    max_decoded_ = max_body;
    return limit_body(RequestDecoder::coded_limit(max_body));
}

ClientExchange::Step ClientExchange::fail(Error error) {
    state_ = State::failed;
    return {Event::failed, {}, std::move(error)};
}

}  // namespace gyre::http::detail
