#pragma once

#include <gyre/export.hpp>

#include <iosfwd>
#include <string>

namespace gyre {

/// How a process ended. As long as that is not known, `code` is -1 and `signal` 0.
struct ExitStatus {
    int code = -1;             ///< What it returned from `main` or gave to `exit`: 0 to 255.
    int signal = 0;            ///< The signal that killed it (then `code` is -1); else 0.
    bool core_dumped = false;  ///< The signal left a core file.

    /// True if it ended by itself and said 0.
    constexpr bool success() const noexcept { return code == 0 && signal == 0; }
    /// True if it ended by itself, with `code`.
    constexpr bool exited() const noexcept { return code >= 0 && signal == 0; }
    /// True if a signal killed it.
    constexpr bool signaled() const noexcept { return signal != 0; }

    friend bool operator==(const ExitStatus&, const ExitStatus&) = default;
};

/// "exited with code 3", "killed by SIGKILL", "ended in an unknown way".
GYRE_API std::string to_string(const ExitStatus& status);
GYRE_API std::ostream& operator<<(std::ostream& out, const ExitStatus& status);

}  // namespace gyre
