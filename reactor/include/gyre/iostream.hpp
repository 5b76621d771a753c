#pragma once

#include <gyre/address.hpp>
#include <gyre/callback.hpp>
#include <gyre/error.hpp>
#include <gyre/export.hpp>
#include <gyre/handler.hpp>
#include <gyre/iostream_options.hpp>
#include <gyre/limits.hpp>
#include <gyre/tls_info.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace gyre {

class File;
class Reactor;
class TLSContext;
struct SocketOptions;
class Transport;
namespace detail {
class StreamImpl;
}

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
/// When the peer ends its side, what is queued for it is still sent and then the stream closes,
/// unless `IOStreamOptions::allow_half_open` says otherwise. A stream whose both sides have ended,
/// and from which all was read, closes by itself.
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
    /// Reads up to and including the first match of `pattern`, a regular expression over bytes
    /// (Tornado's `read_until_regex`); `delimiter_not_found` as for `read_until`.
    ///
    /// The read ends at the earliest byte at which any match ends, wherever that match began. So
    /// `a+` is satisfied by the first `a`: unlike in Tornado, where a greedy match takes what
    /// happens to be there, the result never depends on how the bytes arrived. Write what comes
    /// after (`a+[^a]`) if that is what ends it. Every byte is looked at once, in a time that the
    /// pattern bounds and the bytes do not.
    ///
    /// Syntax: bytes; `\r \n \t \0 \xHH \d \w \s \D \W \S` and escaped punctuation; `.` (all but
    /// `\n`); `[a-z]`, `[^a-z]`; `|`; `(…)`, `(?:…)`; `* + ? {m} {m,} {m,n}`. Anything else, a
    /// pattern that the empty string matches, and one of more than 4,096 states is an
    /// `invalid_argument` that names the position.
    void read_until_regex(std::string_view pattern, Callback<void(Error, std::string)> callback,
                          std::size_t max_bytes = 0) const;
    /// Reads a line, up to LF, and gives it without its LF or CRLF. The last bytes before the
    /// peer's end are a line too, also without LF; the read after them gets `end_of_stream`. A line
    /// that is longer than `max_bytes`, LF included, is a `delimiter_not_found` as for
    /// `read_until`.
    void read_line(Callback<void(Error, std::string)> callback, std::size_t max_bytes = 0) const;
    /// Reads exactly `count` bytes; `limit_exceeded` if they are more than `max_read_buffer`.
    void read_bytes(std::size_t count, Callback<void(Error, std::string)> callback) const;
    /// Reads what is there, at least one byte and at most `most`.
    void read_some(std::size_t most, Callback<void(Error, std::string)> callback) const;
    /// Fills `room`, or with `partial` puts into it what is there, at least one byte (Tornado's
    /// `read_into`). The callback gets the number of bytes that are in it, on an error those that
    /// came before; they are not read again. `room` must stay valid until then, or until the
    /// reactor or server that owns the stream is destroyed; `max_read_buffer` does not limit it.
    /// Large ones are filled straight by the system, without a copy. An empty one is an
    /// `invalid_argument` with `partial`, else filled at once.
    void read_into(std::span<char> room, Callback<void(Error, std::size_t)> callback,
                   bool partial = false) const;
    /// Reads until the peer ends; `limit_exceeded` beyond `max_read_buffer`.
    void read_until_close(Callback<void(Error, std::string)> callback) const;
    /// Gets every piece as it arrives, from now until the end, which the close callback tells. A
    /// piece is valid during the call. Empty: no longer. It counts as a read that waits; one that
    /// waits already comes first.
    void on_data(Handler<void(std::string_view)> handler) const;
    /// The same line by line, each as `read_line` gives it (Twisted's `LineReceiver`). It replaces
    /// `on_data` and is replaced by it, also from within: what follows the line is then read in the
    /// new way. A line longer than `max_bytes` (0: `max_read_buffer`) ends the stream at once, and
    /// the close callback gets `delimiter_not_found`; use `read_line` to answer it instead.
    void on_line(Handler<void(std::string_view)> handler, std::size_t max_bytes = 0) const;
    /// Called once, when the peer has ended its side and all that it sent was delivered (Node's
    /// `end`): how `on_data` and `on_line` learn of it on a stream that stays half open. On others
    /// the close callback follows. It is released uncalled if the stream ends in another way.
    void set_end_callback(Handler<void()> handler) const;
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
    /// The same with `length` bytes of a file from `offset` on, or all that follow, without reading
    /// them into memory; `max_write_buffer` does not count them. `invalid_argument` if the file had
    /// fewer when it was opened. One that gets shorter fails the stream with `truncated`.
    void send_file(const File& file, std::uint64_t offset = 0, std::uint64_t length = unlimited,
                   Callback<void(Error)> callback = {}) const;
    /// Ends this side in an orderly way once what is queued has been sent (TCP: FIN; TLS: also
    /// `close_notify`), while reading goes on until the peer ends too (Twisted's
    /// `loseWriteConnection`, Node's `end`, Asio's `shutdown_send`). Writes after it fail with
    /// `closed`.
    void shutdown_write() const;
    /// Replaces the rates of the options; what has passed already counts for the new ones.
    /// `invalid_argument`, and nothing changes, if one is 0.
    Error set_rate_limits(std::size_t read_rate, std::size_t write_rate,
                          std::size_t burst = IOStreamOptions{}.rate_burst) const;
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
    /// connection ends and the close callback comes. See `IOStreamOptions::linger`.
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
    /// What TLS agreed on; all empty without it.
    TLSInfo tls_info() const;
    /// True unless inert.
    explicit operator bool() const noexcept;

private:
    std::shared_ptr<detail::StreamImpl> impl_;
};

}  // namespace gyre
