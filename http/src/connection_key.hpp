#pragma once

#include "proxy_settings.hpp"
#include <gyre/tls.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace gyre::http::detail {

// What has to be equal for a connection to serve another request.
struct ConnectionKey {
    bool secure = false;
    // Of the URL: the name that TLS verifies, and who is asked for it.
    std::string host{};
    std::uint16_t port = 0;
    // Where it leads instead, if that is elsewhere.
    std::string mapped_host{};
    std::uint16_t mapped_port = 0;
    std::string unix_socket{};
    std::optional<ProxySettings> proxy{};
    // How it gets there.
    std::string network_interface{};
    bool allow_ipv6 = true;
    std::optional<TLSOptions> tls{};  // if secure

    friend bool operator==(const ConnectionKey&, const ConnectionKey&) = default;
};

}  // namespace gyre::http::detail
