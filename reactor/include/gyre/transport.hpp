#pragma once

#include <gyre/address.hpp>
#include <gyre/error.hpp>
#include <gyre/export.hpp>
#include <gyre/tls_info.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace gyre {

/// What a read or write of a Transport came to.
enum class IOStatus {
    ok,           ///< `bytes` were moved; for a write perhaps fewer than offered.
    would_block,  ///< Nothing now; the readable or writable event tells when.
    end,          ///< Reading: the peer ended its side in an orderly way.
    failed,       ///< `error` says why; the transport is of no more use.
};

struct IOResult {
    IOStatus status = IOStatus::ok;
    std::size_t bytes = 0;
    Error error{};
};

/// Gets a transport's events, on the reactor's thread, never from within a call to the transport.
class TransportListener {
public:
    /// Reading would not block. Called again on later turns as long as that is so.
    virtual void on_readable() noexcept = 0;
    /// Writing would not block (or `finish_connect` has something to say).
    virtual void on_writable() noexcept = 0;
    /// The connection broke while neither reading nor writing was wanted. Called once.
    virtual void on_hangup() noexcept = 0;

protected:
    ~TransportListener() = default;
};

/// A byte stream in the readiness style: the extension point below `IOStream` and the protocols.
/// Sockets, TLS over any transport, memory and simulated networks are transports.
///
/// Use only on the reactor's thread. It must not be destroyed from within its listener's calls;
/// `close` is allowed there, and no event comes after it.
class GYRE_API Transport {
public:
    Transport() = default;
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;
    virtual ~Transport() = default;

    /// Who gets the events from now on; null: nobody.
    virtual void set_listener(TransportListener* listener) noexcept = 0;
    /// Asks for, or no longer for, `on_readable` and `on_writable`. Both begin switched off.
    virtual void want_read(bool wanted) noexcept = 0;
    virtual void want_write(bool wanted) noexcept = 0;

    /// After `Network::connect` or `make_tls_transport`, on the first `on_writable`: how connecting
    /// or the TLS handshake ended.
    virtual Error finish_connect() noexcept { return {}; }

    /// Moves what is there into `room`.
    virtual IOResult read_some(std::span<char> room) noexcept = 0;
    /// Takes as much as fits of the buffers, in order. After `would_block` the same bytes are to be
    /// offered again, perhaps with more behind them: TLS has made a record of them already.
    virtual IOResult write_some(std::span<const std::string_view> buffers) noexcept = 0;
    /// The same with bytes of an open file: as many as fit of the `count` ones, not 0, from
    /// `offset` on. A file that has fewer fails with `truncated`. By default they go through
    /// `write_some` and a buffer of 64 KB; sockets send them without a copy. The disk is waited
    /// for.
    virtual IOResult send_file(int descriptor, std::uint64_t offset, std::size_t count) noexcept;

    /// Ends the sending side in an orderly way once everything written has gone.
    virtual void shutdown_write() noexcept = 0;
    /// Ends both sides; what was written still goes out, and nothing more is read.
    virtual void close() noexcept = 0;
    /// Ends both sides at once; the peer learns that the stream was cut (TCP: RST).
    virtual void abort() noexcept = 0;

    virtual Address local_address() const noexcept = 0;
    virtual Address peer_address() const noexcept = 0;
    /// The descriptor below, for socket options; -1 if there is none.
    virtual int native_handle() const noexcept = 0;
    /// True if what passes is encrypted.
    virtual bool is_secure() const noexcept { return false; }
    /// The protocol that TLS agreed on (ALPN); empty if none.
    virtual std::string_view application_protocol() const noexcept { return {}; }
    /// What else TLS agreed on; all empty without TLS, or before its handshake has ended.
    virtual TLSInfo tls_info() const { return {}; }
};

namespace detail {

/// What `send_file` fails with when the file has fewer bytes than it is to send.
GYRE_API Error file_became_shorter();

}  // namespace detail
}  // namespace gyre
