#include "dns_query.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

namespace gyre::detail {
namespace {

constexpr Duration negative_ttl = std::chrono::seconds{5};
constexpr int longest_ttl = 24 * 60 * 60;  // seconds; more is a mistake of the zone's

bool says_nothing_there(int status) noexcept {
    return status == ARES_SUCCESS || status == ARES_ENODATA || status == ARES_ENOTFOUND;
}

int smallest_ttl(const ares_addrinfo& result) noexcept {
    int ttl = longest_ttl;
    for (const ares_addrinfo_node* node = result.nodes; node; node = node->ai_next)
        ttl = std::min(ttl, node->ai_ttl);
    for (const ares_addrinfo_cname* cname = result.cnames; cname; cname = cname->next)
        ttl = std::min(ttl, cname->ttl);
    return std::max(ttl, 0);
}

}  // namespace

DnsAnswer DnsQuery::answer() const {
    DnsAnswer answer;
    for (const Part& part : parts)
        answer.addresses.insert(answer.addresses.end(), part.addresses.begin(),
                                part.addresses.end());
    if (!answer.addresses.empty()) return answer;
    // A server that failed to answer for one family may have had addresses: that counts before the
    // other family's "nothing there".
    const int a = parts[ipv4].status;
    const int aaaa = parts[ipv6].status;
    answer.status = !says_nothing_there(a) || says_nothing_there(aaaa) ? a : aaaa;
    if (answer.status == ARES_SUCCESS) answer.status = ARES_ENODATA;
    return answer;
}

Duration DnsQuery::time_to_live() const noexcept {
    if (!has_addresses()) {
        const bool certain = complete() && says_nothing_there(parts[ipv4].status) &&
                             says_nothing_there(parts[ipv6].status);
        return certain ? negative_ttl : Duration::zero();
    }
    int ttl = std::numeric_limits<int>::max();
    for (const Part& part : parts)
        if (!part.addresses.empty()) ttl = std::min(ttl, part.ttl);
    return std::chrono::seconds{ttl};
}

void DnsQuery::take(Family family, int status, ares_addrinfo* result) {
    Part& part = parts[family];
    part.done = true;
    part.status = status;
    if (!result) return;
    part.ttl = smallest_ttl(*result);
    for (const ares_addrinfo_node* node = result->nodes; node; node = node->ai_next) {
        const Address address = Address::from_native(node->ai_addr, node->ai_addrlen);
        if (std::ranges::find(part.addresses, address) == part.addresses.end())
            part.addresses.push_back(address);
    }
    ::ares_freeaddrinfo(result);
}

}  // namespace gyre::detail
