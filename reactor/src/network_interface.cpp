#include <gyre/network_interface.hpp>

#include <net/if.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace gyre {
namespace {

struct FreeAddresses {
    void operator()(ifaddrs* all) const noexcept { ::freeifaddrs(all); }
};

std::size_t size_of(sa_family_t family) noexcept {
    if (family == AF_INET) return sizeof(sockaddr_in);
    return family == AF_INET6 ? sizeof(sockaddr_in6) : 0;
}

bool is_link_local(const Address& address) noexcept {
    sockaddr_in6 native{};
    std::memcpy(&native, address.native(), std::min(address.native_size(), sizeof native));
    return IN6_IS_ADDR_LINKLOCAL(&native.sin6_addr);
}

std::size_t rank(const Address& address) noexcept {
    if (address.family() == Address::Family::ipv4) return 0;
    return is_link_local(address) ? 2 : 1;
}

}  // namespace

std::vector<Address> interface_addresses(std::string_view name) {
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0) return {};
    const std::unique_ptr<ifaddrs, FreeAddresses> all{first};
    std::array<std::vector<Address>, 3> by_rank;
    for (const ifaddrs* entry = first; entry != nullptr; entry = entry->ifa_next) {
        if (entry->ifa_addr == nullptr || name != entry->ifa_name) continue;
        const std::size_t size = size_of(entry->ifa_addr->sa_family);
        if (size == 0 || (entry->ifa_flags & IFF_UP) == 0) continue;
        const Address address = Address::from_native(entry->ifa_addr, size);
        by_rank.at(rank(address)).push_back(address);
    }
    std::vector<Address> addresses;
    for (const std::vector<Address>& some : by_rank)
        addresses.insert(addresses.end(), some.begin(), some.end());
    return addresses;
}

}  // namespace gyre
