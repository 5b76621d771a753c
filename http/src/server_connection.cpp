#include "server_connection.hpp"

#include "server_core.hpp"
#include <gyre/error_access.hpp>
#include <gyre/log.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace gyre::http::detail {
namespace {

using gyre::detail::ErrorAccess;

}  // namespace

ServerConnection::ServerConnection(gyre::detail::ReactorRef reactor, ServerCore& core,
                                   std::unique_ptr<gyre::Transport> transport)
    : reactor_(std::move(reactor)),
      core_(&core),
      transport_(std::move(transport)),
      hold_(reactor_),
      parser_(core.limits()),
      read_deadline_(reactor_, *this),
      write_deadline_(reactor_, *this) {}

ServerConnection::~ServerConnection() = default;

void ServerConnection::start(bool handshake) {
    reactor_.adopt(shared_from_this());
    transport_->set_listener(this);
    if (handshake) {
        state_ = State::handshaking;
        transport_->want_write(true);
    } else {
        transport_->want_read(true);
    }
    update_deadline();
}

const HTTPServerOptions& ServerConnection::options() const noexcept { return core_->options(); }

ServerSight& ServerConnection::sight() noexcept { return core_->sight(); }

std::string_view ServerConnection::date() const noexcept { return core_->date(); }

const ApplicationImpl& ServerConnection::routes() const noexcept { return core_->routes(); }

void ServerConnection::push(Exchange* exchange) noexcept {
    last_ ? last_->next = exchange : first_ = exchange;
    last_ = exchange;
    exchange->in_flight = true;
    ++in_flight_;
    ++sight().in_flight;
    ++sight().requests;
    hold_.set(true);
}

void ServerConnection::on_response_done(Exchange& exchange) noexcept {
    if (!exchange.keeps_alive()) last_request_ = true;
    if (&exchange == first_)
        pop_finished();
    else if (&exchange == reading_)
        resume();  // the rest of its body is not held back any more
    schedule_send();
}

// Takes the exchanges off whose responses are complete; the next one's bytes move up.
void ServerConnection::pop_finished() noexcept {
    while (first_ && first_->response_done()) {
        Exchange* done = first_;
        const bool keep_alive = done->keeps_alive();
        first_ = std::exchange(done->next, nullptr);
        if (!first_) last_ = nullptr;
        sight().count_response(done->status(), reactor_.now() - done->began);
        --sight().in_flight;
        if (done->trail() && done->trail()->wants_end()) follow_to_end(*done);
        done->in_flight = false;
        done->forget_connection();
        if (done == upgradable_) upgradable_ = nullptr;
        --in_flight_;
        pipeline_full_ = false;
        served_ = true;
        const bool upgraded = finish_upgrade(*done);
        if (done != reading_) done->release();
        if (upgraded) return start_handing_over();
        if (!keep_alive || (!first_ && peer_ended_)) return begin_ending();
        if (first_) output_.splice(first_->waiting());
    }
    hold_.set(first_);
    if (!first_ && draining_) drain();
    resume();
}

// Its bytes are the last ones in the queue now.
void ServerConnection::follow_to_end(Exchange& exchange) {
    exchange.trail()->ends_at = bytes_sent_ + output_.bytes();
    output_.when_sent(Callback<void(Error)>{
        [self = std::static_pointer_cast<ServerConnection>(shared_from_this()),
         ended = ExchangeRef{exchange}](Error error) {
            if (RequestTrail* trail = ended->trail())
                trail->unsent = trail->ends_at - std::min(trail->ends_at, self->bytes_sent_);
            ended->run_ended(std::move(error));
        },
        gyre::detail::Origin{}});
}

std::size_t ServerConnection::over_high_water() const noexcept {
    std::size_t total = 0;
    for (const Exchange* exchange = first_; exchange; exchange = exchange->next)
        total += exchange->over_high_water();
    return total;
}

void ServerConnection::schedule_send() noexcept {
    if (in_batch_ || state_ == State::closed || std::exchange(send_posted_, true)) return;
    post([](ServerConnection& self) {
        self.send_posted_ = false;
        self.send_now();
    });
}

void ServerConnection::send_now() noexcept {
    // From the start each time: what a flush that fails lets go of may have taken any of them off.
    for (Exchange* exchange = first_; exchange;) {
        if (exchange->flush_due()) {
            exchange->flush();
            exchange = first_;
        } else {
            exchange = exchange->next;
        }
    }
    send();
}

void ServerConnection::send() noexcept {
    if (state_ == State::closed || state_ <= State::handshaking) return;
    if (!send_some()) return;
    if (first_) first_->tell_drained();
    if (output_.empty()) {
        transport_->want_write(false);
        write_deadline_.clear();
        if (state_ == State::ending) return finish_ending();
        if (state_ == State::upgrading) return finish_handing_over();
    } else {
        transport_->want_write(true);
        if (!write_deadline_.armed()) write_deadline_.expire_after(options().write_timeout);
    }
    if (in_batch_ || state_ != State::open) return;
    if (!needs_bytes_ && !rest_.bytes.empty() && can_parse()) resume();
    update_reading();
    update_deadline();
}

// False if the connection broke.
bool ServerConnection::send_some() noexcept {
    constexpr std::size_t fair_share = 64 * 1024;
    std::array<std::string_view, 16> parts;
    std::vector<Callback<void(Error)>> done;
    std::size_t sent = 0;
    IOResult result;
    while (!output_.empty() && sent < fair_share && result.status == IOStatus::ok) {
        const std::size_t used = output_.front(parts);
        result =
            used == 0 ? send_file(fair_share - sent) : transport_->write_some({parts.data(), used});
        if (result.status != IOStatus::ok) break;
        sent += result.bytes;
        bytes_sent_ += result.bytes;
        output_.advance(result.bytes, done);
    }
    sight().bytes_written += sent;
    for (Callback<void(Error)>& callback : done)
        core_->exchanges().later().add(std::move(callback), Error{});
    if (result.status == IOStatus::failed) {
        if (ErrorAccess::kind(result.error) == Errc::truncated)
            log(LogLevel::warning, std::string{ErrorAccess::message(result.error)});
        lose(std::move(result.error), true);
        return false;
    }
    if (sent > 0) write_deadline_.expire_after(options().write_timeout);
    return true;
}

// Nothing is sent, and no error, if no piece of a file is next.
IOResult ServerConnection::send_file(std::size_t most) noexcept {
    const auto next = output_.front_file(most);
    return next ? transport_->send_file(next->file.descriptor(), next->offset, next->length)
                : IOResult{};
}

void ServerConnection::on_writable() noexcept {
    state_ == State::handshaking ? finish_handshake() : send();
}

void ServerConnection::finish_handshake() noexcept {
    const Error error = transport_->finish_connect();
    // A peer's failed handshake is its own affair; it has been told by an alert.
    ErrorAccess::mark_looked_at(error);
    if (ErrorAccess::failed(error)) return close();
    if (state_ != State::handshaking) return;  // a TLSNameSelector may have ended the server
    ++sight().handshakes;
    identify_peer();  // by the rules of this handshake: those of the server may change
    state_ = State::open;
    transport_->want_write(false);
    transport_->want_read(true);
    update_deadline();
}

void ServerConnection::list_pending(gyre::PendingOperations& all) const {
    for (const Exchange* exchange = first_; exchange; exchange = exchange->next)
        all.push_back({.kind = "request",
                       .detail = std::string{exchange->path()},
                       .place = exchange->handler_place(),
                       .keeps_running = hold_.held()});
}

}  // namespace gyre::http::detail
