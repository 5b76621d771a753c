#pragma once

#include "descriptor_transport.hpp"

namespace gyre::detail {

/// One end of a pipe: one direction only.
///
/// A reading end fails writes. A writing end has nothing to read, but reading from it tells when
/// its reader has gone: `end`, where a socket has the peer's; so it does after `shutdown_write`, as
/// nothing else can come. `abort` can say no more than `close`.
class PipeTransport final : public DescriptorTransport {
public:
    enum class End { reading, writing };

    /// Takes the descriptor over, which must be a non-blocking one.
    PipeTransport(ReactorRef reactor, Poller& poller, int descriptor, End end) noexcept;

    void want_read(bool wanted) noexcept override;
    IOResult read_some(std::span<char> room) noexcept override;
    IOResult write_some(std::span<const std::string_view> buffers) noexcept override;
    void shutdown_write() noexcept override;
    void close() noexcept override;
    void abort() noexcept override { close(); }
    Address local_address() const noexcept override { return {}; }
    Address peer_address() const noexcept override { return {}; }

private:
    End end_;
    bool shut_down_ = false;  // and not closed yet
};

}  // namespace gyre::detail
