// How a fetch ends, or is given up: the last part of ClientFetch.
#include "client_errors.hpp"
#include "client_fetch.hpp"
#include <gyre/dispatch.hpp>
#include <gyre/error_access.hpp>

#include <algorithm>
#include <utility>

namespace gyre::http::detail {

using gyre::detail::ErrorAccess;

// While the reactor is being destroyed, what is released may call this: a slot that became free
// then would be given to a fetch that has been released already.
void ClientFetch::cancel() {
    if (ended() || !reactor_.alive()) return;
    reactor_.check_thread("FetchHandle::cancel");
    fail_later(gyre::detail::canceled_by_user("the fetch was canceled"));
}

void ClientFetch::on_deadline(gyre::detail::Deadline& deadline) noexcept {
    if (ended()) return;
    if (&deadline == &request_deadline_)
        return fail(too_slow("the request", "request_timeout", request_.request_timeout));
    &deadline == &speed_deadline_ ? check_speed() : on_step_deadline();
}

void ClientFetch::on_step_deadline() {
    if (state_ == State::resting) return try_again();
    if (state_ == State::expecting) return start_body();
    if (state_ != State::dialing || !dialer_) return;
    const char* step = dialer_->phase() == "tls" ? "TLS with " : "connecting to ";
    on_attempt_failed(too_slow(step + server_name(), "connect_timeout", request_.connect_timeout));
}

void ClientFetch::start_watching_speed() {
    speed_.begin(request_.low_speed_limit, request_.low_speed_time, reactor_.now());
    speed_base_ = received_;
    speed_deadline_.expire_after(speed_.period());
}

void ClientFetch::check_speed() {
    const std::uint64_t sent = connection_ ? connection_->bytes_sent() : 0;
    const std::uint64_t bytes = received_ - speed_base_ + sent;
    if (!connection_)
        speed_.start_again(reactor_.now(), bytes);
    else if (!paused_ && speed_.is_too_slow(bytes, reactor_.now()))
        return fail({Errc::timed_out, "fewer than " + std::to_string(request_.low_speed_limit) +
                                          " bytes a second (low_speed_limit) for " +
                                          in_seconds(request_.low_speed_time)});
    speed_deadline_.expire_after(speed_.period());
}

void ClientFetch::finish() {
    if (response_.code < 200 || response_.code > 299)
        response_.error = status_error(response_.code, response_.reason);
    leave();
    deliver();
}

void ClientFetch::fail(Error error) {
    set_failure(std::move(error));
    leave();
    deliver();
}

// For where the user's code may be on the stack.
void ClientFetch::fail_later(Error error) {
    set_failure(std::move(error));
    leave();
    reactor_.post(Callback<void()>{[self = self()] { self->deliver(); }, gyre::detail::Origin{}});
}

void ClientFetch::set_failure(Error error) {
    ErrorAccess::set_phase(error, phase());
    note_reach();
    response_.error = std::move(error);
    response_.failure = reach_;
}

// Not before the end: a head_callback that cancels may still be looking at it.
void ClientFetch::forget_reply() {
    response_.code = 599;
    response_.reason = "Transport Failure";
    response_.http_version.clear();
    response_.headers.clear();
    response_.trailers.clear();
    response_.body.clear();
}

std::string_view ClientFetch::phase() const noexcept {
    switch (state_) {
        case State::created:
        case State::queued:
            return "queue";
        case State::dialing:
        case State::resting:
            return dialer_ ? dialer_->phase() : "connect";
        case State::sending:
            return "send";
        case State::expecting:
            return "wait";
        case State::waiting:
            return exchange_.begun() ? "receive" : "wait";
        case State::discarding:
            return "redirect";
        case State::receiving:
        case State::delivering:
        case State::done:
            break;
    }
    return "receive";
}

// How far the request got; over all attempts, of which the one that got furthest counts.
void ClientFetch::note_reach() noexcept {
    FetchFailure now = FetchFailure::not_sent;
    if (request_sent_)
        now = FetchFailure::response_lost;
    else if (connection_ && connection_->bytes_sent() > 0 && attempt_ > 0)
        now = FetchFailure::partly_sent;
    reach_ = std::max(reach_, now);
}

// Gives back all that others could use. The next fetch in the queue may begin in here.
void ClientFetch::leave() {
    if (state_ == State::queued) response_.time_info.queue += reactor_.now() - queued_since_;
    state_ = State::delivering;
    request_deadline_.clear();
    step_deadline_.clear();
    speed_deadline_.clear();
    drop_dialer();
    close_body({Errc::closed, "the fetch has ended"});
    drop_connection();
    if (started_ != TimePoint{}) response_.time_info.total = reactor_.now() - started_;
    response_.request_time = response_.time_info.total;
    if (!ticket_) return;
    client_->core()->queue().leave(ticket_);
    client_->core()->start_queued();
}

// Whatever became of it, the time it took is told.
void ClientFetch::drop_dialer() noexcept {
    const std::shared_ptr<ClientDialer> dialer = std::exchange(dialer_, nullptr);
    if (!dialer) return;
    dialer->cancel();
    dialer->add_times(response_.time_info);
}

void ClientFetch::drop_connection() noexcept {
    if (connection_) std::exchange(connection_, nullptr)->abort();
}

void ClientFetch::deliver() {
    if (state_ == State::done) return;
    state_ = State::done;
    hold_.set(false);
    if (response_.failure != FetchFailure::none) forget_reply();
    ErrorAccess::set_origin(response_.error, callback_.origin());
    reactor_.abandon(*this);
    gyre::detail::dispatch(std::move(callback_), std::move(response_));
}

void ClientFetch::on_reactor_destroyed() noexcept {
    state_ = State::done;
    callback_.discard();
    ErrorAccess::mark_looked_at(response_.error);
    if (body_) body_->discard();
    dialer_.reset();
    request_ = {};
    connection_.reset();
}

// The body is limited when its head has come: that of a redirect is none of the user's.
Http1Limits ClientFetch::reply_limits() const {
    Http1Limits limits;
    limits.max_head = request_.max_header_size;
    limits.max_field_line = request_.max_header_line;
    limits.max_fields = request_.max_header_count;
    return limits;
}

}  // namespace gyre::http::detail
