#include "event_stream_state.hpp"

#include "event_stream_format.hpp"
#include "exchange.hpp"
#include "exchange_access.hpp"
#include <gyre/error_access.hpp>

#include <array>
#include <utility>

namespace gyre::http::detail {
namespace {

using gyre::detail::ErrorAccess;
using gyre::detail::ReactorRef;

/// The deadline belongs to the reactor's thread, so a last reference that goes elsewhere is sent
/// home.
struct DeleteAtHome {
    ReactorRef reactor;

    void operator()(EventStreamState* state) const noexcept {
        std::unique_ptr<EventStreamState> last{state};
        if (reactor.on_home_thread() || !reactor.alive()) return;
        reactor.post_from_any_thread(
            Callback<void()>{[last = std::move(last)] {}, gyre::detail::Origin{}});
    }
};

}  // namespace

std::shared_ptr<EventStreamState> EventStreamState::make(const HTTPServerRequest& request,
                                                         const HTTPServerResponse& response) {
    const Exchange* exchange = ExchangeAccess::exchange(response);
    if (!exchange) return nullptr;
    ReactorRef reactor = exchange->reactor();
    std::shared_ptr<EventStreamState> state{new EventStreamState{reactor, response},
                                            DeleteAtHome{reactor}};
    state->last_event_id = request.headers().get("Last-Event-ID", {});
    return state;
}

EventStreamState::EventStreamState(ReactorRef reactor, HTTPServerResponse response)
    : reactor_(std::move(reactor)), response_(std::move(response)), deadline_(reactor_, *this) {}

void EventStreamState::start(const EventStreamOptions& options) {
    if (Error error = open(options); ErrorAccess::failed(error)) return response_.fail(error);
    keep_alive_ = options.keep_alive;
    if (options.retry)
        send(format_event({.id = {}, .event = {}, .data = {}, .retry = options.retry}), {});
    response_.flush();
    deadline_.expire_after(keep_alive_);
}

Error EventStreamState::open(const EventStreamOptions& options) const {
    if (options.keep_alive <= Duration::zero())
        return {Errc::invalid_argument, "keep_alive of an event stream is zero or less"};
    if (options.retry && options.retry->count() < 0)
        return {Errc::invalid_argument, "retry of an event stream is negative"};
    constexpr std::array<HTTPField, 3> fields{HTTPField{"Content-Type", "text/event-stream"},
                                              HTTPField{"Cache-Control", "no-store"},
                                              HTTPField{"X-Accel-Buffering", "no"}};
    for (const auto& [name, value] : fields)
        if (Error error = response_.set_header(name, value); ErrorAccess::failed(error))
            return error;
    return {};
}

void EventStreamState::send(std::string&& bytes, Callback<void(Error)> callback) {
    if (!response_.finished()) deadline_.expire_after(keep_alive_);
    response_.write(std::move(bytes), std::move(callback));
}

void EventStreamState::refuse(std::string reason, Callback<void(Error)> callback) {
    Error error{Errc::invalid_argument, std::move(reason)};
    // Without a callback it is reported as it goes, since nobody looks at it.
    if (callback) post_result(reactor_, std::move(callback), std::move(error));
}

void EventStreamState::close() {
    deadline_.clear();
    response_.finish();
}

// Behind bytes that still wait, a comment would tell nobody anything.
void EventStreamState::on_deadline(gyre::detail::Deadline&) noexcept {
    if (response_.finished()) return;
    deadline_.expire_after(keep_alive_);
    if (response_.queued_bytes() == 0) response_.write(format_comment({}));
}

}  // namespace gyre::http::detail
