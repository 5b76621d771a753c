#include "exchange_pool.hpp"

#include "exchange.hpp"

#include <utility>

namespace gyre::http::detail {

ExchangePool::ExchangePool(gyre::detail::ReactorRef reactor)
    : reactor_(std::move(reactor)), later_(std::make_shared<LaterCalls>(reactor_)) {}

Exchange* ExchangePool::take() {
    Exchange* exchange = nullptr;
    if (!resting_.empty()) {
        exchange = resting_.back();
        resting_.pop_back();
    } else {
        exchange = new Exchange(reactor_, *this);
        exchange->pool_index = all_.size();
        all_.push_back(exchange);
    }
    exchange->retain();
    return exchange;
}

void ExchangePool::rest(Exchange& exchange) noexcept {
    constexpr std::size_t most_resting = 256;
    if (resting_.size() < most_resting) return resting_.push_back(&exchange);
    all_.back()->pool_index = exchange.pool_index;
    all_[exchange.pool_index] = all_.back();
    all_.pop_back();
    exchange.leave_pool();
}

void ExchangePool::close() noexcept {
    if (std::exchange(closed_, true)) return;
    later_->close();
    resting_.clear();
    // Their memory belongs to a reactor that may go next. The pool's own reference keeps each until
    // it has been emptied; the last one elsewhere, on any thread, then frees it.
    for (Exchange* exchange : std::exchange(all_, {})) {
        exchange->clear();
        exchange->leave_pool();
    }
}

}  // namespace gyre::http::detail
