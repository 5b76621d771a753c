#pragma once

#include "poller.hpp"
#include <gyre/network.hpp>
#include <gyre/reactor_ref.hpp>

#include <memory>

namespace gyre::detail {

/// A listening socket. It stays registered with the poller while accepting is not wanted, until an
/// event proves that it must be taken out.
class SocketAcceptor final : public Acceptor, public PollListener {
public:
    /// Takes the descriptor over. `options` have been checked.
    SocketAcceptor(ReactorRef reactor, Poller& poller, int descriptor,
                   const SocketOptions& options) noexcept;
    ~SocketAcceptor() override;

    /// Has the descriptor watched: called once, right after construction.
    Error start() noexcept;
    /// Gives the descriptor back.
    void release() noexcept { descriptor_ = -1; }

    void set_listener(AcceptListener* listener) noexcept override { listener_ = listener; }
    void want_accept(bool wanted) noexcept override;
    /// When the process is out of descriptors, sheds the waiting connection through a descriptor
    /// kept in reserve (it sees a close, not a hang) and says `out_of_descriptors`.
    TransportResult accept() noexcept override;
    Address local_address() const noexcept override;
    int native_handle() const noexcept override { return descriptor_; }
    void close() noexcept override;

    void on_poll_events(std::uint32_t events) noexcept override;

private:
    void shed() noexcept;
    void unwatch() noexcept;
    void on_unwatched(int error_number) noexcept;

    ReactorRef reactor_;
    Poller& poller_;  // used only while reactor_ is alive
    AcceptListener* listener_ = nullptr;
    int descriptor_;
    int reserve_;
    SocketOptions options_;
    bool tcp_;
    bool wanted_ = false;
    bool registered_ = false;
    int unwatched_ = 0;  // why the poller does not watch the descriptor; told by the next `accept`
    std::shared_ptr<SocketAcceptor*> self_;  // posted events look through it; null inside: gone
};

}  // namespace gyre::detail
