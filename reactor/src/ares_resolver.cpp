#include "ares_resolver.hpp"

#include "ares_channel.hpp"
#include "dns_cache.hpp"
#include "dns_query.hpp"
#include "error_mapping.hpp"
#include "host_name.hpp"
#include "hosts_file.hpp"
#include "lookup_waiter.hpp"

#include <unordered_map>
#include <utility>

#include <sys/socket.h>

namespace gyre::detail {
namespace {

// RFC 8305, 3: one family's addresses wait this long for the other's.
constexpr Duration resolution_delay = std::chrono::milliseconds{50};

DnsAnswer loopback() {
    DnsAnswer answer;
    for (const char* literal : {"::1", "127.0.0.1"})
        if (const auto address = Address::from_ip(literal, 0)) answer.addresses.push_back(*address);
    return answer;
}

}  // namespace

/// The reactor's resident, so that look-ups end with the reactor also when the resolver outlives
/// it.
class AresResolver::Impl final : public Resident {
public:
    Impl(ReactorRef reactor, Poller& poller, ResolverOptions options)
        : reactor_(std::move(reactor)),
          poller_(poller),
          options_(std::move(options)),
          hosts_(options_.hosts_file) {}

    Lookup resolve(std::string_view host, std::uint16_t port, LookupWaiter::Done callback);
    void end() noexcept;
    void on_reactor_destroyed() noexcept override { end(); }
    void list_pending(PendingOperations& all) const override {
        for (const auto& [name, query] : queries_)
            for (const WaiterPtr& waiter : query->waiters)
                all.push_back({.kind = "look-up", .detail = name, .place = waiter->place()});
    }

private:
    using QueryPtr = std::shared_ptr<DnsQuery>;
    /// The argument of a c-ares callback, which owns it.
    struct Ticket {
        Impl* impl;
        QueryPtr query;
        DnsQuery::Family family;
    };

    using WaiterPtr = std::shared_ptr<LookupWaiter>;

    void start(const WaiterPtr& waiter, std::string_view host);
    void join_query(const WaiterPtr& waiter, const std::string& name);
    int open_channel();
    void start_query(const QueryPtr& query);
    void ask(const QueryPtr& query, DnsQuery::Family family);
    void on_part(const QueryPtr& query);
    void remember(const DnsQuery& query);
    void finish(const QueryPtr& query, const DnsAnswer& answer);

