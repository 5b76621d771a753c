#include "client_redirect.hpp"
#include "content_coding.hpp"
#include "error_page.hpp"
#include "exchange.hpp"
#include "field_rules.hpp"
#include "html.hpp"
#include "redirect_target.hpp"
#include "server_connection.hpp"
#include "set_cookie.hpp"
#include <gyre/error_access.hpp>
#include <gyre/http/status.hpp>
#include <gyre/log.hpp>

#include <algorithm>
#include <string>
#include <utility>

// The response's half of Exchange.
namespace gyre::http::detail {
namespace {

using gyre::detail::dispatch;
using gyre::detail::ErrorAccess;
using gyre::detail::post_result;
using DoneCallback = Callback<void(Error)>;

Error head_is_out() { return {Errc::closed, "the head of the response is out already"}; }

std::size_t size_of(std::string_view data) noexcept { return data.size(); }
std::size_t size_of(const std::shared_ptr<const std::string>& data) noexcept {
    return data ? data->size() : 0;
}

// Fields that belong to an error rather than to the answer that was meant: a 401 without its
// challenge is of no use to a client (RFC 9110 section 11.6.1).
bool says_how_to_go_on(std::string_view name) noexcept {
    return iequals(name, "WWW-Authenticate") || iequals(name, "Proxy-Authenticate") ||
           iequals(name, "Retry-After");
}

}  // namespace

Error Exchange::set_status(int status, std::string_view reason) {
    if (!connection_ || response_begun()) return head_is_out();
    if (status < 200 || status > 599)
        return {Errc::invalid_argument, "no final status: " + std::to_string(status)};
    if (!is_reason(reason)) return {Errc::invalid_argument, "a reason phrase with a control byte"};
    writer_.set_status(status, reason);
    return {};
}

Error Exchange::set_header(std::string_view name, std::string_view value, bool replace) {
    if (!connection_ || response_begun()) return head_is_out();
    if (!is_field_name(name)) return {Errc::invalid_argument, "not a field name"};
    if (!is_field_value(value))
        return {Errc::invalid_argument, "a control byte in the value of " + std::string{name}};
    if (iequals(name, "Transfer-Encoding"))
        return {Errc::invalid_argument, "Transfer-Encoding is decided by the server"};
    replace ? writer_.headers().set(name, value) : writer_.headers().add(name, value);
    return {};
}

Error Exchange::set_compression(bool allowed) {
    if (!connection_ || response_begun()) return head_is_out();
    writer_.set_compression(allowed);
    return {};
}

Error Exchange::set_cookie(const Cookie& cookie) {
    if (!connection_ || response_begun()) return head_is_out();
    if (std::string reason = check_cookie(cookie); !reason.empty())
        return {Errc::invalid_argument, std::move(reason)};
    put_set_cookie(writer_.headers(), set_cookie_value(cookie));
    return {};
}

// On a later turn; after the server has gone too, for calls that come then.
void Exchange::tell(DoneCallback callback, Error error) {
    if (!callback) return ErrorAccess::mark_looked_at(error);
    if (pool_) return pool_->later().add(std::move(callback), std::move(error));
    post_result(reactor_, std::move(callback), std::move(error));
}

// The callback of a write that throws fails its response.
DoneCallback Exchange::guarded(DoneCallback callback) {
    if (!callback) return {};
    gyre::detail::Origin origin = callback.origin();
    return DoneCallback{
        [self = ExchangeRef{*this}, callback = std::move(callback)](Error error) mutable {
            if (!dispatch(std::move(callback), std::move(error))) self->give_up(500);
        },
        std::move(origin)};
}

std::size_t Exchange::over_high_water() const noexcept {
    if (!connection_) return 0;
    const std::size_t queued = queued_bytes();
    return queued < connection_->options().write_high_water ? 0
                                                            : std::min(over_high_water_, queued);
}

bool Exchange::admits(std::size_t size, DoneCallback& callback) {
    if (!is_open()) {
        tell(std::move(callback), {Errc::closed, "the response has ended"});
        return false;
    }
    const HTTPServerOptions& options = connection_->options();
    over_high_water_ = over_high_water();
    if (queued_bytes() < options.write_high_water) return true;
    congested_ = true;
    const std::size_t most = options.max_pending_writes;
    const std::size_t over = connection_->over_high_water();
    if (size <= most && over <= most - size) {
        over_high_water_ += size;
        return true;
    }
    pool_->sight().count(ServerLimit::pending_writes);
    Error error{Errc::limit_exceeded, "too many bytes written wait for the client"};
    if (callback)
        tell(std::move(callback), std::move(error));
    else
        fail(error);  // a gap in the body must not pass for the whole
    return false;
}

template <class Data>
void Exchange::write(Data&& data, DoneCallback callback) {
    if (!admits(size_of(data), callback)) return;
    writer_.body().append(std::forward<Data>(data));
    writer_.body().when_sent(guarded(std::move(callback)));
    after_write();
}

template void Exchange::write(std::string_view&&, Callback<void(Error)>);
template void Exchange::write(std::string&&, Callback<void(Error)>);
template void Exchange::write(std::shared_ptr<const std::string>&&, Callback<void(Error)>);

void Exchange::after_write() {
    if (queued_bytes() >= connection_->options().write_high_water) congested_ = true;
    deadline_.expire_after(connection_->options().response_timeout);
    flush_due_ = true;
    connection_->schedule_send();
}

void Exchange::flush_now(DoneCallback callback) {
    if (!is_open()) return tell(std::move(callback), {Errc::closed, "the response has ended"});
    writer_.body().when_sent(guarded(std::move(callback)));
    flush_due_ = true;
    deadline_.expire_after(connection_->options().response_timeout);
    connection_->send_now();
}

void Exchange::flush() noexcept {
    if (flush_due_ && is_open()) encode(false, {});
}

void Exchange::finish(std::string_view data) {
    if (is_open()) encode(true, data);
}

template <class Data>
void Exchange::finish_with(Data&& data) {
    if (!is_open()) return;
    writer_.body().append(std::forward<Data>(data));
    encode(true, {});
}

template void Exchange::finish_with(std::string&&);
template void Exchange::finish_with(std::shared_ptr<const std::string>&&);

void Exchange::encode(bool last, std::string_view data) noexcept {
    flush_due_ = false;
    const bool begins = !response_begun();
    const HTTPServerOptions& options = connection_->options();
    if (last && options.auto_etag) add_auto_etag(data);
    if (begins && options.send_request_id) writer_.headers().set("X-Request-Id", id());
    if (begins && routing_.after(0) && !edit_head()) return;
    const ResponseContext context{
        .head_request = head.method == "HEAD",
        .version_minor = head.version_minor,
        .keep_alive = keep_alive_ && connection_->may_keep_alive(*this),
        .server_name = options.server_name,
        .date = connection_->date(),
        .compression = options.compress_response ? &options.compression : nullptr,
        .request_fields = HTTPHeadersView{head.fields},
    };
    const SerializeError error =
        writer_.encode(connection_->output_for(*this), context, last, data);
    if (error == SerializeError::none) {
        if (begins) note_head();
        if (last) end_response();
        return;
    }
    // Reported, as nobody is at hand to look at it.
    const Error unseen{Errc::invalid_argument, std::string{to_string(error)}};
    ErrorAccess::set_origin(unseen, handler_origin_);
    give_up(500);
}

void Exchange::end_response() noexcept {
    const ExchangeRef self{*this};
    deadline_.clear();
    // Released last: what they hold may do anything, also to this very object.
    const Handler<void(std::string_view)> on_data = std::exchange(on_data_, {});
    const Handler<void()> on_drain = std::exchange(on_drain_, {});
    Callback<void()> on_close = std::move(on_connection_close_);
    if (on_finish_)
        tell(std::move(on_finish_),
             gyre::detail::canceled_by_user("the response was finished before the body"));
    connection_->on_response_done(*this);
    on_close.discard();
}

void Exchange::fail(const Error& error) {
    ErrorAccess::mark_looked_at(error);
    if (!is_open()) return;
    std::string line = std::string{head.method} + ' ' + std::string{head.target} +
                       " failed: " + std::string{ErrorAccess::message(error)};
    if (trail_ && !trail_->id.empty()) line.append(" (request ").append(trail_->id).append(")");
    log(LogLevel::warning, line);
    give_up(500);
}

void Exchange::send_error(int status, std::string_view message) {
    HTTPHeaders kept;
    for (const HTTPField& field : writer_.headers())
        if (says_how_to_go_on(field.name)) kept.add(field.name, field.value);
    // Any other status is no error's: what it should have been is not known.
    give_up(status >= 400 && status <= 599 ? status : 500, message, &kept);
}

// Behind an earlier response nothing is out yet, so that one is not cut off with this one.
void Exchange::give_up(int status, std::string_view message, const HTTPHeaders* fields) noexcept {
    if (!is_open()) return;
    if (!response_begun() || !connection_->is_first(*this))
        return send_page(status, message, fields);
    note_outcome(RequestOutcome::failed);
    connection_->abort();
}

void Exchange::refuse_coding() noexcept {
    coding_refused_ = true;
    give_up(415);
}

void Exchange::send_page(int status, std::string_view message, const HTTPHeaders* fields) noexcept {
    // The leave to send the body, which will not be given now: the client may send it or not.
    if (head.expect_continue && !waiting_.empty()) keep_alive_ = false;
    // Whatever else the handler had prepared was for another answer.
    for (gyre::detail::OutputQueue* queue : {&waiting_, &writer_.body()})
        for (DoneCallback& callback : queue->take_callbacks())
            tell(std::move(callback), {Errc::closed, "an error page was sent"});
    writer_.reset();
    writer_.set_status(status, {});
    if (fields) writer_.headers() = *fields;
    if (status == 405) writer_.headers().set("Allow", routing_.allow());
    // Tells it from a media type that is not supported, RFC 9110 section 15.5.16.
    if (coding_refused_) writer_.headers().set("Accept-Encoding", decoded_codings);
    ErrorPage page{status, std::string{message}, writer_.headers(), {}};
    fill_error_page(page, HTTPHeadersView{head.fields});
    const ErrorPageHandler handler = routing_.error_page();
    if (handler && !std::exchange(page_made_, true)) {
        const HTTPServerRequest request{*this};
        if (!dispatch(handler, request, page)) fill_error_page(page, HTTPHeadersView{head.fields});
        if (!is_open() || response_begun()) return;
    }
    encode(true, page.body);
}

void Exchange::redirect(std::string_view url, int status, bool offsite) {
    if (!is_open() || response_begun()) return fail(head_is_out());
    const HTTPServerRequest request{*this};
    const RedirectTarget target =
        offsite ? redirect_to_offsite(url)
                : redirect_to_origin(url, request.scheme() == "https", request.host());
    if (!target.error.empty()) return fail({Errc::invalid_argument, target.error});
    if (!is_redirect(status))
        return fail({Errc::invalid_argument, "no status of a redirect: " + std::to_string(status)});
    writer_.set_status(status, {});
    writer_.headers().set("Location", target.location);
    writer_.headers().erase("Content-Length");  // the handler's, of another body
    if (writer_.body_bytes() > 0) return encode(true, {});
    writer_.headers().set("Content-Type", "text/html; charset=utf-8");
    encode(true, redirect_page(reason_phrase(status), target.location));
}

void Exchange::on_connection_close(Callback<void()> callback) {
    if (response_done() || !pool_) return callback.discard();
    if (!connection_ || connection_->peer_ended()) return pool_->later().add(std::move(callback));
    std::swap(on_connection_close_, callback);
    callback.discard();
}

void Exchange::on_drain(Handler<void()> handler) {
    if (is_open()) std::swap(on_drain_, handler);
}

std::size_t Exchange::queued_bytes() const noexcept {
    if (!connection_) return 0;
    return writer_.body_bytes() +
           (connection_->is_first(*this) ? connection_->output_bytes() : waiting_.bytes());
}

void Exchange::tell_drained() noexcept {
    if (!congested_ || !connection_ || queued_bytes() > connection_->options().write_low_water)
        return;
    congested_ = false;
    if (!on_drain_ || !pool_) return;
    // In nobody's name: the handler is dispatched in its own.
    pool_->later().add(Callback<void()>{[self = ExchangeRef{*this}] { self->run_on_drain(); },
                                        gyre::detail::Origin{}});
}

void Exchange::run_on_drain() noexcept {
    if (is_open() && !dispatch(on_drain_)) give_up(500);
}

void Exchange::on_response_dropped() noexcept {
    // Nobody has to hold it while the body of a request is still coming.
    if (!is_open() || stage_ == Stage::begun || stage_ == Stage::passed) return;
    if (!connection_->peer_ended())
        report_handler(Errc::callback_dropped, stage_ == Stage::handled
                                                   ? "a handler let go of its response unfinished"
                                                   : "a middleware let go of its response");
    give_up(500);
}

void Exchange::report_handler(Errc kind, const char* what) noexcept {
    // Made and let go unseen, it goes to on_unhandled_error with the handler's place.
    const Error error{
        kind, std::string{what} + ": " + std::string{head.method} + ' ' + std::string{head.target}};
    ErrorAccess::set_origin(error, handler_origin_);
}

void Exchange::on_deadline(gyre::detail::Deadline&) noexcept {
    if (!is_open()) return;
    constexpr const char* reason = "a response was not written to for too long";
    pool_->sight().count(ServerLimit::response_timeout);
    report_handler(Errc::timed_out, reason);
    note_outcome(RequestOutcome::timed_out);
    if (response_begun() && connection_->is_first(*this))
        return connection_->abort({Errc::timed_out, reason});
    give_up(500);
}

}  // namespace gyre::http::detail
