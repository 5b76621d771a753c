// How the reply to a fetch comes in, and what the user sees of it.
#include "client_errors.hpp"
#include "client_fetch.hpp"
#include "field_rules.hpp"
#include "request_decoder.hpp"
#include <gyre/dispatch.hpp>
#include <gyre/error_access.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace gyre::http::detail {
namespace {

using gyre::detail::dispatch;
using gyre::detail::ErrorAccess;
using gyre::detail::Origin;

// Of a declared length, before any of it has come.
constexpr std::uint64_t most_to_reserve = 1024 * kib;

}  // namespace

void ClientFetch::on_bytes(ClientConnection&, std::string_view bytes) noexcept {
    // It was kept, and nothing has been asked on it yet.
    if (state_ == State::dialing) {
        drop_connection();
        return start_dialing();
    }
    received_ += bytes.size();
    if (!exchange_.begun()) response_.time_info.starttransfer = reactor_.now() - started_;
    if (state_ != State::discarding) state_ = State::receiving;
    exchange_.give(bytes);
    take_steps();
}

void ClientFetch::on_ended(ClientConnection&, Error error) noexcept {
    if (state_ == State::dialing || is_stale_connection()) {
        error.ignore("the request is sent on a fresh connection");
        connection_.reset();
        replaced_stale_ = true;
        return dial_again();
    }
    note_reach();
    connection_.reset();
    on_end_of_reply(std::move(error));
}

void ClientFetch::on_end_of_reply(Error error) {
    if (state_ == State::discarding) {
        error.ignore("the rest of a reply that is not the last is of no interest");
        return start_next_hop();
    }
    const bool begun = exchange_.begun();
    ClientExchange::Step last = exchange_.finish(std::move(error));
    if (begun || last.event != ClientExchange::Event::failed)
        on_step(std::move(last));
    else
        on_attempt_failed(std::move(last.error));
}

void ClientFetch::pause_reading() {
    if (ended() || !reactor_.alive()) return;
    reactor_.check_thread("FetchHandle::pause_reading");
    if (!std::exchange(paused_, true)) paused_since_ = reactor_.now();
    if (connection_) connection_->pause_reading();
}

void ClientFetch::resume_reading() {
    if (ended() || !reactor_.alive()) return;
    reactor_.check_thread("FetchHandle::resume_reading");
    if (!std::exchange(paused_, false)) return;
    speed_.skip(reactor_.now() - paused_since_, reactor_.now());
    reactor_.post(Callback<void()>{[self = self()] { self->on_resumed(); }, Origin{}});
}

void ClientFetch::on_resumed() {
    if (ended() || paused_) return;
    if (connection_) connection_->resume_reading();
    if (state_ == State::receiving || state_ == State::discarding) take_steps();
}

void ClientFetch::take_steps() {
    while (!paused_ && show_head() && on_step(exchange_.next())) {
    }
    if (paused_ && !ended()) exchange_.keep();
}

// True if the next step may be taken: the user's callbacks may have ended the fetch.
bool ClientFetch::on_step(ClientExchange::Step step) {
    switch (step.event) {
        case ClientExchange::Event::need_more:
            return false;
        case ClientExchange::Event::interim:
            on_interim();
            return true;
        case ClientExchange::Event::head:
            return on_head();
        case ClientExchange::Event::body:
            return on_body(step.body);
        case ClientExchange::Event::complete:
            on_complete();
            return false;
        case ClientExchange::Event::failed:
            if (state_ == State::discarding) {
                step.error.ignore("the rest of a reply that is not the last is of no interest");
                start_next_hop();
            } else {
                fail(std::move(step.error));
            }
            return false;
    }
    return false;
}

// The request is where it was before the server said anything.
void ClientFetch::on_interim() {
    const bool is_wanted = exchange_.head().status == 100;
    state_ = request_sent_ ? State::waiting : State::sending;
    if (!body_due_ || !hop_.expects_continue || connection_->sending()) return;
    if (is_wanted) return start_body();
    if (!step_deadline_.armed()) return start_expecting();
    state_ = State::expecting;
}

