#include "server_connection.hpp"
#include "server_core.hpp"
#include <gyre/dispatch.hpp>
#include <gyre/error_access.hpp>
#include <gyre/prefixed_transport.hpp>

#include <string>
#include <utility>

// How a connection becomes another protocol's (RFC 9110 section 7.8).
namespace gyre::http::detail {

using gyre::detail::ErrorAccess;

bool ServerConnection::may_upgrade(const Exchange& exchange) const noexcept {
    return state_ == State::open && &exchange == upgradable_ && !upgrade_ && !peer_ended_;
}

void ServerConnection::begin_upgrade(Exchange& exchange, Callback<void(Error, IOStream)> callback) {
    upgrade_ = std::make_unique<Upgrade>(Upgrade{&exchange, std::move(callback)});
}

// True if the response that is complete grants it. An error page may have taken its place.
bool ServerConnection::finish_upgrade(const Exchange& exchange) noexcept {
    if (!upgrade_ || upgrade_->exchange != &exchange) return false;
    constexpr int switching_protocols = 101;
    if (exchange.status() == switching_protocols) return true;
    const Error error{Errc::closed, "an error page was sent"};
    ErrorAccess::mark_looked_at(error);
    fail_upgrade(error);
    return false;
}

// Its response is the last one out: what comes now is the other protocol's.
void ServerConnection::start_handing_over() noexcept {
    state_ = State::upgrading;
    forget_body();
    read_deadline_.clear();
    transport_->want_read(false);
    hold_.set(true);
    schedule_send();
}

void ServerConnection::finish_handing_over() noexcept {
    post([](ServerConnection& self) {
        if (self.state_ == State::upgrading) self.hand_over();
    });
}

void ServerConnection::hand_over() noexcept {
    Callback<void(Error, IOStream)> callback = std::move(upgrade_->callback);
    upgrade_.reset();
    transport_->set_listener(nullptr);
    transport_->want_write(false);
    const gyre::detail::ReactorRef reactor = reactor_;
    IOStream stream = make_stream(
        reactor, make_prefixed_transport(reactor, std::move(transport_), std::string{rest_.bytes}));
    enter_closed();
    core_->forget(*this);
    reactor.abandon(*this);
    if (!gyre::detail::dispatch(std::move(callback), Error{}, IOStream{stream})) stream.abort();
}

void ServerConnection::fail_upgrade(const Error& error) noexcept {
    if (const auto upgrade = std::exchange(upgrade_, nullptr))
        core_->exchanges().later().add(
            Callback<void(Error)>{[callback = std::move(upgrade->callback)](Error why) mutable {
                                      std::move(callback)(std::move(why), IOStream{});
                                  },
                                  gyre::detail::Origin{}},
            Error{error});
}

}  // namespace gyre::http::detail
