#pragma once

#include <cstdint>

namespace gyre::http {

/// What a proxy speaks.
enum class ProxyType : std::uint8_t {
    http,    ///< HTTP: plain requests are sent to it whole, https goes through a tunnel (CONNECT).
    socks5,  ///< SOCKS 5 (RFC 1928, 1929); it is given the host's name and looks it up.
};

}  // namespace gyre::http
