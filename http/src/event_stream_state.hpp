#pragma once

#include <gyre/deadline.hpp>
#include <gyre/http/event_stream.hpp>
#include <gyre/reactor_ref.hpp>

#include <memory>
#include <string>

namespace gyre::http::detail {

/// What the copies of an EventStream share: its response and the deadline of the next keep-alive.
class EventStreamState final : public gyre::detail::DeadlineListener {
public:
    /// Null if neither handle refers to anything. The last reference may go on any thread.
    static std::shared_ptr<EventStreamState> make(const HTTPServerRequest& request,
                                                  const HTTPServerResponse& response);
    EventStreamState(gyre::detail::ReactorRef reactor, HTTPServerResponse response);
    EventStreamState(const EventStreamState&) = delete;
    EventStreamState& operator=(const EventStreamState&) = delete;
    ~EventStreamState() = default;

    void start(const EventStreamOptions& options);
    void send(std::string&& bytes, Callback<void(Error)> callback);
    void refuse(std::string reason, Callback<void(Error)> callback);
    void close();
    const HTTPServerResponse& response() const noexcept { return response_; }

    void on_deadline(gyre::detail::Deadline& deadline) noexcept override;

    std::string last_event_id;

private:
    Error open(const EventStreamOptions& options) const;

    gyre::detail::ReactorRef reactor_;
    HTTPServerResponse response_;
    Duration keep_alive_{};
    gyre::detail::Deadline deadline_;
};

}  // namespace gyre::http::detail
