#pragma once

#include "client_hop.hpp"
#include "connection_key.hpp"
#include <gyre/address.hpp>
#include <gyre/error.hpp>
#include <gyre/http/async_http_client.hpp>

#include <string>

namespace gyre::http::detail {

// How one hop gets to its server.
struct ClientRoute {
    ConnectionKey key;
    Address source;  // to connect from; none: the system chooses

    bool has_proxy() const noexcept { return key.proxy.has_value(); }
    // The proxy itself is asked, by the whole URL (RFC 9112 3.2.2), not a server behind it.
    bool asks_proxy() const noexcept {
        return key.proxy && key.proxy->type == ProxyType::http && !key.secure;
    }
    // Who is connected to first, and by which name, for the sake of messages too.
    const std::string& connect_host() const noexcept;
    std::uint16_t connect_port() const noexcept;
    // Where a tunnel through the proxy leads.
    const std::string& target_host() const noexcept;
    std::uint16_t target_port() const noexcept;
};

// Finds the way for a hop. An error says which argument of the request makes it impossible.
Error set_route(ClientRoute& route, const ClientHop& hop, const HTTPRequest& request,
                const TLSOptions& tls);

}  // namespace gyre::http::detail
