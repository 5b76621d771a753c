#include "child_stdio.hpp"

#include <gyre/error_access.hpp>

#include <cerrno>
#include <string>

#include <fcntl.h>
#include <unistd.h>

namespace gyre::detail {
namespace {

struct Pipe {
    UniqueDescriptor reader;
    UniqueDescriptor writer;
};

/// Both ends, or none and errno.
Pipe open_pipe() noexcept {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {};
    Pipe pipe{UniqueDescriptor{ends[0]}, UniqueDescriptor{ends[1]}};
    pipe.reader = lift_above_stdio(std::move(pipe.reader));
    if (pipe.reader) pipe.writer = lift_above_stdio(std::move(pipe.writer));
    if (!pipe.reader || !pipe.writer) return {};
    return pipe;
}

Error failure(const char* what) { return system_error(errno, what); }

}  // namespace

Error ChildStdio::open(const SubprocessOptions& options) {
    if (Error error = open_one(0, options.stdin_from); ErrorAccess::failed(error)) return error;
    if (Error error = open_one(1, options.stdout_to); ErrorAccess::failed(error)) return error;
    return open_one(2, options.stderr_to);
}

Error ChildStdio::open_one(std::size_t number, const Stdio& stdio) {
    UniqueDescriptor& theirs = theirs_[number];
    Stdio::Kind kind = stdio.kind();
    // Without /dev/null in its place, the first file that the child opens would become it.
    const bool ours_is_open = ::fcntl(static_cast<int>(number), F_GETFD) >= 0;
    if (kind == Stdio::Kind::automatic) kind = Stdio::Kind::inherit;
    if (kind == Stdio::Kind::inherit && !ours_is_open) kind = Stdio::Kind::null;
    switch (kind) {
        case Stdio::Kind::automatic:
        case Stdio::Kind::inherit:
            return {};
        case Stdio::Kind::standard_output:
            sources_[number] = 1;
            return {};
        case Stdio::Kind::null:
            theirs = lift_above_stdio(UniqueDescriptor{::open("/dev/null", O_RDWR | O_CLOEXEC)});
            if (!theirs) return failure("open /dev/null");
            break;
        case Stdio::Kind::descriptor:
            theirs = duplicate_above_stdio(stdio.number());
            if (!theirs && errno == EBADF)
                return {Errc::invalid_argument,
                        "descriptor " + std::to_string(stdio.number()) + " is not open"};
            if (!theirs) return failure("duplicate a descriptor");
            break;
        case Stdio::Kind::pipe: {
            Pipe pipe = open_pipe();
            if (!pipe.reader) return failure("open a pipe");
            const bool input = number == 0;
            theirs = std::move(input ? pipe.reader : pipe.writer);
            ours_[number] = std::move(input ? pipe.writer : pipe.reader);
            // Each end has flags of its own: the child's keeps blocking, as programs expect.
            if (::fcntl(ours_[number].get(), F_SETFL, O_NONBLOCK) != 0) return failure("fcntl");
            break;
        }
    }
    sources_[number] = theirs.get();
    return {};
}

int ChildStdio::add_actions(posix_spawn_file_actions_t& actions) const noexcept {
    for (int number = 0; number < first_above_stdio; ++number) {
        // Also onto itself: that takes away a close-on-exec flag.
        const int source = sources_[static_cast<std::size_t>(number)];
        if (const int error = ::posix_spawn_file_actions_adddup2(&actions, source, number))
            return error;
    }
    return 0;
}

}  // namespace gyre::detail
