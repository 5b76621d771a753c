#pragma once

#include <gyre/clock.hpp>
#include <gyre/error.hpp>
#include <gyre/export.hpp>

#include <chrono>
#include <cstddef>
#include <optional>

namespace gyre {

/// When TCP asks an idle peer whether it is still there (RFC 9293, 3.8.4). One that is not breaks
/// the connection with `timed_out`.
struct KeepAliveOptions {
    Duration idle = std::chrono::seconds{60};      ///< Without a byte before the first question.
    Duration interval = std::chrono::seconds{15};  ///< Between questions without an answer.
    int count = 4;                                 ///< So many without an answer end it.
};

/// Options of a stream socket (tcp(7), socket(7)). What only TCP has is passed over for Unix
/// sockets.
struct SocketOptions {
    /// Small writes go at once instead of being collected (TCP_NODELAY).
    bool no_delay = true;
    /// Nothing: no questions. Times are from 1 s to 32,767 s and count in whole seconds, rounded
    /// up; the count is from 1 to 127.
    std::optional<KeepAliveOptions> keep_alive{};
    /// The system's buffers, in bytes, which it doubles and caps (net.core.wmem_max, rmem_max).
    /// Nothing: it makes them grow with the connection's speed, which is best for nearly everybody.
    std::optional<std::size_t> send_buffer{};
    std::optional<std::size_t> receive_buffer{};
    /// How many bytes the system takes that it cannot send yet (TCP_NOTSENT_LOWAT). It costs speed
    /// only where it is small; a peer that does not read then costs little of the system's memory.
    /// Nothing: as many as the send buffer holds, which may grow to some megabytes.
    std::optional<std::size_t> unsent_limit{};
};

/// `invalid_argument` for what no socket can have.
GYRE_API Error check_socket_options(const SocketOptions& options);

}  // namespace gyre
