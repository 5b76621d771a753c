#pragma once

#include "poller.hpp"
#include <gyre/reactor_ref.hpp>
#include <gyre/resolver.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace gyre::detail {

struct ResolverOptions {
    /// Comma-separated, "ADDRESS:PORT", without search domains; empty: those of the system.
    std::string servers{};
    Duration timeout = std::chrono::seconds{5};  ///< For a look-up in all.
    std::string hosts_file = "/etc/hosts";
};

/// The default resolver, on c-ares: no thread, its sockets watched by the reactor's poller.
///
/// In this order: IP literals; "localhost" and names below it, which are the loopback addresses
/// (RFC 6761); the hosts file; what was answered before and is still good; DNS. Look-ups of one
/// name at one time share their queries. It serves the reactor it was made for, and only that.
class AresResolver final : public Resolver {
public:
    AresResolver(ReactorRef reactor, Poller& poller, ResolverOptions options = {});
    /// Look-ups still under way are let go of, without a call.
    ~AresResolver() override;

    Lookup resolve(std::string_view host, std::uint16_t port,
                   Callback<void(Error, std::vector<Address>)> callback) override;

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace gyre::detail
