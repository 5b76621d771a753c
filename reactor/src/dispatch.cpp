#include "chain_node.hpp"
#include "cycle_clock.hpp"
#include "error_mapping.hpp"
#include "error_state.hpp"
#include "loop_meter.hpp"
#include <gyre/dispatch.hpp>

namespace gyre::detail {

constinit thread_local DispatchState dispatch_state;

void DispatchScope::begin_timing() noexcept {
    const std::uint64_t now = CycleClock::ticks();
    if (ChainNode* node = origin_.node()) node->started.store(now, std::memory_order_relaxed);
    const bool sampled =
        state_.dispatched.load(std::memory_order_relaxed) % DispatchState::remembered == 0;
    if (state_.meter && (sampled || state_.exact)) started_ = now;
}

void DispatchScope::end_timing() noexcept {
    state_.meter->on_callback_timed(origin_, started_, CycleClock::ticks());
}

void DispatchScope::report_exception() noexcept {
    // Made and let go unseen, it goes to on_unhandled_error.
    const Error error{Errc::unhandled_exception, describe_exception("an exception left a callback"),
                      origin_.place()};
    ErrorAccess::set_origin(error, origin_);
}

}  // namespace gyre::detail
