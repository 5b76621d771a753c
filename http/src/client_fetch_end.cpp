// How a fetch ends, and what it derives from its request: the other half of ClientFetch.
#include "client_errors.hpp"
#include "client_fetch.hpp"
#include <gyre/dispatch.hpp>
#include <gyre/error_access.hpp>

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
    response_.error = std::move(error);
    response_.code = 599;
    response_.reason = "Transport Failure";
    response_.http_version.clear();
    response_.headers.clear();
    response_.body.clear();
}

std::string_view ClientFetch::phase() const noexcept {
    switch (state_) {
        case State::created:
        case State::queued:
            return "queue";
        case State::resolving:
            return "resolve";
        case State::connecting:
            return "connect";
        case State::handshaking:
            return "tls";
        case State::sending:
            return "send";
        case State::waiting:
            return "wait";
        case State::redirecting:
            return "redirect";
        case State::receiving:
        case State::delivering:
        case State::done:
            break;
    }
    return "receive";
}

// Gives back all that others could use. The next fetch in the queue may begin in here.
void ClientFetch::leave() {
    const State left = std::exchange(state_, State::delivering);
    request_deadline_.clear();
    connect_deadline_.clear();
    connect_.cancel();
    drop_connection();
    if (started_ != TimePoint{}) response_.time_info.total = reactor_.now() - started_;
    response_.request_time = response_.time_info.total;
    if (left == State::queued && !has_slot_) client_->core()->leave_queue(place_in_queue_);
    if (std::exchange(has_slot_, false)) client_->core()->leave_slot();
}

void ClientFetch::drop_connection() noexcept {
    if (connection_) std::exchange(connection_, nullptr)->abort();
}

void ClientFetch::deliver() {
    if (state_ == State::done) return;
    state_ = State::done;
    hold_.set(false);
    response_.request = std::move(request_);
    ErrorAccess::set_origin(response_.error, callback_.origin());
    reactor_.abandon(*this);
    gyre::detail::dispatch(std::move(callback_), std::move(response_));
}

void ClientFetch::on_reactor_destroyed() noexcept {
    state_ = State::done;
    callback_.discard();
    ErrorAccess::mark_looked_at(response_.error);
    request_ = {};
    connection_.reset();
}

bool ClientFetch::may_retry() const noexcept {
    return reused_ && !retried_ && !exchange_.begun() && is_idempotent(hop_.method);
}

ConnectionKey ClientFetch::connection_key() const {
    ConnectionKey key{.secure = hop_.url.is_secure(),
                      .host = hop_.url.host,
                      .port = hop_.url.port,
                      .unix_socket = request_.unix_socket,
                      .tls = {}};
    if (!key.secure) return key;
    TLSOptions& tls = key.tls = client_->core()->options().tls;
    if (!request_.client_cert.empty()) {
        tls.certificate_file = request_.client_cert;
        tls.key_file = request_.client_key;
        tls.certificate.clear();
        tls.key.clear();
    }
    if (hop_.left_origin)
        for (std::string* part : {&tls.certificate_file, &tls.certificate, &tls.key_file, &tls.key,
                                  &tls.key_passphrase, &tls.server_name})
            part->clear();
    if (!request_.ca_certs.empty()) {
        tls.ca_file = request_.ca_certs;
        tls.ca.clear();
    }
    if (!request_.validate_cert) tls.verify_peer = TLSVerify::none;
    tls.alpn = {"http/1.1"};
    return key;
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
