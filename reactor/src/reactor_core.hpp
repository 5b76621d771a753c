#pragma once

#include "error_state.hpp"
#include "loop_meter.hpp"
#include "poller.hpp"
#include "ready_queue.hpp"
#include "timer_queue.hpp"
#include <gyre/block.hpp>
#include <gyre/deadline.hpp>
#include <gyre/executor.hpp>
#include <gyre/network.hpp>
#include <gyre/random.hpp>
#include <gyre/reactor.hpp>
#include <gyre/reactor_ref.hpp>
#include <gyre/resolver.hpp>

#include <atomic>
#include <cassert>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace gyre::detail {

class AsioGuest;
class ExecutorJob;
class FdWatch;
class SignalWatch;
class TraceRecorder;
class Wakeup;
class Watchdog;

/// The reactor behind `Reactor`. References to it may outlive the reactor; after `shut_down` it
/// holds nothing and every operation does nothing.
class ReactorCore : public std::enable_shared_from_this<ReactorCore> {
public:
    explicit ReactorCore(ReactorOptions options);
    ReactorCore(const ReactorCore&) = delete;
    ReactorCore& operator=(const ReactorCore&) = delete;
    ~ReactorCore();

    /// Second half of construction, which needs `shared_from_this`.
    void start();
    /// Ends everything that lives here, without calling any callback.
    void shut_down() noexcept;

    // The loop.
    void run(TimePoint until);
    std::size_t poll();
    void stop() noexcept;

    /// True while there is a reason for `run` to go on.
    bool has_any_work() const;
    /// The same, Asio's reasons apart.
    bool has_work() const noexcept;

    // Work.
    void post(Callback<void()>&& callback);
    void post_from_any_thread(Callback<void()>&& callback);
    Timeout call_later(Duration delay, Callback<void()>&& callback);
    Timeout call_at(TimePoint deadline, Callback<void()>&& callback);
    void run_in_executor(Callback<void()> work, Callback<void(Error)> done);
    void finish_job(const std::shared_ptr<ExecutorJob>& job) noexcept;
    void report(Error error) noexcept;
    /// False within on_unhandled_error: reported again an error might go round for ever.
    bool takes_reports() const noexcept { return !on_running_thread() || !delivering_; }
    void on_unhandled_error(Handler<void(const Error&)> handler);

    // What it does and waits for.
    ReactorMetrics metrics() const;
    PendingOperations pending() const;
    void on_slow_callback(Handler<void(const SlowCallback&)> handler);
    void record_into(std::shared_ptr<TraceRecorder> recorder);
    /// No more into this one, if it is the one.
    void end_recording(const TraceRecorder& recorder) noexcept;

    // Descriptors.
    Error add_handler(int descriptor, IOEvents events, Handler<void(int, IOEvents)> handler);
    Error update_handler(int descriptor, IOEvents events);
    void remove_handler(int descriptor) noexcept;

    // Signals.
    Error add_signal_handler(int signal, Handler<void(int)> handler);
    void remove_signal_handler(int signal) noexcept;

    // Residents.
    void adopt(const std::shared_ptr<Resident>& resident) noexcept;
    void abandon(Resident& resident) noexcept;
    void hold() noexcept { ++holds_; }
    void unhold() noexcept {
        assert(holds_ > 0);
        --holds_;
    }

    bool alive() const noexcept { return alive_.load(std::memory_order_acquire); }
    bool on_home_thread() const noexcept {
        return home_.load(std::memory_order_relaxed) == std::this_thread::get_id();
    }
    void check_thread(const char* operation) const noexcept;
    /// True inside of `run` and `poll`.
    bool running() const noexcept {
        return runner_.load(std::memory_order_relaxed) != std::thread::id{};
    }
    bool stopping() const noexcept { return stopped_.load(std::memory_order_relaxed); }
    TimePoint now() const noexcept { return running() ? now_ : live_time(); }
    TimePoint live_time() const noexcept {
        return virtual_time_ ? options_.clock->now() : std::chrono::steady_clock::now();
    }

