#pragma once

#include <gyre/clock.hpp>
#include <gyre/limits.hpp>

#include <chrono>
#include <cstddef>

namespace gyre {

/// Limits and time-outs of a stream. All sizes are in bytes. A stream made with a limit, rate or
/// time-out of zero or less is closed from the start and fails everything with `invalid_argument`;
/// only `read_ahead`, `write_low_water` and `linger` may be 0.
struct IOStreamOptions {
    /// The most that is kept for a read that is not yet satisfied.
    std::size_t max_read_buffer = 16 * 1024 * 1024;
    /// What is read ahead of any read, before reading pauses.
    std::size_t read_ahead = 64 * 1024;
    /// Queued bytes from which on the stream counts as congested …
    std::size_t write_high_water = 64 * 1024;
    /// … and down to which they must go for the drain callback.
    std::size_t write_low_water = 16 * 1024;
    /// The most that further writes may queue while the stream is congested.
    std::size_t max_write_buffer = 1024 * 1024;
    /// How long a queued write may make no progress before the stream is aborted. Time in which
    /// `write_rate` holds the queue back does not count.
    Duration write_timeout = std::chrono::seconds{30};

    /// The most bytes per second that are read from the peer, or sent to it, in the long run. What
    /// TLS adds is not counted. While a rate holds reading back, the peer's end is not seen either.
    std::size_t read_rate = unlimited;
    std::size_t write_rate = unlimited;
    /// What may pass in each direction at once, above the rate, after a time of quiet. At least
    /// what the rate gives in 10 ms.
    std::size_t rate_burst = 64 * 1024;

    /// True: when the peer ends its side, this side may go on writing (Node's `allowHalfOpen`),
    /// until `shutdown_write` or `close`; further reads get `end_of_stream`. A peer that is then
    /// found to be gone altogether is a `connection_reset`. False: the stream sends what is queued
    /// and closes.
    bool allow_half_open = false;
    /// How long, after `close`, a socket stays open for what the peer still sends, which is thrown
    /// away: bytes that meet a closed socket are answered with a reset, and that may destroy what
    /// was written last. It ends with the peer's end, after 64 KB, and with the reactor; nothing
    /// waits for it, neither the close callback nor `run`. At most 256 sockets of a process do so
    /// at a time, fewer if it may have less than 5,120 descriptors (5 % of them), and only those
    /// that something was written to. 0: not at all.
    Duration linger = std::chrono::seconds{2};
};

}  // namespace gyre
