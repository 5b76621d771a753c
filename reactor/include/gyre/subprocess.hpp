#pragma once

#include <gyre/callback.hpp>
#include <gyre/error.hpp>
#include <gyre/exit_status.hpp>
#include <gyre/export.hpp>
#include <gyre/inherited_sockets.hpp>
#include <gyre/iostream.hpp>
#include <gyre/limits.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gyre {

class Reactor;
namespace detail {
class SubprocessImpl;
}

/// Where a child's standard input comes from, or its standard output or error goes to.
class Stdio {
public:
    enum class Kind { automatic, pipe, inherit, null, descriptor, standard_output };

    /// `Subprocess::spawn`: `inherit`. `run_subprocess`: a pipe, or `null` for an empty input.
    constexpr Stdio() noexcept = default;
    /// A pipe; its other end is an `IOStream` of the `Subprocess`.
    static constexpr Stdio pipe() noexcept { return {Kind::pipe, -1}; }
    /// The same as ours (/dev/null if ours is closed).
    static constexpr Stdio inherit() noexcept { return {Kind::inherit, -1}; }
    /// /dev/null: nothing to read, and what is written vanishes.
    static constexpr Stdio null() noexcept { return {Kind::null, -1}; }
    /// A duplicate of `number`, which stays the caller's.
    static constexpr Stdio descriptor(int number) noexcept { return {Kind::descriptor, number}; }
    /// Only for the standard error: where the standard output goes.
    static constexpr Stdio standard_output() noexcept { return {Kind::standard_output, -1}; }

    constexpr Kind kind() const noexcept { return kind_; }
    constexpr int number() const noexcept { return number_; }

private:
    constexpr Stdio(Kind kind, int number) noexcept : kind_(kind), number_(number) {}
    Kind kind_ = Kind::automatic;
    int number_ = -1;
};

/// The process group of a child, which is what a terminal's Ctrl-C goes to. `Subprocess::kill`
/// reaches the child alone; all of a group of its own is reached by the system's `kill(-pid, …)`.
enum class ProcessGroup {
    shared,       ///< Ours.
    own,          ///< A new one, whose number is the child's pid.
    own_session,  ///< A new session, hence also a new group and no terminal.
};

/// What to start, and how.
struct SubprocessOptions {
    /// The program and its arguments. A program without a slash is looked up in *our* PATH, as
    /// posix_spawnp and execvp do, whatever `environment` says; a relative path with one starts at
    /// `working_directory`. No shell is involved: for one say `{"/bin/sh", "-c", "…"}`.
    std::vector<std::string> argv{};
    /// The child's whole environment. None: a copy of ours.
    std::optional<std::map<std::string, std::string>> environment{};
    /// Comes on top of that, and replaces variables of the same name.
    std::map<std::string, std::string> extra_environment{};
    /// Where the child starts. Empty: where we are.
    std::string working_directory{};

    Stdio stdin_from{};
    Stdio stdout_to{};
    Stdio stderr_to{};
    ProcessGroup process_group = ProcessGroup::shared;
    /// For the pipes. A child may take its time to read, so writes have no time-out by default.
    /// Without a second direction `allow_half_open` means nothing.
    IOStreamOptions stream_options{.write_timeout = unlimited};

    /// Sockets for the child, as socket activation passes them (sd_listen_fds(3)), so that it finds
    /// them with `inherited_sockets`: duplicates become its descriptors 3, 4 and so on, and stay
    /// ours too. This is how a server hands the sockets it listens on to its successor. `address`
    /// means nothing here; a name must not have a ':'. As only the child knows its own number, it
    /// is /bin/sh that becomes the program: one that cannot be started is told by the exit status,
    /// 127 or 126, and not by `spawn`.
    std::vector<InheritedSocket> sockets{};

    /// Let the child go on when the reactor is destroyed. It is then the program's to wait for (a
    /// zombie until that is done or the program ends), and its pipes break.
    bool outlive_reactor = false;
};

struct SubprocessResult;