bool ClientFetch::on_final_head() {
    const MessageHead& head = exchange_.head();
    state_ = State::receiving;
    response_.code = head.status;
    response_.reason = head.reason;
    response_.http_version = head.version_minor == 0 ? "HTTP/1.0" : "HTTP/1.1";
    for (const Field& field : head.fields)
        response_.headers.add(field.name, field.value);
    if (!begin_body()) return false;
    if (request_.header_callback) list_head_lines();
    head_due_ = static_cast<bool>(request_.head_callback);
    return true;
}

bool ClientFetch::begin_body() {
    const MessageHead& head = exchange_.head();
    std::optional<ContentCoding> coding = ContentCoding::identity;
    // What is only a part of a coded body cannot be decoded.
    if (request_.decompress_response && head.body_kind != BodyKind::none && head.status != 206)
        coding = response_coding(head);
    if (!coding) {
        Error error{Errc::limit_exceeded, "the body of the reply has more than one coding"};
        ErrorAccess::set_phase(error, "decode");
        fail(std::move(error));
        return false;
    }
    const bool is_coded = coding != ContentCoding::identity;
    const bool fits = is_coded ? exchange_.decode(*coding, request_.max_body_size)
                               : exchange_.limit_body(request_.max_body_size);
    if (!fits) {
        fail(exchange_.limit_error());
        return false;
    }
    if (is_coded) {
        const std::string name = response_.headers.get_joined("Content-Encoding");
        response_.headers.erase("Content-Encoding");
        response_.headers.set("X-Consumed-Content-Encoding", name);
    } else if (is_buffering() && head.body_kind == BodyKind::length) {
        response_.body.reserve(
            static_cast<std::size_t>(std::min(head.content_length.value_or(0), most_to_reserve)));
    }
    return true;
}

void ClientFetch::list_head_lines() {
    head_lines_.push_back(response_.http_version + " " + std::to_string(response_.code) + " " +
                          response_.reason);
    for (const HTTPField& field : response_.headers)
        head_lines_.push_back(std::string{field.name}.append(": ").append(field.value));
    head_lines_.emplace_back();
    std::ranges::reverse(head_lines_);
}

// False if there is nothing more to be done now: the fetch has ended or is paused.
bool ClientFetch::show_head() {
    if (!show_head_lines()) return false;
    if (!std::exchange(head_due_, false)) return true;
    const bool good = dispatch(request_.head_callback, std::as_const(response_));
    if (ended()) return false;
    if (!good) fail({Errc::unhandled_exception, "an exception left the head_callback"});
    return good && !paused_;
}

bool ClientFetch::show_head_lines() {
    while (!head_lines_.empty()) {
        const std::string line = std::move(head_lines_.back());
        head_lines_.pop_back();
        const bool good = dispatch(request_.header_callback, std::string_view{line});
        if (ended()) return false;
        if (!good) fail({Errc::unhandled_exception, "an exception left the header_callback"});
        if (!good || paused_) return false;
    }
    return true;
}

bool ClientFetch::on_body(std::string_view piece) {
    if (state_ == State::discarding) {
        drained_ += piece.size();
        if (drained_ <= most_to_drain) return true;
        start_next_hop();
        return false;
    }
    if (is_buffering()) {
        response_.body += piece;
        return true;
    }
    const bool good = dispatch(request_.streaming_callback, std::string_view{piece});
    if (ended()) return false;
    if (!good) fail({Errc::unhandled_exception, "an exception left the streaming_callback"});
    return good;
}

// A connection goes back to the pool before anything new begins, so that it can be used for that.
void ClientFetch::on_complete() {
    const bool usable = connection_ && exchange_.leaves_connection_usable() && request_sent_ &&
                        connection_->has_sent_all() &&
                        !has_token(hop_.headers.get_joined("Connection"), "close");
    close_body({Errc::closed, "the server has answered already"});
    if (ended()) return;
    if (usable) {
        connection_->resume_reading();  // a pause may have been taken back just now
        client_->core()->pool().park(std::exchange(connection_, nullptr));
    } else if (connection_) {
        std::exchange(connection_, nullptr)->close();
    }
    if (state_ == State::discarding) return start_next_hop();
    for (const Field& field : exchange_.head().trailers)
        response_.trailers.add(field.name, field.value);
    finish();
}

}  // namespace gyre::http::detail
