#pragma once

#include <gyre/clock.hpp>
#include <gyre/export.hpp>

#include <source_location>
#include <string>
#include <vector>

namespace gyre {

/// A callback that held the loop for longer than `ReactorOptions::slow_callback`.
struct SlowCallback {
    /// How long; up to now if it is still running.
    Duration duration{};
    /// Where it was registered. Without checks callbacks are not timed one by one, and these are
    /// the up to sixteen that ran in that time.
    std::vector<std::source_location> places{};
    /// The registrations that led to it, its own first, back to `main`, when tracing is on.
    std::vector<std::source_location> trace{};
};

/// One line for the log.
GYRE_API std::string to_string(const SlowCallback& slow);

}  // namespace gyre
