#pragma once

#include "authenticator.hpp"
#include "proxy_handshake.hpp"
#include "proxy_settings.hpp"
#include <gyre/callback.hpp>
#include <gyre/connect_transport.hpp>
#include <gyre/error.hpp>
#include <gyre/reactor_ref.hpp>
#include <gyre/transport.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace gyre::http::detail {

// Where a tunnel leads.
struct TunnelRequest {
    ProxySettings proxy{};
    std::string host{};  ///< A name or an IP address (no brackets).
    std::uint16_t port = 0;
    std::string user_agent{};  ///< For an HTTP proxy; empty: none is sent.
    /// For an HTTP proxy: who sends credentials and answers challenges; null: nobody. Those in
    /// `proxy` are for SOCKS.
    std::shared_ptr<Authenticator> authenticator{};
};

using TunnelHandle = gyre::detail::ConnectHandle;

// Has the proxy at the other end of `transport`, which is connected, pass bytes to and from a host.
//
// `callback` gets the transport, with no listener and nothing wanted; or, without an error either,
// no transport: then the proxy wants to be asked again on a new connection, with the same
// authenticator, which knows the answer to its challenge; or an error whose `phase()` is "proxy".
// It has no time-out. Never inline, exactly once (`canceled` after TunnelHandle::cancel); not at
// all, with its captures released, if the reactor is destroyed before. It keeps `Reactor::run`
// going.
TunnelHandle establish_tunnel(const gyre::detail::ReactorRef& reactor,
                              std::unique_ptr<Transport> transport, TunnelRequest request,
                              Callback<void(Error, std::unique_ptr<Transport>)> callback);

// One run of `establish_tunnel`.
class ProxyTunnel final : public gyre::detail::Resident,
                          public TunnelHandle::Operation,
                          private TransportListener {
public:
    using Done = Callback<void(Error, std::unique_ptr<Transport>)>;

    ProxyTunnel(gyre::detail::ReactorRef reactor, std::unique_ptr<Transport> transport,
                TunnelRequest request, Done callback);
    ~ProxyTunnel() override;

    void start();
    void cancel() noexcept override;
    void on_reactor_destroyed() noexcept override { let_go(); }
    void list_pending(PendingOperations& all) const override;

private:
    enum class State {
        asking,     // the handshake is going on
        settled,    // the outcome is posted, but can still be turned into `canceled`
        delivered,  // the callback has been called, or never will be
    };

    void on_readable() noexcept override;
    void on_writable() noexcept override { advance(); }
    void on_hangup() noexcept override;

    void advance() noexcept;
    bool flush() noexcept;
    void settle(Error error) noexcept;
    void deliver();
    void let_go() noexcept;

    gyre::detail::ReactorRef reactor_;
    gyre::detail::Hold hold_;
    std::unique_ptr<Transport> transport_;
    std::string target_;
    std::unique_ptr<ProxyHandshake> handshake_;
    std::string output_;  // what has not been written yet
    Done callback_;
    State state_ = State::asking;
    bool keeps_transport_ = false;
    Error error_;
};

}  // namespace gyre::http::detail
