#pragma once

#include "tls_bio.hpp"
#include "tls_free.hpp"
#include <gyre/deadline.hpp>
#include <gyre/reactor_ref.hpp>
#include <gyre/transport.hpp>

#include <memory>

namespace gyre::detail {

/// What is left of a TLS connection that was closed when its close_notify did not fit: without it
/// the peer takes a stream that is whole for one that was cut. The reactor keeps it until the
/// close_notify has gone, or has not for half a minute. A peer may bring this about at will, and
/// its connection is no longer among the open ones: so there is a limit.
class TlsFarewell final : public Resident, private TransportListener, private DeadlineListener {
public:
    /// As many at once in the whole process, as each costs a descriptor; others are cut.
    static constexpr int most_at_once = 256;
    static bool has_room() noexcept;

    TlsFarewell(ReactorRef reactor, std::shared_ptr<Transport> lower, SSL* ssl) noexcept;
    ~TlsFarewell() override;

    void start();
    void on_reactor_destroyed() noexcept override;

private:
    void on_readable() noexcept override {}
    void on_writable() noexcept override;
    void on_hangup() noexcept override { end(); }
    void on_deadline(Deadline& deadline) noexcept override;
    void end() noexcept;

    ReactorRef reactor_;
    Hold hold_;
    Deadline deadline_;
    std::shared_ptr<Transport> lower_;
    TlsBioState bio_;
    SslPtr ssl_;
};

}  // namespace gyre::detail
