#include "dns_cache.hpp"

#include <utility>

namespace gyre::detail {

void DnsCache::store(const std::string& name, DnsAnswer answer, TimePoint expiry) {
    if (const auto found = names_.find(name); found != names_.end()) erase(found->second);
    if (entries_.size() >= most_names) erase(entries_.begin());
    entries_.push_back({name, std::move(answer), expiry});
    names_.emplace(name, std::prev(entries_.end()));
}

const DnsAnswer* DnsCache::find(const std::string& name, TimePoint now) {
    const auto found = names_.find(name);
    if (found == names_.end()) return nullptr;
    if (found->second->expiry > now) return &found->second->answer;
    erase(found->second);
    return nullptr;
}

void DnsCache::erase(Entries::iterator entry) {
    names_.erase(entry->name);
    entries_.erase(entry);
}

}  // namespace gyre::detail
