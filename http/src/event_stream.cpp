#include "event_stream_format.hpp"
#include "event_stream_state.hpp"
#include <gyre/http/event_stream.hpp>

#include <utility>

namespace gyre::http {

EventStream::EventStream(const HTTPServerRequest& request, const HTTPServerResponse& response,
                         const EventStreamOptions& options)
    : state_(detail::EventStreamState::make(request, response)) {
    if (state_) state_->start(options);
}

std::string_view EventStream::last_event_id() const noexcept {
    return state_ ? std::string_view{state_->last_event_id} : std::string_view{};
}

void EventStream::send(const ServerSentEvent& event, Callback<void(Error)> callback) const {
    if (!state_) return;
    if (std::string reason = detail::check_event(event); !reason.empty())
        return state_->refuse(std::move(reason), std::move(callback));
    state_->send(detail::format_event(event), std::move(callback));
}

void EventStream::comment(std::string_view text, Callback<void(Error)> callback) const {
    if (!state_) return;
    state_->send(detail::format_comment(text), std::move(callback));
}

void EventStream::close() const {
    if (state_) state_->close();
}

void EventStream::on_close(Callback<void()> callback) const {
    if (!state_) return callback.discard();
    state_->response().on_connection_close(std::move(callback));
}

std::size_t EventStream::queued_bytes() const noexcept {
    return state_ ? state_->response().queued_bytes() : 0;
}

bool EventStream::closed() const noexcept { return !state_ || state_->response().finished(); }

}  // namespace gyre::http
