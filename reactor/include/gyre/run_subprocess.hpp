#pragma once

#include <gyre/callback.hpp>
#include <gyre/clock.hpp>
#include <gyre/error.hpp>
#include <gyre/exit_status.hpp>
#include <gyre/export.hpp>
#include <gyre/limits.hpp>
#include <gyre/subprocess.hpp>

#include <cstddef>
#include <string>

namespace gyre {

/// What `run_subprocess` gives to the child and how much it puts up with.
struct RunSubprocessOptions {
    /// Written to the standard input, which is then closed. A child need not read it.
    std::string input{};
    /// The most bytes that are kept of the standard output, and of the standard error.
    std::size_t max_output = 1024 * 1024;
    /// How long the child may run and its outputs may stay open.
    Duration timeout = unlimited;
};

/// What a child came to.
struct SubprocessOutput {
    ExitStatus status{};
    std::string standard_output{};  ///< Empty if it did not go to a pipe, as for the next one.
    std::string standard_error{};
};

/// Runs a child to its end and collects what it writes (Node's `execFile`, Python's
/// `subprocess.run`).
///
///     gyre::run_subprocess(reactor, {.argv = {"sort"}}, {.input = "b\na\n"},
///         [](gyre::Error error, gyre::SubprocessOutput output) {
///             if (!error && output.status.success()) std::cout << output.standard_output;
///         });
///
/// `callback` comes once, when the child has ended and both outputs have: a grandchild that holds
/// one of them open is waited for too. A code other than 0 is no error. Errors: those of
/// `Subprocess::spawn`; `limit_exceeded` over `max_output` and `timed_out` after `timeout`: then
/// the child is killed (not its own children), its outputs are closed, and the callback comes when
/// it has ended, with what was collected. A status that something else has taken away is `system`
/// with `code()` ECHILD. `invalid_argument` also for a limit or time-out of 0 or less, and for
/// input where `stdin_from` is no pipe. Keeps `run` going. When the reactor is destroyed, the child
/// is killed and `callback` released, unless `outlive_reactor`. Only on the reactor's thread.
GYRE_API void run_subprocess(Reactor& reactor, SubprocessOptions options,
                             RunSubprocessOptions run_options,
                             Callback<void(Error, SubprocessOutput)> callback);
/// The same without input and with the default limits.
GYRE_API void run_subprocess(Reactor& reactor, SubprocessOptions options,
                             Callback<void(Error, SubprocessOutput)> callback);

}  // namespace gyre
