#pragma once

#include <gyre/address.hpp>
#include <gyre/address_filter.hpp>
#include <gyre/callback.hpp>
#include <gyre/clock.hpp>
#include <gyre/connect_transport.hpp>
#include <gyre/error.hpp>
#include <gyre/export.hpp>
#include <gyre/iostream.hpp>
#include <gyre/socket_options.hpp>
#include <gyre/tls.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace gyre {

class Reactor;
namespace detail {
class ReactorCore;
}

struct TCPClientOptions {
    /// For look-up, connecting and the TLS handshake together.
    Duration connect_timeout = std::chrono::seconds{20};
    /// Connect with TLS; the peer's certificate and name are verified.
    std::optional<TLSOptions> tls{};
    /// The name to verify and to send in TLS, in place of the host connected to.
    std::string tls_host_name{};
    IOStreamOptions stream{};
    SocketOptions socket{};
    /// The local address to connect from (port 0: any); none: the system chooses. Only addresses of
    /// the same family are tried.
    Address source{};
    /// Asked about every address of `connect` just before it is tried; what it refuses is passed
    /// over. If nothing else is left the error is `permission_denied`.
    AddressFilter address_filter{};
    /// False: only IPv4 addresses are tried; a host without one is `address_not_available`.
    bool allow_ipv6 = true;
};

/// A reference to a connection being made, for `cancel()`: its callback gets `canceled`. Letting go
/// of it changes nothing, and it is inert when the callback has been called.
using Connecting = detail::ConnectHandle;

/// Makes connections (Tornado's `TCPClient`): looks the host up and races its addresses as RFC 8305
/// says. A cheap reference; connections under way keep themselves alive.
class GYRE_API TCPClient {
public:
    explicit TCPClient(Reactor& reactor);

    /// Connects to `host` (a name or an IP literal) and `port`. `callback` gets the connected
    /// stream, over TLS after its handshake, or an error whose `phase()` is "resolve", "connect" or
    /// "tls": `host_not_found`, `resolver_failed`, `connection_refused`, `host_unreachable`,
    /// `timed_out`, `permission_denied`, `address_not_available`, `certificate_rejected`,
    /// `host_name_mismatch`, `tls_failed`, `invalid_argument`, and others of the system; the stream
    /// is inert then.
    Connecting connect(std::string_view host, std::uint16_t port,
                       Callback<void(Error, IOStream)> callback) const;
    Connecting connect(std::string_view host, std::uint16_t port, TCPClientOptions options,
                       Callback<void(Error, IOStream)> callback) const;
    /// Connects to a Unix socket; '@' begins a name in the abstract namespace.
    Connecting connect_unix(std::string_view path, Callback<void(Error, IOStream)> callback) const;

private:
    std::shared_ptr<detail::ReactorCore> core_;
};

}  // namespace gyre
