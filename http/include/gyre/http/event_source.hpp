#pragma once

#include <gyre/callback.hpp>
#include <gyre/clock.hpp>
#include <gyre/error.hpp>
#include <gyre/export.hpp>
#include <gyre/handler.hpp>
#include <gyre/http/async_http_client.hpp>
#include <gyre/http/http_request.hpp>
#include <gyre/http/message_event.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>

namespace gyre::http {

namespace detail {
class EventSourceImpl;
}

/// A number or time of zero or less is refused: the source then ends with `invalid_argument`.
struct EventSourceOptions {
    /// How long to wait before connecting again; replaced by what the server says in a `retry`
    /// field, of which less than 100 ms counts as 100 ms. Doubled with each further attempt that
    /// does not get as far as a stream.
    Duration retry = std::chrono::seconds{3};
    /// But never longer than this, whatever the server says.
    Duration max_retry = std::chrono::minutes{5};
    /// Of a line and of the data of an event, in bytes; more ends the source with `limit_exceeded`.
    std::size_t max_event_size = std::size_t{1024} * 1024;
    /// Where to go on: sent as Last-Event-ID with the first request.
    std::string last_event_id{};
};

/// How far an `EventSource` is (the browser's `readyState`).
enum class EventSourceState : std::uint8_t {
    connecting,  ///< There is no stream; it is being asked for, or will be.
    open,        ///< The server has begun a stream.
    closed,      ///< It has ended, or is inert.
};

/// Receives server-sent events, and connects again whenever the stream ends or breaks (WHATWG HTML
/// section 9.2; the browser's `EventSource`).
///
/// The stream is a fetch of the given client: it takes one of its `max_clients` for as long as it
/// is open or asked for, so many of them want a client of their own. The request may be any, so
/// with headers, credentials, a proxy or a cookie jar; it is sent anew each time. `Accept:
/// text/event-stream` and `Cache-Control: no-store` are added unless it has others, and
/// Last-Event-ID once there is one that a field can hold. Its `request_timeout` and `max_body_size`
/// do not count, and its `head_callback` and `streaming_callback` are replaced. A server that fell
/// silent is noticed only with a `low_speed_limit` (1 for servers that send comments).
///
/// What is not a stream ends it for good: a status other than 200 (`http_status`; 204 is how a
/// server says that there is no more), a type other than text/event-stream (`protocol_error`), an
/// event that is too large (`limit_exceeded`), and where trying again is futile:
/// `invalid_argument`, `bad_url`, `not_supported`, `permission_denied`, `too_many_redirects`. After
/// anything else, among it the end of the stream, it connects again.
///
/// A reference: cheap to copy, to be captured by value. The reactor keeps the source itself, and
/// goes on running for it, until `close` or an error that is final. Default-constructed, with an
/// inert client, or when its reactor is gone, it is inert. Use on the reactor's thread; copying and
/// destroying is allowed on any.
///
/// No handler is called inline, also not by the constructor: set them right after it. Any of them
/// may close the source, throw (which is reported; the source goes on) or make another one.
class GYRE_API EventSource {
public:
    EventSource() noexcept = default;
    /// Begins to connect on a later turn. Errors that nobody looks at are reported with `place`.
    EventSource(const AsyncHTTPClient& client, HTTPRequest request, EventSourceOptions options = {},
                std::source_location place = std::source_location::current());
    /// The same with the client's defaults.
    EventSource(const AsyncHTTPClient& client, std::string_view url,
                EventSourceOptions options = {},
                std::source_location place = std::source_location::current());

    /// Called each time a stream has begun, before its events.
    void on_open(Handler<void()> handler) const;
    /// Gets the events of type "message", which are those without a type. An event is valid during
    /// the call; copy what is to be kept. All events come in the order of the stream. Each of these
    /// functions replaces the handler set before; an empty one: no longer.
    void on_message(Handler<void(const MessageEvent&)> handler) const;
    /// Gets the events of this type. Those of a type without a handler are dropped.
    void on_event(std::string_view type, Handler<void(const MessageEvent&)> handler) const;
    /// Gets each failure, `end_of_stream` for an orderly end. It connects again, unless
    /// `will_reconnect` is false: then `on_close` follows. Without a handler failures are reported
    /// to `Reactor::on_unhandled_error`, but for orderly ends and what `on_close` looks at.
    void on_error(Handler<void(Error error, bool will_reconnect)> handler) const;
    /// Called once, last: with null after `close`, else with the error that ended it. It replaces
    /// one set before; set after the end it is called as well.
    void on_close(Callback<void(Error)> callback) const;

    /// Ends it at once: nothing but `on_close` is called any more.
    void close() const;

    /// The id of the last event, to go on with another time; empty without one.
    std::string last_event_id() const;
    EventSourceState ready_state() const noexcept;
    /// True unless inert.
    explicit operator bool() const noexcept;

private:
    std::shared_ptr<detail::EventSourceImpl> impl_;
};

}  // namespace gyre::http
