#include "reactor_core.hpp"
#include "trace_recorder.hpp"
#include "trace_writer.hpp"
#include <gyre/trace_recording.hpp>

namespace gyre {

TraceRecording::TraceRecording(Reactor& reactor, TraceRecordingOptions options)
    : core_(detail::ReactorCore::shared(reactor)),
      recorder_(std::make_shared<detail::TraceRecorder>(options.max_events)) {
    core_->record_into(recorder_);
}

TraceRecording::~TraceRecording() { stop(); }

void TraceRecording::stop() noexcept { core_->end_recording(*recorder_); }

std::size_t TraceRecording::events() const noexcept { return recorder_->events().size(); }

std::uint64_t TraceRecording::dropped() const noexcept { return recorder_->dropped(); }

void TraceRecording::write_chrome_trace(std::ostream& out) const {
    detail::write_chrome_trace(*recorder_, out);
}

void TraceRecording::write_graphviz(std::ostream& out) const {
    detail::write_graphviz(*recorder_, out);
}

Error TraceRecording::save(const std::string& path) const {
    return detail::save_trace(*recorder_, path);
}

}  // namespace gyre
