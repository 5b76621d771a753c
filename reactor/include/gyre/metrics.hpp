#pragma once

#include <gyre/export.hpp>
#include <gyre/histogram.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gyre {

/// What an executor has done and has to do (`Executor::metrics`).
struct ExecutorMetrics {
    std::size_t threads = 0;      ///< That have been started.
    std::size_t busy = 0;         ///< Of them at work.
    std::size_t queued = 0;       ///< Jobs that wait for a thread …
    std::size_t queue_limit = 0;  ///< … and how many may.
    std::uint64_t submitted = 0;  ///< Jobs taken so far.
    std::uint64_t refused = 0;    ///< Jobs not taken because the queue was full.
    Histogram queue_wait{};       ///< From being taken to being begun.
    Histogram run_time{};
};

/// What a reactor has done and has to do (`Reactor::metrics`). Numbers are since it was made.
struct ReactorMetrics {
    std::uint64_t turns = 0;      ///< Of the loop.
    std::uint64_t callbacks = 0;  ///< Taken from the ready queue.
    std::uint64_t events = 0;     ///< Of descriptors.
    std::uint64_t timers = 0;     ///< That fired.
    std::uint64_t slow_callbacks = 0;
    std::uint64_t unhandled_errors = 0;

    std::size_t ready = 0;           ///< Callbacks that wait for their turn.
    std::size_t timers_pending = 0;  ///< Timers that are still to come.
    std::size_t descriptors = 0;     ///< With a handler (`add_handler`).
    std::size_t residents = 0;       ///< Streams, connections, listeners, fetches: what lives here.
    std::size_t holds = 0;           ///< Reasons of descriptors and residents for `run` to go on.
    std::size_t executor_jobs = 0;   ///< That this reactor waits for.

    /// How long each turn kept the loop from looking at descriptors and timers again: what a new
    /// event may have to wait.
    Histogram loop_lag{};
    /// How long the program's callbacks took: one in sixteen of them, or all with
    /// `ReactorOptions::checks` and while a `TraceRecording` runs.
    Histogram callback_time{};
    ExecutorMetrics executor{};
};

/// The metrics in Prometheus's text format (version 0.0.4), for an HTTP handler to answer with as
/// `text/plain; version=0.0.4`. `labels` goes into every line's braces: `reactor="1"`.
GYRE_API std::string prometheus_text(const ReactorMetrics& metrics, std::string_view labels = {});

}  // namespace gyre