    ReactorRef reactor_;
    Poller& poller_;
    ResolverOptions options_;
    HostsFile hosts_;
    DnsCache cache_;
    std::unordered_map<std::string, QueryPtr> queries_;  // those that a look-up can still join
    std::unique_ptr<AresChannel> channel_;
    bool ended_ = false;
};

Lookup AresResolver::Impl::resolve(std::string_view host, std::uint16_t port,
                                   LookupWaiter::Done callback) {
    reactor_.check_thread("Resolver::resolve");
    if (!callback || ended_ || !reactor_.alive()) return {};
    const auto waiter = std::make_shared<LookupWaiter>(reactor_, host, port, std::move(callback));
    start(waiter, host);
    return LookupWaiter::reference(waiter);
}

void AresResolver::Impl::start(const WaiterPtr& waiter, std::string_view host) {
    if (const auto literal = Address::from_ip(host, 0))
        return waiter->complete({.addresses = {*literal}});
    if (Error error = check_host_name(host); ErrorAccess::failed(error))
        return waiter->fail(std::move(error));
    const std::string name = fold_host_name(host);
    if (is_localhost(name)) return waiter->complete(loopback());
    if (const auto& addresses = hosts_.find(name); !addresses.empty())
        return waiter->complete({.addresses = addresses});
    if (const DnsAnswer* answer = cache_.find(name, reactor_.now()))
        return waiter->complete(*answer);
    join_query(waiter, name);
}

void AresResolver::Impl::join_query(const WaiterPtr& waiter, const std::string& name) {
    if (const auto found = queries_.find(name); found != queries_.end()) {
        found->second->waiters.push_back(waiter);
        return;
    }
    if (const int status = open_channel(); status != ARES_SUCCESS)
        return waiter->complete({.status = status});
    const auto query = std::make_shared<DnsQuery>(DnsQuery{.name = name, .waiters = {waiter}});
    queries_.emplace(name, query);
    start_query(query);
}

int AresResolver::Impl::open_channel() {
    if (channel_) return ARES_SUCCESS;
    auto channel = std::make_unique<AresChannel>(reactor_, poller_);
    const int status = channel->open(options_.servers);
    if (status != ARES_SUCCESS) return status;
    channel_ = std::move(channel);
    reactor_.adopt(shared_from_this());
    return ARES_SUCCESS;
}

void AresResolver::Impl::start_query(const QueryPtr& query) {
    const std::weak_ptr<DnsQuery> weak = query;
    query->limit = reactor_.call_later(options_.timeout, [this, weak] {
        if (const QueryPtr late = weak.lock()) finish(late, {.status = ARES_ETIMEOUT});
    });
    query->limit.unref();
    ask(query, DnsQuery::ipv6);
    ask(query, DnsQuery::ipv4);
}

void AresResolver::Impl::ask(const QueryPtr& query, DnsQuery::Family family) {
    auto* ticket = new Ticket{this, query, family};
    channel_->query(
        query->name, family == DnsQuery::ipv6 ? AF_INET6 : AF_INET,
        [](void* argument, int status, int, ares_addrinfo* result) {
            const std::unique_ptr<Ticket> owned{static_cast<Ticket*>(argument)};
            owned->query->take(owned->family, status, result);
            if (!owned->impl->ended_) owned->impl->on_part(owned->query);
        },
        ticket);
}

// Called from within c-ares: only stores, posts and sets timers, and runs nothing of the program's.
void AresResolver::Impl::on_part(const QueryPtr& query) {
    if (query->finished) return remember(*query);
    if (query->complete()) return finish(query, query->answer());
    if (!query->has_addresses()) return;
    const std::weak_ptr<DnsQuery> weak = query;
    query->delay = reactor_.call_later(resolution_delay, [this, weak] {
        if (const QueryPtr half = weak.lock()) finish(half, half->answer());
    });
    query->delay.unref();
}

// Also what comes after its look-up was given up serves the next one.
void AresResolver::Impl::remember(const DnsQuery& query) {
    const Duration ttl = query.time_to_live();
    if (ttl > Duration::zero()) cache_.store(query.name, query.answer(), reactor_.now() + ttl);
}

void AresResolver::Impl::finish(const QueryPtr& query, const DnsAnswer& answer) {
    query->finished = true;
    remember(*query);
    query->limit.cancel();
    query->delay.cancel();
    if (const auto found = queries_.find(query->name);
        found != queries_.end() && found->second == query)
        queries_.erase(found);
    for (const WaiterPtr& waiter : std::exchange(query->waiters, {}))
        waiter->complete(answer);
}

void AresResolver::Impl::end() noexcept {
    if (std::exchange(ended_, true)) return;
    for (const auto& [name, query] : queries_) {
        query->limit.cancel();
        query->delay.cancel();
        query->waiters.clear();
    }
    queries_.clear();
    channel_.reset();
    reactor_.abandon(*this);
}

AresResolver::AresResolver(ReactorRef reactor, Poller& poller, ResolverOptions options)
    : impl_(std::make_shared<Impl>(std::move(reactor), poller, std::move(options))) {}

AresResolver::~AresResolver() { impl_->end(); }

Lookup AresResolver::resolve(std::string_view host, std::uint16_t port,
                             Callback<void(Error, std::vector<Address>)> callback) {
    return impl_->resolve(host, port, std::move(callback));
}

}  // namespace gyre::detail
