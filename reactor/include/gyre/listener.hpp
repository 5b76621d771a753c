#pragma once

#include <gyre/deadline.hpp>
#include <gyre/export.hpp>
#include <gyre/network.hpp>
#include <gyre/reactor_ref.hpp>
#include <gyre/tls.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

namespace gyre::detail {

/// Accepts connections on one address and hands each on as a transport: what `TCPServer` and
/// `HTTPServer` share. At most 16 a turn, so that the others get theirs. When descriptors or memory
/// run out it pauses, 10 ms at first and 500 ms at most, while the connections that are open go on.
/// It keeps `run` going while it listens. An extension point for protocols built on gyre.
class GYRE_API Listener final : private AcceptListener {
public:
    using OnTransport = std::function<void(std::unique_ptr<Transport>)>;

    /// `on_transport` must not destroy the listener from within; `stop` is allowed. When the
    /// reactor goes, it stops.
    Listener(ReactorRef reactor, OnTransport on_transport);
    ~Listener();

    Error listen(const Address& address, const ListenOptions& options);
    /// On what a server's `listen` names (`listen_address`); `invalid_argument` if that is nothing.
    Error listen(std::string_view host, std::uint16_t port, const ListenOptions& options);
    /// On a stream socket that listens already. It takes `descriptor` over; after an error it is
    /// still the caller's.
    Error listen_on(int descriptor, const ListenOptions& options);
    /// Closes the listening socket. Connections it has not accepted are reset by the system, unless
    /// another process has the socket too.
    void stop() noexcept;
    /// Hands on what already waits in the backlog, then stops: a graceful end.
    void drain() noexcept;

    bool listening() const noexcept { return acceptor_ != nullptr; }
    Address address() const noexcept;
    /// The listening descriptor, or -1. It stays the listener's.
    int native_handle() const noexcept { return acceptor_ ? acceptor_->native_handle() : -1; }
    /// How often accepting failed for want of descriptors or memory.
    std::uint64_t shed() const noexcept { return shed_; }

private:
    class Guard;
    Error start(AcceptorResult result);
    Error refusal() const;
    void on_acceptable() noexcept override;
    void back_off() noexcept;

    ReactorRef reactor_;
    OnTransport on_transport_;
    std::unique_ptr<Acceptor> acceptor_;
    Hold hold_;
    std::shared_ptr<Guard> guard_;  // while it listens
    Timeout retry_;
    Duration pause_{};
    std::uint64_t shed_ = 0;
};

/// The address that `host` and `port` of a `listen` call mean: empty is every address of this host
/// (IPv6 and IPv4), "localhost" is 127.0.0.1, else an IP literal or "unix:PATH".
GYRE_API std::optional<Address> listen_address(std::string_view host, std::uint16_t port);

/// What `set_tls` of a server does: loads `fresh`, and only if that goes well puts it in the place
/// of `options` and `context`. `invalid_argument` if `options` are none, as of a server without
/// TLS, else the errors of `TLSContext::server`.
GYRE_API Error replace_server_tls(std::optional<TLSOptions>& options, TLSContext& context,
                                  const TLSOptions& fresh);

/// How many connections a server takes unless it is told otherwise: 80 % of the descriptors that
/// the process may have.
GYRE_API std::size_t default_max_connections() noexcept;

}  // namespace gyre::detail
