#include "native_socket.hpp"
#include <gyre/error_access.hpp>
#include <gyre/inherited_sockets.hpp>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include <unistd.h>

namespace gyre {
namespace {

constexpr int first_descriptor = 3;  // SD_LISTEN_FDS_START

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

std::optional<int> parse_number(std::string_view text) noexcept {
    int number = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || stop != text.data() + text.size() || number < 0)
        return std::nullopt;
    return number;
}

std::vector<std::string> split(std::string_view names) {
    std::vector<std::string> parts;
    for (;;) {
        const std::size_t colon = names.find(':');
        parts.emplace_back(names.substr(0, colon));
        if (colon == std::string_view::npos) return parts;
        names.remove_prefix(colon + 1);
    }
}

InheritedSockets failure(Errc kind, std::string message) {
    return {.error = {kind, std::move(message)}};
}

InheritedSockets read_environment() {
    const std::string pid = environment("LISTEN_PID");
    const std::string count = environment("LISTEN_FDS");
    if (pid.empty() || count.empty()) return {};
    const std::optional<int> whose = parse_number(pid);
    if (!whose) return failure(Errc::invalid_argument, "LISTEN_PID is no process: " + pid);
    if (*whose != ::getpid()) return {};
    const std::optional<int> number = parse_number(count);
    if (!number || *number > std::numeric_limits<int>::max() - first_descriptor)
        return failure(Errc::invalid_argument, "LISTEN_FDS is no number: " + count);

    const char* listed = std::getenv("LISTEN_FDNAMES");
    const std::vector<std::string> names = listed ? split(listed) : std::vector<std::string>{};
    if (listed && names.size() != static_cast<std::size_t>(*number))
        return failure(Errc::invalid_argument, "LISTEN_FDNAMES has not one name for each socket");
    InheritedSockets result;
    for (int i = 0; i < *number; ++i) {
        const int descriptor = first_descriptor + i;
        if (!detail::make_our_own(descriptor))
            return {.error = detail::system_error(
                        errno, "inherited descriptor " + std::to_string(descriptor))};
        result.sockets.push_back({.name = listed ? names[static_cast<std::size_t>(i)] : "unknown",
                                  .descriptor = descriptor,
                                  .address = detail::socket_local_address(descriptor)});
    }
    return result;
}

}  // namespace

InheritedSockets inherited_sockets(bool keep_environment) {
    InheritedSockets result = read_environment();
    if (keep_environment) return result;
    for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"})
        ::unsetenv(name);
    return result;
}

}  // namespace gyre
