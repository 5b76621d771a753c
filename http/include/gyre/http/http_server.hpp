#pragma once

#include <gyre/address.hpp>
#include <gyre/callback.hpp>
#include <gyre/clock.hpp>
#include <gyre/error.hpp>
#include <gyre/export.hpp>
#include <gyre/handler.hpp>
#include <gyre/http/http_server_request.hpp>
#include <gyre/http/http_server_response.hpp>
#include <gyre/limits.hpp>
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

    std::size_t max_head_size = 16 * 1024;       ///< Over it: 431.
    std::size_t max_field_line_size = 8 * 1024;  ///< Over it: 431.
    std::size_t max_fields = 100;                ///< Over it: 431.
    std::size_t max_target_size = 8 * 1024;      ///< Over it: 414.
    std::uint64_t max_body_size = 1024 * 1024;   ///< Over it: 413.
    std::size_t max_pipelined = 16;              ///< In flight on a connection; then reading waits.
    std::size_t max_connections = 0;             ///< 0: 80 % of the descriptors. Over it: closed.

    Duration handshake_timeout = std::chrono::seconds{10};
    Duration head_timeout = std::chrono::seconds{15};       ///< From the head's first byte: 408.
    Duration body_idle_timeout = std::chrono::seconds{30};  ///< Without a byte of the body: 408.
    Duration body_timeout = std::chrono::seconds{300};      ///< For the whole body: 408.
    std::size_t min_body_rate = 500;  ///< Bytes a second after 10 s, else 408. 0: none.
    Duration keep_alive_timeout = std::chrono::seconds{60};
    Duration write_timeout = std::chrono::seconds{30};      ///< Without progress: aborted.
    Duration response_timeout = std::chrono::seconds{300};  ///< Without a write: failed.
    Duration drain_timeout = std::chrono::seconds{10};      ///< For `stop`.

    std::string server_name = "gyre";  ///< The Server field; empty: none.

    /// A 200 to GET or HEAD whose body is there when it is finished, without a flush before, gets a
    /// strong ETag made of the body, unless it has one; if the client has it already, the answer is
    /// 304 (as in Tornado). It costs the time to hash what is sent: 1 to 3 ms for 1 MB.
    bool auto_etag = false;
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

private:
    std::shared_ptr<detail::ServerCore> core_;
};

}  // namespace gyre::http
