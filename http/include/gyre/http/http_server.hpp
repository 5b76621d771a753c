#pragma once

#include <gyre/address.hpp>
#include <gyre/callback.hpp>
#include <gyre/clock.hpp>
#include <gyre/error.hpp>
#include <gyre/export.hpp>
#include <gyre/handler.hpp>
#include <gyre/http/access_log.hpp>
#include <gyre/http/http_server_metrics.hpp>
#include <gyre/http/http_server_request.hpp>
#include <gyre/http/http_server_response.hpp>
#include <gyre/limits.hpp>
#include <gyre/socket_options.hpp>
#include <gyre/tls.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <source_location>
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

/// Limits and time-outs of a server; safe as they are. Sizes are in bytes. Zero or less is refused
/// by `listen`; "no limit" is spelled `gyre::unlimited`.
struct HTTPServerOptions {
    std::optional<TLSOptions> tls{};  ///< Serve HTTPS: certificate and key.
    int backlog = 4096;
    bool reuse_port = false;
    SocketOptions socket{};  ///< For each connection.

    std::size_t max_head_size = 16 * 1024;              ///< Over it: 431.
    std::size_t max_field_line_size = 8 * 1024;         ///< Over it: 431.
    std::size_t max_fields = 100;                       ///< Over it: 431.
    std::size_t max_target_size = 8 * 1024;             ///< Over it: 414.
    std::size_t max_cookies = 100;                      ///< Of a request. Over it: 400.
    std::uint64_t max_body_size = 1024 * 1024;          ///< Over it: 413.
    std::size_t max_chunk_extension_size = 256;         ///< Of one chunk. Over it: 400.
    std::size_t max_chunk_extensions_size = 16 * 1024;  ///< Of a whole body. Over it: 400.
    std::size_t max_trailers_size = 8 * 1024;           ///< Over it: 400.
    /// Read and thrown away of a body whose response is complete. Over it: closed. 0: at once.
    std::size_t max_discarded_body = 64 * 1024;
    std::size_t max_pipelined = 16;   ///< In flight on a connection; then reading waits.
    std::size_t max_connections = 0;  ///< 0: 80 % of the descriptors. Over it: closed.

    /// Bytes waiting for a client from which on it counts as slow: its requests wait …
    std::size_t write_high_water = 64 * 1024;
    /// … and down to which they must go for `on_drain`; at most the other one. May be 0.
    std::size_t write_low_water = 16 * 1024;
    /// What writes may add to a full queue, for each connection. Over it: the write fails.
    std::size_t max_pending_writes = 1024 * 1024;

    Duration handshake_timeout = std::chrono::seconds{10};
    Duration head_timeout = std::chrono::seconds{15};       ///< From the head's first byte: 408.
    Duration body_idle_timeout = std::chrono::seconds{30};  ///< Without a byte of the body: 408.
    Duration body_timeout = std::chrono::seconds{300};      ///< For the whole body: 408.
    std::size_t min_body_rate = 500;                        ///< Bytes a second, else 408. 0: none.
    Duration body_rate_grace = std::chrono::seconds{10};    ///< Before the rate counts.
    Duration keep_alive_timeout = std::chrono::seconds{60};
    Duration write_timeout = std::chrono::seconds{30};      ///< Without progress: aborted.
    Duration response_timeout = std::chrono::seconds{300};  ///< Without a write: failed.
    Duration drain_timeout = std::chrono::seconds{10};      ///< For `stop`.

    std::string server_name = "gyre";  ///< The Server field; empty: none.

    /// Takes over the client's X-Request-Id: for servers behind a proxy that sets it.
    bool trust_request_id = false;
    bool send_request_id = false;  ///< Each response has an X-Request-Id (`request.id()`).
};

/// Serves HTTP/1.0 and HTTP/1.1 with handlers that may answer at once or much later (Tornado's
/// `HTTPServer` and `Application` in one).
///
/// An owner: destroying it closes its connections; the requests and responses of its handlers
/// become inert, and their callbacks are released uncalled.
class GYRE_API HTTPServer {
public:
    using RequestHandler = Handler<void(HTTPServerRequest, HTTPServerResponse)>;

    explicit HTTPServer(Reactor& reactor, HTTPServerOptions options = {});
    HTTPServer(const HTTPServer&) = delete;
    HTTPServer& operator=(const HTTPServer&) = delete;
    ~HTTPServer();

    /// Runs `handler` for requests of this method and path, when their body is complete
    /// (`request.body()`). A pattern's segments may be `{name}`, `{name:int}`, and at the end
    /// `{rest...}`. A pattern that is malformed or conflicts with another is told by `listen`.
    /// A handler that throws answers 500.
    void route(std::string_view method, std::string_view pattern, RequestHandler handler);
    void get(std::string_view pattern, RequestHandler handler) {
        route("GET", pattern, std::move(handler));
    }
    void post(std::string_view pattern, RequestHandler handler) {
        route("POST", pattern, std::move(handler));
    }
    void put(std::string_view pattern, RequestHandler handler) {
        route("PUT", pattern, std::move(handler));
    }
    void patch(std::string_view pattern, RequestHandler handler) {
        route("PATCH", pattern, std::move(handler));
    }
    void del(std::string_view pattern, RequestHandler handler) {
        route("DELETE", pattern, std::move(handler));
    }
    /// Runs `handler` as soon as the head of the request is there; it takes the body with
    /// `request.on_data` and `on_finish`. The body is unlimited unless the handler says otherwise
    /// with `request.set_max_body_size`.
    void stream(std::string_view method, std::string_view pattern, RequestHandler handler);

    /// Begins to accept. Port 0 picks a free one. `address` is empty for every address of this
    /// host, an IP literal, "localhost", or "unix:PATH". Errors: `address_in_use`,
    /// `address_not_available`, `permission_denied`, `invalid_argument` (address, options,
    /// routes), `already_in_progress`, and those of `TLSContext::server`.
    Error listen(std::uint16_t port, std::string_view address = {});

    /// Accepts on a stream socket that listens already, as `TCPServer::listen_on` does: it takes
    /// `descriptor` over, but after an error it is still the caller's.
    Error listen_on(int descriptor);

    /// A graceful end: what the backlog holds is accepted, no more after it; idle connections are
    /// closed, running requests are finished and their connections closed; a connection without a
    /// request yet has a second for one. After `drain_timeout` what is left is aborted. `done` is
    /// called when no connection is left; until then `Reactor::run` goes on, and `listen` tells
    /// `already_in_progress`.
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
