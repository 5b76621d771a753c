#pragma once

#include "dns_cache.hpp"
#include "lookup_waiter.hpp"
#include <gyre/timeout.hpp>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include <ares.h>

namespace gyre::detail {

/// The look-up of one name: what A and AAAA came to, and who waits for it. Only the data; the
/// resolver drives it.
struct DnsQuery {
    /// What one family's query came to.
    struct Part {
        bool done = false;
        int status = 0;
        int ttl = 0;  // seconds
        std::vector<Address> addresses{};
    };
    enum Family : std::size_t { ipv6, ipv4 };  // in the order of the answer

    std::string name;
    std::array<Part, 2> parts{};
    std::vector<std::shared_ptr<LookupWaiter>> waiters{};
    Timeout limit{};        ///< The look-up's time in all.
    Timeout delay{};        ///< How long one family's addresses wait for the other's.
    bool finished = false;  ///< Nobody waits any more; what still comes in is for the cache.

    bool complete() const noexcept { return parts[ipv6].done && parts[ipv4].done; }
    bool has_addresses() const noexcept {
        return !parts[ipv6].addresses.empty() || !parts[ipv4].addresses.empty();
    }
    /// The addresses there are, IPv6 first, or the status that says most about why there are none.
    DnsAnswer answer() const;
    /// How long the answer is good; zero: not at all. That a name does not exist is believed for 5
    /// s.
    Duration time_to_live() const noexcept;
    /// Takes one family's result over and frees it.
    void take(Family family, int status, ares_addrinfo* result);
};

}  // namespace gyre::detail
