#pragma once

#include <gyre/address.hpp>
#include <gyre/error.hpp>
#include <gyre/export.hpp>
#include <gyre/transport.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace gyre {

struct DatagramOptions {
    bool reuse_address = false;  ///< Several sockets may have the address, for multicast.
    bool reuse_port = false;     ///< Several sockets share the port's datagrams (SO_REUSEPORT).
    bool ipv6_only = false;      ///< An IPv6 wildcard does not take IPv4 as well.
    bool broadcast = false;      ///< Sending to broadcast addresses is allowed.
    /// The system's buffers, in bytes, which it doubles and caps (net.core.wmem_max, rmem_max);
    /// nothing: its default.
    std::optional<std::size_t> send_buffer{};
    std::optional<std::size_t> receive_buffer{};
};

/// What receiving came to.
struct DatagramReceived {
    IOStatus status = IOStatus::ok;  ///< Never `end`.
    std::size_t bytes = 0;           ///< What is in the room; 0 is a datagram too.
    bool truncated = false;          ///< The datagram was larger; the rest of it is lost.
    Address from{};
    Error error{};
};

/// A setting with a number, for `DatagramSocket::set`.
enum class DatagramSetting { broadcast, ttl, multicast_ttl, multicast_loop };

/// Gets a datagram socket's events, on the reactor's thread, never from within a call to it.
class DatagramListener {
public:
    /// A datagram waits. Called again on later turns as long as that is so.
    virtual void on_readable() noexcept = 0;
    /// Sending would not block.
    virtual void on_writable() noexcept = 0;
    /// What became of a datagram sent before: a refusal from the peer connected to, say.
    virtual void on_error(Error error) noexcept = 0;

protected:
    ~DatagramListener() = default;
};

/// A bound datagram socket in the readiness style: the extension point below `UDPSocket`.
///
/// Use only on the reactor's thread. It must not be destroyed from within its listener's calls;
/// `close` is allowed there, and no event comes after it.
class GYRE_API DatagramSocket {
public:
    DatagramSocket() = default;
    DatagramSocket(const DatagramSocket&) = delete;
    DatagramSocket& operator=(const DatagramSocket&) = delete;
    virtual ~DatagramSocket() = default;

    virtual void set_listener(DatagramListener* listener) noexcept = 0;
    /// Asks for, or no longer for, `on_readable` and `on_writable`. Both begin switched off;
    /// `on_error` comes in any case.
    virtual void want_read(bool wanted) noexcept = 0;
    virtual void want_write(bool wanted) noexcept = 0;

    /// Moves the next datagram into `room`.
    virtual DatagramReceived receive(std::span<char> room) noexcept = 0;
    /// Sends one datagram, whole or not at all, to `to`; none: the peer connected to. A failure is
    /// that of this datagram; those of earlier ones go to `on_error`.
    virtual IOResult send(std::string_view data, const Address& to) noexcept = 0;
    /// From now on datagrams come from this peer only. May be called again for another.
    virtual Error connect(const Address& peer) noexcept = 0;
    virtual void close() noexcept = 0;

    // `not_supported` unless overridden. An empty interface: the system chooses.
    virtual Error join_group(const Address& group, std::string_view interface);
    virtual Error leave_group(const Address& group, std::string_view interface);
    virtual Error set_multicast_interface(std::string_view interface);
    virtual Error set(DatagramSetting setting, int value);

    virtual Address local_address() const noexcept = 0;
    virtual Address peer_address() const noexcept = 0;
    virtual int native_handle() const noexcept = 0;
};

/// A datagram socket that was made, or why not.
struct DatagramSocketResult {
    Error error{};
    std::unique_ptr<DatagramSocket> socket{};
};

}  // namespace gyre
