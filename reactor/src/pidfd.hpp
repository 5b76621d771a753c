#pragma once

#include "unique_descriptor.hpp"
#include <gyre/exit_status.hpp>

#include <sys/types.h>

// Descriptors that stand for a process (pidfd_open(2)), which a recycled pid cannot deceive.
namespace gyre::detail {

/// Readable when the process has ended. Empty, with errno set, if there is none of that number.
UniqueDescriptor open_pidfd(pid_t pid) noexcept;

/// Sends a signal; the errno if that failed.
int signal_pidfd(int pidfd, int signal) noexcept;

/// What a look at a child came to.
struct WaitResult {
    int error_number = 0;  ///< ECHILD: somebody else has reaped it, or it is not our child.
    bool ended = false;
    ExitStatus status{};
};

/// Reaps the child if it has ended; never waits.
WaitResult reap_pidfd(int pidfd) noexcept;

/// False if it is no child of ours, or no longer.
bool is_our_child(int pidfd) noexcept;

/// Kills and reaps the child, waiting for its end; the errno if it cannot be killed, ETIMEDOUT if
/// the system did not end it within some seconds.
int end_pidfd(int pidfd) noexcept;

}  // namespace gyre::detail
