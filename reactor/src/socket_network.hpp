#pragma once

#include "poller.hpp"
#include <gyre/network.hpp>

namespace gyre::detail {

/// The system's sockets, watched by one reactor's poller.
class SocketNetwork final : public Network {
public:
    explicit SocketNetwork(Poller& poller) noexcept : poller_(poller) {}

    AcceptorResult listen(const ReactorRef& reactor, const Address& address,
                          const ListenOptions& options) override;
    AcceptorResult listen_on(const ReactorRef& reactor, int descriptor,
                             const ListenOptions& options) override;
    TransportResult connect(const ReactorRef& reactor, const Address& address,
                            const ConnectOptions& options) override;
    DatagramSocketResult open_datagram(const ReactorRef& reactor, const Address& local,
                                       const DatagramOptions& options) override;

private:
    Poller& poller_;
};

}  // namespace gyre::detail
