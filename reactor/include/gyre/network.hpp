#pragma once

#include <gyre/address.hpp>
#include <gyre/datagram_socket.hpp>
#include <gyre/error.hpp>
#include <gyre/export.hpp>
#include <gyre/socket_options.hpp>
#include <gyre/transport.hpp>

#include <memory>

namespace gyre {

namespace detail {
class ReactorRef;
}

struct ListenOptions {
    int backlog = 4096;
    bool reuse_port = false;  ///< Several listeners share the port (SO_REUSEPORT).
    bool ipv6_only = false;   ///< An IPv6 wildcard does not take IPv4 as well.
    SocketOptions socket{};   ///< For each connection that is accepted.
};

struct ConnectOptions {
    Address source{};  ///< The local address to connect from; none: the system chooses.
    SocketOptions socket{};
};

/// A transport that was made, or why not.
struct TransportResult {
    Error error{};
    std::unique_ptr<Transport> transport{};
};

/// Gets a listener's event, on the reactor's thread.
class AcceptListener {
public:
    /// A connection waits, or accepting failed in a way that `accept` tells. Called again on later
    /// turns as long as that is so.
    virtual void on_acceptable() noexcept = 0;

protected:
    ~AcceptListener() = default;
};

/// A listening endpoint, in the readiness style.
class GYRE_API Acceptor {
public:
    Acceptor() = default;
    Acceptor(const Acceptor&) = delete;
    Acceptor& operator=(const Acceptor&) = delete;
    virtual ~Acceptor() = default;

    virtual void set_listener(AcceptListener* listener) noexcept = 0;
    virtual void want_accept(bool wanted) noexcept = 0;
    /// The next connection. No transport and no error: none waits.
    virtual TransportResult accept() noexcept = 0;
    virtual Address local_address() const noexcept = 0;
    virtual int native_handle() const noexcept = 0;
    /// Ends listening at once, so that the address is free again; allowed within the listener's
    /// call. Nothing is asked of it afterwards. Unless overridden, destroying it does so.
    virtual void close() noexcept {}
};

struct AcceptorResult {
    Error error{};
    std::unique_ptr<Acceptor> acceptor{};
};

/// Where a reactor's connections come from. The default is the system's sockets; a simulated
/// network serves tests.
class GYRE_API Network {
public:
    virtual ~Network() = default;
    /// Binds and listens. Port 0 picks a free one, which `local_address` tells.
    virtual AcceptorResult listen(const detail::ReactorRef& reactor, const Address& address,
                                  const ListenOptions& options) = 0;
    /// Accepts on a stream socket that listens already, and takes the descriptor over. After an
    /// error it is still the caller's: `invalid_argument` if it is no such socket, `not_supported`
    /// in a network without descriptors, and those of the system.
    virtual AcceptorResult listen_on(const detail::ReactorRef& reactor, int descriptor,
                                     const ListenOptions& options);
    /// Begins to connect. The transport's first `on_writable` (ask with `want_write`) and then
    /// `finish_connect` tell how it ended; to destroy it is to give up.
    virtual TransportResult connect(const detail::ReactorRef& reactor, const Address& address,
                                    const ConnectOptions& options) = 0;
    /// Opens a datagram socket and binds it to `local`, whose port may be 0. `not_supported` in a
    /// network without datagrams.
    virtual DatagramSocketResult open_datagram(const detail::ReactorRef& reactor,
                                               const Address& local,
                                               const DatagramOptions& options);
};

}  // namespace gyre
