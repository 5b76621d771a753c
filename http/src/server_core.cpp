#include "server_core.hpp"

#include "field_rules.hpp"
#include "server_connection.hpp"
#include <gyre/error_access.hpp>
#include <gyre/tls_transport.hpp>

#include <chrono>
#include <utility>

namespace gyre::http::detail {
namespace {

using gyre::detail::ErrorAccess;
using gyre::detail::Origin;

}  // namespace

ServerCore::ServerCore(gyre::detail::ReactorRef reactor, HTTPServerOptions options)
    : reactor_(std::move(reactor)),
      options_(std::move(options)),
      exchanges_(std::make_shared<ExchangePool>(reactor_)),
      listener_(reactor_, [this](std::unique_ptr<gyre::Transport> transport) {
          on_transport(std::move(transport));
      }) {
    reactor_.adopt(exchanges_);
    limits_.max_head = options_.max_head_size;
    limits_.max_field_line = options_.max_field_line_size;
    limits_.max_fields = options_.max_fields;
    limits_.max_target = options_.max_target_size;
    limits_.max_chunk_extension = options_.max_chunk_extension_size;
    limits_.max_chunk_extensions = options_.max_chunk_extensions_size;
    limits_.max_trailers = options_.max_trailers_size;
    limits_.max_cookies = options_.max_cookies;
    max_connections_ = options_.max_connections == 0 ? gyre::detail::default_max_connections()
                                                     : options_.max_connections;
}

void ServerCore::route(std::string_view method, std::string_view pattern, Route route) {
    const RouteAdded added = router_.add(method, pattern);
    if (!added) {
        if (route_error_.empty()) route_error_ = added.error;
        return;
    }
    if (routes_.size() <= added.index) routes_.resize(added.index + 1);
    routes_[added.index] = std::make_unique<Route>(std::move(route));
}

Error ServerCore::check_options() const {
    const HTTPServerOptions& o = options_;
    for (const std::size_t size :
         {o.max_head_size, o.max_field_line_size, o.max_fields, o.max_target_size, o.max_cookies,
          o.max_pipelined, o.max_chunk_extension_size, o.max_chunk_extensions_size,
          o.max_trailers_size, o.write_high_water, o.max_pending_writes})
        if (size == 0) return {Errc::invalid_argument, "a limit of the server is zero"};
    for (const Duration time : {o.handshake_timeout, o.head_timeout, o.body_idle_timeout,
                                o.body_timeout, o.body_rate_grace, o.keep_alive_timeout,
                                o.write_timeout, o.response_timeout, o.drain_timeout})
        if (time <= Duration::zero())
            return {Errc::invalid_argument, "a time-out of the server is zero or less"};
    if (o.max_body_size == 0 || o.backlog <= 0)
        return {Errc::invalid_argument, "a limit of the server is zero or less"};
    if (o.write_low_water > o.write_high_water)
        return {Errc::invalid_argument, "write_low_water is above write_high_water"};
    if (Error error = check_socket_options(o.socket); ErrorAccess::failed(error)) return error;
    if (!is_field_value(o.server_name))
        return {Errc::invalid_argument, "a control byte in the server's name"};
    if (!route_error_.empty()) return {Errc::invalid_argument, route_error_};
    return {};
}

Error ServerCore::listen(std::uint16_t port, std::string_view host) {
    if (Error error = prepare(); ErrorAccess::failed(error)) return error;
    return listener_.listen(host, port, listen_options());
}

Error ServerCore::listen_on(int descriptor) {
    if (Error error = prepare(); ErrorAccess::failed(error)) return error;
    return listener_.listen_on(descriptor, listen_options());
}

Error ServerCore::prepare() {
    if (Error error = check_options(); ErrorAccess::failed(error)) return error;
    if (options_.tls)
        if (Error error = set_tls(*options_.tls); ErrorAccess::failed(error)) return error;
    if (stopping_ && connection_count_ > 0)
        return {Errc::already_in_progress, "it is still stopping"};
    stopping_ = false;
    return {};
}

ListenOptions ServerCore::listen_options() const {
    return {
        .backlog = options_.backlog, .reuse_port = options_.reuse_port, .socket = options_.socket};
}

void ServerCore::on_transport(std::unique_ptr<gyre::Transport> transport) {
    // One too many is accepted and closed: it is not left hanging.
    if (connection_count_ >= max_connections_) return sight().count(ServerLimit::connections);
    ++sight().accepted;
    if (options_.tls)
        transport = make_tls_transport(reactor_, std::move(transport), tls_, TLSRole::server, {});
    auto connection = std::make_shared<ServerConnection>(reactor_, *this, std::move(transport));
    connection->next_connection = first_connection_;
    if (first_connection_) first_connection_->previous_connection = connection.get();
    first_connection_ = connection.get();
    ++connection_count_;
    connection->start(options_.tls.has_value());
    if (stopping_) connection->drain();
}

void ServerCore::forget(ServerConnection& connection) noexcept {
    if (connection.previous_connection)
        connection.previous_connection->next_connection = connection.next_connection;
    else
        first_connection_ = connection.next_connection;
    if (connection.next_connection)
        connection.next_connection->previous_connection = connection.previous_connection;
    --connection_count_;
    if (stopping_ && connection_count_ == 0) tell_stopped();
}

void ServerCore::find_route(Exchange& exchange) const {
    RouteMatch match = router_.match(exchange.head.method, exchange.path());
    const Route* route =
        match.status == MatchStatus::matched ? routes_[match.index].get() : nullptr;
    exchange.set_route(std::move(match), route);
}

std::string_view ServerCore::date() noexcept {
    constexpr Duration precise_enough = std::chrono::milliseconds{100};
    const TimePoint now = reactor_.now();
    if (date_.empty() || now - date_checked_ > precise_enough) {
        date_checked_ = now;
        date_ = date_cache_.get(
            std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
    }
    return date_;
}

void ServerCore::stop(Callback<void()> done) {
    if (done) on_stopped_.push_back(std::move(done));
    if (std::exchange(stopping_, true) && connection_count_ > 0) return;
    listener_.drain();
    for (ServerConnection* connection = first_connection_; connection;
         connection = connection->next_connection)
        connection->drain();
    if (connection_count_ == 0) return tell_stopped();
    // Until then it keeps `run` going, as it still has connections to finish.
    drain_timeout_ = reactor_.call_later(options_.drain_timeout,
                                         Callback<void()>{[self = weak_from_this()] {
                                                              if (const auto core = self.lock())
                                                                  core->abort_all();
                                                          },
                                                          Origin{}});
}

void ServerCore::abort_all() noexcept {
    const std::shared_ptr<ServerCore> self = shared_from_this();
    const Error error = gyre::detail::canceled_by_user("the time for the server to stop is over");
    while (first_connection_) {
        sight().count(ServerLimit::drain_timeout);
        first_connection_->abort(error);
    }
}

HTTPServerMetrics ServerCore::metrics() const {
    HTTPServerMetrics metrics;
    exchanges_->sight().add_to(metrics);
    metrics.connections = connection_count_;
    metrics.shed = listener_.shed();
    return metrics;
}

void ServerCore::tell_stopped() noexcept {
    drain_timeout_.cancel();
    for (Callback<void()>& done : std::exchange(on_stopped_, {}))
        exchanges_->later().add(std::move(done));
}

void ServerCore::shut_down() noexcept {
    const gyre::detail::QuietScope quiet;
    stopping_ = false;
    drain_timeout_.cancel();
    listener_.stop();
    while (first_connection_)
        first_connection_->release();
    exchanges_->close();
    reactor_.abandon(*exchanges_);
    routes_.clear();
    set_access_log({});
    for (Callback<void()>& done : std::exchange(on_stopped_, {}))
        done.discard();
}

}  // namespace gyre::http::detail

namespace gyre::http {

HTTPServer::HTTPServer(Reactor& reactor, HTTPServerOptions options)
    : core_(std::make_shared<detail::ServerCore>(gyre::detail::ReactorRef{reactor},
                                                 std::move(options))) {}

HTTPServer::~HTTPServer() { core_->shut_down(); }

void HTTPServer::route(std::string_view method, std::string_view pattern, RequestHandler handler) {
    core_->route(method, pattern, {.handler = std::move(handler), .streaming = false});
}

void HTTPServer::stream(std::string_view method, std::string_view pattern, RequestHandler handler) {
    core_->route(method, pattern, {.handler = std::move(handler), .streaming = true});
}

Error HTTPServer::listen(std::uint16_t port, std::string_view address) {
    return core_->listen(port, address);
}

Error HTTPServer::listen_on(int descriptor) { return core_->listen_on(descriptor); }

int HTTPServer::native_handle() const { return core_->native_handle(); }

void HTTPServer::stop(Callback<void()> done) { core_->stop(std::move(done)); }

Error HTTPServer::set_tls(const TLSOptions& options) { return core_->set_tls(options); }

Address HTTPServer::address() const { return core_->address(); }

std::size_t HTTPServer::connections() const noexcept { return core_->connections(); }

bool HTTPServer::stopping() const noexcept { return core_->stopping(); }

HTTPServerMetrics HTTPServer::metrics() const { return core_->metrics(); }

void HTTPServer::set_access_log(Handler<void(const AccessLogEntry&)> handler) {
    core_->set_access_log(std::move(handler));
}

}  // namespace gyre::http
