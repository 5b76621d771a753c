#include "child_sockets.hpp"

#include <gyre/error_access.hpp>

#include <cerrno>
#include <cstddef>

#include <fcntl.h>

namespace gyre::detail {

Error ChildSockets::open(const std::vector<InheritedSocket>& sockets) {
    const int above_all = first_above_stdio + static_cast<int>(sockets.size());
    for (const InheritedSocket& socket : sockets) {
        duplicates_.emplace_back(::fcntl(socket.descriptor, F_DUPFD_CLOEXEC, above_all));
        if (duplicates_.back()) continue;
        if (errno == EBADF)
            return {Errc::invalid_argument,
                    "descriptor " + std::to_string(socket.descriptor) + " is not open"};
        return system_error(errno, "duplicate a descriptor");
    }
    return {};
}

int ChildSockets::add_actions(posix_spawn_file_actions_t& actions) const noexcept {
    int number = first_above_stdio;
    for (const UniqueDescriptor& duplicate : duplicates_)
        if (const int error =
                ::posix_spawn_file_actions_adddup2(&actions, duplicate.get(), number++))
            return error;
    return 0;
}

void ChildSockets::describe(const std::vector<InheritedSocket>& sockets,
                            std::map<std::string, std::string>& environment) {
    std::string names;
    for (const InheritedSocket& socket : sockets)
        names.append(names.empty() ? "" : ":")
            .append(socket.name.empty() ? "unknown" : socket.name);
    environment["LISTEN_FDS"] = std::to_string(sockets.size());
    environment["LISTEN_FDNAMES"] = names;
}

std::vector<std::string> ChildSockets::launch(const std::vector<std::string>& argv) {
    std::vector<std::string> result{"/bin/sh", "-c",
                                    R"(LISTEN_PID=$$; export LISTEN_PID; exec "$0" "$@")"};
    result.insert(result.end(), argv.begin(), argv.end());
    return result;
}

}  // namespace gyre::detail
