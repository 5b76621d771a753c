#pragma once

#include <gyre/error.hpp>
#include <gyre/export.hpp>

#include <cstdint>

namespace gyre {

/// A TCP port of 127.0.0.1 that was free, and the socket that listens on it.
struct UnusedPort {
    Error error{};
    /// The caller's, who hands it on with `TCPServer::listen_on` or closes it.
    int descriptor = -1;
    std::uint16_t port = 0;
};

/// Binds a port that the system chooses, for a test (Tornado's `bind_unused_port`): the number is
/// known before the server is made, and nobody else can take it meanwhile. Errors: the system's.
GYRE_API UnusedPort bind_unused_port();

}  // namespace gyre
