#pragma once

#include <gyre/executor.hpp>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace gyre::detail {

/// The default executor: threads that start when there is work for them, and a bounded queue.
/// Destroying it waits for the jobs that run and drops those that wait.
class ThreadPool final : public Executor {
public:
    ThreadPool(std::size_t threads, std::size_t queue_limit)
        : most_threads_(threads), queue_limit_(queue_limit) {}
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;
    ~ThreadPool() override;

    Error submit(std::function<void()> job) override;

private:
    void work();

    const std::size_t most_threads_;
    const std::size_t queue_limit_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> jobs_;
    std::vector<std::thread> threads_;
    std::size_t idle_ = 0;
    bool stopping_ = false;
};

}  // namespace gyre::detail
