#pragma once

#include <gyre/address.hpp>
#include <gyre/export.hpp>
#include <gyre/transport.hpp>

#include <cstddef>
#include <limits>
#include <memory>
#include <utility>

namespace gyre {

namespace detail {
class ReactorRef;
}

/// How the two ends of a pair in memory behave. A number of 0 counts as 1.
struct MemoryPairOptions {
    /// The most bytes that wait in one direction; a writer that is further ahead would block.
    std::size_t capacity = 64 * 1024;
    /// The most that one `read_some` or `write_some` moves: 1 cuts the stream at every byte.
    std::size_t max_read = std::numeric_limits<std::size_t>::max();
    std::size_t max_write = std::numeric_limits<std::size_t>::max();
    /// What the ends say their addresses are.
    Address first_address{};
    Address second_address{};
};

/// Two connected transports without a socket, for tests and for talking to oneself. Both live on
/// `reactor`, which delivers their events on later turns; a posted event counts as work for `run`,
/// a transport that merely waits does not.
///
/// They behave as connected sockets do. Bytes may be read as soon as they are written. `close` and
/// destruction of one end let the other read what was written and then the end; its writes fail
/// with `broken_pipe`. After `abort` everything fails with `connection_reset` and bytes under way
/// are lost. Either end may go first, and both may outlive the reactor.
GYRE_API std::pair<std::unique_ptr<Transport>, std::unique_ptr<Transport>> make_memory_pair(
    const detail::ReactorRef& reactor, const MemoryPairOptions& options = {});

}  // namespace gyre
