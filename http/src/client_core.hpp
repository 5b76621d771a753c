#pragma once

#include "client_pool.hpp"
#include "client_queue.hpp"
#include <gyre/error.hpp>
#include <gyre/http/async_http_client.hpp>
#include <gyre/reactor_ref.hpp>
#include <gyre/tls.hpp>

#include <memory>
#include <utility>

namespace gyre::http::detail {

// The client behind AsyncHTTPClient: its options, the fetches that wait, the number of those that
// run, and the idle connections. The reactor keeps it until its lease is given up.
class ClientCore final : public gyre::detail::Resident {
public:
    ClientCore(gyre::detail::ReactorRef reactor, AsyncHTTPClientOptions options);

    const gyre::detail::ReactorRef& reactor() const noexcept { return reactor_; }
    const AsyncHTTPClientOptions& options() const noexcept { return options_; }
    // What is wrong with the options; a new error each time.
    Error check_options() const;

    // Who waits and who runs. After every change of it start_queued() is due.
    ClientQueue& queue() noexcept { return queue_; }
    // Begins as many of those that wait as the limits allow: on_slot() of each is called.
    void start_queued();

    ClientPool& pool() noexcept { return pool_; }

    // Nobody refers to this client any more.
    void retire() noexcept;
    void on_reactor_destroyed() noexcept override;

private:
    gyre::detail::ReactorRef reactor_;
    AsyncHTTPClientOptions options_;
    ClientQueue queue_;
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
