#pragma once

#include "client_connection.hpp"
#include "client_route.hpp"
#include "proxy_tunnel.hpp"
#include <gyre/address_filter.hpp>
#include <gyre/chain.hpp>
#include <gyre/connect_transport.hpp>
#include <gyre/http/http_response.hpp>
#include <gyre/reactor_ref.hpp>
#include <gyre/resolver.hpp>
#include <gyre/tls.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace gyre::http::detail {

// Told once how dialing ended, never from within `start`: a connection that is ready for a request,
// or why there is none.
class DialerListener {
public:
    virtual void on_dialed(Error error, std::shared_ptr<ClientConnection> connection) noexcept = 0;

protected:
    ~DialerListener() = default;
};

struct DialOptions {
    Duration timeout{};  // for look-up and connecting; the listener sees to the rest
    AddressFilter address_filter{};
    std::shared_ptr<Resolver> resolver{};
    // For a proxy.
    std::string user_agent{};
    std::shared_ptr<Authenticator> authenticator{};
    gyre::detail::Origin origin{};
};

// Makes one connection along a route: looks the host up, connects, goes through the proxy, sets up
// TLS.
class ClientDialer final : public std::enable_shared_from_this<ClientDialer>,
                           private ConnectionUser {
public:
    ClientDialer(gyre::detail::ReactorRef reactor, ClientRoute route, DialOptions options,
                 DialerListener& listener);

    // An error here is the end of it; the listener is not told.
    [[nodiscard]] Error start();
    // Gives up: the listener is told nothing any more.
    void cancel() noexcept;

    // What it is at: "resolve", "connect", "proxy" or "tls".
    std::string_view phase() const noexcept;
    // Adds the time that its steps took, once it has ended.
    void add_times(TimeInfo& times) const;

private:
    enum class State {
        resolving,    ///< The host, or the proxy's, is being looked up.
        connecting,   ///< An address is being tried.
        tunneling,    ///< The proxy is asked for a tunnel.
        handshaking,  ///< TLS is being set up.
        ended,        ///< The listener was told, or will not be.
    };

    void start_connect();
    void on_resolved();
    void on_connect(Error error, std::unique_ptr<Transport> transport);
    void start_tunnel(std::unique_ptr<Transport> transport);
    void on_tunnel(Error error, std::unique_ptr<Transport> transport);
    void go_on_with(std::unique_ptr<Transport> transport);
    void start_handshake(std::unique_ptr<Transport> transport);
    void on_secured(ClientConnection& connection, Error error) noexcept override;
    void on_sent(ClientConnection&) noexcept override {}
    void on_bytes(ClientConnection& connection, std::string_view bytes) noexcept override;
    void on_ended(ClientConnection& connection, Error error) noexcept override;

    void enter(State state) noexcept;
    void finish(Error error) noexcept;

    gyre::detail::ReactorRef reactor_;
    ClientRoute route_;
    DialOptions options_;
    DialerListener* listener_;
    State state_ = State::resolving;
    State last_state_ = State::resolving;  // when it ended
    TimePoint step_started_{};
    TimeInfo times_;

    gyre::detail::ConnectHandle connect_;
    TunnelHandle tunnel_;
    TLSContext tls_;
    std::shared_ptr<ClientConnection> connection_;
};

}  // namespace gyre::http::detail
