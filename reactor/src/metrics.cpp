#include <gyre/metrics.hpp>
#include <gyre/pending.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <ostream>

namespace gyre {
namespace {

std::string seconds(double value) {
    // Not printf: its decimal point is the locale's.
    std::array<char, 32> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                   std::chars_format::general, 9);
    return {buffer.data(), end.ptr};
}

std::string seconds(Duration value) {
    return seconds(std::chrono::duration<double>{value}.count());
}

/// Builds the text, a metric at a time.
class PrometheusText {
public:
    explicit PrometheusText(std::string_view labels) : labels_(labels) {}

    void counter(std::string_view name, std::string_view help, std::uint64_t value) {
        head(name, help, "counter");
        line(name, "", "", std::to_string(value));
    }
    void gauge(std::string_view name, std::string_view help, std::size_t value) {
        head(name, help, "gauge");
        line(name, "", "", std::to_string(value));
    }
    void histogram(std::string_view name, std::string_view help, const Histogram& values) {
        head(name, help, "histogram");
        // From a microsecond to 17 seconds, four times as much in each.
        constexpr unsigned first = 10;
        constexpr unsigned last = 34;
        for (unsigned power = first; power <= last; power += 2)
            line(name, "_bucket",
                 "le=\"" + seconds(std::ldexp(1e-9, static_cast<int>(power))) + '"',
                 std::to_string(values.count_below(power)));
        line(name, "_bucket", "le=\"+Inf\"", std::to_string(values.count()));
        line(name, "_sum", "", seconds(values.sum()));
        line(name, "_count", "", std::to_string(values.count()));
    }
    std::string take() { return std::move(text_); }

private:
    void head(std::string_view name, std::string_view help, std::string_view type) {
        text_.append("# HELP gyre_").append(name).append(" ").append(help);
        text_.append("\n# TYPE gyre_").append(name).append(" ").append(type).append("\n");
    }
    void line(std::string_view name, std::string_view suffix, const std::string& own_label,
              const std::string& value) {
        text_.append("gyre_").append(name).append(suffix);
        if (!labels_.empty() || !own_label.empty()) {
            text_.append("{").append(labels_);
            if (!labels_.empty() && !own_label.empty()) text_ += ',';
            text_.append(own_label).append("}");
        }
        text_.append(" ").append(value).append("\n");
    }

    std::string_view labels_;
    std::string text_;
};

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
