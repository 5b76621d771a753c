#include "reactor_pool_core.hpp"

#include "blocked_signals.hpp"
#include "cpu_affinity.hpp"
#include "metrics_gathering.hpp"
#include "pool_member_core.hpp"
#include "reactor_core.hpp"
#include <gyre/error_access.hpp>

#include <algorithm>
#include <new>
#include <string>
#include <system_error>
#include <utility>

namespace gyre::detail {

ReactorPoolCore::ReactorPoolCore(ReactorPoolOptions options) : options_(std::move(options)) {}

ReactorPoolCore::~ReactorPoolCore() = default;

Error ReactorPoolCore::check_options(const ReactorPool::SetUp& set_up) const {
    if (options_.threads == 0)
        return {Errc::invalid_argument, "ReactorPoolOptions::threads must be positive"};
    if (options_.stop_timeout <= Duration::zero())
        return {Errc::invalid_argument, "ReactorPoolOptions::stop_timeout must be positive"};
    if (!set_up) return {Errc::invalid_argument, "a reactor pool needs a set-up function"};
    if (options_.pin_threads && allowed_cpus().empty())
        return {Errc::not_supported, "the system does not tell which CPUs to pin threads to"};
    return {};
}

Error ReactorPoolCore::begin(const ReactorPool::SetUp& set_up) {
    if (Error error = check_options(set_up); ErrorAccess::failed(error)) return error;
    const std::lock_guard lock{mutex_};
    if (phase_ != Phase::idle)
        return {Errc::already_in_progress, "the reactor pool was started already"};
    if (options_.pin_threads) cpus_ = allowed_cpus();
    phase_ = Phase::setting_up;
    attended_ = true;
    return {};
}

Error ReactorPoolCore::start(const ReactorPool::SetUp& set_up) {
    if (Error error = begin(set_up); ErrorAccess::failed(error)) return error;
    Error error = decide(set_up_threads(0, set_up));
    if (ErrorAccess::failed(error)) {
        join_threads();
        return error;
    }
    const std::lock_guard lock{mutex_};
    attended_ = false;
    changed_.notify_all();
    return {};
}

Error ReactorPoolCore::run(const ReactorPool::SetUp& set_up) {
    if (Error error = begin(set_up); ErrorAccess::failed(error)) return error;
    Error error;
    {
        PinnedThread pinned;
        PoolMemberCore member{0, options_};
        error = set_up_here(member, pinned, set_up);
        if (!ErrorAccess::failed(error)) error = set_up_threads(1, set_up);
        error = decide(std::move(error));
        if (!ErrorAccess::failed(error)) serve(member);
    }
    on_ended(0);
    join_threads();
    return error;
}

Error ReactorPoolCore::set_up_threads(std::size_t first, const ReactorPool::SetUp& set_up) {
    for (std::size_t i = first; i < options_.threads; ++i)
        if (Error error = start_thread(i, set_up); ErrorAccess::failed(error)) return error;
    return {};
}

Error ReactorPoolCore::start_thread(std::size_t index, const ReactorPool::SetUp& set_up) {
    std::unique_lock lock{mutex_};
    if (stopped_) return {};  // `decide` says so
    is_set_up_ = false;
    try {
        const BlockedSignals blocked;
        threads_.emplace_back([this, index, &set_up] { work(index, set_up); });
    } catch (const std::system_error& error) {
        return system_error(error.code().value(),
                            "start thread " + std::to_string(index) + " of a reactor pool");
    } catch (const std::bad_alloc&) {
        return {Errc::out_of_memory, "start a thread of a reactor pool"};
    }
    changed_.wait(lock, [this] { return is_set_up_; });
    return std::exchange(set_up_error_, {});
}

/// On the member's thread.
Error ReactorPoolCore::set_up_here(PoolMemberCore& member, PinnedThread& pinned,
                                   const ReactorPool::SetUp& set_up) {
    {
        const std::lock_guard lock{mutex_};
        ++living_;
        members_.push_back({.core = &member, .reactor = ReactorCore::shared(member.reactor())});
        if (stopped_) return {};
    }
    if (options_.pin_threads)
        if (Error error = pinned.pin_to(cpus_[member.index() % cpus_.size()]);
            ErrorAccess::failed(error))
            return error;
    return member.set_up(set_up);
}

/// All are set up, or none will be.
Error ReactorPoolCore::decide(Error error) {
    const std::lock_guard lock{mutex_};
    if (stopped_ && !ErrorAccess::failed(error))
        error = canceled_by_user("the reactor pool was stopped before all members were set up");
    phase_ = ErrorAccess::failed(error) ? Phase::giving_up : Phase::running;
    changed_.notify_all();
    return error;
}

/// All that one of the pool's threads does.
void ReactorPoolCore::work(std::size_t index, const ReactorPool::SetUp& set_up) {
    {
        PinnedThread pinned;
        PoolMemberCore member{index, options_};
        if (wait_for_decision(set_up_here(member, pinned, set_up))) serve(member);
    }
    on_ended(index);
}

bool ReactorPoolCore::wait_for_decision(Error error) {
    std::unique_lock lock{mutex_};
    set_up_error_ = std::move(error);
    is_set_up_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return phase_ != Phase::setting_up; });
    return phase_ == Phase::running;
}

