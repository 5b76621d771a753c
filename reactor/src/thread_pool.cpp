#include "thread_pool.hpp"

#include "blocked_signals.hpp"
#include "cycle_clock.hpp"
#include <gyre/error_access.hpp>

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <system_error>
#include <utility>

namespace gyre {

std::shared_ptr<Executor> make_thread_pool(const ExecutorOptions& options) {
    return std::make_shared<detail::ThreadPool>(options);
}

namespace detail {

struct ThreadPool::State {
    struct Job {
        std::function<void()> work;
        std::uint64_t submitted;  // CycleClock's ticks
    };

    std::mutex mutex;
    std::condition_variable wake;
    std::condition_variable ended;
    std::deque<Job> jobs;
    std::size_t threads = 0;
    std::size_t idle = 0;
    bool stopping = false;
    ExecutorMetrics counted{};

    void work();
    void run(Job job, std::unique_lock<std::mutex>& lock);
};

void ThreadPool::State::work() {
    std::unique_lock lock{mutex};
    for (;;) {
        ++idle;
        wake.wait(lock, [this] { return stopping || !jobs.empty(); });
        --idle;
        if (stopping) break;
        Job job = std::move(jobs.front());
        jobs.pop_front();
        run(std::move(job), lock);
    }
    --threads;
    ended.notify_all();
}

void ThreadPool::State::run(Job job, std::unique_lock<std::mutex>& lock) {
    const std::uint64_t begun = CycleClock::ticks();
    counted.queue_wait.record(CycleClock::to_duration(begun - job.submitted));
    lock.unlock();
    job.work();
    job.work = nullptr;
    const Duration taken = CycleClock::to_duration(CycleClock::ticks() - begun);
    lock.lock();
    counted.run_time.record(taken);
}

ThreadPool::ThreadPool(const ExecutorOptions& options)
    : options_(options), state_(std::make_shared<State>()) {}

ThreadPool::~ThreadPool() {
    std::deque<State::Job> dropped;
    bool all_ended = true;
    // A job that held the last reference to the pool ends it on one of its own threads.
    const auto is_own = [](const std::thread& thread) {
        return thread.get_id() == std::this_thread::get_id();
    };
    const std::size_t own = std::any_of(threads_.begin(), threads_.end(), is_own) ? 1 : 0;
    {
        std::unique_lock lock{state_->mutex};
        state_->stopping = true;
        dropped.swap(state_->jobs);
        state_->wake.notify_all();
        const auto none_left = [this, own] { return state_->threads == own; };
        if (options_.shutdown_wait == Duration::max())
            state_->ended.wait(lock, none_left);
        else
            all_ended = state_->ended.wait_for(lock, options_.shutdown_wait, none_left);
    }
    for (std::thread& thread : threads_)
        all_ended && !is_own(thread) ? thread.join() : thread.detach();
}

Error ThreadPool::check_options() const {
    if (options_.threads == 0 || options_.queue_limit == 0 ||
        options_.shutdown_wait < Duration::zero())
        return {Errc::invalid_argument,
                "ExecutorOptions: threads and queue_limit must be positive, and shutdown_wait not "
                "negative"};
    return {};
}

Error ThreadPool::submit(std::function<void()> job) {
    if (Error error = check_options(); ErrorAccess::failed(error)) return error;
    const std::lock_guard lock{state_->mutex};
    if (state_->jobs.size() >= options_.queue_limit) {
        ++state_->counted.refused;
        return {Errc::queue_full, "the executor's queue of " +
                                      std::to_string(options_.queue_limit) + " jobs is full"};
    }
    if (state_->idle <= state_->jobs.size() && state_->threads < options_.threads)
        if (Error error = start_thread(); ErrorAccess::failed(error)) return error;
    state_->jobs.push_back({std::move(job), CycleClock::ticks()});
    ++state_->counted.submitted;
    state_->wake.notify_one();
    return {};
}

Error ThreadPool::start_thread() {
    try {
        const BlockedSignals blocked;
        threads_.emplace_back([state = state_] { state->work(); });
        ++state_->threads;
    } catch (const std::system_error& error) {
        if (threads_.empty()) return {Errc::system, std::string{"start a thread: "} + error.what()};
    }
    return {};
}

ExecutorMetrics ThreadPool::metrics() const {
    const std::lock_guard lock{state_->mutex};
    ExecutorMetrics metrics = state_->counted;
    metrics.threads = state_->threads;
    metrics.busy = state_->threads - state_->idle;
    metrics.queued = state_->jobs.size();
    metrics.queue_limit = options_.queue_limit;
    return metrics;
}

}  // namespace detail
}  // namespace gyre
