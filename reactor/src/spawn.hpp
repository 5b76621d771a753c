#pragma once

#include "unique_descriptor.hpp"
#include <gyre/error.hpp>
#include <gyre/subprocess.hpp>

#include <array>

#include <sys/types.h>

namespace gyre::detail {

/// A child that runs, and what we hold of it.
struct SpawnedProcess {
    pid_t pid = 0;
    /// Empty: it has ended already and somebody else has reaped it.
    UniqueDescriptor pidfd{};
    /// Our ends of the pipes to its descriptors 0, 1 and 2; empty where there is none.
    std::array<UniqueDescriptor, 3> pipes{};
};

struct SpawnResult {
    Error error{};
    SpawnedProcess process{};
};

/// `invalid_argument` for options that make no sense.
Error check_subprocess_options(const SubprocessOptions& options);

/// Starts a child with options that make sense. After an error nothing is left of it.
SpawnResult spawn_process(const SubprocessOptions& options);

}  // namespace gyre::detail
