#include "client_registry.hpp"

#include <map>
#include <mutex>
#include <utility>

namespace gyre::http::detail {
namespace {

// The shared clients of all reactors, each of which may have a thread of its own. Never destroyed:
// a reactor may be, at the very end of a program.
struct Registry {
    std::mutex mutex;
    std::map<const Reactor*, std::shared_ptr<ClientLease>> clients;

    static Registry& get() {
        static Registry& registry = *new Registry;
        return registry;
    }

    std::shared_ptr<ClientLease> find(const Reactor& reactor) {
        const std::lock_guard lock{mutex};
        const auto found = clients.find(&reactor);
        return found == clients.end() ? nullptr : found->second;
    }
    void insert(const Reactor& reactor, std::shared_ptr<ClientLease> client) {
        const std::lock_guard lock{mutex};
        clients.emplace(&reactor, std::move(client));
    }
    std::shared_ptr<ClientLease> remove(const Reactor& reactor) noexcept {
        const std::lock_guard lock{mutex};
        const auto node = clients.extract(&reactor);
        return node ? std::move(node.mapped()) : nullptr;
    }
};

// Tells when a reactor goes, before another one can be at the same address.
class RegistryEntry final : public gyre::detail::Resident {
public:
    explicit RegistryEntry(const Reactor& reactor) noexcept : reactor_(reactor) {}
    void on_reactor_destroyed() noexcept override { Registry::get().remove(reactor_); }

private:
    const Reactor& reactor_;  // its address only
};

}  // namespace

std::shared_ptr<ClientLease> new_client(Reactor& reactor, AsyncHTTPClientOptions options) {
    const gyre::detail::ReactorRef reference{reactor};
    auto core = std::make_shared<ClientCore>(reference, std::move(options));
    reference.adopt(core);
    return std::make_shared<ClientLease>(std::move(core));
}

std::shared_ptr<ClientLease> shared_client(Reactor& reactor) {
    if (auto client = Registry::get().find(reactor)) return client;
    auto client = new_client(reactor, {});
    // No entry could be told that the reactor has gone, and the next one may be at its address.
    if (!client->core()->reactor().alive()) return client;
    Registry::get().insert(reactor, client);
    gyre::detail::ReactorRef{reactor}.adopt(std::make_shared<RegistryEntry>(reactor));
    return client;
}

}  // namespace gyre::http::detail
