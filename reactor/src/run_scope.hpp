#pragma once

#include "reactor_core.hpp"
#include "watchdog.hpp"
#include <gyre/dispatch.hpp>

#include <memory>
#include <thread>
#include <utility>

namespace gyre::detail {

/// Marks the reactor as this thread's, and as running, for as long as it lives.
class ReactorCore::RunScope {
public:
    explicit RunScope(ReactorCore& core) : core_(core.shared_from_this()) {
        push_sink(core.sink_);
        core.home_.store(std::this_thread::get_id(), std::memory_order_relaxed);
        core.runner_.store(std::this_thread::get_id(), std::memory_order_relaxed);
        core.update_time();
        outer_meter_ = std::exchange(dispatch_state.meter, &core.meter_);
        dispatch_state.exact = core.meter_.exact();
        core.meter_.begin_stretch(dispatch_state);
        if (core.watchdog_) core.watchdog_->enter(dispatch_state);
    }
    RunScope(const RunScope&) = delete;
    RunScope& operator=(const RunScope&) = delete;
    ~RunScope() {
        if (core_->watchdog_) core_->watchdog_->leave();
        dispatch_state.meter = outer_meter_;
        dispatch_state.exact = outer_meter_ && outer_meter_->exact();
        core_->runner_.store(std::thread::id{}, std::memory_order_relaxed);
        pop_sink(core_->sink_);
    }

private:
    std::shared_ptr<ReactorCore> core_;
    LoopMeter* outer_meter_;  // of a reactor inside of whose callback this one runs
};

}  // namespace gyre::detail
