#pragma once

#include <gyre/error.hpp>
#include <gyre/export.hpp>

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>

namespace gyre {

class Reactor;
namespace detail {
class ReactorCore;
class TraceRecorder;
}  // namespace detail

struct TraceRecordingOptions {
    std::size_t max_events = 1'000'000;  ///< 64 bytes each; what comes after them is counted only.
};

/// Records which callbacks a reactor runs, when, for how long, and which of them registered which;
/// switches tracing on. What was registered before that counts as main's. The environment's
/// GYRE_TRACE_FILE=NAME.json (or NAME.dot) does the same for the first reactor that a program
/// makes, and saves when that reactor is destroyed.
///
/// An owner: destroying it ends the recording; `stop` keeps what was recorded. On the reactor's
/// thread only, but a stopped recording may be written anywhere. One at a time for a reactor: a
/// later one takes over.
class GYRE_API TraceRecording {
public:
    explicit TraceRecording(Reactor& reactor, TraceRecordingOptions options = {});
    TraceRecording(const TraceRecording&) = delete;
    TraceRecording& operator=(const TraceRecording&) = delete;
    ~TraceRecording();

    void stop() noexcept;
    std::size_t events() const noexcept;
    /// How many did not fit.
    std::uint64_t dropped() const noexcept;

    /// Chrome's trace event format (JSON), which Perfetto and chrome://tracing open: a slice for
    /// each callback, an arrow from the one that registered it.
    void write_chrome_trace(std::ostream& out) const;
    /// A graph for Graphviz's `dot`: a box for each place where callbacks were registered, with how
    /// often they ran and how long they took, and an arrow from the place whose callbacks did it.
    void write_graphviz(std::ostream& out) const;
    /// The same into a file: Graphviz if its name ends in ".dot", else Chrome's. Errors: the
    /// system's, for a file that cannot be written.
    Error save(const std::string& path) const;

private:
    std::shared_ptr<detail::ReactorCore> core_;
    std::shared_ptr<detail::TraceRecorder> recorder_;
};

}  // namespace gyre
