#pragma once

#include "rate_limit.hpp"
#include <gyre/callback.hpp>
#include <gyre/error.hpp>
#include <gyre/reactor_ref.hpp>

#include <cstddef>
#include <span>
#include <string>

// What StreamImpl is made of.
namespace gyre::detail {

/// What a stream is at.
enum class StreamState {
    open,         ///< Reads and writes are taken.
    handshaking,  ///< TLS has begun and neither reads nor writes touch the transport.
    closing,      ///< `close` was called or the peer ended: the queue is still being sent.
    closed,       ///< The terminal event is on its way or has been.
};

/// How the stream ended, for each kind of callback.
struct StreamEnding {
    Error reads{};
    Error writes{};
    Error stream{};
    bool reset = false;
};

/// An outcome that waits for its turn. The stream keeps them, so that its owner's end can still
/// take them back.
struct StreamCompletion {
    Callback<void(Error, std::string)> read{};
    Callback<void(Error)> other{};
    Error error{};
    bool terminal = false;  // tell the close callback
};

/// A read into the program's own memory.
struct StreamReadInto {
    std::span<char> room;
    bool partial;
    Callback<void(Error, std::size_t)> callback;
    std::size_t filled = 0;

    std::span<char> rest() const noexcept { return room.subspan(filled); }
    bool satisfied() const noexcept { return filled == room.size() || (partial && filled > 0); }
};

/// Its rate limits, if it has any.
struct StreamRates {
    StreamRates(const ReactorRef& reactor, RateLimitListener& listener) noexcept
        : read(reactor, listener), write(reactor, listener) {}
    RateLimit read;
    RateLimit write;
    std::size_t blocked = 0;  // bytes that a write left over: TLS wants them offered again
};

}  // namespace gyre::detail
