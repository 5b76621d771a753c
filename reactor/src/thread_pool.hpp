#pragma once

#include <gyre/executor.hpp>

#include <memory>
#include <thread>
#include <vector>

namespace gyre::detail {

/// The default executor: threads that start when there is work for them, and a bounded queue.
/// Destroying it drops the jobs that wait, and waits for those that run as long as it was told to.
class ThreadPool final : public Executor {
public:
    explicit ThreadPool(const ExecutorOptions& options);
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;
    ~ThreadPool() override;

    Error submit(std::function<void()> job) override;
    ExecutorMetrics metrics() const override;
    Duration shutdown_wait() const override { return options_.shutdown_wait; }

private:
    struct State;

    Error check_options() const;
    Error start_thread();

    const ExecutorOptions options_;
    std::shared_ptr<State> state_;  // which a thread that nobody waits for any more shares
    std::vector<std::thread> threads_;
};

}  // namespace gyre::detail
