#pragma once

#include <gyre/error.hpp>

#include <iosfwd>
#include <string>

namespace gyre::detail {

class TraceRecorder;

/// The two forms in which a recording is written: see TraceRecording.
void write_chrome_trace(const TraceRecorder& recorder, std::ostream& out);
void write_graphviz(const TraceRecorder& recorder, std::ostream& out);
/// Into a file; its name's ending chooses the form.
Error save_trace(const TraceRecorder& recorder, const std::string& path);

}  // namespace gyre::detail
