#pragma once

#include <gyre/export.hpp>

#include <iosfwd>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace gyre {

/// Something that a reactor is waiting for (`Reactor::pending`).
struct PendingOperation {
    /// "callback", "timer", "descriptor", "signal", "executor job", "read", "write", "listener" and
    /// the like. Static text.
    std::string_view kind{};
    /// Which one: "descriptor 7", "in 1.5 s", an address. May be empty.
    std::string detail{};
    /// Where its callback was registered; line 0 if it is the library's own.
    std::source_location place{};
    /// Whether `run` goes on for it.
    bool keeps_running = true;
};

using PendingOperations = std::vector<PendingOperation>;

/// One line: `timer in 1.5 s, registered at main.cpp:12`.
GYRE_API std::ostream& operator<<(std::ostream& out, const PendingOperation& operation);

}  // namespace gyre
