#pragma once

#include <gyre/callback.hpp>
#include <gyre/error.hpp>
#include <gyre/export.hpp>
#include <gyre/handler.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace gyre::http {

namespace detail {
class RequestBodyLease;
}

/// The body of a request while it is being sent: what `HTTPRequest::body_producer` gets and feeds,
/// at once or over time. With a Content-Length among the request's headers it is sent so, and has
/// to be exactly as long; otherwise in chunks.
///
/// A reference: cheap to copy, to be captured by value. When the last one goes before `finish`, the
/// fetch fails with `callback_dropped`, since half a body must not be taken for a whole one. Inert
/// when finished, or when the request is over: then its operations do nothing and their callbacks
/// get `closed`. Default-constructed, or when its reactor is gone, it drops them, which is
/// reported. Use on the reactor's thread; copying and destroying is allowed on any.
class GYRE_API HTTPRequestBody {
public:
    HTTPRequestBody() noexcept = default;
    explicit HTTPRequestBody(std::shared_ptr<detail::RequestBodyLease> lease) noexcept;

    /// Sends a piece. `callback` is called when it has been handed to the system, or with an error:
    /// `closed`, `limit_exceeded` (64 KB and 1 MB beyond them wait already), `invalid_argument`
    /// (more than the Content-Length; the fetch fails with it), or why the connection ended.
    /// Without a callback an overfull queue fails the fetch.
    void write(std::string_view data, Callback<void(Error)> callback = {}) const;
    void write(const char* data, Callback<void(Error)> callback = {}) const {
        write(std::string_view{data}, std::move(callback));
    }
    /// The same without copying.
    void write(std::string&& data, Callback<void(Error)> callback = {}) const;
    void write(std::shared_ptr<const std::string> data, Callback<void(Error)> callback = {}) const;

    /// The body is complete, with a last piece if given. Less than the Content-Length fails the
    /// fetch with `invalid_argument`.
    void finish(std::string_view data = {}) const;
    /// There will be no more of it: the fetch fails with `error`, and its connection is cut.
    void fail(const Error& error) const;

    /// Called each time what waits to be sent has gone from above 64 KB down to 16 KB.
    void on_drain(Handler<void()> handler) const;
    /// Called once if no more of it is wanted before `finish`: the server has answered already, a
    /// time-out passed, the connection broke or the fetch was canceled. Setting another one
    /// replaces it.
    void on_close(Callback<void()> callback) const;
    /// Bytes written that the system has not taken.
    std::size_t queued_bytes() const noexcept;
    /// True once it is finished or no more of it is wanted.
    bool finished() const noexcept;

private:
    std::shared_ptr<detail::RequestBodyLease> lease_;
};

}  // namespace gyre::http
