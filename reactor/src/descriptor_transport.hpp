#pragma once

#include "poller.hpp"
#include <gyre/reactor_ref.hpp>
#include <gyre/transport.hpp>

#include <memory>

namespace gyre::detail {

/// A transport over one descriptor: how it is watched, which is the same for sockets and pipes.
/// Reading stays registered with the poller while it is not wanted, until an event proves that it
/// must be taken out: so pausing for a moment, as every request does, costs no system call.
class DescriptorTransport : public Transport, public PollListener {
public:
    ~DescriptorTransport() override { leave(); }

    void set_listener(TransportListener* listener) noexcept override { listener_ = listener; }
    void want_read(bool wanted) noexcept override;
    void want_write(bool wanted) noexcept override;
    int native_handle() const noexcept override { return descriptor_; }

    void on_poll_events(std::uint32_t events) noexcept override;

protected:
    /// Takes the descriptor over, which must be a non-blocking one.
    DescriptorTransport(ReactorRef reactor, Poller& poller, int descriptor) noexcept;

    /// -1 once it is closed.
    int descriptor() const noexcept { return descriptor_; }
    /// Closes the descriptor; no event comes any more.
    void leave() noexcept;
    /// The same, but `post_readable` still has somebody to tell.
    void close_descriptor() noexcept;
    /// Tells the listener on a later turn, if it wants to read.
    void post_readable() noexcept;
    /// Why nothing can be read or written: it is closed, or cannot be watched.
    Error obstacle(const char* operation) const;
    /// The result of a system call that has just failed.
    static IOResult failure(const char* operation);
    /// The errno of why the poller does not watch the descriptor; 0: it does, or need not.
    int unwatched() const noexcept { return unwatched_; }

private:
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
    int unwatched_ = 0;
    bool posted_ = false;                         // by post_readable
    std::shared_ptr<DescriptorTransport*> self_;  // posted events look here; null inside: closed
};

}  // namespace gyre::detail
