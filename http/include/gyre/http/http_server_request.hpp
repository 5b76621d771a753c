#pragma once

#include <gyre/address.hpp>
#include <gyre/callback.hpp>
#include <gyre/error.hpp>
#include <gyre/export.hpp>
#include <gyre/handler.hpp>
#include <gyre/http/cookie.hpp>
#include <gyre/http/form.hpp>
#include <gyre/http/headers.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gyre::http {

namespace detail {
class Exchange;
class ExchangeAccess;
}  // namespace detail

/// What HTTP Basic authentication brings (RFC 7617).
struct BasicCredentials {
    std::string username;
    std::string password;
};

/// A request that a server received.
///
/// A reference: cheap to copy, to be captured by value. Every view it gives out lies in the memory
/// that was read from the connection and stays valid as long as any reference to the request lives.
/// Inert, with everything empty, when default-constructed or when its server is gone. Use on the
/// reactor's thread; copying and destroying is allowed on any.
class GYRE_API HTTPServerRequest {
public:
    HTTPServerRequest() noexcept = default;
    explicit HTTPServerRequest(detail::Exchange& exchange) noexcept;
    HTTPServerRequest(const HTTPServerRequest& other) noexcept;
    HTTPServerRequest(HTTPServerRequest&& other) noexcept
        : exchange_(std::exchange(other.exchange_, nullptr)) {}
    HTTPServerRequest& operator=(HTTPServerRequest other) noexcept {
        std::swap(exchange_, other.exchange_);
        return *this;
    }
    ~HTTPServerRequest();

    /// "GET"; case-sensitive (RFC 9110 section 9.1).
    std::string_view method() const noexcept;
    /// The request target as it came: "/report/7?full=1".
    std::string_view target() const noexcept;
    /// The target's path, still percent-encoded, without the query: "/report/7".
    std::string_view path() const noexcept;
    /// The part behind the '?', still encoded; empty without one.
    std::string_view query() const noexcept;
    /// The host, perhaps with a port, that the request is for: what an absolute-form target names,
    /// else the Host field (RFC 9112 section 3.2.2). Empty if an HTTP/1.0 client names none.
    std::string_view host() const noexcept;
    /// 0 for HTTP/1.0, 1 for HTTP/1.1.
    int version_minor() const noexcept;
    HTTPHeadersView headers() const noexcept;

    /// What the route's `{name}` matched, percent-decoded; empty if the route has no such name.
    std::string_view path_argument(std::string_view name) const noexcept;
    /// The first value of a query argument, decoded; nothing without one or if the query is
    /// malformed.
    std::optional<std::string> query_argument(std::string_view name) const;
    /// All values of a query argument, in their order; none if the query is malformed.
    std::vector<std::string> query_arguments(std::string_view name) const;
    /// The whole query taken apart, or why it cannot be.
    QueryResult parse_query(std::size_t max_arguments = 1000) const;

    /// The whole body, for handlers that run when it is complete; empty for streaming ones.
    std::string_view body() const noexcept;
    /// The body as a form: application/x-www-form-urlencoded or multipart/form-data (RFC 7578), by
    /// its Content-Type. For handlers that run when the body is complete; streaming ones use
    /// `MultipartReader`. A request without a body has an empty form. What is malformed is an
    /// error, never repaired; `form_status` tells how to answer it.
    FormResult form(const FormOptions& options = {}) const;

    /// Streaming handlers: gets each piece of the body as it arrives, without its framing. A piece
    /// is valid during the call. Until `on_data` or `on_finish` is set, reading waits.
    void on_data(Handler<void(std::string_view)> handler) const;
    /// Streaming handlers: called once, last, when the body is complete, or with an error:
    /// `limit_exceeded`, `timed_out`, `truncated`, `protocol_error`, `connection_reset`; `canceled`
    /// if the response was finished before. Setting another one replaces it.
    void on_finish(Callback<void(Error)> callback) const;
    /// Streaming handlers: no more pieces until `resume`; the peer is held back.
    void pause() const;
    void resume() const;
    /// Streaming handlers: the most bytes this body may have, in place of the server's option. Told
    /// at the head: a body declared or found larger is answered 413.
    void set_max_body_size(std::uint64_t bytes) const;

    /// The client; empty once the response is complete or the connection gone.
    Address remote_address() const;
    /// True over TLS; false once the response is complete or the connection gone.
    bool is_secure() const noexcept;

    /// What identifies the request in logs: the client's X-Request-Id if
    /// `HTTPServerOptions::trust_request_id` is set and it is 1 to 128 letters, digits, '.', '_' or
    /// '-'; else 32 hexadecimal digits, made on the first call, that no other request has. Empty if
    /// the request is inert.
    std::string_view id() const;
    /// The value of the first cookie of this name, without quotes around it. Takes time linear in
    /// the size of the Cookie fields. Names are case-sensitive (RFC 6265 section 5.4).
    std::optional<std::string_view> cookie(std::string_view name) const noexcept;
    /// All of them in their order, those with equal names too; pieces without a name are left out.
    std::vector<CookieView> cookies() const;
    /// The user and the password of `Authorization: Basic`; nothing without it, with more than one
    /// Authorization, or when it is malformed: base64 must be canonical, and there are no control
    /// bytes (RFC 7617 section 2). Compare passwords in constant time.
    std::optional<BasicCredentials> basic_auth() const;
    /// The token of `Authorization: Bearer` (RFC 6750 section 2.1); nothing as above.
    std::optional<std::string_view> bearer_token() const noexcept;

private:
    friend class detail::ExchangeAccess;
    detail::Exchange* exchange_ = nullptr;
};

}  // namespace gyre::http
