#include "event_source_impl.hpp"

#include "client_errors.hpp"
#include "client_hop.hpp"
#include "field_rules.hpp"
#include <gyre/dispatch.hpp>
#include <gyre/error_access.hpp>
#include <gyre/limits.hpp>

#include <algorithm>
#include <utility>

namespace gyre::http::detail {
namespace {

using gyre::detail::dispatch;
using gyre::detail::ErrorAccess;
using gyre::detail::Origin;

// So that no server can make a source spin.
constexpr Duration least_retry = std::chrono::milliseconds{100};
// Longer ones make no difference, and this one can be doubled and converted.
constexpr std::chrono::milliseconds most_retry = std::chrono::hours{24 * 365};

// The steps of the library's own have no place.
constexpr std::source_location own_step{};

bool is_event_stream(const HTTPHeaders& headers) {
    const std::string_view type = headers.get("Content-Type", {});
    return iequals(trim(type.substr(0, type.find(';'))), "text/event-stream");
}

// Where the same request can only fail the same way again.
bool is_final(Errc kind) noexcept {
    switch (kind) {
        case Errc::invalid_argument:
        case Errc::bad_url:
        case Errc::not_supported:
        case Errc::permission_denied:
        case Errc::too_many_redirects:
            return true;
        default:
            return false;
    }
}

}  // namespace

EventSourceImpl::EventSourceImpl(gyre::detail::ReactorRef reactor, AsyncHTTPClient client,
                                 HTTPRequest request, EventSourceOptions options, Origin origin)
    : reactor_(std::move(reactor)),
      client_(std::move(client)),
      request_(std::move(request)),
      options_(std::move(options)),
      origin_(std::move(origin)),
      hold_(reactor_),
      parser_(options_.max_event_size, options_.last_event_id),
      retry_(options_.retry) {}

void EventSourceImpl::start() {
    reactor_.adopt(shared_from_this());
    hold_.set(true);
    prepare_request();
    const Error wrong = check_options();
    if (!ErrorAccess::failed(wrong)) return connect();
    ErrorAccess::mark_looked_at(wrong);  // it is made again when it is told
    reactor_.post(Callback<void()>{[self = self()] {
                                       if (!self->closed()) self->fail(self->check_options());
                                   },
                                   Origin{}});
}

Error EventSourceImpl::check_options() const {
    const auto refuse = [](const char* option) {
        return Error{Errc::invalid_argument,
                     std::string{option} + " of an event source has to be more than zero"};
    };
    if (options_.retry <= Duration::zero()) return refuse("retry");
    if (options_.max_retry <= Duration::zero()) return refuse("max_retry");
    if (options_.max_event_size == 0) return refuse("max_event_size");
    if (is_field_value(options_.last_event_id)) return {};
    return {Errc::invalid_argument, "last_event_id of an event source has a control byte"};
}

void EventSourceImpl::prepare_request() {
    if (!request_.headers.contains("Accept")) request_.headers.set("Accept", "text/event-stream");
    if (!request_.headers.contains("Cache-Control"))
        request_.headers.set("Cache-Control", "no-store");
    if (options_.last_event_id.empty())
        parser_ = EventStreamParser{options_.max_event_size,
                                    std::string{request_.headers.get("Last-Event-ID", {})}};
    request_.request_timeout = gyre::unlimited;
    request_.max_body_size = gyre::unlimited;
    const std::weak_ptr<EventSourceImpl> weak = self();
    request_.head_callback = {[weak](const HTTPResponse& response) {
                                  if (const auto source = weak.lock()) source->on_head(response);
                              },
                              own_step};
    request_.streaming_callback = {[weak](std::string_view bytes) {
                                       if (const auto source = weak.lock()) source->on_bytes(bytes);
                                   },
                                   own_step};
}

HTTPRequest EventSourceImpl::next_request() {
    const std::string& id = parser_.last_event_id();
    request_.headers.erase("Last-Event-ID");
    if (!id.empty() && is_field_value(id)) request_.headers.set("Last-Event-ID", id);
    return request_;
}

void EventSourceImpl::connect() {
    fetch_ = client_.fetch(
        next_request(),
        {[self = self()](HTTPResponse response) { self->on_end(std::move(response)); }, Origin{}});
}

void EventSourceImpl::on_head(const HTTPResponse& response) {
    if (closed()) return;
    if (response.code != 200) return fail(status_error(response.code, response.reason));
    if (!is_event_stream(response.headers))
        return fail({Errc::protocol_error,
                     "the Content-Type of an event stream has to be text/event-stream"});
    parser_ = EventStreamParser{options_.max_event_size, parser_.last_event_id()};
    failures_ = 0;
    state_ = EventSourceState::open;
    dispatch(handlers_.open);
}

void EventSourceImpl::on_bytes(std::string_view bytes) {
    while (!closed() && on_step(parser_.parse(bytes))) {
    }
}

bool EventSourceImpl::on_step(EventStreamParser::Step step) {
    switch (step) {
        case EventStreamParser::Step::need_more:
            return false;
        case EventStreamParser::Step::message:
            on_message(parser_.message());
            return true;
        case EventStreamParser::Step::retry:
            retry_ = std::max<Duration>(std::min(parser_.retry(), most_retry), least_retry);
            return true;
        case EventStreamParser::Step::too_large:
            fail({Errc::limit_exceeded, "an event is larger than max_event_size (" +
                                            std::to_string(options_.max_event_size) + " bytes)"});
            return false;
    }
    return false;
}

void EventSourceImpl::on_message(const MessageEvent& event) {
    const auto found = handlers_.events.find(event.type);
    if (found != handlers_.events.end()) dispatch(found->second, event);
}

void EventSourceImpl::on_end(HTTPResponse response) {
    if (closed()) return response.error.ignore("the source has ended before its fetch");
    const Errc kind = ErrorAccess::kind(response.error);
    if (is_final(kind)) return fail(std::move(response.error));
    if (kind != Errc::ok) return reconnect(std::move(response.error));
    Error end{Errc::end_of_stream, "the server ended the event stream"};
    ErrorAccess::mark_looked_at(end);
    reconnect(std::move(end));
}

void EventSourceImpl::reconnect(Error error) {
    if (state_ == EventSourceState::connecting) ++failures_;
    state_ = EventSourceState::connecting;
    const std::weak_ptr<EventSourceImpl> weak = self();
    timer_ = reactor_.call_later(next_delay(), {[weak] {
                                                    if (const auto source = weak.lock())
                                                        source->connect();
                                                },
                                                Origin{}});
    ErrorAccess::set_origin(error, origin_);
    dispatch(handlers_.error, std::move(error), true);
}

Duration EventSourceImpl::next_delay() const noexcept {
    const Duration most = std::min<Duration>(options_.max_retry, most_retry);
    Duration delay = std::min(retry_, most);
    for (int i = 1; i < failures_ && delay < most; ++i)
        delay = delay > most / 2 ? most : delay * 2;
    return delay;
}

void EventSourceImpl::fail(Error error) {
    stop();
    ErrorAccess::set_origin(error, origin_);
    dispatch(handlers_.error, Error{error}, false);
    tell_closed(std::move(error));
}

void EventSourceImpl::close() {
    if (closed() || !reactor_.alive()) return;
    reactor_.check_thread("EventSource::close");
    stop();
    reactor_.post(Callback<void()>{[self = self()] { self->tell_closed({}); }, Origin{}});
}

// Ends all that goes on by itself.
void EventSourceImpl::stop() noexcept {
    state_ = EventSourceState::closed;
    timer_.cancel();
    fetch_.cancel();
}

void EventSourceImpl::tell_closed(Error error) noexcept {
    told_closed_ = true;
    hold_.set(false);
    reactor_.abandon(*this);
    if (ErrorAccess::failed(error)) end_reason_ = ErrorAccess::copy_looked_at(error);
    // They go last, as what they hold may do anything as it goes.
    const HTTPRequest request = std::exchange(request_, {});
    const AsyncHTTPClient client = std::exchange(client_, {});
    Handlers handlers = std::exchange(handlers_, {});
    dispatch(std::move(handlers.close), std::move(error));
}

void EventSourceImpl::on_reactor_destroyed() noexcept {
    state_ = EventSourceState::closed;
    told_closed_ = true;
    const HTTPRequest request = std::exchange(request_, {});
    const AsyncHTTPClient client = std::exchange(client_, {});
    Handlers handlers = std::exchange(handlers_, {});
    handlers.close.discard();
}

void EventSourceImpl::list_pending(gyre::PendingOperations& all) const {
    all.push_back({.kind = "event source",
                   .detail = without_userinfo(request_.url),
                   .place = origin_.place()});
}

void EventSourceImpl::on_open(Handler<void()> handler) {
    if (!told_closed_) std::swap(handlers_.open, handler);
}

void EventSourceImpl::on_event(std::string_view type, Handler<void(const MessageEvent&)> handler) {
    if (told_closed_) return;
    std::swap(handlers_.events[std::string{type}], handler);
}

void EventSourceImpl::on_error(Handler<void(Error, bool)> handler) {
    if (!told_closed_) std::swap(handlers_.error, handler);
}

void EventSourceImpl::set_close_callback(Callback<void(Error)> callback) {
    if (told_closed_) return post_result(reactor_, std::move(callback), end_reason_);
    Callback<void(Error)> before = std::exchange(handlers_.close, std::move(callback));
    before.discard();
}

}  // namespace gyre::http::detail
