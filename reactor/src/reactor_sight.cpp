#include "chain_node.hpp"
#include "executor_job.hpp"
#include "fd_watch.hpp"
#include "reactor_core.hpp"
#include "signal_watch.hpp"
#include "trace_recorder.hpp"
#include "trace_writer.hpp"
#include <gyre/dispatch.hpp>
#include <gyre/error_access.hpp>
#include <gyre/log.hpp>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <string>
#include <utility>

// The part of ReactorCore that lets a program see what its loop does and waits for.
namespace gyre::detail {
namespace {

std::string text_of(Duration wait) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(wait).count();
    return ms <= 0 ? "due" : "in " + std::to_string(ms) + " ms";
}

}  // namespace

ReactorMetrics ReactorCore::metrics() const {
    ReactorMetrics metrics;
    metrics.turns = turns_;
    metrics.callbacks = callbacks_run_;
    metrics.events = events_run_;
    metrics.timers = timers_run_;
    metrics.slow_callbacks = meter_.slow_count();
    metrics.unhandled_errors = errors_told_;
    {
        const std::lock_guard lock{remote_mutex_};
        metrics.ready = ready_.size() + remote_.size();
    }
    metrics.timers_pending = timers_.size();
    metrics.descriptors = fd_watches_.size();
    metrics.residents = resident_count_;
    metrics.holds = holds_;
    metrics.executor_jobs = jobs_.size();
    metrics.loop_lag = meter_.loop_lag();
    metrics.callback_time = meter_.callback_time();
    if (options_.executor) metrics.executor = options_.executor->metrics();
    return metrics;
}

PendingOperations ReactorCore::pending() const {
    PendingOperations all;
    const auto add_callback = [&](const Callback<void()>& callback) {
        all.push_back({.kind = "callback", .place = callback.place()});
    };
    ready_.for_each(add_callback);
    {
        const std::lock_guard lock{remote_mutex_};
        std::for_each(remote_.begin(), remote_.end(), add_callback);
    }
    const TimePoint now = this->now();
    for (const auto& [timer, deadline] : timers_.all())
        all.push_back({.kind = "timer",
                       .detail = text_of(deadline - now),
                       .place = timer->callback.place(),
                       .keeps_running = timer->counted != 0});
    for (const auto& [descriptor, watch] : fd_watches_)
        all.push_back(
            {.kind = "descriptor", .detail = std::to_string(descriptor), .place = watch->place()});
    if (signals_) signals_->list_pending(all);
    for (const auto& job : jobs_)
        all.push_back({.kind = "executor job", .place = job->place()});
    for (const Resident* resident = residents_; resident; resident = resident->next_)
        resident->list_pending(all);
    return all;
}

void ReactorCore::on_slow_callback(Handler<void(const SlowCallback&)> handler) {
    std::swap(on_slow_, handler);
}

void ReactorCore::deliver_slow() {
    for (const SlowCallback& slow : meter_.take_slow()) {
        if (on_slow_)
            dispatch(on_slow_, slow);
        else
            log(LogLevel::warning, to_string(slow));
    }
}

void ReactorCore::record_into(std::shared_ptr<TraceRecorder> recorder) {
    if (recorder) set_tracing(true);
    meter_.set_recorder(std::move(recorder));
    // Inside of another reactor's `run` it comes into force when that returns.
    if (dispatch_state.meter == &meter_) dispatch_state.exact = meter_.exact();
}

void ReactorCore::end_recording(const TraceRecorder& recorder) noexcept {
    if (meter_.recorder().get() == &recorder) record_into(nullptr);
}

void ReactorCore::record_first_reactor() {
    static std::atomic<bool> made{false};
    const char* path = std::getenv("GYRE_TRACE_FILE");
    if (!path || !*path || made.exchange(true)) return;
    constexpr std::size_t most_events = 1'000'000;
    trace_file_ = path;
    trace_file_recorder_ = std::make_shared<TraceRecorder>(most_events);
    record_into(trace_file_recorder_);
}

void ReactorCore::save_trace_file() noexcept {
    if (!trace_file_recorder_) return;
    const Error error = save_trace(*trace_file_recorder_, trace_file_);
    if (error) log(LogLevel::error, error.message());
}

}  // namespace gyre::detail
