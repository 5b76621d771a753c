#include "cpu_affinity.hpp"
#include "reactor_pool_core.hpp"
#include <gyre/error_access.hpp>
#include <gyre/log.hpp>
#include <gyre/reactor_pool.hpp>

#include <algorithm>
#include <cstdlib>
#include <thread>
#include <utility>

namespace gyre {

std::size_t ReactorPoolOptions::default_threads() noexcept {
    std::size_t count = detail::allowed_cpus().size();
    if (count == 0) count = std::thread::hardware_concurrency();
    return std::max<std::size_t>(count, 1);
}

ReactorPool::ReactorPool(ReactorPoolOptions options)
    : core_(std::make_shared<detail::ReactorPoolCore>(std::move(options))) {}

ReactorPool::~ReactorPool() {
    core_->cut_off();
    if (!core_->join()) return;
    log(LogLevel::error, "a reactor pool was destroyed on the thread of one of its members");
    std::abort();
}

// A thread that comes out of `run` or `join` may find the pool destroyed by another that waited for
// the same: hence the copies.
Error ReactorPool::start(const SetUp& set_up) {
    const auto core = core_;
    return core->start(set_up);
}

Error ReactorPool::run(const SetUp& set_up) {
    const auto core = core_;
    return core->run(set_up);
}

void ReactorPool::stop() noexcept { core_->stop(); }

Error ReactorPool::join() {
    const auto core = core_;
    return core->join();
}

std::size_t ReactorPool::size() const noexcept { return core_->size(); }

void ReactorPool::add_callback(std::size_t member, Callback<void()> callback) {
    core_->add_callback(member, std::move(callback));
}

void ReactorPool::gather_metrics(Reactor& home,
                                 Callback<void(std::vector<ReactorMetrics>)> callback) {
    core_->gather_metrics(home, std::move(callback));
}

}  // namespace gyre
