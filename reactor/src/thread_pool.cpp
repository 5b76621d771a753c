#include "thread_pool.hpp"

#include <csignal>
#include <string>
#include <system_error>
#include <utility>

namespace gyre::detail {
namespace {

// Signals belong to the program's own threads.
class BlockedSignals {
public:
    BlockedSignals() noexcept {
        sigset_t all;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    BlockedSignals(const BlockedSignals&) = delete;
    BlockedSignals& operator=(const BlockedSignals&) = delete;
    ~BlockedSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

private:
    sigset_t before_{};
};

}  // namespace

ThreadPool::~ThreadPool() {
    std::deque<std::function<void()>> dropped;
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
        dropped.swap(jobs_);
    }
    wake_.notify_all();
    for (std::thread& thread : threads_)
        thread.join();
}

Error ThreadPool::submit(std::function<void()> job) {
    const std::lock_guard lock{mutex_};
    if (jobs_.size() >= queue_limit_)
        return {Errc::queue_full,
                "the executor's queue of " + std::to_string(queue_limit_) + " jobs is full"};
    if (idle_ <= jobs_.size() && threads_.size() < most_threads_) {
        try {
            const BlockedSignals blocked;
            threads_.emplace_back([this] { work(); });
        } catch (const std::system_error& error) {
            if (threads_.empty())
                return {Errc::system, std::string{"start a thread: "} + error.what()};
        }
    }
    jobs_.push_back(std::move(job));
    wake_.notify_one();
    return {};
}

void ThreadPool::work() {
    std::unique_lock lock{mutex_};
    for (;;) {
        ++idle_;
        wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
        --idle_;
        if (stopping_) return;
        std::function<void()> job = std::move(jobs_.front());
        jobs_.pop_front();
        lock.unlock();
        job();
        job = nullptr;
        lock.lock();
    }
}

}  // namespace gyre::detail
