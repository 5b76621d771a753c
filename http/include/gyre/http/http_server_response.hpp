#pragma once

#include <gyre/callback.hpp>
#include <gyre/error.hpp>
#include <gyre/export.hpp>
#include <gyre/handler.hpp>
#include <gyre/http/cookie.hpp>
#include <gyre/http/response_summary.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace gyre::http {

namespace detail {
class Exchange;
class ExchangeAccess;
}  // namespace detail

/// The response to one request; it may be kept and fed for as long as it takes.
///
/// A reference: cheap to copy, to be captured by value. A response is always answered: when its
/// last reference goes away unfinished it becomes a 500, or an aborted connection if its head is
/// out, and is reported with the place of its handler. Inert when default-constructed, finished, or
/// when its connection or server is gone: then its operations do nothing and their callbacks get
/// `closed`. Use on the reactor's thread; copying and destroying is allowed on any.
class GYRE_API HTTPServerResponse {
public:
    HTTPServerResponse() noexcept = default;
    explicit HTTPServerResponse(detail::Exchange& exchange) noexcept;
    HTTPServerResponse(const HTTPServerResponse& other) noexcept;
    HTTPServerResponse(HTTPServerResponse&& other) noexcept
        : exchange_(std::exchange(other.exchange_, nullptr)) {}
    HTTPServerResponse& operator=(HTTPServerResponse other) noexcept {
        std::swap(exchange_, other.exchange_);
        return *this;
    }
    ~HTTPServerResponse();

    /// Before the head is out. Errors: `invalid_argument` for a status outside 200 to 599, or a
    /// reason, name or value with a control byte (nothing is changed then); `closed` after it.
    Error set_status(int status, std::string_view reason = {}) const;
    Error set_header(std::string_view name, std::string_view value) const;
    Error add_header(std::string_view name, std::string_view value) const;
    /// Sets a cookie, in place of one of the same name, domain and path that was set before in this
    /// response. Errors, after which nothing has changed: `invalid_argument` for a part that has a
    /// byte it may not have, for what browsers would throw away (more than 4096 bytes, the rules of
    /// the prefixes, SameSite=None or `partitioned` without `secure`); `closed`.
    Error set_cookie(const Cookie& cookie) const;
    /// Removes a cookie from the browser; path and domain have to be those it was set with.
    Error clear_cookie(std::string_view name, std::string_view path = "/",
                       std::string_view domain = {}) const;

    /// Sends a piece of the body, at the end of this turn of the loop together with what else was
    /// written; the head goes before the first piece. `callback` is called when the piece has been
    /// handed to the system, or with an error: `closed`, `limit_exceeded` (more than
    /// `max_pending_writes` beyond the high-water mark waits), or why the connection ended. Without
    /// a callback an overfull queue fails the response.
    void write(std::string_view data, Callback<void(Error)> callback = {}) const;
    void write(const char* data, Callback<void(Error)> callback = {}) const {
        write(std::string_view{data}, std::move(callback));
    }
    /// The same without copying.
    void write(std::string&& data, Callback<void(Error)> callback = {}) const;
    void write(std::shared_ptr<const std::string> data, Callback<void(Error)> callback = {}) const;
    /// Sends the head and what was written now, not at the end of the turn.
    void flush(Callback<void(Error)> callback = {}) const;

    /// Ends the response, with a last piece if given. A response that was not flushed before gets a
    /// Content-Length, another one chunks (to HTTP/1.0: the end of the connection).
    void finish(std::string_view data = {}) const;
    void finish(const char* data) const { finish(std::string_view{data}); }
    void finish(std::string&& data) const;
    void finish(std::shared_ptr<const std::string> data) const;
    /// Ends it because of `error`, which is logged: a 500 before the head is out, after it an
    /// aborted connection, so that a truncated body is never taken for a whole one. Behind an
    /// earlier response that is still being sent, nothing is out yet.
    void fail(const Error& error) const;
    /// Ends it with an error page for `status`, 400 to 599 (any other counts as 500); after the
    /// head as `fail`.
    void send_error(int status) const;
    /// Ends it with a redirect that stays on this server, so that `url` may come from the client:
    /// a path, absolute or relative to the request's, with query and fragment, or an http(s) URL
    /// whose scheme, host and port are the request's own. Spaces, non-ASCII and other bytes that a
    /// URL may not have are percent-encoded. Anything that could lead elsewhere ("//host",
    /// "/\host", "javascript:", a control byte) ends it as by `fail`, and so does a status other
    /// than 301, 302, 303, 307 and 308 (RFC 9110 section 15.4).
    void redirect(std::string_view url, int status = 302) const;
    /// The same to any absolute http or https URL: never one that a client chose.
    void redirect_offsite(std::string_view url, int status = 302) const;

    /// Called once if the client goes away, or ends its sending side, before the response is
    /// finished; released when it is finished. Setting another one replaces it.
    void on_connection_close(Callback<void()> callback) const;
    /// Called once, on a turn after all of the response was handed to the system or its connection
    /// was lost, with what became of it (Tornado's `RequestHandler.on_finish`). Several of them are
    /// called in their order. One that is set when the response is complete already gets `closed`
    /// as its error.
    void on_finish(Callback<void(ResponseSummary)> callback) const;
    /// Called each time the queue has gone from above 64 KB down to 16 KB (the options
    /// `write_high_water` and `write_low_water`).
    void on_drain(Handler<void()> handler) const;
    /// Bytes written that the system has not taken; with those of earlier responses on the same
    /// connection once this one is next.
    std::size_t queued_bytes() const noexcept;
    bool head_sent() const noexcept;
    /// True once it is finished, failed, or its connection is gone.
    bool finished() const noexcept;

private:
    friend class detail::ExchangeAccess;

    detail::Exchange* exchange_ = nullptr;
};

}  // namespace gyre::http
