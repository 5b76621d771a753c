#pragma once

#include <gyre/export.hpp>
#include <gyre/handler.hpp>

#include <string_view>

namespace gyre {

enum class LogLevel { debug, info, warning, error };

GYRE_API std::string_view to_string(LogLevel level) noexcept;

/// Sends the library's log lines to `handler` instead of stderr; an empty handler restores stderr.
/// It may be called from any thread, one call at a time, with control bytes already escaped.
GYRE_API void set_log_handler(Handler<void(LogLevel, std::string_view)> handler);

/// Writes one line to the log.
GYRE_API void log(LogLevel level, std::string_view text) noexcept;

}  // namespace gyre
