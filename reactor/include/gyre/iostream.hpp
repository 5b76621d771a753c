#pragma once

#include <gyre/address.hpp>
#include <gyre/callback.hpp>
#include <gyre/clock.hpp>
#include <gyre/error.hpp>
#include <gyre/export.hpp>
#include <gyre/handler.hpp>
#include <gyre/limits.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace gyre {

class Reactor;
class TLSContext;
struct SocketOptions;
class Transport;
namespace detail {
class StreamImpl;
}

/// Limits and time-outs of a stream. All sizes are in bytes. A stream made with a limit or time-out
/// of zero or less is closed from the start and fails everything with `invalid_argument`; only
/// `read_ahead` and `write_low_water` may be 0.
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
    /// How long a queued write may make no progress before the stream is aborted.
    Duration write_timeout = std::chrono::seconds{30};
};

/// A stream of bytes to and from a peer: TCP, TLS, a Unix socket or memory (Tornado's `IOStream`).
///
/// A reference: cheap to copy, to be captured by value. The reactor keeps the stream itself alive
/// until it is closed. Default-constructed, or when its reactor is gone, it is inert: reads and
/// writes drop their callbacks, which is reported.
///
/// One read may wait at a time; a second gets `already_in_progress`. Every read callback gets
/// `(error, bytes)`; on an error the bytes are empty, and what was read stays for the next read,
/// except after `end_of_stream`, when the stream closes. Errors of reads:
/// `end_of_stream` (the peer ended before the read was satisfied), `canceled` (after `close` or
/// `abort`), `closed`, `connection_reset` and others of the system, `truncated` and `tls_failed`
/// for TLS, `timed_out` when a write made no progress.
///
/// When the peer ends its side, what is queued for it is still sent and then the stream closes.
/// Only on the reactor's thread, but copying and destroying references is allowed on any.
class GYRE_API IOStream {
public:
    IOStream() noexcept = default;
    /// A stream over a connected transport.
    IOStream(Reactor& reactor, std::unique_ptr<Transport> transport,
             const IOStreamOptions& options = {});
    explicit IOStream(std::shared_ptr<detail::StreamImpl> impl) noexcept : impl_(std::move(impl)) {}

    /// Reads up to and including the first `delimiter`. `delimiter_not_found` if it is not within
    /// the first `max_bytes` (0: `max_read_buffer`); an empty one is an `invalid_argument`.
    void read_until(std::string_view delimiter, Callback<void(Error, std::string)> callback,
                    std::size_t max_bytes = 0) const;
    /// Reads exactly `count` bytes; `limit_exceeded` if they are more than `max_read_buffer`.
    void read_bytes(std::size_t count, Callback<void(Error, std::string)> callback) const;
    /// Reads what is there, at least one byte and at most `most`.
    void read_some(std::size_t most, Callback<void(Error, std::string)> callback) const;
    /// Reads until the peer ends; `limit_exceeded` beyond `max_read_buffer`.
    void read_until_close(Callback<void(Error, std::string)> callback) const;
    /// Gets every piece as it arrives, from now until the end, which the close callback tells. A
    /// piece is valid during the call. Empty: no longer. It counts as a read that waits.
    void on_data(Handler<void(std::string_view)> handler) const;
    /// No reading from the peer, and nothing delivered of what was read, until `resume_reading`.
    void pause_reading() const;
    void resume_reading() const;

    /// Sends `data`: what the system takes at once goes without a copy, the rest is queued. The
    /// callback, if any, is called when all of it has been handed to the system, or with an error:
    /// `broken_pipe`, `connection_reset`, `timed_out`, `canceled` (after `abort`), `closed`, or
    /// `limit_exceeded` (the queue is full; nothing of it is sent). Without a callback a failure
    /// closes the stream and is told by the close callback.
    void write(std::string_view data, Callback<void(Error)> callback = {}) const;
    void write(const char* data, Callback<void(Error)> callback = {}) const {
        write(std::string_view{data}, std::move(callback));
    }
    /// The same without copying.
    void write(std::string&& data, Callback<void(Error)> callback = {}) const;
    void write(std::shared_ptr<const std::string> data, Callback<void(Error)> callback = {}) const;
    /// Bytes queued that the system has not taken.
    std::size_t queued_bytes() const noexcept;
    /// Called each time a congested queue has gone down to `write_low_water`.
    void set_drain_callback(Handler<void()> handler) const;

    /// Begins TLS on a stream that has nothing read ahead and nothing queued (else
    /// `protocol_error`). `callback` gets the handshake's outcome; a failure closes the stream.
    void start_tls_client(const TLSContext& context, std::string host_name,
                          Callback<void(Error)> callback) const;
    void start_tls_server(const TLSContext& context, Callback<void(Error)> callback) const;

    /// Ends the stream: a waiting read gets `canceled`, what is queued is still sent, then the
    /// connection ends and the close callback comes.
    void close() const;
    /// Ends the stream at once: what is queued is dropped, its callbacks get `canceled`, and the
    /// peer sees a reset.
    void abort() const;
    /// Called once, last, when the stream has ended, with null if this side or the peer ended it in
    /// an orderly way, else with the reason. It replaces one set before, which is released.
    void set_close_callback(Callback<void(Error)> callback) const;
    /// True from the moment of `close`, `abort` or the end.
    bool closed() const noexcept;

    /// Sets the options of the socket below, whatever they were before. Errors: `closed`,
    /// `not_supported` for a stream that is not on a socket, `invalid_argument`.
    Error set_socket_options(const SocketOptions& options) const;

    Address local_address() const;
    Address peer_address() const;
    /// True over TLS.
    bool is_secure() const noexcept;
    /// True unless inert.
    explicit operator bool() const noexcept;

private:
    std::shared_ptr<detail::StreamImpl> impl_;
};

}  // namespace gyre
