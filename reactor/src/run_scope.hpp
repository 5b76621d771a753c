#pragma once

#include "reactor_core.hpp"

#include <memory>
#include <thread>

namespace gyre::detail {

/// Marks the reactor as this thread's, and as running, for as long as it lives.
class ReactorCore::RunScope {
public:
    explicit RunScope(ReactorCore& core) : core_(core.shared_from_this()) {
        push_sink(core.sink_);
        core.home_.store(std::this_thread::get_id(), std::memory_order_relaxed);
        core.runner_.store(std::this_thread::get_id(), std::memory_order_relaxed);
        core.update_time();
    }
    RunScope(const RunScope&) = delete;
    RunScope& operator=(const RunScope&) = delete;
    ~RunScope() {
        core_->runner_.store(std::thread::id{}, std::memory_order_relaxed);
        pop_sink(core_->sink_);
    }

private:
    std::shared_ptr<ReactorCore> core_;
};

}  // namespace gyre::detail
