#include "client_fetch.hpp"

#include "client_errors.hpp"
#include "client_redirect.hpp"
#include "field_rules.hpp"
#include <gyre/dispatch.hpp>
#include <gyre/error_access.hpp>
#include <gyre/tls_transport.hpp>

#include <algorithm>
#include <utility>

namespace gyre::http::detail {
namespace {

using gyre::detail::dispatch;
using gyre::detail::ErrorAccess;
using gyre::detail::Origin;

// Of a redirect's body, to be able to use its connection again.
constexpr std::uint64_t most_to_drain = 64 * kib;
// Of a declared length, before any of it has come.
constexpr std::uint64_t most_to_reserve = 1024 * kib;

}  // namespace

ClientFetch::ClientFetch(std::shared_ptr<ClientLease> client, HTTPRequest request,
                         Callback<void(HTTPResponse)> callback)
    : client_(std::move(client)),
      reactor_(client_->core()->reactor()),
      request_(std::move(request)),
      callback_(std::move(callback)),
      hold_(reactor_),
      request_deadline_(reactor_, *this),
      connect_deadline_(reactor_, *this) {}

// The first turn is the reactor's own: only then is its time right, and nothing can be told inline.
void ClientFetch::start() {
    reactor_.adopt(shared_from_this());
    hold_.set(true);
    response_.start_time = std::chrono::system_clock::now();
    response_.effective_url = without_userinfo(request_.url);
    reactor_.post(Callback<void()>{[self = self()] { self->begin(); }, Origin{}});
}

void ClientFetch::begin() {
    if (ended()) return;
    started_ = step_started_ = reactor_.now();
    if (Error error = client_->core()->check_options(); ErrorAccess::failed(error))
        return fail(std::move(error));
    HopResult first = first_hop(request_);
    if (ErrorAccess::failed(first.error)) return fail(std::move(first.error));
    hop_ = std::move(first.hop);
    if (Error error = append_hop_head(head_, hop_, request_); ErrorAccess::failed(error))
        return fail(std::move(error));
    request_deadline_.expire_after(request_.request_timeout);
    state_ = State::queued;
    place_in_queue_ = client_->core()->enqueue(self());
    client_->core()->start_queued();
}

void ClientFetch::on_slot() {
    has_slot_ = true;
    response_.time_info.queue = reactor_.now() - step_started_;
    start_connection();
}

void ClientFetch::start_connection() {
    response_.effective_url = hop_.url.to_string();
    key_ = connection_key();
    connection_ = client_->core()->pool().take(key_);
    reused_ = connection_ != nullptr;
    if (!reused_) return start_connect();
    connection_->set_user(*this);
    start_exchange();
}

void ClientFetch::start_connect() {
    reused_ = false;
    state_ = State::resolving;
    step_started_ = reactor_.now();
    if (hop_.url.is_secure()) {
        TLSContextResult loaded = TLSContext::client(key_.tls);
        if (ErrorAccess::failed(loaded.error)) {
            state_ = State::handshaking;
            return fail_later(std::move(loaded.error));
        }
        tls_ = std::move(loaded.context);
    }
    connect_deadline_.expire_after(request_.connect_timeout);
    if (!request_.unix_socket.empty()) on_resolved(step_started_);
    const std::weak_ptr<ClientFetch> weak = self();
    connect_ = gyre::detail::connect_transport(
        reactor_,
        {.host = hop_.url.host,
         .port = hop_.url.port,
         .unix_path = request_.unix_socket,
         .timeout = request_.connect_timeout,
         .on_resolved =
             [weak](TimePoint when) {
                 if (const auto fetch = weak.lock()) fetch->on_resolved(when);
             }},
        {[self = self()](Error error, std::unique_ptr<Transport> transport) {
             self->on_connect(std::move(error), std::move(transport));
         },
         callback_.origin()});
}

void ClientFetch::on_resolved(TimePoint when) {
    if (state_ != State::resolving) return;
    response_.time_info.namelookup += when - step_started_;
    step_started_ = when;
    state_ = State::connecting;
}

void ClientFetch::on_connect(Error error, std::unique_ptr<Transport> transport) {
    if (ended()) return error.ignore("the fetch has ended before its connection was made");
    if (ErrorAccess::failed(error)) return fail(std::move(error));
    on_resolved(reactor_.now());
    response_.time_info.connect += reactor_.now() - step_started_;
    step_started_ = reactor_.now();
    if (hop_.url.is_secure()) return start_handshake(std::move(transport));
    connection_ = std::make_shared<ClientConnection>(reactor_, key_, std::move(transport));
    connection_->start(*this, false);
    start_exchange();
}

void ClientFetch::start_handshake(std::unique_ptr<Transport> transport) {
    state_ = State::handshaking;
    auto secure =
        make_tls_transport(reactor_, std::move(transport), tls_, TLSRole::client, hop_.url.host);
    connection_ = std::make_shared<ClientConnection>(reactor_, key_, std::move(secure));
    connection_->start(*this, true);
}

void ClientFetch::on_secured(ClientConnection&, Error error) noexcept {
    response_.time_info.tls += reactor_.now() - step_started_;
    if (!ErrorAccess::failed(error)) return start_exchange();
    ErrorAccess::add_context(error, "TLS with " + server_name());
    fail(std::move(error));
}

void ClientFetch::start_exchange() {
    connect_deadline_.clear();
    exchange_.begin(hop_.method, reply_limits());
    state_ = State::sending;
    const std::string_view body = hop_.has_body ? std::string_view{request_.body} : "";
    if (connection_->send(head_, body)) state_ = State::waiting;
}

void ClientFetch::on_sent(ClientConnection&) noexcept {
    if (state_ == State::sending) state_ = State::waiting;
}

void ClientFetch::on_bytes(ClientConnection&, std::string_view bytes) noexcept {
    if (state_ == State::sending || state_ == State::waiting) {
        response_.time_info.starttransfer = reactor_.now() - started_;
        state_ = State::receiving;
    }
    exchange_.give(bytes);
    while (on_step(exchange_.next())) {
    }
}

void ClientFetch::on_ended(ClientConnection&, Error error) noexcept {
    connection_.reset();
    if (state_ == State::handshaking) return fail(ended_early(std::move(error), {}));
    if (state_ == State::redirecting) {
        error.ignore("the rest of a redirect is of no interest");
        return start_next_hop();
    }
    if (may_retry()) {
        error.ignore("the request is sent again on a fresh connection");
        retried_ = true;
        return start_connect();
    }
    on_step(exchange_.finish(std::move(error)));
}

// True if the next step may be taken: the user's callbacks may have ended the fetch.
bool ClientFetch::on_step(ClientExchange::Step step) {
    switch (step.event) {
        case ClientExchange::Event::need_more:
            return false;
        case ClientExchange::Event::head:
            return on_head();
        case ClientExchange::Event::body:
            return on_body(step.body);
        case ClientExchange::Event::complete:
            on_complete();
            return false;
        case ClientExchange::Event::failed:
            if (state_ == State::redirecting) {
                step.error.ignore("the rest of a redirect is of no interest");
                start_next_hop();
            } else {
                fail(std::move(step.error));
            }
            return false;
    }
    return false;
}

bool ClientFetch::on_head() {
    const MessageHead& head = exchange_.head();
    if (request_.follow_redirects && is_redirect(head.status) && head.find("Location"))
        return on_redirect();
    return on_final_head();
}

bool ClientFetch::on_redirect() {
    const MessageHead& head = exchange_.head();
    state_ = State::redirecting;
    if (response_.redirect_count() >= request_.max_redirects) {
        fail({Errc::too_many_redirects, "more redirects than max_redirects (" +
                                            std::to_string(request_.max_redirects) + ")"});
        return false;
    }
    std::vector<std::string_view> locations;
    for (const Field& field : head.fields)
        if (iequals(field.name, "Location")) locations.push_back(field.value);
    HopResult next = next_hop(hop_, head.status, locations);
    if (ErrorAccess::failed(next.error)) {
        fail(std::move(next.error));
        return false;
    }
    next_hop_ = std::move(next.hop);
    drained_ = 0;
    // A long rest costs more than a new connection.
    const bool is_long =
        head.body_kind == BodyKind::until_close || head.content_length.value_or(0) > most_to_drain;
    if (!is_long || head.body_kind == BodyKind::none) return true;
    start_next_hop();
    return false;
}

bool ClientFetch::on_final_head() {
    const MessageHead& head = exchange_.head();
    response_.code = head.status;
    response_.reason = head.reason;
    response_.http_version = head.version_minor == 0 ? "HTTP/1.0" : "HTTP/1.1";
    for (const Field& field : head.fields)
        response_.headers.add(field.name, field.value);
    if (!exchange_.limit_body(request_.max_body_size)) {
        fail(exchange_.limit_error());
        return false;
    }
    if (!request_.streaming_callback && head.body_kind == BodyKind::length)
        response_.body.reserve(
            static_cast<std::size_t>(std::min(head.content_length.value_or(0), most_to_reserve)));
    return show_head_lines();
}

bool ClientFetch::show_head_lines() {
    if (!request_.header_callback) return true;
    std::vector<std::string> lines;
    lines.push_back(response_.http_version + " " + std::to_string(response_.code) + " " +
                    response_.reason);
    for (const HTTPField& field : response_.headers)
        lines.push_back(std::string{field.name}.append(": ").append(field.value));
    lines.emplace_back();
    for (const std::string& line : lines) {
        const bool good = dispatch(request_.header_callback, std::string_view{line});
        if (ended()) return false;
        if (good) continue;
        fail({Errc::unhandled_exception, "an exception left the header_callback"});
        return false;
    }
    return true;
}

bool ClientFetch::on_body(std::string_view piece) {
    if (state_ == State::redirecting) {
        drained_ += piece.size();
        if (drained_ <= most_to_drain) return true;
        start_next_hop();
        return false;
    }
    if (!request_.streaming_callback) {
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
    const bool usable = connection_ && exchange_.leaves_connection_usable() &&
                        connection_->has_sent_all() &&
                        !has_token(hop_.headers.get_joined("Connection"), "close");
    if (usable)
        client_->core()->pool().park(std::exchange(connection_, nullptr));
    else if (connection_)
        std::exchange(connection_, nullptr)->close();
    state_ == State::redirecting ? start_next_hop() : finish();
}

void ClientFetch::start_next_hop() {
    drop_connection();
    hop_ = std::move(next_hop_);
    retried_ = false;
    head_.clear();
    if (Error error = append_hop_head(head_, hop_, request_); ErrorAccess::failed(error))
        return fail_later(std::move(error));
    response_.redirects.push_back(hop_.url.to_string());
    start_connection();
}

void ClientFetch::on_deadline(gyre::detail::Deadline& deadline) noexcept {
    if (ended()) return;
    if (&deadline == &request_deadline_)
        return fail(too_slow("the request", "request_timeout", request_.request_timeout));
    const char* step = state_ == State::handshaking ? "TLS with " : "connecting to ";
    fail(too_slow(step + server_name(), "connect_timeout", request_.connect_timeout));
}

}  // namespace gyre::http::detail
