#pragma once

#include "poller.hpp"
#include <gyre/reactor_ref.hpp>
#include <gyre/transport.hpp>

#include <memory>

namespace gyre::detail {

/// A connected (or connecting) stream socket. Reading stays registered with the poller while it is
/// not wanted, until an event proves that it must be taken out: so pausing for a moment, as every
/// request does, costs no system call.
class SocketTransport final : public Transport, public PollListener {
public:
    /// Takes the descriptor over.
    SocketTransport(ReactorRef reactor, Poller& poller, int descriptor, bool connecting) noexcept;
    ~SocketTransport() override;

    void set_listener(TransportListener* listener) noexcept override { listener_ = listener; }
    void want_read(bool wanted) noexcept override;
    void want_write(bool wanted) noexcept override;
    Error finish_connect() noexcept override;
    IOResult read_some(std::span<char> room) noexcept override;
    IOResult write_some(std::span<const std::string_view> buffers) noexcept override;
    void shutdown_write() noexcept override;
    void close() noexcept override;
    void abort() noexcept override;
    Address local_address() const noexcept override;
    Address peer_address() const noexcept override;
    int native_handle() const noexcept override { return descriptor_; }

    void on_poll_events(std::uint32_t events) noexcept override;

private:
    void leave() noexcept;
    void watch(std::uint32_t events) noexcept;
    void on_unwatched(int error_number) noexcept;
    void tell_hangup() noexcept;

    ReactorRef reactor_;
    Poller& poller_;  // used only while reactor_ is alive
    TransportListener* listener_ = nullptr;
    int descriptor_;
    std::uint32_t watched_ = 0;  // what the poller has been told
    bool registered_ = false;
    bool want_read_ = false;
    bool want_write_ = false;
    bool connecting_;
    bool ended_ = false;                      // the peer has sent its last byte, and we have it
    int unwatched_ = 0;                       // why the poller does not watch the descriptor
    std::shared_ptr<SocketTransport*> self_;  // posted events look through it; null inside: closed
};

}  // namespace gyre::detail
