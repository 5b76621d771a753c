#pragma once

#include <gyre/error.hpp>
#include <gyre/export.hpp>
#include <gyre/handler.hpp>
#include <gyre/iostream.hpp>
#include <gyre/tls.hpp>

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
    /// No more connections are accepted; those that are open go on.
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

private:
    std::shared_ptr<detail::TCPServerImpl> impl_;
};

}  // namespace gyre