void ReactorPoolCore::serve(PoolMemberCore& member) {
    member.run();
    // Nobody would take over the work of a member that the program ended alone.
    stop();
}

void ReactorPoolCore::on_ended(std::size_t index) {
    const std::lock_guard lock{mutex_};
    --living_;
    if (living_ == 1 && index != 0)
        post(members_.front(), [](PoolMemberCore& first) { first.on_others_ended(); });
    changed_.notify_all();
}

/// Calls `function` on the member's thread, unless it has ended.
void ReactorPoolCore::post(const Member& member, void (*function)(PoolMemberCore&)) {
    member.reactor->post_from_any_thread(
        Callback<void()>{[core = member.core, function] { function(*core); }, Origin{}});
}

/// Waits for the threads, which end by themselves, and makes the pool idle. One at a time.
void ReactorPoolCore::join_threads() {
    for (std::thread& thread : threads_)
        thread.join();
    const std::lock_guard lock{mutex_};
    threads_.clear();
    members_.clear();
    phase_ = Phase::idle;
    stopped_ = attended_ = false;
    changed_.notify_all();
}

Error ReactorPoolCore::join() {
    std::unique_lock lock{mutex_};
    if (on_member_thread())
        return {Errc::not_supported, "a member of a reactor pool cannot wait for its own end"};
    changed_.wait(lock, [this] { return phase_ == Phase::idle || (!attended_ && living_ == 0); });
    if (phase_ == Phase::idle) return {};
    attended_ = true;
    lock.unlock();
    join_threads();
    return {};
}

bool ReactorPoolCore::on_member_thread() const {
    return std::any_of(members_.begin(), members_.end(),
                       [](const Member& member) { return member.reactor->on_home_thread(); });
}

void ReactorPoolCore::stop() noexcept {
    const std::lock_guard lock{mutex_};
    if (std::exchange(stopped_, true) || phase_ != Phase::running) return;
    for (const Member& member : members_)
        post(member, [](PoolMemberCore& core) { core.stop(); });
}

void ReactorPoolCore::cut_off() noexcept {
    const std::lock_guard lock{mutex_};
    stopped_ = true;
    for (const Member& member : members_)
        member.reactor->stop();
}

void ReactorPoolCore::add_callback(std::size_t member, Callback<void()> callback) {
    std::shared_ptr<ReactorCore> reactor;
    {
        const std::lock_guard lock{mutex_};
        if (member < members_.size()) reactor = members_[member].reactor;
    }
    if (reactor && callback) reactor->post_from_any_thread(std::move(callback));
}

void ReactorPoolCore::gather_metrics(Reactor& home,
                                     Callback<void(std::vector<ReactorMetrics>)> callback) {
    if (!callback) return;
    std::vector<std::shared_ptr<ReactorCore>> reactors;
    {
        const std::lock_guard lock{mutex_};
        for (const Member& member : members_)
            reactors.push_back(member.reactor);
    }
    const auto gathering =
        std::make_shared<MetricsGathering>(home, reactors.size(), std::move(callback));
    for (std::size_t i = 0; i < reactors.size(); ++i)
        reactors[i]->post_from_any_thread(Callback<void()>{
            [gathering, i, core = reactors[i].get()] { gathering->set(i, core->metrics()); },
            Origin{}});
}

}  // namespace gyre::detail