/// A child process (Tornado's `tornado.process.Subprocess`, Twisted's `spawnProcess`, Node's
/// `child_process.spawn`).
///
///     auto [error, process] = gyre::Subprocess::spawn(
///         reactor, {.argv = {"ls", "-l"}, .stdout_to = gyre::Stdio::pipe()});
///     if (error) return fail(error);
///     process.stdout_stream().on_data([](std::string_view text) { std::cout << text; });
///     process.set_exit_callback([](gyre::Error error, gyre::ExitStatus status) {
///         std::cout << "ls " << status << '\n';
///     });
///
/// A reference: cheap to copy, to be captured by value. The reactor keeps the child's record until
/// the child has ended, and takes its status then, so that it does not stay a zombie; this needs a
/// reactor that runs. A reactor that is destroyed kills its children (SIGKILL) and waits for their
/// end, unless `outlive_reactor`; none of their callbacks is called.
///
/// The child gets its three standard descriptors, `sockets`, and no other of ours, an empty signal
/// mask and the default disposition of every signal. There is no SIGCHLD handler: other children of
/// the program are not touched, and it must not wait for ours (`waitpid(-1)`) nor ignore SIGCHLD,
/// which costs the exit status. Only on the reactor's thread, but copying and destroying references
/// is allowed on any. A default-constructed one, or one whose reactor is gone, is inert.
class GYRE_API Subprocess {
public:
    Subprocess() noexcept = default;
    explicit Subprocess(std::shared_ptr<detail::SubprocessImpl> impl) noexcept
        : impl_(std::move(impl)) {}

    /// Starts a child. When this returns without an error, the program itself has been found and
    /// runs. Errors, after which nothing is left behind: `invalid_argument` for options that make
    /// no sense; for a program or directory `permission_denied` or `system` (with `code()` ENOENT
    /// and the like), the message names it; `out_of_descriptors`, `out_of_memory`.
    static SubprocessResult spawn(Reactor& reactor, const SubprocessOptions& options);

    /// The other ends of what was `Stdio::pipe()`; else inert. Closing the input is how the child
    /// sees its end. When the child no longer reads it, the stream ends: with null, or with
    /// `broken_pipe` if bytes were still queued. An output ends when nobody holds its pipe any
    /// more, which may be before or after the child's end, or much later if the child has handed it
    /// on to a child of its own. An output that nobody reads fills up, and the child waits.
    ///
    /// They are pipes: one direction each (a write to an output fails with `not_supported`, a read
    /// from the input waits for its end), and `abort` looks like `close` to the child. A stream
    /// that was never asked for is closed when the child has ended and the last reference is gone.
    IOStream stdin_stream() const noexcept;
    IOStream stdout_stream() const noexcept;
    IOStream stderr_stream() const noexcept;

    /// Called once, when the child has ended, also if it has already; it replaces one set before,
    /// which is released. The error is null however the child fared; else the status is unknown:
    /// `system` with `code()` ECHILD when something else has reaped the child. It says nothing of
    /// the streams, which may still have data. While it waits, it keeps `run` going.
    void set_exit_callback(Callback<void(Error, ExitStatus)> callback) const;
    /// `run` no longer waits for this child's exit callback.
    void unref() const noexcept;

    /// Sends a signal: SIGKILL, which ends it for sure, or another one. Never reaches a later
    /// process that was given the same number. `closed` once the child's end has been noticed,
    /// which need not be looked at; `invalid_argument` for what is no signal; `permission_denied`
    /// for a child that has gained privileges.
    Error kill() const;
    Error kill(int signal) const;
    /// Sends SIGTERM, the polite request to end.
    Error terminate() const;

    /// True until the child's end has been noticed.
    bool running() const noexcept;
    /// Its number, also after its end, when the system may give it to another process; 0 if inert
    /// from the start.
    int pid() const noexcept;
    /// True unless inert.
    explicit operator bool() const noexcept;

private:
    std::shared_ptr<detail::SubprocessImpl> impl_;
};

/// A child that was started, or why not.
struct SubprocessResult {
    Error error{};
    Subprocess process{};
};

}  // namespace gyre
