#pragma once

#include "descriptor_transport.hpp"

namespace gyre::detail {

/// A connected (or connecting) stream socket.
class SocketTransport final : public DescriptorTransport {
public:
    /// Takes the descriptor over.
    SocketTransport(ReactorRef reactor, Poller& poller, int descriptor, bool connecting) noexcept;
    ~SocketTransport() override;

    Error finish_connect() noexcept override;
    IOResult read_some(std::span<char> room) noexcept override;
    IOResult write_some(std::span<const std::string_view> buffers) noexcept override;
    IOResult send_file(int descriptor, std::uint64_t offset, std::size_t count) noexcept override;
    void shutdown_write() noexcept override;
    void close() noexcept override;
    void abort() noexcept override;
    Address local_address() const noexcept override;
    Address peer_address() const noexcept override;

private:
    bool connecting_;
    bool ended_ = false;  // the peer has sent its last byte, and we have it
};

}  // namespace gyre::detail
