#include "spawn.hpp"
#include "stream_impl.hpp"
#include <gyre/error_access.hpp>

#include <string>
#include <string_view>

namespace gyre::detail {
namespace {

// The system takes strings that end at a NUL: what is behind it would silently be lost.
bool has_nul(std::string_view text) noexcept { return text.find('\0') != text.npos; }

Error wrong(const char* option, std::string_view what) {
    return {Errc::invalid_argument,
            std::string{"SubprocessOptions::"} + option + std::string{what}};
}

Error check_strings(const SubprocessOptions& options) {
    if (options.argv.empty()) return wrong("argv", " needs a program");
    if (options.argv.front().empty()) return wrong("argv", " has an empty program name");
    for (const std::string& argument : options.argv)
        if (has_nul(argument)) return wrong("argv", " has a NUL byte");
    if (has_nul(options.working_directory)) return wrong("working_directory", " has a NUL byte");
    return {};
}

Error check_variables(const char* option, const std::map<std::string, std::string>& variables) {
    for (const auto& [name, value] : variables) {
        if (name.empty()) return wrong(option, " has a variable without a name");
        if (name.find('=') != name.npos) return wrong(option, " has a '=' in a variable's name");
        if (has_nul(name) || has_nul(value)) return wrong(option, " has a NUL byte");
    }
    return {};
}

Error check_environment(const SubprocessOptions& options) {
    if (options.environment)
        if (Error error = check_variables("environment", *options.environment);
            ErrorAccess::failed(error))
            return error;
    return check_variables("extra_environment", options.extra_environment);
}

Error check_sockets(const SubprocessOptions& options) {
    for (const InheritedSocket& socket : options.sockets) {
        if (socket.descriptor < 0) return wrong("sockets", " has an entry without a descriptor");
        if (has_nul(socket.name) || socket.name.find(':') != socket.name.npos)
            return wrong("sockets", " has a ':' or a NUL byte in a name");
    }
    return {};
}

Error check_stdio(const SubprocessOptions& options) {
    if (options.stdin_from.kind() == Stdio::Kind::standard_output)
        return wrong("stdin_from", " cannot be the standard output");
    if (options.stdout_to.kind() == Stdio::Kind::standard_output)
        return wrong("stdout_to", " cannot be the standard output itself");
    return {};
}

}  // namespace

Error check_subprocess_options(const SubprocessOptions& options) {
    if (Error error = check_strings(options); ErrorAccess::failed(error)) return error;
    if (Error error = check_environment(options); ErrorAccess::failed(error)) return error;
    if (Error error = check_sockets(options); ErrorAccess::failed(error)) return error;
    if (Error error = check_stdio(options); ErrorAccess::failed(error)) return error;
    return check_stream_options(options.stream_options);
}

}  // namespace gyre::detail
