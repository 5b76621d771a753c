#include "rate_limit.hpp"

namespace gyre::detail {

void RateLimit::set(std::size_t rate, std::size_t burst) noexcept {
    bucket_.set(rate, burst, reactor_.now());
    cancel();
}

bool RateLimit::holds_back() {
    if (allows() > 0) return false;
    if (timer_.active()) return true;
    timer_ = reactor_.call_later(
        bucket_.wait(reactor_.now()),
        Callback<void()>{[this] { listener_.on_rate_allows(*this); }, Origin{}});
    timer_.unref();
    return true;
}

}  // namespace gyre::detail
