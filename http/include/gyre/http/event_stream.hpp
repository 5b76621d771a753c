#pragma once

#include <gyre/callback.hpp>
#include <gyre/clock.hpp>
#include <gyre/error.hpp>
#include <gyre/export.hpp>
#include <gyre/http/http_server_request.hpp>
#include <gyre/http/http_server_response.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace gyre::http {

namespace detail {
class EventStreamState;
}

struct EventStreamOptions {
    /// After how long the browser connects again when the stream has ended; unset: as it likes.
    std::optional<std::chrono::milliseconds> retry{};
    /// A comment is sent when nothing else was for so long, so that proxies and the server's own
    /// time-outs leave the stream alone. `gyre::unlimited`: none.
    Duration keep_alive = std::chrono::seconds{15};
};

/// An event of a stream (WHATWG HTML section 9.2.6). What is not set is not sent.
struct ServerSentEvent {
    std::optional<std::string> id{};     ///< Comes back in Last-Event-ID; no NUL, CR or LF.
    std::optional<std::string> event{};  ///< Its type, else "message"; no NUL, CR or LF.
    /// UTF-8 of any number of lines. Browsers tell their page of events with data only, be it
    /// empty.
    std::optional<std::string> data{};
    std::optional<std::chrono::milliseconds> retry{};  ///< As that of the options.
};

/// A response that is a stream of server-sent events: what a browser reads with `EventSource`.
///
/// A reference to its response: cheap to copy, to be captured by value. When the last reference to
/// the response goes before `close`, the connection is aborted and the handler reported, as always.
/// Inert when default-constructed and when the response has ended. Use on the reactor's thread;
/// copying and destroying is allowed on any.
class GYRE_API EventStream {
public:
    EventStream() noexcept = default;
    /// Sets Content-Type, Cache-Control: no-store and X-Accel-Buffering: no, and sends the head.
    /// Other fields (and a status) are to be set before. A negative `retry`, a `keep_alive` of zero
    /// or less, and a head that is out already end the response as by `fail`.
    EventStream(const HTTPServerRequest& request, const HTTPServerResponse& response,
                const EventStreamOptions& options = {});

    /// The id of the last event that the browser got before it connected again; empty for a first
    /// connection. It comes from the client: anything may stand in it.
    std::string_view last_event_id() const noexcept;

    /// Sends an event at the end of this turn of the loop. `callback` as that of
    /// `HTTPServerResponse::write`, the limits on what waits for a slow reader too; besides,
    /// `invalid_argument` for an id or a type with a line break or NUL, a negative `retry`, or an
    /// event with nothing in it: nothing is sent then.
    void send(const ServerSentEvent& event, Callback<void(Error)> callback = {}) const;
    /// Sends lines that readers skip.
    void comment(std::string_view text, Callback<void(Error)> callback = {}) const;
    /// Ends the stream; the browser will connect again after its `retry`.
    void close() const;

    /// Called once if the client goes away before `close`; released with the response. Setting
    /// another one replaces it (`HTTPServerResponse::on_connection_close`).
    void on_close(Callback<void()> callback) const;
    /// Bytes that the system has not taken yet: a reader that is slow.
    std::size_t queued_bytes() const noexcept;
    /// True once nothing can be sent any more.
    bool closed() const noexcept;

private:
    std::shared_ptr<detail::EventStreamState> state_;
};

}  // namespace gyre::http
