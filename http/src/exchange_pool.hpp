#pragma once

#include "later_calls.hpp"
#include "server_sight.hpp"
#include <gyre/reactor_ref.hpp>

#include <memory>
#include <vector>

namespace gyre::http::detail {

class Exchange;

/// The exchanges of a server. Those that rest between two requests serve again, so that a request
/// costs no allocation. It holds one reference to each; whoever gives back the last of the others
/// hands the exchange back.
class ExchangePool final : public gyre::detail::Resident {
public:
    explicit ExchangePool(gyre::detail::ReactorRef reactor);

    /// For a new request; the caller has a reference.
    Exchange* take();
    /// Nobody but the pool refers to it, and it has been cleared.
    void rest(Exchange& exchange) noexcept;
    /// The server is gone: nothing rests here any more, and what is out becomes empty and inert.
    void close() noexcept;
    bool closed() const noexcept { return closed_; }

    /// The callbacks that are told on a later turn.
    LaterCalls& later() noexcept { return *later_; }
    ServerSight& sight() noexcept { return sight_; }

    void on_reactor_destroyed() noexcept override { close(); }

private:
    gyre::detail::ReactorRef reactor_;
    std::shared_ptr<LaterCalls> later_;
    ServerSight sight_;
    std::vector<Exchange*> resting_;
    std::vector<Exchange*> all_;
    bool closed_ = false;
};

}  // namespace gyre::http::detail
