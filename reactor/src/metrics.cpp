#include <gyre/metrics.hpp>
#include <gyre/pending.hpp>
#include <gyre/prometheus_text.hpp>

#include <ostream>

namespace gyre {
namespace {

using detail::PrometheusText;

void add_executor(PrometheusText& text, const ExecutorMetrics& executor) {
    text.gauge("executor_threads", "Threads that have been started.", executor.threads);
    text.gauge("executor_busy", "Threads at work.", executor.busy);
    text.gauge("executor_queued", "Jobs that wait for a thread.", executor.queued);
    text.gauge("executor_queue_limit", "How many jobs may wait.", executor.queue_limit);
    text.counter("executor_submitted_total", "Jobs taken.", executor.submitted);
    text.counter("executor_refused_total", "Jobs refused because the queue was full.",
                 executor.refused);
    text.histogram("executor_queue_wait_seconds", "How long jobs waited for a thread.",
                   executor.queue_wait);
    text.histogram("executor_run_seconds", "How long jobs ran.", executor.run_time);
}

}  // namespace

std::string prometheus_text(const ReactorMetrics& metrics, std::string_view labels) {
    PrometheusText text{labels};
    text.counter("turns_total", "Turns of the loop.", metrics.turns);
    text.counter("callbacks_total", "Callbacks run from the ready queue.", metrics.callbacks);
    text.counter("events_total", "Events of descriptors.", metrics.events);
    text.counter("timers_total", "Timers that fired.", metrics.timers);
    text.counter("slow_callbacks_total", "Callbacks that held the loop for too long.",
                 metrics.slow_callbacks);
    text.counter("unhandled_errors_total", "Errors that nobody looked at.",
                 metrics.unhandled_errors);
    text.gauge("ready_callbacks", "Callbacks that wait for their turn.", metrics.ready);
    text.gauge("pending_timers", "Timers that are still to come.", metrics.timers_pending);
    text.gauge("descriptors", "Descriptors with a handler.", metrics.descriptors);
    text.gauge("residents", "Streams, connections, listeners and fetches.", metrics.residents);
    text.gauge("holds", "What keeps the loop running, timers and jobs apart.", metrics.holds);
    text.gauge("executor_jobs", "Jobs of this reactor that are not done.", metrics.executor_jobs);
    text.histogram("loop_lag_seconds", "How long turns kept new events waiting.", metrics.loop_lag);
    text.histogram("callback_seconds", "How long callbacks took.", metrics.callback_time);
    add_executor(text, metrics.executor);
    return text.take();
}

std::ostream& operator<<(std::ostream& out, const PendingOperation& operation) {
    out << operation.kind;
    if (!operation.detail.empty()) out << ' ' << operation.detail;
    if (operation.place.line() != 0)
        out << ", registered at " << operation.place.file_name() << ':' << operation.place.line();
    return out;
}

}  // namespace gyre
