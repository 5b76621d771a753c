#pragma once

#include <gyre/address.hpp>
#include <gyre/export.hpp>

#include <functional>

namespace gyre {

/// Says whether an address may be connected to: called with each address just before it is tried,
/// as the system will get it, so that no look-up in between can change it. Empty: all may. An
/// exception that leaves it is reported, and counts as a no.
using AddressFilter = std::function<bool(const Address&)>;

/// A filter for URLs that strangers choose (server-side request forgery): true for addresses of the
/// public internet only. False for loopback, private, shared and link-local networks, multicast and
/// broadcast, documentation and other reserved networks of IPv4 and IPv6 (the registries of
/// RFC 6890), for IPv4 addresses of these kinds inside IPv6 (mapped, translated, 6to4, Teredo), and
/// for Unix sockets.
GYRE_API bool is_public_address(const Address& address) noexcept;

}  // namespace gyre
