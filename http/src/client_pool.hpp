#pragma once

#include "client_connection.hpp"
#include <gyre/clock.hpp>
#include <gyre/deadline.hpp>
#include <gyre/reactor_ref.hpp>

#include <cstddef>
#include <list>
#include <memory>

namespace gyre::http::detail {

// The idle connections of a client, the one parked last in front of its likes: it is the least
// likely to be closed meanwhile. One that ends, says anything or idles for too long is closed.
class ClientPool final : private ConnectionUser, private gyre::detail::DeadlineListener {
public:
    struct Limits {
        std::size_t per_host;
        std::size_t in_all;
        Duration idle_timeout;
    };

    // `reactor` has to outlive the pool.
    ClientPool(const gyre::detail::ReactorRef& reactor, const Limits& limits);
    ClientPool(const ClientPool&) = delete;
    ClientPool& operator=(const ClientPool&) = delete;
    ~ClientPool() { clear(); }

    // A connection that may be used for this key, or null. It is the caller's, who sets its user.
    std::shared_ptr<ClientConnection> take(const ConnectionKey& key);
    // Keeps a connection that is open and done with its exchange; over a limit the oldest one goes.
    void park(std::shared_ptr<ClientConnection> connection);
    // Closes all of them.
    void clear() noexcept;

    std::size_t size() const noexcept { return idle_.size(); }

private:
    struct Idle {
        std::shared_ptr<ClientConnection> connection;
        TimePoint since;
    };
    using Place = std::list<Idle>::iterator;

    void on_sent(ClientConnection& connection) noexcept override;
    void on_bytes(ClientConnection& connection, std::string_view bytes) noexcept override;
    void on_ended(ClientConnection& connection, Error error) noexcept override;
    void on_deadline(gyre::detail::Deadline& deadline) noexcept override;

    bool expired(const Idle& idle) const noexcept;
    void make_room(const ConnectionKey& key);
    Place remove(Place place) noexcept;
    void drop(const ClientConnection& connection) noexcept;
    void arm() noexcept;

    const gyre::detail::ReactorRef& reactor_;
    Limits limits_;
    std::list<Idle> idle_;  // in the order of parking
    gyre::detail::Deadline deadline_;
};

}  // namespace gyre::http::detail
