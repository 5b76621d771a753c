#include "client_core.hpp"

#include <gyre/error_access.hpp>

#include <algorithm>
#include <utility>

namespace gyre::http::detail {
namespace {

std::size_t at_least_one(int number) noexcept {
    return static_cast<std::size_t>(std::max(number, 1));
}

}  // namespace

ClientCore::ClientCore(gyre::detail::ReactorRef reactor, AsyncHTTPClientOptions options)
    : reactor_(std::move(reactor)),
      options_(std::move(options)),
      queue_({.in_all = options_.max_clients, .per_origin = options_.max_clients_per_host}),
      pool_(reactor_, {.per_host = at_least_one(options_.max_idle_per_host),
                       .in_all = at_least_one(options_.max_idle),
                       .idle_timeout = options_.idle_timeout}) {}

Error ClientCore::check_options() const {
    const auto refuse = [](const char* option) {
        return Error{Errc::invalid_argument,
                     std::string{option} + " of the client's options has to be more than zero"};
    };
    if (options_.max_clients <= 0) return refuse("max_clients");
    if (options_.max_clients_per_host <= 0) return refuse("max_clients_per_host");
    if (options_.max_idle_per_host <= 0) return refuse("max_idle_per_host");
    if (options_.max_idle <= 0) return refuse("max_idle");
    if (options_.idle_timeout <= Duration::zero()) return refuse("idle_timeout");
    return {};
}

// A fetch that cannot even begin gives its place back from within on_slot; the loop here goes on
// then, so that a long queue of them does not become a deep stack.
void ClientCore::start_queued() {
    if (std::exchange(starting_, true)) return;
    while (const std::shared_ptr<ClientQueueUser> fetch = queue_.next())
        fetch->on_slot();
    starting_ = false;
}

void ClientCore::retire() noexcept {
    pool_.clear();
    reactor_.abandon(*this);
}

void ClientCore::on_reactor_destroyed() noexcept {
    queue_.close();
    pool_.clear();
}

ClientLease::~ClientLease() {
    const gyre::detail::ReactorRef reactor = core_->reactor();
    if (!reactor.alive()) return;
    if (reactor.on_home_thread())
        core_->retire();
    else
        reactor.post_from_any_thread([core = std::move(core_)] { core->retire(); });
}

}  // namespace gyre::http::detail
