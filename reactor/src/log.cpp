#include <gyre/log.hpp>

#include <array>
#include <cstdio>
#include <mutex>
#include <string>

namespace gyre {
namespace {

struct LogState {
    std::mutex mutex;
    Handler<void(LogLevel, std::string_view)> handler;
};

// Never destroyed: errors are still reported while the program's statics go away.
LogState& state() {
    static auto* instance = new LogState;
    return *instance;
}

std::string escaped(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte != 0x7f) {
            out += c;
        } else {
            std::array<char, 8> code{};
            std::snprintf(code.data(), code.size(), "\\x%02x", byte);
            out += code.data();
        }
    }
    return out;
}

}  // namespace

std::string_view to_string(LogLevel level) noexcept {
    constexpr std::array<std::string_view, 4> names{"debug", "info", "warning", "error"};
    return names[static_cast<std::size_t>(level)];
}

void set_log_handler(Handler<void(LogLevel, std::string_view)> handler) {
    // The one before is released outside of the lock, as what it holds may log.
    const std::lock_guard lock{state().mutex};
    std::swap(state().handler, handler);
}

void log(LogLevel level, std::string_view text) noexcept {
    try {
        const std::string line = escaped(text);
        // A line that is logged by the handler itself would wait for itself.
        thread_local bool inside = false;
        std::unique_lock<std::mutex> lock;
        if (!inside) lock = std::unique_lock{state().mutex};
        if (!inside && state().handler) {
            struct Inside {
                Inside() { inside = true; }
                ~Inside() { inside = false; }
            } mark;
            return state().handler(level, line);
        }
        std::fprintf(stderr, "gyre: %s: %s\n", std::string{to_string(level)}.c_str(), line.c_str());
    } catch (...) {
        std::fputs("gyre: a log line was lost\n", stderr);
    }
}

}  // namespace gyre