    AsioGuest& asio_guest();
    const std::shared_ptr<ErrorSink>& sink() const noexcept { return sink_; }
    Poller& poller() noexcept { return *poller_; }
    BlockPool& blocks() noexcept { return blocks_; }
    DeadlineWheel& deadlines() noexcept { return deadlines_; }
    TimerQueue& timers() noexcept { return timers_; }
    Network& network() noexcept { return *options_.network; }
    Resolver& resolver() noexcept { return *options_.resolver; }
    Random& random() noexcept { return *options_.random; }

    static ReactorCore& of(Reactor& reactor) noexcept { return *reactor.core_; }
    static const std::shared_ptr<ReactorCore>& shared(Reactor& reactor) noexcept {
        return reactor.core_;
    }

private:
    class Sink;
    class RunScope;

    struct TurnOptions {
        bool may_wait;    // else everything that is ready is dispatched, and nothing is waited for
        TimePoint until;  // when a wait ends at the latest
    };

    bool on_running_thread() const noexcept {
        return runner_.load(std::memory_order_relaxed) == std::this_thread::get_id();
    }
    Timeout add_timer(TimePoint deadline, Callback<void()>&& callback);
    /// Turns while there is work; true when it was stopped or the time came before.
    bool turn_until(TimePoint until);
    std::size_t turn(const TurnOptions& options);
    std::size_t run_ready(bool fair);
    std::size_t run_events();
    std::size_t run_timers();
    std::size_t deliver_reports();
    void deliver_slow();
    void record_first_reactor();
    void save_trace_file() noexcept;
    void start_watchdog();
    void wait(const TurnOptions& options);
    void wait_for(const TurnOptions& options, Duration timeout);
    TimePoint next_time(const TurnOptions& options) const noexcept;
    Duration wait_time(const TurnOptions& options);
    void take_remote() noexcept;
    void settle();
    void update_time() noexcept { now_ = live_time(); }
    void wake() noexcept;
    void bury() noexcept;
    void end_residents() noexcept;
    void end_jobs() noexcept;
    void log_reports() noexcept;

    ReactorOptions options_;
    std::atomic<bool> alive_{true};
    std::atomic<bool> stopped_{false};
    std::atomic<std::thread::id> home_;    // that runs it, or ran it last, or made it
    std::atomic<std::thread::id> runner_;  // that is inside of `run` or `poll`
    bool virtual_time_ = false;
    TimePoint now_;

    std::unique_ptr<Poller> poller_;
    std::unique_ptr<Wakeup> wakeup_;
    ReadyQueue ready_;
    TimerQueue timers_;
    DeadlineWheel deadlines_;
    BlockPool blocks_;
    std::size_t holds_ = 0;
    LoopMeter meter_;
    std::uint64_t turns_ = 0;
    std::uint64_t callbacks_run_ = 0;
    std::uint64_t events_run_ = 0;
    std::uint64_t timers_run_ = 0;
    std::uint64_t errors_told_ = 0;
    std::unordered_map<int, std::shared_ptr<FdWatch>> fd_watches_;
    std::unordered_set<std::shared_ptr<ExecutorJob>> jobs_;
    std::unique_ptr<SignalWatch> signals_;                // from the first signal handler on
    std::unique_ptr<AsioGuest> guest_;                    // from the first `asio_context` on
    std::unique_ptr<Watchdog> watchdog_;                  // from the first `run` on
    std::string trace_file_;                              // to write at the end, …
    std::shared_ptr<TraceRecorder> trace_file_recorder_;  // … this; null: none

    Resident* residents_ = nullptr;
    std::size_t resident_count_ = 0;
    std::vector<std::shared_ptr<Resident>> graveyard_;

    std::shared_ptr<ErrorSink> sink_;
    std::vector<Error> reports_;
    Handler<void(const Error&)> unhandled_;
    Handler<void(const SlowCallback&)> on_slow_;
    bool delivering_ = false;

    mutable std::mutex remote_mutex_;
    std::vector<Callback<void()>> remote_;
    std::vector<Error> remote_reports_;
    std::atomic<bool> remote_pending_{false};
};

}  // namespace gyre::detail
