#include "client_access.hpp"
#include "event_source_impl.hpp"
#include <gyre/http/event_source.hpp>

#include <utility>

namespace gyre::http {

EventSource::EventSource(const AsyncHTTPClient& client, HTTPRequest request,
                         EventSourceOptions options, std::source_location place) {
    gyre::detail::ReactorRef reactor = detail::ClientAccess::reactor(client);
    if (!reactor.alive()) return;
    reactor.check_thread("EventSource::EventSource");
    impl_ =
        std::make_shared<detail::EventSourceImpl>(std::move(reactor), client, std::move(request),
                                                  std::move(options), gyre::detail::Origin{place});
    impl_->start();
}

EventSource::EventSource(const AsyncHTTPClient& client, std::string_view url,
                         EventSourceOptions options, std::source_location place)
    : EventSource(client, client.request(url), std::move(options), place) {}

void EventSource::on_open(Handler<void()> handler) const {
    if (impl_) impl_->on_open(std::move(handler));
}

void EventSource::on_message(Handler<void(const MessageEvent&)> handler) const {
    on_event("message", std::move(handler));
}

void EventSource::on_event(std::string_view type,
                           Handler<void(const MessageEvent&)> handler) const {
    if (impl_) impl_->on_event(type, std::move(handler));
}

void EventSource::on_error(Handler<void(Error, bool)> handler) const {
    if (impl_) impl_->on_error(std::move(handler));
}

void EventSource::on_close(Callback<void(Error)> callback) const {
    if (impl_) impl_->set_close_callback(std::move(callback));
}

void EventSource::close() const {
    if (impl_) impl_->close();
}

std::string EventSource::last_event_id() const {
    return impl_ ? impl_->last_event_id() : std::string{};
}

EventSourceState EventSource::ready_state() const noexcept {
    return impl_ ? impl_->state() : EventSourceState::closed;
}

EventSource::operator bool() const noexcept { return impl_ && impl_->reactor().alive(); }

}  // namespace gyre::http
