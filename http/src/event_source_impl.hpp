#pragma once

#include "event_stream_parser.hpp"
#include <gyre/http/event_source.hpp>
#include <gyre/reactor_ref.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace gyre::http::detail {

/// The source behind `EventSource`: a fetch whose body is an event stream, and after it the next
/// one. It runs as a chain of connect, on_head, on_bytes, on_end, reconnect.
class EventSourceImpl final : public gyre::detail::Resident {
public:
    EventSourceImpl(gyre::detail::ReactorRef reactor, AsyncHTTPClient client, HTTPRequest request,
                    EventSourceOptions options, gyre::detail::Origin origin);

    /// Begins to live: called once, right after construction.
    void start();

    void on_open(Handler<void()> handler);
    void on_event(std::string_view type, Handler<void(const MessageEvent&)> handler);
    void on_error(Handler<void(Error, bool)> handler);
    void set_close_callback(Callback<void(Error)> callback);
    void close();

    const std::string& last_event_id() const noexcept { return parser_.last_event_id(); }
    EventSourceState state() const noexcept { return state_; }
    const gyre::detail::ReactorRef& reactor() const noexcept { return reactor_; }

    void on_reactor_destroyed() noexcept override;
    void list_pending(gyre::PendingOperations& all) const override;

private:
    // All that the program gave, and that goes with the end.
    struct Handlers {
        Handler<void()> open;
        std::map<std::string, Handler<void(const MessageEvent&)>, std::less<>> events;
        Handler<void(Error, bool)> error;
        Callback<void(Error)> close;
    };

    Error check_options() const;
    void prepare_request();
    HTTPRequest next_request();

    // In the order in which they run.
    void connect();
    void on_head(const HTTPResponse& response);
    void on_bytes(std::string_view bytes);
    bool on_step(EventStreamParser::Step step);
    void on_message(const MessageEvent& event);
    void on_end(HTTPResponse response);
    void reconnect(Error error);
    void fail(Error error);
    void tell_closed(Error error) noexcept;

    Duration next_delay() const noexcept;
    void stop() noexcept;
    bool closed() const noexcept { return state_ == EventSourceState::closed; }
    std::shared_ptr<EventSourceImpl> self() {
        return std::static_pointer_cast<EventSourceImpl>(shared_from_this());
    }

    gyre::detail::ReactorRef reactor_;
    AsyncHTTPClient client_;
    HTTPRequest request_;
    EventSourceOptions options_;
    gyre::detail::Origin origin_;
    gyre::detail::Hold hold_;
    EventSourceState state_ = EventSourceState::connecting;
    bool told_closed_ = false;
    Error end_reason_;  // looked at

    Handlers handlers_;
    FetchHandle fetch_;
    Timeout timer_;
    EventStreamParser parser_;
    Duration retry_;
    int failures_ = 0;  // attempts since the last stream
};

}  // namespace gyre::http::detail
