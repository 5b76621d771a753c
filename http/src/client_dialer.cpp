#include "client_dialer.hpp"

#include "client_errors.hpp"
#include <gyre/error_access.hpp>
#include <gyre/tls_transport.hpp>

#include <utility>

namespace gyre::http::detail {

using gyre::detail::ErrorAccess;

ClientDialer::ClientDialer(gyre::detail::ReactorRef reactor, ClientRoute route, DialOptions options,
                           DialerListener& listener)
    : reactor_(std::move(reactor)),
      route_(std::move(route)),
      options_(std::move(options)),
      listener_(&listener) {}

Error ClientDialer::start() {
    step_started_ = reactor_.now();
    if (route_.key.tls) {
        TLSContextResult loaded = TLSContext::client(*route_.key.tls);
        if (ErrorAccess::failed(loaded.error)) {
            enter(State::handshaking);
            return std::move(loaded.error);
        }
        tls_ = std::move(loaded.context);
    }
    start_connect();
    return {};
}

void ClientDialer::start_connect() {
    if (!route_.key.unix_socket.empty()) enter(State::connecting);
    connect_ = gyre::detail::connect_transport(
        reactor_,
        {.host = route_.connect_host(),
         .port = route_.connect_port(),
         .unix_path = route_.key.unix_socket,
         .timeout = options_.timeout,
         .options = {.source = route_.source, .socket = {}},
         .address_filter = options_.address_filter,
         .allow_ipv6 = route_.key.allow_ipv6,
         .resolver = options_.resolver,
         .on_resolved =
             [weak = weak_from_this()](TimePoint) {
                 if (const auto dialer = weak.lock()) dialer->on_resolved();
             }},
        {[self = shared_from_this()](Error error, std::unique_ptr<Transport> transport) {
             self->on_connect(std::move(error), std::move(transport));
         },
         options_.origin});
}

void ClientDialer::on_resolved() {
    if (state_ == State::resolving) enter(State::connecting);
}

void ClientDialer::on_connect(Error error, std::unique_ptr<Transport> transport) {
    if (state_ == State::ended) return error.ignore("dialing was given up before");
    if (ErrorAccess::failed(error)) return finish(std::move(error));
    on_resolved();
    const bool needs_tunnel = route_.has_proxy() && !route_.asks_proxy();
    needs_tunnel ? start_tunnel(std::move(transport)) : go_on_with(std::move(transport));
}

void ClientDialer::start_tunnel(std::unique_ptr<Transport> transport) {
    enter(State::tunneling);
    tunnel_ = establish_tunnel(
        reactor_, std::move(transport),
        {.proxy = route_.key.proxy.value_or(ProxySettings{}),
         .host = route_.target_host(),
         .port = route_.target_port(),
         .user_agent = options_.user_agent,
         .authenticator = options_.authenticator},
        {[self = shared_from_this()](Error failure, std::unique_ptr<Transport> made) {
             self->on_tunnel(std::move(failure), std::move(made));
         },
         options_.origin});
}

void ClientDialer::on_tunnel(Error error, std::unique_ptr<Transport> transport) {
    if (state_ == State::ended) return error.ignore("dialing was given up before");
    if (ErrorAccess::failed(error)) return finish(std::move(error));
    if (transport) return go_on_with(std::move(transport));
    enter(State::resolving);  // the proxy is to be asked again, on another connection
    start_connect();
}

void ClientDialer::go_on_with(std::unique_ptr<Transport> transport) {
    if (route_.key.secure) return start_handshake(std::move(transport));
    connection_ = std::make_shared<ClientConnection>(reactor_, route_.key, std::move(transport));
    connection_->start(*this, false);
    finish({});
}

void ClientDialer::start_handshake(std::unique_ptr<Transport> transport) {
    enter(State::handshaking);
    auto secure =
        make_tls_transport(reactor_, std::move(transport), tls_, TLSRole::client, route_.key.host);
    connection_ = std::make_shared<ClientConnection>(reactor_, route_.key, std::move(secure));
    connection_->start(*this, true);
}

void ClientDialer::on_secured(ClientConnection&, Error error) noexcept {
    if (ErrorAccess::failed(error))
        ErrorAccess::add_context(
            error, "TLS with " + route_.key.host + ":" + std::to_string(route_.key.port));
    finish(std::move(error));
}

void ClientDialer::on_ended(ClientConnection&, Error error) noexcept {
    connection_.reset();
    finish(ended_early(std::move(error), {}));
}

// Nothing is read before the handshake has ended, and after it this is not the user any more.
void ClientDialer::on_bytes(ClientConnection&, std::string_view) noexcept {}

void ClientDialer::finish(Error error) noexcept {
    const auto self = shared_from_this();  // the listener may let go of it
    ErrorAccess::set_phase(error, phase());
    enter(State::ended);
    if (ErrorAccess::failed(error) && connection_) std::exchange(connection_, nullptr)->abort();
    listener_->on_dialed(std::move(error), std::move(connection_));
}

void ClientDialer::cancel() noexcept {
    if (state_ == State::ended) return;
    enter(State::ended);
    connect_.cancel();
    tunnel_.cancel();
    if (connection_) std::exchange(connection_, nullptr)->abort();
}

void ClientDialer::enter(State state) noexcept {
    const Duration passed = reactor_.now() - step_started_;
    switch (state_) {
        case State::resolving:
            if (route_.key.unix_socket.empty()) times_.namelookup += passed;
            break;
        case State::connecting:
        case State::tunneling:
            times_.connect += passed;
            break;
        case State::handshaking:
            times_.tls += passed;
            break;
        case State::ended:
            return;
    }
    step_started_ = reactor_.now();
    last_state_ = state_;
    state_ = state;
}

std::string_view ClientDialer::phase() const noexcept {
    switch (state_ == State::ended ? last_state_ : state_) {
        case State::resolving:
            return "resolve";
        case State::connecting:
            return "connect";
        case State::tunneling:
            return "proxy";
        case State::handshaking:
        case State::ended:
            break;
    }
    return "tls";
}

void ClientDialer::add_times(TimeInfo& times) const {
    times.namelookup += times_.namelookup;
    times.connect += times_.connect;
    times.tls += times_.tls;
}

}  // namespace gyre::http::detail
