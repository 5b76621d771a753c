#pragma once

#include "exchange.hpp"
#include "http1_limits.hpp"
#include "http_date.hpp"
#include "router.hpp"
#include <gyre/http/http_server.hpp>
#include <gyre/listener.hpp>
#include <gyre/reactor_ref.hpp>
#include <gyre/tls.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::http::detail {

class ServerConnection;

/// The server behind `HTTPServer`: its routes, its listener and its connections.
class ServerCore : public std::enable_shared_from_this<ServerCore> {
public:
    ServerCore(gyre::detail::ReactorRef reactor, HTTPServerOptions options);
    ServerCore(const ServerCore&) = delete;
    ServerCore& operator=(const ServerCore&) = delete;

    void route(std::string_view method, std::string_view pattern, Route route);
    Error listen(std::uint16_t port, std::string_view host);
    Error listen_on(int descriptor);
    void stop(Callback<void()> done);
    Error set_tls(const TLSOptions& options) {
        return gyre::detail::replace_server_tls(options_.tls, tls_, options);
    }
    /// The owner goes: everything ends without a callback.
    void shut_down() noexcept;

    Address address() const noexcept { return listener_.address(); }
    int native_handle() const noexcept { return listener_.native_handle(); }
    std::size_t connections() const noexcept { return connection_count_; }
    bool stopping() const noexcept { return stopping_; }
    HTTPServerMetrics metrics() const;
    void set_access_log(Handler<void(const AccessLogEntry&)> handler) {
        std::swap(sight().access_log, handler);
    }

    // For its connections.
    const HTTPServerOptions& options() const noexcept { return options_; }
    const Http1Limits& limits() const noexcept { return limits_; }
    ExchangePool& exchanges() noexcept { return *exchanges_; }
    ServerSight& sight() noexcept { return exchanges_->sight(); }
    /// Finds the route of a request and puts it into its exchange.
    void find_route(Exchange& exchange) const;
    std::string_view date() noexcept;
    void forget(ServerConnection& connection) noexcept;

private:
    Error check_options() const;
    Error prepare();
    ListenOptions listen_options() const;
    void on_transport(std::unique_ptr<gyre::Transport> transport);
    void tell_stopped() noexcept;
    void abort_all() noexcept;

    gyre::detail::ReactorRef reactor_;
    HTTPServerOptions options_;
    Http1Limits limits_;
    std::shared_ptr<ExchangePool> exchanges_;
    Router router_;
    std::vector<std::unique_ptr<Route>> routes_;
    std::string route_error_;
    gyre::detail::Listener listener_;
    TLSContext tls_;
    std::size_t max_connections_ = 0;

    ServerConnection* first_connection_ = nullptr;
    std::size_t connection_count_ = 0;
    bool stopping_ = false;
    std::vector<Callback<void()>> on_stopped_;
    Timeout drain_timeout_;

    DateCache date_cache_;
    TimePoint date_checked_{};
    std::string_view date_;
};

}  // namespace gyre::http::detail
