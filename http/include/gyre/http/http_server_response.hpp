#pragma once

#include <gyre/callback.hpp>
#include <gyre/error.hpp>
#include <gyre/export.hpp>
#include <gyre/handler.hpp>
#include <gyre/http/cookie.hpp>
#include <gyre/http/etag.hpp>
#include <gyre/http/response_summary.hpp>
#include <gyre/http/send_file_options.hpp>
#include <gyre/iostream.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace gyre {
class File;
}

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
    /// head as `fail`. `message` is for the client to read. The page is HTML, JSON or plain text,
    /// whatever the request accepts, unless the application makes its own. Of the fields set
    /// before, WWW-Authenticate, Proxy-Authenticate and Retry-After go with it; others were for
    /// another answer and are dropped (Tornado drops all): see `Application::after` for those of
    /// every one.
    void send_error(int status, std::string_view message = {}) const;
    /// Ends it with a redirect that stays on this server, so that `url` may come from the client:
    /// a path, absolute or relative to the request's, with query and fragment, or an http(s) URL
    /// whose scheme, host and port are the request's own. Spaces, non-ASCII and other bytes that a
    /// URL may not have are percent-encoded. Anything that could lead elsewhere ("//host",
    /// "/\host", "javascript:", a control byte) ends it as by `fail`, and so does a status other
    /// than 301, 302, 303, 307 and 308 (RFC 9110 section 15.4).
    void redirect(std::string_view url, int status = 302) const;
    /// The same to any absolute http or https URL: never one that a client chose.
    void redirect_offsite(std::string_view url, int status = 302) const;

    /// Sends a field behind the body (RFC 9110 section 6.5): a checksum, say, or how it went. Until
    /// `finish`. It makes the response chunked, in place of any Content-Length, and what is known
    /// before the head goes out is announced by a Trailer field. Left out without an error where
    /// there is no place for it: to HTTP/1.0, and without a body; and many clients and proxies drop
    /// it. Errors: `invalid_argument` for a control byte, or a field that says how to read, route
    /// or authenticate the message; `closed` once the head is out with a Content-Length.
    Error add_trailer(std::string_view name, std::string_view value) const;

    /// Ends HTTP on this connection: answers 101 with the fields set before (RFC 9110 section 7.8),
    /// and when that and all earlier responses are sent gives the connection to `callback` as a
    /// stream, from which also what the client sent behind its request is read (Tornado's
    /// `detach`, Node's 'upgrade' event).
    ///
    /// `protocol` must be one that the request asks for ("websocket"), else, and if the request has
    /// a body, `callback` gets `protocol_error`, and the response can still be given otherwise: to
    /// ignore the wish and answer as usual is always allowed. Other errors: `closed`,
    /// `invalid_argument`, or why the connection ended. The stream is then the reactor's, no more
    /// the server's: it is not among its `connections`, neither `stop` nor the server's destruction
    /// touches it, and its time-outs are a stream's.
    void upgrade(std::string_view protocol, Callback<void(Error, IOStream)> callback) const;

    /// Ends it with a file, which is not read into memory: sockets without TLS take it from the
    /// system's cache. Its size gives the Content-Length; should the file get shorter meanwhile,
    /// the connection is aborted. Opening and reading wait for the disk, on the reactor's thread.
    /// A path that cannot be opened, or leads to no regular file, is answered 404, 403 if that is
    /// not allowed, else 500; it is opened as it is, so none that a client has a say in (see
    /// `StaticFiles`). `callback` is called when all has been handed to the system, or with an
    /// error: of the opening (see `File::open`), `invalid_argument` for a part that is not in the
    /// file, `truncated`, `closed`, or why the connection ended.
    void send_file(const std::string& path, SendFileOptions options = {},
                   Callback<void(Error)> callback = {}) const;
    void send_file(const File& file, const SendFileOptions& options = {},
                   Callback<void(Error)> callback = {}) const;

    /// Sets the ETag field, before the head is out. Errors: as `set_header`.
    Error set_etag(const ETag& etag) const;
    /// Says what the response is about, before anything of it is made: sets ETag and Last-Modified
    /// unless they are set, and looks at the request's conditions (RFC 9110 section 13.2.2). True
    /// if they have ended the response: 304, the client has it already, or 412, it is not what the
    /// client takes it for; then there is nothing left to do. Use it before a PUT or DELETE changes
    /// something, too: then the fields are set for a 412 only, as what comes of the change has
    /// others (section 9.3.4). A tag that `set_etag` refuses ends it as by `fail`. (Tornado's
    /// `check_etag_header`.)
    bool answer_conditional(const std::optional<ETag>& etag,
                            std::optional<std::chrono::sys_seconds> last_modified = {}) const;

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
    /// Whether the body may be compressed where the server's `compress_response` asks for it; it
    /// may unless told otherwise. To be refused for a page over TLS that shows a secret (a token
    /// against forgery) beside what its client sent: its length would give the secret away
    /// (BREACH). Before the head is out; `closed` after it.
    Error set_compression(bool allowed) const;
    /// Bytes written that the system has not taken; with those of earlier responses on the same
    /// connection once this one is next.
    std::size_t queued_bytes() const noexcept;
    bool head_sent() const noexcept;
    /// True once it is finished, failed, or its connection is gone.
    bool finished() const noexcept;

private:
    friend class Next;
    friend class detail::ExchangeAccess;

    detail::Exchange* exchange_ = nullptr;
};

}  // namespace gyre::http
