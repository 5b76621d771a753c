#include "periodic_impl.hpp"

#include <gyre/error_access.hpp>
#include <gyre/random.hpp>

#include <algorithm>
#include <span>
#include <utility>

namespace gyre::detail {

PeriodicImpl::~PeriodicImpl() {
    // The last handle may go elsewhere, but what the handler holds dies at home.
    if (handler_ && reactor_.alive() && !reactor_.on_home_thread())
        reactor_.post_from_any_thread([handler = std::move(handler_)] {});
}

Error PeriodicImpl::check() const {
    if (!reactor_.alive()) return {Errc::closed, "the reactor of a PeriodicCallback is gone"};
    if (!handler_) return {Errc::invalid_argument, "a PeriodicCallback needs a handler"};
    if (period_ <= Duration::zero())
        return {Errc::invalid_argument, "a PeriodicCallback needs a period of more than zero"};
    if (!(options_.jitter >= 0 && options_.jitter <= 1))
        return {Errc::invalid_argument, "the jitter of a PeriodicCallback is from 0 to 1"};
    return {};
}

Error PeriodicImpl::start() {
    Error error = check();
    if (ErrorAccess::failed(error) || running_) return error;
    running_ = true;
    reactor_.adopt(shared_from_this());
    started_ = reactor_.live_time();
    ticks_ = 0;
    arm();
    return error;
}

void PeriodicImpl::stop() noexcept {
    if (!std::exchange(running_, false)) return;
    timeout_.cancel();
    reactor_.abandon(*this);
}

void PeriodicImpl::unref() noexcept {
    counted_ = false;
    timeout_.unref();
}

void PeriodicImpl::on_reactor_destroyed() noexcept {
    running_ = false;
    timeout_.cancel();
    std::exchange(handler_, {}) = {};
}

void PeriodicImpl::arm() {
    const TimePoint at = next_tick();
    timeout_ = reactor_.call_at(at == TimePoint::max() ? at : at + jitter(),
                                {[this] { on_tick(); }, handler_.origin()});
    if (!counted_) timeout_.unref();
}

void PeriodicImpl::on_tick() {
    // The timer was dispatched in the handler's name, so this is a part of it.
    const Handler<void()> handler = handler_;
    try {
        handler();
    } catch (...) {
        go_on();
        throw;
    }
    go_on();
}

void PeriodicImpl::go_on() {
    // It may have been stopped meanwhile, or stopped and started again.
    if (running_ && !timeout_.active()) arm();
}

// The first one behind both the last tick, which jitter may have brought early, and the time now.
TimePoint PeriodicImpl::next_tick() noexcept {
    const std::int64_t passed = (reactor_.live_time() - started_) / period_;
    const std::int64_t last = std::max(ticks_, passed);
    const TimePoint before = started_ + last * period_;
    ticks_ = last + 1;
    return period_ < TimePoint::max() - before ? before + period_ : TimePoint::max();
}

// Up to half of the jitter's part of the period to either side.
Duration PeriodicImpl::jitter() {
    if (options_.jitter == 0) return {};
    std::uint64_t random = 0;
    reactor_.random().fill(std::as_writable_bytes(std::span{&random, 1}));
    const double part = static_cast<double>(random >> 11) * 0x1p-53 - 0.5;
    const double widest = options_.jitter * static_cast<double>(period_.count());
    return Duration{static_cast<Duration::rep>(part * widest)};
}

}  // namespace gyre::detail
