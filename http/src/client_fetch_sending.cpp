// How the request of a fetch goes out: head, body, `100 Continue`.
#include "client_fetch.hpp"
#include <gyre/dispatch.hpp>
#include <gyre/error_access.hpp>

#include <chrono>
#include <utility>

namespace gyre::http::detail {

using gyre::detail::ErrorAccess;
using gyre::detail::Origin;

namespace {

// How long a server may take to say `100 Continue`: many never do. RFC 9110 10.1.1
constexpr Duration continue_wait = std::chrono::seconds{1};

}  // namespace

void ClientFetch::start_exchange() {
    ++attempt_;
    exchange_.begin(hop_.method, reply_limits());
    connection_->begin_request();
    if (paused_) connection_->pause_reading();
    state_ = State::sending;
    request_sent_ = false;
    body_due_ = hop_.has_body && (hop_.expects_continue || request_.body_producer);
    if (request_.low_speed_limit > 0) start_watching_speed();
    const bool with_body = hop_.has_body && !body_due_;
    if (connection_->send(head_, with_body ? std::string_view{request_.body} : ""))
        on_sent(*connection_);
}

void ClientFetch::on_sent(ClientConnection&) noexcept {
    if (body_) return send_body();
    if (!body_due_) return on_request_sent();
    hop_.expects_continue ? start_expecting() : start_body();
}

void ClientFetch::start_expecting() {
    if (state_ != State::sending) return;
    state_ = State::expecting;
    step_deadline_.expire_after(continue_wait);
}

void ClientFetch::start_body() {
    step_deadline_.clear();
    // Nobody waits for the body of a request that is answered by another one.
    if (state_ == State::discarding) return;
    body_due_ = false;
    if (state_ == State::expecting) state_ = State::sending;
    if (!request_.body_producer) {
        if (connection_->send({}, request_.body)) on_request_sent();
        return;
    }
    reactor_.post(Callback<void()>{
        [self = self(), attempt = attempt_] { self->produce_body(attempt); }, Origin{}});
}

void ClientFetch::produce_body(int attempt) {
    if (ended() || attempt != attempt_ || !connection_ || state_ == State::dialing) return;
    body_ = std::make_shared<RequestBody>(reactor_, body_length(hop_, request_),
                                          static_cast<RequestBodyOwner&>(*this));
    HTTPRequestBody reference{std::make_shared<RequestBodyLease>(body_)};
    const bool good = gyre::detail::dispatch(request_.body_producer, std::move(reference));
    if (!good && !ended()) fail({Errc::unhandled_exception, "an exception left the body_producer"});
}

// What is written in one turn is sent together.
void ClientFetch::on_body_grown() noexcept {
    if (std::exchange(send_posted_, true)) return;
    reactor_.post(Callback<void()>{[self = self()] {
                                       self->send_posted_ = false;
                                       self->send_body();
                                   },
                                   Origin{}});
}

void ClientFetch::on_body_failed(Error error) noexcept {
    // As in cancel().
    if (!ended() && reactor_.alive()) return fail_later(std::move(error));
    ErrorAccess::mark_looked_at(error);
}

void ClientFetch::send_body() {
    if (!body_ || !connection_) return;
    const std::shared_ptr<RequestBody> body = body_;
    const bool complete = body->send_to(*connection_);
    if (body != body_ || !connection_) return;
    if (connection_->write_failed())
        return close_body({Errc::connection_reset, "the server takes no more of the body"});
    if (!complete) return;
    close_body({});
    on_request_sent();
}

void ClientFetch::on_request_sent() noexcept {
    request_sent_ = true;
    if (state_ == State::sending) state_ = State::waiting;
}

void ClientFetch::close_body(const Error& cause) noexcept {
    ErrorAccess::mark_looked_at(cause);
    if (body_) std::exchange(body_, nullptr)->close(cause);
}

}  // namespace gyre::http::detail
