#include <gyre/exit_status.hpp>

#include <cstring>
#include <ostream>

namespace gyre {

std::string to_string(const ExitStatus& status) {
    if (status.exited()) return "exited with code " + std::to_string(status.code);
    if (!status.signaled()) return "ended in an unknown way";
    const char* name = ::sigabbrev_np(status.signal);
    std::string text = "killed by ";
    text += name ? std::string{"SIG"} + name : "signal " + std::to_string(status.signal);
    if (status.core_dumped) text += " (core dumped)";
    return text;
}

std::ostream& operator<<(std::ostream& out, const ExitStatus& status) {
    return out << to_string(status);
}

}  // namespace gyre
