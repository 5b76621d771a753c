#pragma once

#include <gyre/address.hpp>
#include <gyre/callback.hpp>
#include <gyre/error.hpp>
#include <gyre/export.hpp>
#include <gyre/http/access_log.hpp>
#include <gyre/http/application.hpp>
#include <gyre/http/http_server_metrics.hpp>
#include <gyre/http/http_server_options.hpp>
#include <gyre/tls.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace gyre {
class Reactor;
}

namespace gyre::http {

namespace detail {
class ServerCore;
}

/// Serves HTTP/1.0 and HTTP/1.1 with handlers that may answer at once or much later (Tornado's
/// `HTTPServer` and `Application` in one).
///
/// An owner: destroying it closes its connections; the requests and responses of its handlers
/// become inert, and their callbacks are released uncalled.
class GYRE_API HTTPServer : public detail::RouteMethods<HTTPServer> {
public:
    explicit HTTPServer(Reactor& reactor, HTTPServerOptions options = {});
    HTTPServer(const HTTPServer&) = delete;
    HTTPServer& operator=(const HTTPServer&) = delete;
    ~HTTPServer();

    /// Its routes, their middleware and error pages, which the following calls are short for;
    /// `Application` describes them. What is wrong with them is told by `listen`.
    Application& application() noexcept;
    AddedRoute route(std::string_view method, std::string_view pattern, RequestHandler handler) {
        return application().route(method, pattern, std::move(handler));
    }
    AddedRoute stream(std::string_view method, std::string_view pattern, RequestHandler handler) {
        return application().stream(method, pattern, std::move(handler));
    }
    void mount(std::string_view prefix, Application other) {
        application().mount(prefix, std::move(other));
    }
    void host(std::string_view name, Application other) {
        application().host(name, std::move(other));
    }
    void use(Middleware middleware) { application().use(std::move(middleware)); }
    void after(AfterMiddleware middleware) { application().after(std::move(middleware)); }
    void set_error_page(ErrorPageHandler handler) {
        application().set_error_page(std::move(handler));
    }
    std::optional<std::string> reverse_url(std::string_view name,
                                           std::initializer_list<std::string_view> arguments = {}) {
        return application().reverse_url(name, arguments);
    }

    /// Begins to accept. Port 0 picks a free one. `address` is empty for every address of this
    /// host, an IP literal, "localhost", or "unix:PATH". Errors: `address_in_use`,
    /// `address_not_available`, `permission_denied`, `invalid_argument` (address, options,
    /// routes), `already_in_progress`, and those of `TLSContext::server`.
    Error listen(std::uint16_t port, std::string_view address = {});

    /// Accepts on a stream socket that listens already, as `TCPServer::listen_on` does: it takes
    /// `descriptor` over, but after an error it is still the caller's.
    Error listen_on(int descriptor);

    /// A graceful end: what the backlog holds is accepted, no more after it; idle connections are
    /// closed (see `drain_grace`), running requests are finished and their connections closed; a
    /// connection without a request yet has a second for one. After `drain_timeout` what is left is
    /// aborted. `done` is called when no connection is left; until then `Reactor::run` goes on, and
    /// `listen` tells `already_in_progress`.
    void stop(Callback<void()> done = {});

    /// Loads these options, files and all, for the handshakes from now on; open connections go on
    /// as they are. This is how a certificate is renewed: call it with the same options when its
    /// files have been replaced, for example in a handler for SIGHUP. Errors: those of
    /// `TLSContext::server`, and `invalid_argument` for a server that was made without TLS; then
    /// everything stays as it was.
    Error set_tls(const TLSOptions& options);

    /// Where it listens; the port in it is the real one.
    Address address() const;
    std::uint16_t port() const { return address().port(); }
    /// The listening descriptor, or -1, to be handed to another process (see `TCPServer`).
    int native_handle() const;
    std::size_t connections() const noexcept;
    /// True from `stop` until it listens again.
    bool stopping() const noexcept;

    /// What it has done and has to do. Costs a microsecond or so.
    HTTPServerMetrics metrics() const;
    /// Calls `handler` once for each request, on a turn after its response was handed to the system
    /// or its connection was lost; also for those that were refused before any handler of a route.
    /// Requests that are running as the server is destroyed have no line. Set it before the
    /// requests that are to be told; an empty one ends it. Without it nothing is collected.
    void set_access_log(Handler<void(const AccessLogEntry&)> handler);

private:
    std::shared_ptr<detail::ServerCore> core_;
};

}  // namespace gyre::http
