#pragma once

#include "descriptor_transport.hpp"

namespace gyre::detail {

/// One end of a pipe: one direction only.
///
/// A reading end fails writes. A writing end has nothing to read, but reading from it tells when
/// its reader has gone: `end`, where a socket has the peer's. `abort` can say no more than `close`.
class PipeTransport final : public DescriptorTransport {
public:
    enum class End { reading, writing };

    /// Takes the descriptor over, which must be a non-blocking one.
    PipeTransport(ReactorRef reactor, Poller& poller, int descriptor, End end) noexcept;

    IOResult read_some(std::span<char> room) noexcept override;
    IOResult write_some(std::span<const std::string_view> buffers) noexcept override;
    void shutdown_write() noexcept override;
    void close() noexcept override { leave(); }
    void abort() noexcept override { leave(); }
    Address local_address() const noexcept override { return {}; }
    Address peer_address() const noexcept override { return {}; }

private:
    End end_;
};

}  // namespace gyre::detail
