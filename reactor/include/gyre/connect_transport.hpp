#pragma once

#include <gyre/address_filter.hpp>
#include <gyre/callback.hpp>
#include <gyre/clock.hpp>
#include <gyre/error.hpp>
#include <gyre/export.hpp>
#include <gyre/handler.hpp>
#include <gyre/network.hpp>
#include <gyre/reactor_ref.hpp>
#include <gyre/resolver.hpp>
#include <gyre/transport.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace gyre::detail {

/// Where to connect to, and how.
struct ConnectRequest {
    std::string host{};  ///< A name or an IP literal (no brackets).
    std::uint16_t port = 0;
    std::string unix_path{};  ///< If not empty: a Unix socket, instead of `host` and `port`.
    Duration timeout = std::chrono::seconds{20};  ///< For look-up and connecting together.
    ConnectOptions options{};
    /// What it refuses is passed over; if nothing else is left: `permission_denied`.
    AddressFilter address_filter{};
    bool allow_ipv6 = true;                ///< False: only IPv4 addresses are tried.
    std::shared_ptr<Resolver> resolver{};  ///< In place of the reactor's.
    /// Told when the host's addresses are known, just before the first of them is tried. Never
    /// called for a Unix socket, and not after `cancel`.
    Handler<void(TimePoint)> on_resolved{};
};

/// A reference to a connection being made; letting go of it changes nothing. Inert when that has
/// ended, or the reactor is gone.
class GYRE_API ConnectHandle {
public:
    class Operation {
    public:
        virtual void cancel() noexcept = 0;

    protected:
        ~Operation() = default;
    };

    ConnectHandle() noexcept = default;
    explicit ConnectHandle(std::weak_ptr<Operation> operation) noexcept
        : operation_(std::move(operation)) {}

    /// Gives up: the callback gets `Errc::canceled`, also when the connection was made in this
    /// turn but not yet delivered.
    void cancel() const noexcept {
        if (const auto operation = operation_.lock()) operation->cancel();
    }

private:
    std::weak_ptr<Operation> operation_;
};

/// Connects a transport as RFC 8305 ("happy eyeballs") says: looks the host up, tries its addresses
/// with the families taking turns, starts the next one after 250 ms or as soon as one has failed,
/// takes the first that connects and drops the others. An extension point for protocols built on
/// gyre.
///
/// `callback` gets the connected transport (no listener set, nothing wanted) or an error whose
/// `phase()` is "resolve" or "connect": those of the resolver; those of connecting, with a message
/// that names every address tried and the kind of the last failure; `permission_denied` if the
/// filter refused them all; `address_not_available` if none is of a family that may be used;
/// `timed_out`; `canceled`; `invalid_argument` for a time-out of zero or less, an empty host or an
/// impossible Unix path. Never inline, exactly once; not at all, with its captures released, if the
/// reactor is destroyed before. Under way it keeps `Reactor::run` going.
GYRE_API ConnectHandle
connect_transport(const ReactorRef& reactor, ConnectRequest request,
                  Callback<void(Error, std::unique_ptr<Transport>)> callback);

}  // namespace gyre::detail
