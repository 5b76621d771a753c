#include "proxy_tunnel.hpp"

#include "http_tunnel.hpp"
#include "socks5_tunnel.hpp"
#include <gyre/error_access.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <utility>

namespace gyre::http::detail {
namespace {

using gyre::detail::ErrorAccess;

std::unique_ptr<ProxyHandshake> make_handshake(TunnelRequest& request) {
    if (request.proxy.type == ProxyType::socks5)
        return std::make_unique<Socks5Tunnel>(request.host, request.port,
                                              std::move(request.proxy.username),
                                              std::move(request.proxy.password));
    return std::make_unique<HttpTunnel>(request.host, request.port, std::move(request.user_agent),
                                        std::move(request.authenticator));
}

std::string target_of(const TunnelRequest& request) {
    return request.host + ':' + std::to_string(request.port) + " by " + request.proxy.host + ':' +
           std::to_string(request.proxy.port);
}

}  // namespace

ProxyTunnel::ProxyTunnel(gyre::detail::ReactorRef reactor, std::unique_ptr<Transport> transport,
                         TunnelRequest request, Done callback)
    : reactor_(std::move(reactor)),
      hold_(reactor_),
      transport_(std::move(transport)),
      target_(target_of(request)),
      handshake_(make_handshake(request)),
      callback_(std::move(callback)) {}

ProxyTunnel::~ProxyTunnel() { let_go(); }

void ProxyTunnel::start() {
    reactor_.adopt(shared_from_this());
    hold_.set(true);
    if (!transport_) return settle({Errc::invalid_argument, "there is no connection to a proxy"});
    transport_->set_listener(this);
    transport_->want_read(true);
    advance();
}

void ProxyTunnel::list_pending(PendingOperations& all) const {
    if (callback_)
        all.push_back({.kind = "proxy tunnel", .detail = target_, .place = callback_.place()});
}

// What the handshake wants done: sent, or told as the outcome.
void ProxyTunnel::advance() noexcept {
    if (state_ != State::asking) return;
    output_ += handshake_->take_output();
    switch (handshake_->state()) {
        case ProxyHandshake::State::going_on:
            if (!flush()) return advance();
            return transport_->want_write(!output_.empty());
        case ProxyHandshake::State::established:
            if (!output_.empty())
                return settle({Errc::protocol_error, "the proxy answered before it was asked"});
            keeps_transport_ = true;
            return settle({});
        case ProxyHandshake::State::reconnect:
            return settle({});
        case ProxyHandshake::State::failed:
            return settle(handshake_->take_error());
    }
}

// False if the connection broke, which the handshake has been told.
bool ProxyTunnel::flush() noexcept {
    while (!output_.empty()) {
        const std::array<std::string_view, 1> buffers{output_};
        IOResult result = transport_->write_some(buffers);
        if (result.status == IOStatus::would_block) return true;
        if (result.status != IOStatus::ok) {
            handshake_->finish(std::move(result.error));
            return false;
        }
        output_.erase(0, result.bytes);
    }
    return true;
}

void ProxyTunnel::on_readable() noexcept {
    if (state_ != State::asking) return;
    std::array<char, 4096> room;
    IOResult result =
        transport_->read_some(std::span{room}.first(std::min(room.size(), handshake_->wanted())));
    switch (result.status) {
        case IOStatus::ok:
            handshake_->give({room.data(), result.bytes});
            break;
        case IOStatus::would_block:
            return;
        case IOStatus::end:
        case IOStatus::failed:
            handshake_->finish(std::move(result.error));
            break;
    }
    advance();
}

void ProxyTunnel::on_hangup() noexcept {
    if (state_ != State::asking) return;
    handshake_->finish({Errc::connection_reset, "the connection broke"});
    advance();
}

void ProxyTunnel::cancel() noexcept {
    reactor_.check_thread("TunnelHandle::cancel");
    if (state_ == State::delivered) return;
    Error error = gyre::detail::canceled_by_user("the tunnel to " + target_ + " was canceled");
    keeps_transport_ = false;
    if (state_ == State::asking) return settle(std::move(error));
    ErrorAccess::mark_looked_at(error_);
    ErrorAccess::set_phase(error, "proxy");
    error_ = std::move(error);
}

// May be in a call of the transport's, which therefore stays until later.
void ProxyTunnel::settle(Error error) noexcept {
    state_ = State::settled;
    error_ = std::move(error);
    ErrorAccess::set_phase(error_, "proxy");
    if (transport_) {
        transport_->want_read(false);
        transport_->want_write(false);
        transport_->set_listener(nullptr);
        if (!keeps_transport_) transport_->close();
    }
    const auto self = std::static_pointer_cast<ProxyTunnel>(shared_from_this());
    reactor_.post(Callback<void()>{[self] { self->deliver(); }, callback_.origin()});
    hold_.set(false);  // the posted call is work by itself
}

void ProxyTunnel::deliver() {
    if (state_ != State::settled) return;
    state_ = State::delivered;
    reactor_.abandon(*this);
    if (!keeps_transport_) transport_.reset();
    ErrorAccess::set_origin(error_, callback_.origin());
    std::move(callback_)(std::move(error_), std::move(transport_));
}

void ProxyTunnel::let_go() noexcept {
    state_ = State::delivered;
    ErrorAccess::mark_looked_at(error_);
    transport_.reset();
    callback_.discard();
}

TunnelHandle establish_tunnel(const gyre::detail::ReactorRef& reactor,
                              std::unique_ptr<Transport> transport, TunnelRequest request,
                              Callback<void(Error, std::unique_ptr<Transport>)> callback) {
    reactor.check_thread("establish_tunnel");
    if (!callback || !reactor.alive()) return {};
    const auto tunnel = std::make_shared<ProxyTunnel>(reactor, std::move(transport),
                                                      std::move(request), std::move(callback));
    tunnel->start();
    return TunnelHandle{std::weak_ptr<TunnelHandle::Operation>{tunnel}};
}

}  // namespace gyre::http::detail
