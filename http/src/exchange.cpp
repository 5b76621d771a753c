#include "exchange.hpp"

#include "server_connection.hpp"
#include <gyre/error_access.hpp>

#include <algorithm>
#include <utility>

// The references and the request's half of Exchange.
namespace gyre::http::detail {
namespace {

using gyre::detail::dispatch;
using gyre::detail::ErrorAccess;

/// An absolute-form target (RFC 9112 section 3.2.2) in two.
struct Target {
    std::string_view authority;
    std::string_view rest;  // the path and the query
};

Target split(std::string_view target) noexcept {
    const std::size_t scheme =
        target.starts_with('/') ? std::string_view::npos : target.find("://");
    if (scheme == std::string_view::npos) return {{}, target};
    target.remove_prefix(scheme + 3);
    const std::size_t end = std::min(target.find_first_of("/?"), target.size());
    return {target.substr(0, end), target.substr(end)};
}

}  // namespace

Exchange::Exchange(gyre::detail::ReactorRef reactor, ExchangePool& pool)
    : references_(1), reactor_(std::move(reactor)), pool_(&pool), deadline_(reactor_, *this) {}

void Exchange::release() noexcept {
    const bool at_home = reactor_.on_home_thread();
    if (!at_home && reactor_.alive()) return release_elsewhere();
    std::uint32_t count = references_.load(std::memory_order_acquire);
    if (at_home && pool_) {
        while (count != 2)
            if (references_.compare_exchange_weak(count, count - 1, std::memory_order_acq_rel))
                return;
        clear();  // still referred to, as what goes now may close the pool
    }
    count = references_.fetch_sub(1, std::memory_order_acq_rel);
    if (count == 1)
        delete this;
    else if (count == 2 && at_home && pool_)
        pool_->rest(*this);
}

// The pool's reference and this one: then this one goes home, as it is.
void Exchange::release_elsewhere() noexcept {
    std::uint32_t count = references_.load(std::memory_order_acquire);
    while (count != 2)
        if (references_.compare_exchange_weak(count, count - 1, std::memory_order_acq_rel)) {
            if (count == 1) delete this;
            return;
        }
    ExchangeRef last{*this};
    references_.fetch_sub(1, std::memory_order_relaxed);
    reactor_.post_from_any_thread(
        Callback<void()>{[last = std::move(last)] {}, gyre::detail::Origin{}});
}

void Exchange::leave_pool() noexcept {
    pool_ = nullptr;
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

void Exchange::retain_response() noexcept {
    retain();
    response_references_.fetch_add(1, std::memory_order_relaxed);
}

void Exchange::release_response() noexcept {
    if (response_references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        if (reactor_.on_home_thread())
            on_response_dropped();
        else
            reactor_.post_from_any_thread(
                Callback<void()>{[self = ExchangeRef{*this}] { self->on_response_dropped(); },
                                 gyre::detail::Origin{}});
    }
    release();
}

std::string_view Exchange::path() const noexcept {
    const std::string_view rest = split(head.target).rest;
    const std::string_view path = rest.substr(0, rest.find('?'));
    return path.empty() && !head.target.empty() ? std::string_view{"/"} : path;
}

std::string_view Exchange::host() const noexcept {
    if (head.method == "CONNECT") return head.target;
    const std::string_view authority = split(head.target).authority;
    if (!authority.empty()) return authority;
    const Field* field = head.find("Host");
    return field ? field->value : std::string_view{};
}

void Exchange::begin(ServerConnection& connection, gyre::BlockRef block, bool keep_alive) {
    connection_ = &connection;
    began = reactor_.now();
    block_ = std::move(block);
    keep_alive_ = keep_alive;
}

void Exchange::set_route(RouteMatch match, const Route* route) {
    match_ = std::move(match);
    route_ = route;
}

int Exchange::status_without_route() const noexcept {
    switch (match_.status) {
        case MatchStatus::method_not_allowed:
            return 405;
        case MatchStatus::bad_request:
            return 400;
        default:
            return 404;
    }
}

void Exchange::run_handler() noexcept {
    const HTTPServerResponse response{*this};
    const HTTPServer::RequestHandler handler = route_->handler;
    handler_origin_ = handler.origin();
    deadline_.expire_after(connection_->options().response_timeout);
    // An exception has been reported by now; the client gets its 500 all the same.
    if (!dispatch(handler, HTTPServerRequest{*this}, HTTPServerResponse{response})) give_up(500);
}

void Exchange::add_body(std::string_view piece, const gyre::BlockRef& block) noexcept {
    if (response_done()) return;
    if (streaming()) {
        const ExchangeRef self{*this};
        deadline_.expire_after(connection_->options().response_timeout);
        if (!dispatch(on_data_, piece)) give_up(500);
        return;
    }
    if (body_.empty() && head.content_length == piece.size()) {
        body_view_ = piece;  // all of it in one read: it stays where it lies
        body_block_ = block;
        return;
    }
    constexpr std::uint64_t most_ahead = 1024 * 1024;
    if (body_.empty()) body_.reserve(std::min(head.content_length.value_or(0), most_ahead));
    body_.append(piece);
    body_view_ = body_;
}

void Exchange::finish_body(Error error) noexcept {
    if (std::exchange(body_done_, true)) return;
    const ExchangeRef self{*this};
    const bool good = !ErrorAccess::failed(error);
    if (!streaming()) {
        ErrorAccess::mark_looked_at(error);  // the client is told by the status
        if (good && route_ && !response_done()) run_handler();
        return;
    }
    // Released last: what they hold may do anything.
    const Handler<void(std::string_view)> on_data = std::exchange(on_data_, {});
    if (!good)
        body_error_ = Error{ErrorAccess::kind(error), std::string{ErrorAccess::message(error)}};
    ErrorAccess::mark_looked_at(body_error_);
    if (!on_finish_)
        ErrorAccess::mark_looked_at(error);
    else if (!dispatch(std::move(on_finish_), std::move(error)))
        give_up(500);
}

bool Exchange::holds_back_body() const noexcept {
    return streaming() && !response_done() && (paused_ || !(on_data_ || on_finish_));
}

void Exchange::on_data(Handler<void(std::string_view)> handler) {
    if (!is_open() || body_done_) return;
    std::swap(on_data_, handler);
    connection_->resume();
}

void Exchange::on_finish(Callback<void(Error)> callback) {
    if (!callback) return;
    if (body_done_ && streaming()) {
        if (!ErrorAccess::failed(body_error_)) return tell(std::move(callback), {});
        return tell(std::move(callback), {ErrorAccess::kind(body_error_),
                                          std::string{ErrorAccess::message(body_error_)}});
    }
    if (!streaming() || (!connection_ && !response_done()))
        return tell(std::move(callback), {Errc::closed, "no body is coming"});
    if (response_done())
        return tell(std::move(callback),
                    gyre::detail::canceled_by_user("the response was finished before the body"));
    std::swap(on_finish_, callback);
    callback.discard();
    if (connection_) connection_->resume();
}

void Exchange::set_paused(bool paused) {
    if (std::exchange(paused_, paused) != paused && connection_) connection_->resume();
}

void Exchange::set_max_body_size(std::uint64_t bytes) {
    if (is_open() && !body_done_) connection_->limit_body(*this, bytes);
}

void Exchange::tell_connection_closed() noexcept {
    if (is_open() && pool_) pool_->later().add(std::move(on_connection_close_));
}

void Exchange::detach(const Error& error) noexcept {
    const ExchangeRef self{*this};
    forget_connection();
    tell_lost(error);
    const Handler<void(std::string_view)> on_data = std::exchange(on_data_, {});
    const Handler<void()> on_drain = std::exchange(on_drain_, {});
    for (auto& callback : waiting_.take_callbacks())
        tell(std::move(callback), Error{error});
    for (auto& callback : writer_.body().take_callbacks())
        tell(std::move(callback), Error{error});
    tell(std::move(on_finish_), Error{error});
    if (pool_) pool_->later().add(std::move(on_connection_close_));
}

void Exchange::discard() noexcept {
    forget_connection();
    on_finish_.discard();
    on_connection_close_.discard();
    discard_trail();
    for (auto& callback : waiting_.take_callbacks())
        callback.discard();
    for (auto& callback : writer_.body().take_callbacks())
        callback.discard();
    const Handler<void(std::string_view)> on_data = std::exchange(on_data_, {});
    const Handler<void()> on_drain = std::exchange(on_drain_, {});
}

void Exchange::clear() noexcept {
    constexpr std::size_t worth_keeping = 64 * 1024;
    discard();
    head.clear();
    match_ = {};
    route_ = nullptr;
    body_.clear();
    if (body_.capacity() > worth_keeping) body_.shrink_to_fit();
    body_view_ = {};
    body_block_ = {};
    block_ = {};
    handler_origin_ = {};
    body_error_ = {};
    writer_.reset();
    waiting_ = {};
    paused_ = body_done_ = congested_ = flush_due_ = false;
    keep_alive_ = true;
    over_high_water_ = 0;
    body_encoded_ = 0;
    trail_.reset();
}

}  // namespace gyre::http::detail
