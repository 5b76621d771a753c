#pragma once

#include <gyre/reactor_pool.hpp>

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace gyre::detail {

class PinnedThread;
class PoolMemberCore;
class ReactorCore;

/// The pool behind `ReactorPool`. Everything below `mutex_` belongs to it; no code of the program
/// runs under it.
class ReactorPoolCore {
public:
    explicit ReactorPoolCore(ReactorPoolOptions options);
    ReactorPoolCore(const ReactorPoolCore&) = delete;
    ReactorPoolCore& operator=(const ReactorPoolCore&) = delete;
    ~ReactorPoolCore();

    Error start(const ReactorPool::SetUp& set_up);
    Error run(const ReactorPool::SetUp& set_up);
    void stop() noexcept;
    /// Ends all members without their stop handlers.
    void cut_off() noexcept;
    Error join();

    std::size_t size() const noexcept { return options_.threads; }
    void add_callback(std::size_t member, Callback<void()> callback);
    void gather_metrics(Reactor& home, Callback<void(std::vector<ReactorMetrics>)> callback);

private:
    enum class Phase {
        idle,        // no thread, no reactor
        setting_up,  // members are made one by one; those that are ready wait
        running,     // until all have ended and somebody has joined them
        giving_up,   // a set-up failed, and the members that wait end
    };

    struct Member {
        PoolMemberCore* core;  // lives as long as the reactor
        std::shared_ptr<ReactorCore> reactor;
    };

    Error check_options(const ReactorPool::SetUp& set_up) const;
    Error begin(const ReactorPool::SetUp& set_up);
    Error set_up_threads(std::size_t first, const ReactorPool::SetUp& set_up);
    Error start_thread(std::size_t index, const ReactorPool::SetUp& set_up);
    Error set_up_here(PoolMemberCore& member, PinnedThread& pinned,
                      const ReactorPool::SetUp& set_up);
    Error decide(Error error);
    void work(std::size_t index, const ReactorPool::SetUp& set_up);
    bool wait_for_decision(Error error);
    void serve(PoolMemberCore& member);
    void on_ended(std::size_t index);
    void join_threads();
    bool on_member_thread() const;
    static void post(const Member& member, void (*function)(PoolMemberCore&));

    const ReactorPoolOptions options_;
    std::vector<std::size_t> cpus_;  // to pin to; set before any thread starts

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    Phase phase_ = Phase::idle;
    bool stopped_ = false;    // or shall not even start
    bool attended_ = false;   // by a `start`, `run` or `join`, which will make it idle or say more
    bool is_set_up_ = false;  // the member whose turn it is
    Error set_up_error_;
    std::size_t living_ = 0;       // members that have not ended
    std::vector<Member> members_;  // those that have been made, by index
    std::vector<std::thread> threads_;
};

}  // namespace gyre::detail
