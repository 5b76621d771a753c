#pragma once

#include <gyre/error.hpp>
#include <gyre/export.hpp>
#include <gyre/handler.hpp>
#include <gyre/iostream.hpp>
#include <gyre/socket_options.hpp>
#include <gyre/tls.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace gyre {

namespace detail {
class TCPServerImpl;
}

struct TCPServerOptions {
    IOStreamOptions stream{};
    /// Serve TLS: a server's options (certificate and key).
    std::optional<TLSOptions> tls{};
    int backlog = 4096;
    bool reuse_port = false;  ///< Several servers share the port (SO_REUSEPORT).
    bool ipv6_only = false;   ///< `listen` on every IPv6 address does not take IPv4 as well.
    SocketOptions socket{};   ///< For each connection.
    /// 0: 80 % of the descriptors that the process may have. A connection over it is accepted and
    /// closed, so that its client is not left hanging.
    std::size_t max_connections = 0;
};

/// What has become of a server's connections since it was made.
struct TCPServerStats {
    std::uint64_t accepted = 0;  ///< Taken, whether or not their TLS handshake succeeded.
    std::uint64_t refused = 0;   ///< Closed at once as they were over `max_connections`.
    std::uint64_t shed = 0;      ///< How often accepting failed for want of descriptors or memory.
    std::size_t open = 0;        ///< Not ended yet.
};

/// Listens, and hands each connection to a handler as an `IOStream` (Tornado's `TCPServer`).
///
/// An owner: destroying it stops listening and aborts the connections it accepted; their callbacks
/// are never called and their captures are released.
class GYRE_API TCPServer {
public:
    explicit TCPServer(Reactor& reactor, TCPServerOptions options = {});
    TCPServer(const TCPServer&) = delete;
    TCPServer& operator=(const TCPServer&) = delete;
    ~TCPServer();

    /// `handler` gets each new stream, over TLS after its handshake. A handler that throws: the
    /// stream is aborted and the exception reported.
    void handle_stream(Handler<void(IOStream)> handler);

    /// Begins to accept. Port 0 picks a free one. `address` is empty for every address of this
    /// host, an IP literal, "localhost", or "unix:PATH". Errors: `address_in_use`,
    /// `address_not_available`, `permission_denied`, `invalid_argument` (also for TLS options that
    /// cannot be loaded), `already_in_progress`.
    Error listen(std::uint16_t port, std::string_view address = {});
    /// Accepts on a stream socket that listens already: one that was inherited
    /// (`inherited_sockets`) or got from another process (Tornado's `add_socket`). What waits in
    /// its backlog is served too. On success the server owns `descriptor`, closes it in the end and
    /// has made it non-blocking; after an error it is still the caller's: `invalid_argument` if it
    /// is no such socket, else as `listen`.
    Error listen_on(int descriptor);
    /// No more connections are accepted; those that are open go on. What waits in the backlog is
    /// reset by the system, unless another process has the listening socket too.
    void stop();

    /// Loads these options, files and all, for the handshakes from now on; open connections go on
    /// as they are. This is how a certificate is renewed: call it with the same options when its
    /// files have been replaced, for example in a handler for SIGHUP. Errors: those of
    /// `TLSContext::server`, and `invalid_argument` for a server that was made without TLS; then
    /// everything stays as it was.
    Error set_tls(const TLSOptions& options);

    /// Where it listens; the port in it is the real one.
    Address address() const;
    std::uint16_t port() const { return address().port(); }
    /// The listening descriptor, or -1: to be handed to the process that comes after this one, by
    /// inheritance (after clearing FD_CLOEXEC) or over a Unix socket (SCM_RIGHTS). Both then accept
    /// from one backlog until this one stops, so that no connection is lost. It stays the server's.
    int native_handle() const;
    TCPServerStats stats() const;

private:
    std::shared_ptr<detail::TCPServerImpl> impl_;
};

}  // namespace gyre
