#include "spawn.hpp"

#include "child_sockets.hpp"
#include "child_stdio.hpp"
#include "pidfd.hpp"
#include <gyre/error_access.hpp>

#include <cerrno>
#include <csignal>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace gyre::detail {
namespace {

/// What the child does between its birth and the program.
class SpawnActions {
public:
    SpawnActions() noexcept : error_(::posix_spawn_file_actions_init(&actions_)) {}
    SpawnActions(const SpawnActions&) = delete;
    SpawnActions& operator=(const SpawnActions&) = delete;
    ~SpawnActions() { ::posix_spawn_file_actions_destroy(&actions_); }

    /// The errno if that failed.
    int prepare(const ChildStdio& stdio, const ChildSockets& sockets, int directory) noexcept {
        // First, as it may be a standard descriptor that was closed.
        if (error_ == 0 && directory >= 0)
            error_ = ::posix_spawn_file_actions_addfchdir_np(&actions_, directory);
        if (error_ == 0) error_ = stdio.add_actions(actions_);
        if (error_ == 0) error_ = sockets.add_actions(actions_);
        // Also what somebody has opened without O_CLOEXEC.
        if (error_ == 0)
            error_ = ::posix_spawn_file_actions_addclosefrom_np(&actions_,
                                                                first_above_stdio + sockets.size());
        return error_;
    }
    const posix_spawn_file_actions_t* get() const noexcept { return &actions_; }

private:
    posix_spawn_file_actions_t actions_{};
    int error_;
};

/// How the child begins: signals as a program expects them, and its process group.
class SpawnAttributes {
public:
    explicit SpawnAttributes(ProcessGroup group) noexcept {
        ::posix_spawnattr_init(&attributes_);
        sigset_t signals;
        ::sigemptyset(&signals);
        ::posix_spawnattr_setsigmask(&attributes_, &signals);
        ::sigfillset(&signals);
        ::posix_spawnattr_setsigdefault(&attributes_, &signals);
        int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
        if (group == ProcessGroup::own) flags |= POSIX_SPAWN_SETPGROUP;  // to 0: its own
        if (group == ProcessGroup::own_session) flags |= POSIX_SPAWN_SETSID;
        ::posix_spawnattr_setflags(&attributes_, static_cast<short>(flags));
    }
    SpawnAttributes(const SpawnAttributes&) = delete;
    SpawnAttributes& operator=(const SpawnAttributes&) = delete;
    ~SpawnAttributes() { ::posix_spawnattr_destroy(&attributes_); }

    const posix_spawnattr_t* get() const noexcept { return &attributes_; }

private:
    posix_spawnattr_t attributes_{};
};

/// The strings of an argv or envp, with the null at the end that the system wants.
std::vector<char*> pointers(std::vector<std::string>& strings) {
    std::vector<char*> result;
    result.reserve(strings.size() + 1);
    for (std::string& string : strings)
        result.push_back(string.data());
    result.push_back(nullptr);
    return result;
}

std::vector<std::string> make_environment(const SubprocessOptions& options) {
    std::map<std::string, std::string> added = options.extra_environment;
    if (!options.sockets.empty()) ChildSockets::describe(options.sockets, added);
    std::vector<std::string> result;
    if (options.environment) {
        added.insert(options.environment->begin(), options.environment->end());
    } else {
        for (char** entry = environ; entry && *entry; ++entry) {
            const std::string_view text{*entry};
            if (!added.contains(std::string{text.substr(0, text.find('='))}))
                result.emplace_back(text);
        }
    }
    for (const auto& [name, value] : added)
        result.push_back(std::string{name}.append("=").append(value));
    return result;
}

int spawn(const SubprocessOptions& options, const SpawnActions& actions, pid_t& pid) {
    std::vector<std::string> argv =
        options.sockets.empty() ? options.argv : ChildSockets::launch(options.argv);
    std::vector<std::string> environment = make_environment(options);
    const SpawnAttributes attributes{options.process_group};
    return ::posix_spawnp(&pid, argv.front().c_str(), actions.get(), attributes.get(),
                          pointers(argv).data(), pointers(environment).data());
}

// The "." asks for the right to go there, which opening the directory alone would not.
UniqueDescriptor open_directory(const std::string& path) noexcept {
    return UniqueDescriptor{::open((path + "/.").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
}

void kill_and_reap(pid_t pid) noexcept {
    ::kill(pid, SIGKILL);
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
}

/// The errno if the child that was just started cannot be watched; it is ended then. An empty
/// `pidfd` without an error: it is gone already, reaped by somebody else.
int watch_child(pid_t pid, UniqueDescriptor& pidfd) noexcept {
    pidfd = open_pidfd(pid);
    if (!pidfd && errno == ESRCH) return 0;
    if (!pidfd) {
        const int error_number = errno;
        kill_and_reap(pid);
        return error_number;
    }
    if (!is_our_child(pidfd.get())) pidfd.reset();
    return 0;
}

}  // namespace

SpawnResult spawn_process(const SubprocessOptions& options) {
    const std::string what = "start \"" + options.argv.front() + '"';
    ChildStdio stdio;
    if (Error error = stdio.open(options); ErrorAccess::failed(error)) {
        ErrorAccess::add_context(error, what);
        return {.error = std::move(error)};
    }
    ChildSockets sockets;
    if (Error error = sockets.open(options.sockets); ErrorAccess::failed(error)) {
        ErrorAccess::add_context(error, what);
        return {.error = std::move(error)};
    }
    UniqueDescriptor directory;
    if (!options.working_directory.empty()) {
        directory = open_directory(options.working_directory);
        if (!directory)
            return {.error = system_error(errno, what + " in working directory \"" +
                                                     options.working_directory + '"')};
    }
    SpawnActions actions;
    if (const int error_number = actions.prepare(stdio, sockets, directory.get()))
        return {.error = system_error(error_number, what)};
    // Shows that the child can be watched, before there is one, and keeps the place for that.
    UniqueDescriptor reserve = open_pidfd(::getpid());
    if (!reserve) return {.error = system_error(errno, what + ": pidfd_open")};
    SpawnResult result;
    if (const int error_number = spawn(options, actions, result.process.pid))
        return {.error = system_error(error_number, what)};
    reserve.reset();
    if (const int error_number = watch_child(result.process.pid, result.process.pidfd))
        return {.error = system_error(error_number, what + ": pidfd_open")};
    result.process.pipes = stdio.take_pipes();
    return result;
}

}  // namespace gyre::detail
