#include "request_body.hpp"

#include "client_connection.hpp"
#include "http1_serializer.hpp"
#include <gyre/dispatch.hpp>
#include <gyre/error_access.hpp>

#include <array>
#include <utility>
#include <vector>

namespace gyre::http::detail {

using gyre::detail::dispatch;
using gyre::detail::ErrorAccess;

RequestBody::RequestBody(gyre::detail::ReactorRef reactor, std::optional<std::uint64_t> length,
                         RequestBodyOwner& owner)
    : reactor_(std::move(reactor)), owner_(&owner), left_(length) {}

Error RequestBody::check_write(std::size_t size) {
    if (finished()) return {Errc::closed, "the body of the request is complete, or not wanted"};
    if (left_ && size > *left_)
        return {Errc::invalid_argument, "the body is longer than its Content-Length"};
    const std::size_t waiting = queue_.bytes();
    if (waiting > high_water && waiting + size > high_water + most_pending)
        return {Errc::limit_exceeded,
                "the body of the request is written faster than it can be sent"};
    return {};
}

void RequestBody::begin_piece(std::size_t size) {
    if (left_)
        *left_ -= size;
    else
        append_chunk_header(queue_.tail(), size);
}

void RequestBody::end_piece() {
    if (!left_) queue_.append("\r\n");
    over_high_water_ = over_high_water_ || queue_.bytes() > high_water;
}

// A write that cannot be told of its error must not go missing; one that breaks the framing must
// not be followed by others.
void RequestBody::refuse(Error error, Callback<void(Error)> callback) {
    const Errc kind = ErrorAccess::kind(error);
    const bool breaks =
        kind == Errc::invalid_argument || (kind == Errc::limit_exceeded && !callback);
    if (breaks) break_off(callback ? ErrorAccess::copy_looked_at(error) : std::exchange(error, {}));
    if (callback) return gyre::detail::post_result(reactor_, std::move(callback), std::move(error));
    ErrorAccess::mark_looked_at(error);
}

void RequestBody::finish(std::string_view data) {
    if (finished()) return;
    if (!data.empty()) write(data, data.size(), {});
    if (finished()) return;
    if (const std::uint64_t missing = left_.value_or(0); missing > 0)
        return break_off(
            {Errc::invalid_argument, "the body is shorter than its Content-Length, by " +
                                         std::to_string(missing) + " bytes"});
    if (!left_) queue_.append("0\r\n\r\n");
    finished_ = true;
    owner_->on_body_grown();
}

void RequestBody::fail(const Error& error) {
    if (finished()) return ErrorAccess::mark_looked_at(error);
    break_off(ErrorAccess::failed(error)
                  ? error
                  : Error{Errc::canceled, "the body_producer gave up without an error"});
}

void RequestBody::break_off(Error error) noexcept {
    if (owner_) owner_->on_body_failed(std::move(error));
}

void RequestBody::on_released() {
    if (!finished())
        break_off({Errc::callback_dropped, "the body_producer let go of the body before finish"});
    on_drain_ = {};
}

void RequestBody::on_drain(Handler<void()> handler) {
    if (!finished()) std::swap(on_drain_, handler);
}

void RequestBody::on_close(Callback<void()> callback) {
    if (!finished()) std::swap(on_close_, callback);
    callback.discard();
}

bool RequestBody::send_to(ClientConnection& connection) {
    std::vector<gyre::detail::OutputQueue::DoneCallback> done;
    std::array<std::string_view, 16> pieces;
    bool is_full = false;
    while (!queue_.empty() && !is_full && !connection.write_failed()) {
        const std::size_t count = queue_.front(pieces);
        std::size_t offered = 0;
        for (std::size_t i = 0; i < count; ++i)
            offered += pieces[i].size();
        const std::size_t taken = count > 0 ? connection.offer({pieces.data(), count}) : 0;
        is_full = taken < offered;
        queue_.advance(taken, done);
    }
    connection.want_room(!queue_.empty() && !connection.write_failed());
    const bool complete = finished_ && queue_.empty() && owner_;
    const bool drained = over_high_water_ && queue_.bytes() <= low_water;
    if (drained) over_high_water_ = false;
    for (auto& callback : done)
        dispatch(std::move(callback), Error{});
    if (drained && !finished()) dispatch(on_drain_);
    return complete;
}

void RequestBody::close(const Error& cause) {
    if (!owner_) return;
    owner_ = nullptr;
    std::vector<gyre::detail::OutputQueue::DoneCallback> unsent = queue_.take_callbacks();
    for (auto& callback : unsent)
        gyre::detail::post_result(reactor_, std::move(callback),
                                  ErrorAccess::copy_looked_at(cause));
    const Handler<void()> no_more = std::exchange(on_drain_, {});
    Callback<void()> on_close = std::exchange(on_close_, {});
    if (finished_) return on_close.discard();
    if (on_close) reactor_.post(std::move(on_close));
}

void RequestBody::discard() noexcept {
    owner_ = nullptr;
    for (auto& callback : queue_.take_callbacks())
        callback.discard();
    const Handler<void()> no_more = std::exchange(on_drain_, {});
    std::exchange(on_close_, {}).discard();
}

RequestBodyLease::~RequestBodyLease() {
    const gyre::detail::ReactorRef reactor = body_->reactor();
    if (!reactor.alive()) return;
    if (reactor.on_home_thread())
        body_->on_released();
    else
        reactor.post_from_any_thread([body = std::move(body_)] { body->on_released(); });
}

}  // namespace gyre::http::detail
