#include "authorization.hpp"
#include "exchange.hpp"
#include "server_connection.hpp"
#include <gyre/error_access.hpp>

#include <algorithm>
#include <utility>

// What an Exchange notes of itself for those who watch the server.
namespace gyre::http::detail {
namespace {

using gyre::detail::dispatch;
using gyre::detail::ErrorAccess;

}  // namespace

RequestTrail& Exchange::make_trail() {
    if (!trail_) {
        trail_ = std::make_unique<RequestTrail>();
        if (response_begun()) trail_->status = writer_.status();
    }
    return *trail_;
}

void Exchange::begin_log(std::string_view refused) {
    RequestTrail& trail = make_trail();
    trail.logged = true;
    trail.time = std::chrono::system_clock::now();
    trail.began = reactor_.live_time();
    trail.remote = remote_address();
    trail.refused_line = first_line(refused);
}

void Exchange::note_head() noexcept {
    if (!trail_) return;
    trail_->status = writer_.status();
    if (trail_->logged) trail_->first_byte = reactor_.live_time();
}

// The first reason counts: what follows from it has others.
void Exchange::note_outcome(RequestOutcome outcome) noexcept {
    if (trail_ && !response_done() && trail_->outcome == RequestOutcome::completed)
        trail_->outcome = outcome;
}

std::string_view Exchange::id() {
    if (trail_ && !trail_->id.empty()) return trail_->id;
    if (!pool_ || !connection_) return {};
    const Field* given =
        connection_->options().trust_request_id ? head.find("X-Request-Id") : nullptr;
    make_trail().id = given && ServerSight::is_id(given->value)
                          ? std::string{given->value}
                          : pool_->sight().make_id(reactor_.random());
    return trail_->id;
}

void Exchange::on_response_end(Callback<void(ResponseSummary)> callback) {
    if (!callback) return;
    if (is_open()) return make_trail().on_finish.push_back(std::move(callback));
    Error error{Errc::closed, "the response has ended"};
    ErrorAccess::mark_looked_at(error);
    if (!pool_) return post_result(reactor_, std::move(callback), ResponseSummary{0, 0, error});
    gyre::detail::Origin origin = callback.origin();
    pool_->later().add(Callback<void()>{[callback = std::move(callback), error]() mutable {
                                            std::move(callback)(ResponseSummary{0, 0, error});
                                        },
                                        std::move(origin)});
}

// In flight as its connection was lost.
void Exchange::tell_lost(const Error& error) noexcept {
    if (!trail_ || !trail_->wants_end() || !pool_) return;
    trail_->unsent += waiting_.bytes();
    pool_->later().add(Callback<void(Error)>{[self = ExchangeRef{*this}](Error why) {
                                                 self->run_ended(std::move(why));
                                             },
                                             gyre::detail::Origin{}},
                       Error{error});
}

void Exchange::run_ended(Error error) noexcept {
    ErrorAccess::mark_looked_at(error);
    if (!trail_ || !pool_) return;
    const ExchangeRef self{*this};
    // Whoever is told may destroy the server, which empties this; what they look at stays.
    const gyre::BlockRef block = block_;
    std::unique_ptr<RequestTrail> trail = std::move(trail_);
    // No reason was noted before the connection was lost; a refusal was on its way until then.
    if (ErrorAccess::failed(error) &&
        (trail->outcome == RequestOutcome::completed || trail->outcome == RequestOutcome::refused))
        trail->outcome = outcome_of(error);
    const std::uint64_t sent =
        writer_.body_encoded() - std::min(writer_.body_encoded(), trail->unsent);
    auto hooks = std::exchange(trail->on_finish, {});
    if (std::exchange(trail->logged, false)) write_log(*trail, sent);
    for (Callback<void(ResponseSummary)>& hook : hooks) {
        if (pool_)
            dispatch(std::move(hook), ResponseSummary{trail->status, sent, error});
        else
            hook.discard();
    }
    if (pool_) trail_ = std::move(trail);  // for the id
}

void Exchange::write_log(const RequestTrail& trail, std::uint64_t sent) noexcept {
    const Field* authorization = head.find("Authorization");
    const auto given = authorization ? parse_basic_auth(authorization->value) : std::nullopt;
    const std::string user = given ? given->username : std::string{};
    const std::string named{host()};
    AccessLogEntry entry = log_entry(trail, head, named, user, reactor_.live_time());
    entry.body_bytes = sent;
    dispatch(pool_->sight().access_log, std::as_const(entry));
}

void Exchange::discard_trail() noexcept {
    if (!trail_) return;
    for (Callback<void(ResponseSummary)>& hook : std::exchange(trail_->on_finish, {}))
        hook.discard();
}

}  // namespace gyre::http::detail
