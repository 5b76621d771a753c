#include "exchange.hpp"
#include "server_connection.hpp"

#include <utility>

// The way of an Exchange from its head through the middleware to its handler.
namespace gyre::http {

void Next::operator()() const {
    if (response_.exchange_) response_.exchange_->proceed(step_);
}

namespace detail {

using gyre::detail::dispatch;

void Exchange::start() noexcept {
    routing_.find(connection_->routes(), *this);
    if (routing_.has_middleware()) return run_middleware(0);
    stage_ = Stage::passed;
    connection_->enter_route(*this);
}

void Exchange::refuse(int status) noexcept {
    routing_.stay_at(connection_->routes());
    give_up(status);
}

// One after the other as long as each calls `next` before it returns; `proceed` goes on else.
void Exchange::run_middleware(std::size_t step) noexcept {
    const HTTPServerResponse response{*this};
    stage_ = Stage::in_middleware;
    deadline_.expire_after(connection_->options().response_timeout);
    for (; const Middleware* current = routing_.middleware(step); ++step) {
        const Middleware middleware = *current;
        handler_origin_ = middleware.origin();
        step_ = step;
        step_passed_ = false;
        step_running_ = true;
        const bool good = dispatch(middleware, HTTPServerRequest{*this},
                                   HTTPServerResponse{response}, Next{response, step});
        step_running_ = false;
        if (!is_open()) return;
        if (!good) return give_up(500);
        if (!step_passed_) return;
    }
    deadline_.clear();  // the body may take longer
    stage_ = Stage::passed;
    connection_->enter_route(*this);
}

void Exchange::proceed(std::size_t step) noexcept {
    if (!is_open() || stage_ != Stage::in_middleware || step != step_) return;
    if (std::exchange(step_passed_, true) || step_running_) return;
    pool_->later().add(
        Callback<void()>{[response = HTTPServerResponse{*this}, self = ExchangeRef{*this}] {
                             if (self->is_open()) self->run_middleware(self->step_ + 1);
                         },
                         gyre::detail::Origin{}});
}

void Exchange::run_handler() noexcept {
    const HTTPServerResponse response{*this};
    const RequestHandler handler = std::exchange(handler_, {});
    handler_origin_ = handler.origin();
    stage_ = Stage::handled;
    deadline_.expire_after(connection_->options().response_timeout);
    // An exception has been reported by now; the client gets its 500 all the same.
    if (!dispatch(handler, HTTPServerRequest{*this}, HTTPServerResponse{response})) give_up(500);
}

// To OPTIONS: what there is (RFC 9110 section 9.3.7). To anything else, why not.
void Exchange::answer_without_route() noexcept {
    if (routing_.status() >= 400) return give_up(routing_.status());
    writer_.headers().set("Allow", routing_.allow());
    encode(true, {});
}

// False if the response is no longer to be sent.
bool Exchange::edit_head() noexcept {
    if (std::exchange(head_edited_, true)) return true;
    const HTTPServerRequest request{*this};
    OutgoingHead outgoing{writer_.status(), writer_.headers()};
    for (std::size_t step = 0; const AfterMiddleware* after = routing_.after(step); ++step) {
        const bool good = dispatch(*after, request, outgoing);
        if (!is_open() || response_begun()) return false;
        if (!good) {
            give_up(500);
            return false;
        }
    }
    return true;
}

}  // namespace detail
}  // namespace gyre::http
