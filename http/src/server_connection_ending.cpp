#include "server_connection.hpp"
#include "server_core.hpp"
#include <gyre/error_access.hpp>

#include <utility>

// How a ServerConnection ends.
namespace gyre::http::detail {

using gyre::detail::ErrorAccess;

void ServerConnection::drain() noexcept {
    draining_ = true;
    if (state_ != State::open || first_ || reading_) return;
    // Later, as this may be running inside a handler of another connection's.
    post([](ServerConnection& self) { self.finish_drain(); });
}

// A request may be in the socket already, or on its way if the connection is a fresh one: it is
// served before the connection ends.
void ServerConnection::finish_drain() noexcept {
    const auto busy = [this] {
        return state_ != State::open || first_ || reading_ || !rest_.bytes.empty();
    };
    progress_ = true;
    if (!busy() && served_) on_readable();
    if (busy() || !served_ || options().drain_grace > Duration::zero()) return update_deadline();
    end_idle();
}

// What the peer sends at this moment is thrown away, so that it sees an end and no reset.
void ServerConnection::end_idle() noexcept {
    unread_input_ = true;
    begin_ending();
}

void ServerConnection::begin_ending() noexcept {
    if (state_ != State::open) return;
    state_ = State::ending;
    unread_input_ = unread_input_ || reading_ || !rest_.bytes.empty();
    rest_ = {};
    read_deadline_.clear();
    transport_->want_read(false);
    hold_.set(true);
    schedule_send();
    const Error error{Errc::closed, "the connection ended with an earlier response"};
    ErrorAccess::mark_looked_at(error);
    fail_upgrade(error);
    drop_exchanges(error);
}

// All is sent. To close while the peer still sends would make the system reset the connection, and
// the reset may overtake the last response (RFC 9112 section 9.6): so the peer goes first.
void ServerConnection::finish_ending() noexcept {
    constexpr Duration linger = std::chrono::seconds{2};
    if (peer_ended_) return close();
    if (!unread_input_) {
        const IOResult result = transport_->read_some(reactor_.blocks().reserve());
        ErrorAccess::mark_looked_at(result.error);
        if (result.status != IOStatus::ok) return close();
    }
    state_ = State::lingering;
    thrown_away_ = 0;
    hold_.set(false);
    transport_->shutdown_write();
    transport_->want_read(true);
    read_deadline_.expire_after(linger);
}

void ServerConnection::abort() noexcept {
    lose(gyre::detail::canceled_by_user("the connection was aborted"), true);
}

void ServerConnection::close() noexcept {
    lose({Errc::closed, "the connection was closed"}, false);
}

void ServerConnection::forget_body() noexcept {
    Exchange* exchange = std::exchange(reading_, nullptr);
    decoder_.reset();
    if (exchange && !exchange->in_flight) exchange->release();
}

Exchange* ServerConnection::take_exchanges() noexcept {
    // First, as the server may go with what is let go of.
    sight().in_flight -= in_flight_;
    sight().aborted += in_flight_;
    forget_body();
    upgradable_ = nullptr;
    last_ = nullptr;
    in_flight_ = 0;
    for (Exchange* exchange = first_; exchange; exchange = exchange->next) {
        exchange->in_flight = false;
        exchange->forget_connection();
    }
    return std::exchange(first_, nullptr);
}

void ServerConnection::drop_exchanges(const Error& error) noexcept {
    for (Exchange* exchange = take_exchanges(); exchange;) {
        Exchange* next = std::exchange(exchange->next, nullptr);
        exchange->detach(error);
        exchange->release();
        exchange = next;
    }
}

void ServerConnection::enter_closed() noexcept {
    state_ = State::closed;
    read_deadline_.clear();
    write_deadline_.clear();
    hold_.set(false);
    rest_ = {};
}

void ServerConnection::lose(Error error, bool reset) noexcept {
    ErrorAccess::mark_looked_at(error);  // clients come and go; their handlers are told
    if (state_ == State::closed) return;
    if (state_ == State::handshaking) ++sight().handshakes_failed;
    if (first_ && first_->trail()) first_->trail()->unsent = output_.bytes();
    enter_closed();
    reset ? transport_->abort() : transport_->close();
    for (Callback<void(Error)>& callback : output_.take_callbacks())
        core_->exchanges().later().add(std::move(callback), Error{error});
    fail_upgrade(error);
    core_->forget(*this);
    reactor_.abandon(*this);
    drop_exchanges(error);
}

void ServerConnection::release() noexcept {
    if (state_ == State::closed) return;
    core_->forget(*this);
    reactor_.abandon(*this);
    end_quietly();
}

void ServerConnection::on_reactor_destroyed() noexcept {
    if (state_ == State::closed) return;
    core_->forget(*this);
    end_quietly();
}

void ServerConnection::end_quietly() noexcept {
    enter_closed();
    transport_->abort();
    for (Callback<void(Error)>& callback : output_.take_callbacks())
        callback.discard();
    if (const auto upgrade = std::exchange(upgrade_, nullptr)) upgrade->callback.discard();
    for (Exchange* exchange = take_exchanges(); exchange;) {
        Exchange* next = std::exchange(exchange->next, nullptr);
        exchange->discard();
        exchange->release();
        exchange = next;
    }
}

}  // namespace gyre::http::detail
