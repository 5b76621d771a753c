// Replies that are not the last: redirects, challenges, `417`; and attempts that failed.
#include "client_cookies.hpp"
#include "client_errors.hpp"
#include "client_fetch.hpp"
#include "client_redirect.hpp"
#include "field_rules.hpp"
#include <gyre/error_access.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>
#include <vector>

namespace gyre::http::detail {
namespace {

using gyre::detail::ErrorAccess;

constexpr int most_doublings = 10;
constexpr Duration longest_rest = std::chrono::hours{24};  // so that doubling cannot overflow

std::vector<std::string_view> values_of(const MessageHead& head, std::string_view name) {
    std::vector<std::string_view> values;
    for (const Field& field : head.fields)
        if (iequals(field.name, name)) values.push_back(field.value);
    return values;
}

// Failures that may be gone next time.
bool may_pass(Errc kind) noexcept {
    constexpr std::array passing{Errc::connection_refused, Errc::connection_reset,
                                 Errc::connection_aborted, Errc::end_of_stream,
                                 Errc::broken_pipe,        Errc::host_unreachable,
                                 Errc::timed_out,          Errc::resolver_failed};
    return std::ranges::find(passing, kind) != passing.end();
}

}  // namespace

bool ClientFetch::on_head() {
    const MessageHead& head = exchange_.head();
    step_deadline_.clear();
    if (authenticator_)
        for (const std::string_view info : values_of(head, "Authentication-Info"))
            authenticator_->on_info(info);
    if (request_.cookie_jar) take_cookies(*request_.cookie_jar, hop_, head);
    if (request_.follow_redirects && is_redirect(head.status) && head.find("Location"))
        return on_redirect();
    if ((head.status == 401 || head.status == 407) && answers_challenge())
        return start_discarding(ClientHop{hop_});
    if (head.status == 417 && hop_.expects_continue) {
        hop_.expects_continue = false;
        return start_discarding(ClientHop{hop_});
    }
    return on_final_head();
}

bool ClientFetch::on_redirect() {
    const MessageHead& head = exchange_.head();
    state_ = State::discarding;
    if (response_.redirect_count() >= request_.max_redirects) {
        fail({Errc::too_many_redirects, "more redirects than max_redirects (" +
                                            std::to_string(request_.max_redirects) + ")"});
        return false;
    }
    HopResult next = next_hop(hop_, head.status, values_of(head, "Location"));
    if (ErrorAccess::failed(next.error)) {
        fail(std::move(next.error));
        return false;
    }
    next_is_redirect_ = true;
    if (!same_origin(hop_.url, next.hop.url)) authenticator_.reset();
    return start_discarding(std::move(next.hop));
}

bool ClientFetch::answers_challenge() {
    const MessageHead& head = exchange_.head();
    const bool is_proxy = head.status == 407 && route_.asks_proxy();
    Authenticator* const asked = is_proxy             ? proxy_authenticator_.get()
                                 : head.status == 401 ? authenticator_.get()
                                                      : nullptr;
    return asked && asked->on_challenge(
                        values_of(head, is_proxy ? "Proxy-Authenticate" : "WWW-Authenticate"));
}

// What is left of this reply is read, so that its connection can be used again. A long rest costs
// more than a new connection.
bool ClientFetch::start_discarding(ClientHop&& next) {
    const MessageHead& head = exchange_.head();
    state_ = State::discarding;
    next_hop_ = std::move(next);
    drained_ = 0;
    const bool is_long =
        head.body_kind == BodyKind::until_close || head.content_length.value_or(0) > most_to_drain;
    if (!is_long || head.body_kind == BodyKind::none) return true;
    start_next_hop();
    return false;
}

void ClientFetch::start_next_hop() {
    close_body({Errc::closed, "the request was answered by a redirect or a challenge"});
    if (ended()) return;
    drop_connection();
    const Url left = hop_.url;
    if (Error error = set_hop(std::exchange(next_hop_, std::nullopt).value_or(ClientHop{}));
        ErrorAccess::failed(error))
        return fail_later(std::move(error));
    if (std::exchange(next_is_redirect_, false))
        response_.redirects.push_back(hop_.url.to_string());
    same_origin(left, hop_.url) ? start_connection() : move_to_origin();
}

// The place at the origin that is left may be another fetch's at once.
void ClientFetch::move_to_origin() {
    response_.effective_url = hop_.url.to_string();
    queued_since_ = reactor_.now();
    state_ = State::queued;
    const bool may_go_on = client_->core()->queue().move(ticket_, self(), hop_.url.origin());
    const auto alive = shared_from_this();
    client_->core()->start_queued();
    if (may_go_on && state_ == State::queued) start_connection();
}

// A connection that was kept may have been closed by the server at any time. What it took nothing
// of is safe to send again, whatever it is.
bool ClientFetch::is_stale_connection() const noexcept {
    return reused_ && !replaced_stale_ && !exchange_.begun() && state_ != State::discarding &&
           (is_idempotent(hop_.method) || connection_->bytes_sent() == 0);
}

void ClientFetch::on_attempt_failed(Error error) {
    if (!may_try_again(error)) return fail(std::move(error));
    error.ignore("the request is tried again");
    rest();
}

void ClientFetch::try_again() {
    if (Error error = write_head(); ErrorAccess::failed(error)) return fail(std::move(error));
    start_connection();
}

// In place of one of the pool.
void ClientFetch::dial_again() {
    close_body({Errc::closed, "the request is sent again"});
    if (ended()) return;
    if (Error error = write_head(); ErrorAccess::failed(error)) return fail(std::move(error));
    start_dialing();
}

bool ClientFetch::may_try_again(const Error& error) const noexcept {
    if (tried_again_ >= request_.retries || !may_pass(ErrorAccess::kind(error))) return false;
    return reach_ == FetchFailure::not_sent || is_idempotent(hop_.method);
}

void ClientFetch::rest() {
    close_body({Errc::closed, "the request is sent again"});
    if (ended()) return;
    drop_connection();
    drop_dialer();
    state_ = State::resting;
    const int doublings = std::min(tried_again_++, most_doublings);
    step_deadline_.expire_after(std::min(request_.retry_delay, longest_rest) * (1 << doublings));
}

}  // namespace gyre::http::detail
