#pragma once

#include <gyre/address_filter.hpp>
#include <gyre/callback.hpp>
#include <gyre/clock.hpp>
#include <gyre/export.hpp>
#include <gyre/http/http_request.hpp>
#include <gyre/http/http_response.hpp>
#include <gyre/limits.hpp>
#include <gyre/resolver.hpp>
#include <gyre/tls.hpp>

#include <chrono>
#include <memory>
#include <string_view>

namespace gyre {
class Reactor;
}

namespace gyre::http {

namespace detail {
class ClientAccess;
class ClientFetch;
class ClientLease;
}  // namespace detail

/// How a client of one's own works. A number or time of zero or less is refused: every fetch then
/// fails with `invalid_argument`.
struct AsyncHTTPClientOptions {
    /// Fetches that run at once; the others wait in the order of their calls.
    int max_clients = 10;
    /// The same for each origin (scheme, host and port): who is over it does not hold up others.
    int max_clients_per_host = gyre::unlimited;
    /// Connections kept open for the next request: to one host, in all, and for how long.
    int max_idle_per_host = 10;
    int max_idle = 100;
    Duration idle_timeout = std::chrono::seconds{60};
    /// What `fetch(url, …)` and `request(url)` start from (Tornado's `defaults`); its `url` is of
    /// no meaning.
    HTTPRequest defaults{};
    /// For https, beneath what a request says itself. `alpn` is set by the client.
    TLSOptions tls{};
    /// In place of the reactor's.
    std::shared_ptr<Resolver> resolver{};
    /// Asked about every address, beside the request's own filter, so that no request can forget
    /// it: `{.address_filter = gyre::is_public_address}`.
    AddressFilter address_filter{};
};

/// A reference to a fetch under way; letting go of it changes nothing. Inert when its callback has
/// been called, or the reactor is gone.
class GYRE_API FetchHandle {
public:
    FetchHandle() noexcept = default;
    explicit FetchHandle(std::weak_ptr<detail::ClientFetch> fetch) noexcept;

    /// Gives up: the callback gets `Errc::canceled` on a later turn. Nothing happens if it has been
    /// called already. Allowed in any callback, also in those of the request.
    void cancel() const;
    /// Stops reading the response, so that the server has to wait, until `resume_reading`. The
    /// request's callbacks get nothing meanwhile, not even the rest of what was read already.
    /// `request_timeout` goes on; the low-speed limit does not. While paused, the end of the
    /// connection is not noticed.
    void pause_reading() const;
    void resume_reading() const;

private:
    std::weak_ptr<detail::ClientFetch> fetch_;
};

/// Fetches URLs (Tornado's `AsyncHTTPClient`), with a pool of connections that are kept alive and
/// a queue behind `max_clients`.
///
/// A connection is used again only for the same scheme, host, port, TLS options and way there (Unix
/// socket, mapping, proxy and credentials for it, network interface, `allow_ipv6`). If one that was
/// used before dies without a byte of the reply, a request that may be repeated (GET, HEAD, PUT,
/// DELETE, OPTIONS, TRACE), or of which it took nothing, is sent once more, on a fresh one.
///
/// A reference: cheap to copy, to be captured by value. Fetches in flight keep the client alive and
/// `Reactor::run` going; connections that are idle do not. Default-constructed, or when its reactor
/// is gone, it is inert: a fetch drops its callback, which is reported. Use it only on the
/// reactor's thread, but copying and destroying it is allowed on any.
class GYRE_API AsyncHTTPClient {
public:
    AsyncHTTPClient() noexcept = default;
    /// The reactor's shared client, with default options: all clients that are made so share one
    /// pool and queue, which last as long as the reactor.
    explicit AsyncHTTPClient(Reactor& reactor);
    /// A client of its own. Its idle connections are closed when the last reference to it goes.
    AsyncHTTPClient(Reactor& reactor, AsyncHTTPClientOptions options);

    /// Fetches, with the client's defaults. Never inline and exactly once, `callback` gets the
    /// response, which tells failures by its `error`; it may take it by `const&`, value or `&&`.
    /// When the reactor is destroyed first, it is not called and its captures are released.
    FetchHandle fetch(std::string_view url, Callback<void(HTTPResponse)> callback) const;
    /// The same for a request that says everything itself: `fetch({.url = …}, callback)`.
    FetchHandle fetch(HTTPRequest request, Callback<void(HTTPResponse)> callback) const;

    /// A request for `url` with the client's defaults, to be changed and fetched.
    HTTPRequest request(std::string_view url) const;

    /// True unless inert.
    explicit operator bool() const noexcept;

private:
    friend class detail::ClientAccess;
    std::shared_ptr<detail::ClientLease> client_;
};

}  // namespace gyre::http
