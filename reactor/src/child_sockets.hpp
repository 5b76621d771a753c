#pragma once

#include "unique_descriptor.hpp"
#include <gyre/error.hpp>
#include <gyre/inherited_sockets.hpp>

#include <map>
#include <string>
#include <vector>

#include <spawn.h>

namespace gyre::detail {

/// The sockets of a child that is about to be started, which become its descriptors from 3 on.
class ChildSockets {
public:
    /// Duplicates them, to numbers above those that they will have.
    Error open(const std::vector<InheritedSocket>& sockets);
    /// Has the child put them in their places, after its standard descriptors; the errno if that
    /// failed.
    int add_actions(posix_spawn_file_actions_t& actions) const noexcept;
    int size() const noexcept { return static_cast<int>(duplicates_.size()); }

    /// LISTEN_FDS and LISTEN_FDNAMES.
    static void describe(const std::vector<InheritedSocket>& sockets,
                         std::map<std::string, std::string>& environment);
    /// What sets LISTEN_PID to its own number and then becomes `argv`.
    static std::vector<std::string> launch(const std::vector<std::string>& argv);

private:
    std::vector<UniqueDescriptor> duplicates_;
};

}  // namespace gyre::detail
