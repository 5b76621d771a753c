#pragma once

#include "client_pool.hpp"
#include <gyre/error.hpp>
#include <gyre/http/async_http_client.hpp>
#include <gyre/reactor_ref.hpp>
#include <gyre/tls.hpp>

#include <list>
#include <memory>
#include <utility>

namespace gyre::http::detail {

class ClientFetch;

// The client behind AsyncHTTPClient: its options, the fetches that wait, the number of those that
// run, and the idle connections. The reactor keeps it until its lease is given up.
class ClientCore final : public gyre::detail::Resident {
public:
    using Queue = std::list<std::shared_ptr<ClientFetch>>;

    ClientCore(gyre::detail::ReactorRef reactor, AsyncHTTPClientOptions options);

    const gyre::detail::ReactorRef& reactor() const noexcept { return reactor_; }
    const AsyncHTTPClientOptions& options() const noexcept { return options_; }
    // What is wrong with the options; a new error each time.
    Error check_options() const;

    // Waits for its turn: on_slot() of the fetch is called, perhaps at once.
    Queue::iterator enqueue(std::shared_ptr<ClientFetch> fetch);
    // Begins as many of those that wait as max_clients allows.
    void start_queued();
    // A fetch gives up waiting, or is done running.
    void leave_queue(Queue::iterator place) noexcept { queue_.erase(place); }
    void leave_slot();

    ClientPool& pool() noexcept { return pool_; }

    // Nobody refers to this client any more.
    void retire() noexcept;
    void on_reactor_destroyed() noexcept override;

private:
    gyre::detail::ReactorRef reactor_;
    AsyncHTTPClientOptions options_;
    Queue queue_;
    int running_ = 0;
    bool starting_ = false;
    ClientPool pool_;
};

// What handles and fetches hold in common. When the last of them goes, on whatever thread, the
// client is retired on its own.
class ClientLease {
public:
    explicit ClientLease(std::shared_ptr<ClientCore> core) noexcept : core_(std::move(core)) {}
    ClientLease(const ClientLease&) = delete;
    ClientLease& operator=(const ClientLease&) = delete;
    ~ClientLease();

    const std::shared_ptr<ClientCore>& core() const noexcept { return core_; }

private:
    std::shared_ptr<ClientCore> core_;
};

}  // namespace gyre::http::detail
