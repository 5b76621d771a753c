#include "server_connection.hpp"
#include "server_core.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

// What ServerConnection waits for, and how long.
namespace gyre::http::detail {

ServerConnection::Awaits ServerConnection::awaited() const noexcept {
    if (state_ != State::open || peer_ended_) return Awaits::nothing;
    if (reading_) return reading_->holds_back_body() ? Awaits::nothing : Awaits::body;
    if (needs_bytes_) return can_parse() ? Awaits::head : Awaits::nothing;
    // A response that is on its way has the deadline for writing.
    return first_ || !output_.empty() || !rest_.bytes.empty() ? Awaits::nothing
                                                              : Awaits::first_byte;
}

// Begins anew only when something else is waited for, or when there is progress: sending and
// looking again at the same bytes must not give a slow peer more time.
void ServerConnection::update_deadline() noexcept {
    if (state_ == State::handshaking)
        return read_deadline_.expire_after(options().handshake_timeout);
    if (state_ != State::open) return;
    note_held_body();
    const bool progress = std::exchange(progress_, false);
    const Awaits now = awaited();
    if (std::exchange(awaits_, now) == now && (!progress || now == Awaits::nothing)) return;
    if (now == Awaits::nothing)
        read_deadline_.clear();
    else
        read_deadline_.expire_after(time_for(now));
}

Duration ServerConnection::time_for(Awaits awaits) const noexcept {
    constexpr Duration grace = std::chrono::seconds{1};  // for a request that is on its way
    const HTTPServerOptions& o = options();
    switch (awaits) {
        case Awaits::first_byte:
            return draining_ ? std::min(o.keep_alive_timeout, grace) : o.keep_alive_timeout;
        case Awaits::head:
            return o.head_timeout;
        default:
            return std::min(o.body_idle_timeout, o.body_timeout - (reactor_.now() - body_started_));
    }
}

// While the handler does not want its body, the client has no part in how long it takes.
void ServerConnection::note_held_body() noexcept {
    const bool held = reading_ && reading_->holds_back_body();
    if (held == (body_held_since_ != TimePoint{})) return;
    if (!held && reading_) body_started_ += reactor_.now() - body_held_since_;
    body_held_since_ = held ? reactor_.now() : TimePoint{};
}

// What has passed when the deadline for a body has.
ServerLimit ServerConnection::missed_body_limit() const noexcept {
    return reactor_.now() - body_started_ >= options().body_timeout
               ? ServerLimit::body_timeout
               : ServerLimit::body_idle_timeout;
}

// As more of a body arrives.
std::optional<ServerLimit> ServerConnection::broken_body_limit() const noexcept {
    const HTTPServerOptions& o = options();
    const Duration took = reactor_.now() - body_started_;
    if (took > o.body_timeout) return ServerLimit::body_timeout;
    if (took <= o.body_rate_grace || o.min_body_rate == 0) return std::nullopt;
    const auto seconds =
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(took).count());
    if (body_received_ / o.min_body_rate >= seconds) return std::nullopt;
    return ServerLimit::body_rate;
}

void ServerConnection::fail_late_body(ServerLimit limit) noexcept {
    sight().count(limit);
    const char* why = limit == ServerLimit::body_timeout ? "the body took too long altogether"
                      : limit == ServerLimit::body_rate  ? "the body came too slowly"
                                                         : "no more of the body came for too long";
    fail_body(408, Errc::timed_out, why);
}

void ServerConnection::on_deadline(gyre::detail::Deadline& deadline) noexcept {
    if (&deadline == &write_deadline_) {
        sight().count(ServerLimit::write_timeout);
        return lose({Errc::timed_out, "the client did not read for too long"}, true);
    }
    if (state_ == State::handshaking) sight().count(ServerLimit::handshake_timeout);
    if (state_ != State::open) return close();
    const Awaits missed = std::exchange(awaits_, Awaits::nothing);
    if (missed == Awaits::first_byte) {
        sight().count(ServerLimit::keep_alive_timeout);
        return close();
    }
    if (missed == Awaits::nothing) return;
    needs_bytes_ = false;
    if (missed == Awaits::body) {
        fail_late_body(missed_body_limit());
    } else {
        sight().count(ServerLimit::head_timeout);
        reject(408, std::exchange(rest_, {}).bytes);
    }
    update_reading();
    update_deadline();
}

}  // namespace gyre::http::detail
