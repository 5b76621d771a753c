#pragma once

#include "unique_descriptor.hpp"
#include <gyre/error.hpp>
#include <gyre/subprocess.hpp>

#include <array>

#include <spawn.h>

namespace gyre::detail {

/// The three standard descriptors of a child that is about to be started. Every descriptor here is
/// above 2 and closes on exec, so that none is overwritten before it has been put in its place, and
/// none reaches a child that another thread starts.
class ChildStdio {
public:
    /// Opens what the options ask for.
    Error open(const SubprocessOptions& options);
    /// Has the child put them in their places; the errno if that failed.
    int add_actions(posix_spawn_file_actions_t& actions) const noexcept;
    /// Our ends of the pipes.
    std::array<UniqueDescriptor, 3> take_pipes() noexcept { return std::move(ours_); }

private:
    Error open_one(std::size_t number, const Stdio& stdio);

    std::array<UniqueDescriptor, 3> ours_;
    std::array<UniqueDescriptor, 3> theirs_;
    std::array<int, 3> sources_{0, 1, 2};  // what becomes 0, 1 and 2 of the child, in this order
};

}  // namespace gyre::detail
