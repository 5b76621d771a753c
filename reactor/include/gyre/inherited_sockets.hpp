#pragma once

#include <gyre/address.hpp>
#include <gyre/error.hpp>
#include <gyre/export.hpp>

#include <string>
#include <vector>

namespace gyre {

/// A socket that this process was started with.
struct InheritedSocket {
    std::string name{};   ///< FileDescriptorName= of its systemd unit; "unknown" without names.
    int descriptor = -1;  ///< The caller's, until `TCPServer::listen_on` or such takes it.
    Address address{};    ///< What it is bound to; none if it is no IP or Unix socket.
};

struct InheritedSockets {
    /// `invalid_argument` if the environment is malformed, else of a descriptor that is not there.
    Error error{};
    /// Empty without socket activation, and after an error.
    std::vector<InheritedSocket> sockets{};
};

/// The sockets that the process was started with, as systemd's socket activation and its like pass
/// them (sd_listen_fds(3)): LISTEN_FDS descriptors from 3 on, if LISTEN_PID is this process, with
/// their names in LISTEN_FDNAMES. They become non-blocking and are closed on exec.
///
/// The three variables are removed from the environment, also after an error, so that no child
/// takes them for its own, and a second call finds nothing; with `keep_environment` they stay. Call
/// it before there are other threads, as the environment knows no lock.
GYRE_API InheritedSockets inherited_sockets(bool keep_environment = false);

}  // namespace gyre
