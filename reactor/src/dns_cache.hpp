#pragma once

#include <gyre/address.hpp>
#include <gyre/clock.hpp>

#include <cstddef>
#include <list>
#include <string>
#include <unordered_map>
#include <vector>

namespace gyre::detail {

/// What a look-up came to: addresses (with port 0), or the resolver library's status.
struct DnsAnswer {
    int status = 0;
    std::vector<Address> addresses{};
};

/// Answers that are still good. Bounded: when it is full, the one that was stored longest ago goes.
class DnsCache {
public:
    static constexpr std::size_t most_names = 1000;

    /// Stores what `name` resolves to, until `expiry`; replaces what was there.
    void store(const std::string& name, DnsAnswer answer, TimePoint expiry);
    /// Null if there is nothing that is good at `now`. Valid until the next call.
    const DnsAnswer* find(const std::string& name, TimePoint now);

    std::size_t size() const noexcept { return entries_.size(); }

private:
    struct Entry {
        std::string name;
        DnsAnswer answer;
        TimePoint expiry;
    };
    using Entries = std::list<Entry>;

    void erase(Entries::iterator entry);

    Entries entries_;  // the oldest first
    std::unordered_map<std::string, Entries::iterator> names_;
};

}  // namespace gyre::detail
