#pragma once

#include <gyre/address.hpp>
#include <gyre/export.hpp>

#include <string_view>
#include <vector>

namespace gyre {

/// The addresses of the network interface of this name ("eth0"), with port 0: where to connect from
/// (`TCPClientOptions::source`). IPv4 first, then IPv6, link-local ones last. Empty if there is no
/// such interface, if it is down or has none, and if the system does not tell. Asks the system each
/// time; allowed on any thread.
GYRE_API std::vector<Address> interface_addresses(std::string_view name);

}  // namespace gyre
