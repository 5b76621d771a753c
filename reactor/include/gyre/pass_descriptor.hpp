#pragma once

#include <gyre/error.hpp>
#include <gyre/export.hpp>

namespace gyre {

/// Sends a duplicate of `descriptor` to the process at the other end of a connected Unix stream
/// socket, together with one byte (unix(7), SCM_RIGHTS): how a server hands the socket it listens
/// on to its successor, which may be running already. `descriptor` stays the caller's. On a socket
/// that is non-blocking and full it fails with `system` and EAGAIN.
///
/// Errors: `invalid_argument` for what is no descriptor or no Unix socket, `broken_pipe`, and those
/// of the system.
GYRE_API Error send_descriptor(int unix_socket, int descriptor);

/// A descriptor that was received, or why not.
struct ReceivedDescriptor {
    Error error{};
    int descriptor = -1;  ///< The caller's; closed on exec.
};

/// Receives what `send_descriptor` has sent; waits for it on a socket that blocks.
///
/// Errors: `end_of_stream` if the peer has closed, `protocol_error` if something else came than one
/// byte with one descriptor (whatever came is closed), `out_of_descriptors`, `invalid_argument`,
/// and those of the system, as EAGAIN on a socket that is non-blocking.
GYRE_API ReceivedDescriptor receive_descriptor(int unix_socket);

}  // namespace gyre
