#pragma once

#include <gyre/address.hpp>
#include <gyre/callback.hpp>
#include <gyre/datagram_socket.hpp>
#include <gyre/error.hpp>
#include <gyre/export.hpp>
#include <gyre/handler.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace gyre {

class Reactor;
namespace detail {
class UDPSocketImpl;
}

/// Sizes are in bytes. Zero is refused by `bind` and `connect`.
struct UDPSocketOptions {
    DatagramOptions socket{};
    /// A larger datagram is dropped and counted, never passed on in part.
    std::size_t max_datagram = 65'535;
    /// The most that waits for room in the system. Each datagram counts 256 bytes more than it has.
    std::size_t max_write_buffer = 1024 * 1024;
};

struct UDPSocketStats {
    std::uint64_t received = 0;   ///< Handed to `on_datagram`.
    std::uint64_t sent = 0;       ///< Handed to the system.
    std::uint64_t oversized = 0;  ///< Received and dropped: larger than `max_datagram`.
};

/// Sends and receives UDP datagrams over IPv4 and IPv6 (RFC 768; Node's `dgram`, Twisted's
/// `DatagramProtocol`).
///
/// A reference: cheap to copy, to be captured by value. The reactor keeps the socket itself until
/// `close`. Default-constructed, or when its reactor is gone, it is inert: functions return
/// `closed`, and sends drop their callbacks, which is reported. Only on the reactor's thread, but
/// copying and destroying references is allowed on any.
///
/// It keeps `Reactor::run` going while it is bound and has an `on_datagram` handler, or datagrams
/// are queued, unless `unref` was called.
class GYRE_API UDPSocket {
public:
    UDPSocket() noexcept = default;
    explicit UDPSocket(Reactor& reactor, const UDPSocketOptions& options = {});

    /// Opens the socket at `local`; port 0 picks a free one. Errors: `address_in_use`,
    /// `address_not_available`, `permission_denied`, `out_of_descriptors` and others of the system,
    /// `invalid_argument` (also for options), `already_in_progress` if it is open, `closed`.
    Error bind(const Address& local) const;
    /// `host` is empty for every address of this host, IPv6 and IPv4, else an IP literal or
    /// "localhost".
    Error bind(std::uint16_t port, std::string_view host = {}) const;
    /// Chooses the peer: `send` goes to it, and only its datagrams are received. A socket that is
    /// not bound is bound to a free port. May be called again. Errors as for `bind`, and
    /// `host_unreachable`.
    Error connect(const Address& peer) const;

    /// Sends one datagram, which may be empty; the data is copied if the system has no room now.
    /// A socket that is not bound is bound to a free port first. `callback` is called when the
    /// system has taken it, which does not mean that it arrives, or with an error:
    /// `limit_exceeded` (too large for a datagram), `queue_full` (over `max_write_buffer`),
    /// `host_unreachable`, `permission_denied` (broadcast is off), `invalid_argument`, `closed`,
    /// `canceled` (by `close`). Without a callback a failure goes to `on_error`.
    void send_to(std::string_view data, const Address& to,
                 Callback<void(Error)> callback = {}) const;
    /// The same to the peer connected to; `invalid_argument` without one.
    void send(std::string_view data, Callback<void(Error)> callback = {}) const;
    /// Bytes of datagrams that wait for room in the system.
    std::size_t queued_bytes() const noexcept;

    /// Gets each datagram, which may be empty, with its sender. The data is valid during the call.
    /// At most 16 datagrams or 64 KB a turn. Empty: no longer; the system then keeps what its
    /// buffer can hold.
    void on_datagram(Handler<void(std::string_view data, const Address& from)> handler) const;
    /// Gets what is nobody's outcome: that the peer connected to refused a datagram
    /// (`connection_refused`, from ICMP), failures of sends without a callback, and of receiving.
    /// The socket goes on. Without a handler they are reported to `Reactor::on_unhandled_error`.
    void on_error(Handler<void(Error)> handler) const;
    /// No datagrams until `resume_reading`; the system keeps what its buffer can hold.
    void pause_reading() const;
    void resume_reading() const;

    /// Multicast (RFC 1112, RFC 3493): receives what is sent to `group` (its port does not matter)
    /// on `interface`, a name such as "eth0"; empty: the system chooses. Errors of these functions:
    /// `invalid_argument` (no multicast address, no such interface, out of range), `closed` (not
    /// open: `bind` or `connect` comes first), `address_in_use` (joined already),
    /// `address_not_available` (not joined), and others of the system.
    Error join_group(const Address& group, std::string_view interface = {}) const;
    Error leave_group(const Address& group, std::string_view interface = {}) const;
    /// Where multicast is sent out.
    Error set_multicast_interface(std::string_view interface) const;
    /// Whether multicast that this host sends comes back to it. On by default.
    Error set_multicast_loop(bool enabled) const;
    /// How many hops multicast may go: 0 to 255; 1, the default, does not leave the local network.
    Error set_multicast_ttl(int hops) const;
    /// How many hops other datagrams may go: 1 to 255.
    Error set_ttl(int hops) const;
    Error set_broadcast(bool enabled) const;

    /// Ends it at once: what is queued is dropped, its callbacks get `canceled`.
    void close() const;
    /// Called once, last, after `close`, with null. It replaces one set before.
    void set_close_callback(Callback<void(Error)> callback) const;
    bool closed() const noexcept;
    /// `Reactor::run` no longer waits for this socket.
    void unref() const;

    /// Where it is bound; none before.
    Address local_address() const;
    /// Whom it is connected to; none without.
    Address peer_address() const;
    UDPSocketStats stats() const noexcept;
    /// True unless inert.
    explicit operator bool() const noexcept;

private:
    std::shared_ptr<detail::UDPSocketImpl> impl_;
};

}  // namespace gyre
