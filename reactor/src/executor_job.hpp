#pragma once

#include <gyre/callback.hpp>
#include <gyre/clock.hpp>
#include <gyre/error.hpp>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <source_location>

namespace gyre::detail {

class ReactorCore;

/// One `run_in_executor`. The reactor keeps it and destroys its closures on its own thread; the
/// executor's thread only runs it.
class ExecutorJob {
public:
    ExecutorJob(Callback<void()> work, Callback<void(Error)> done) noexcept
        : work_(std::move(work)), done_(std::move(done)) {}
    ExecutorJob(const ExecutorJob&) = delete;
    ExecutorJob& operator=(const ExecutorJob&) = delete;

    /// On the executor's thread: runs the work unless the reactor has given it up.
    void run() noexcept;
    /// At home, after `run` or instead of it: releases the work and tells the outcome.
    void finish() noexcept;
    /// At home: releases everything without a call. If it runs just now, waits for that, for `most`
    /// at most; then its closure is left to the thread it runs on.
    void abandon(Duration most) noexcept;
    /// At home, when the executor did not take it.
    void refuse(Error error) noexcept { error_ = std::move(error); }
    Callback<void(Error)> take_done() noexcept { return std::move(done_); }
    Error take_error() noexcept { return std::move(error_); }
    void release_work() noexcept { work_.discard(); }
    std::source_location place() const noexcept { return done_.place(); }

private:
    enum class State {
        waiting,   ///< For a thread of the executor.
        running,   ///< On one.
        orphaned,  ///< On one, and the reactor has not waited for it.
        over,      ///< It has run, or never will.
    };

    std::mutex mutex_;
    std::condition_variable changed_;
    State state_ = State::waiting;
    Callback<void()> work_;
    Callback<void(Error)> done_;
    Error error_;
};

}  // namespace gyre::detail
