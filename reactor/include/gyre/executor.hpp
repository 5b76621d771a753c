#pragma once

#include <gyre/clock.hpp>
#include <gyre/error.hpp>
#include <gyre/export.hpp>
#include <gyre/limits.hpp>
#include <gyre/metrics.hpp>

#include <cstddef>
#include <functional>
#include <memory>

namespace gyre {

/// A pool of threads, as every reactor makes one on first use of `run_in_executor`.
struct ExecutorOptions {
    std::size_t threads = 4;         ///< At most; each is started when there is work for it.
    std::size_t queue_limit = 1024;  ///< Jobs that may wait for a thread; more are refused.
    /// How long the end of the pool, and of a reactor, waits for jobs that run at that moment.
    /// After it a job is left to itself: its closure is destroyed on its own thread when it ends,
    /// and must not use what the program has destroyed meanwhile.
    Duration shutdown_wait = unlimited;
};

/// Runs blocking work away from the reactor's thread.
class GYRE_API Executor {
public:
    virtual ~Executor() = default;
    /// Runs `job` on a thread of its own, some time later. The job does not throw. An error
    /// (`Errc::queue_full`) means that the job was not taken.
    virtual Error submit(std::function<void()> job) = 0;
    /// What it has done and has to do; any thread.
    virtual ExecutorMetrics metrics() const { return {}; }
    /// How long a reactor's end waits for a job of its own that runs.
    virtual Duration shutdown_wait() const { return unlimited; }
};

/// A pool of threads that several reactors may share (`ReactorOptions::executor`). Numbers of zero
/// are refused: every job then fails with `invalid_argument`.
GYRE_API std::shared_ptr<Executor> make_thread_pool(const ExecutorOptions& options = {});

}  // namespace gyre
