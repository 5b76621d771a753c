#pragma once

#include <cstdint>
#include <string>

namespace gyre::http {

/// Connect elsewhere than the URL says (Tornado's `hostname_mapping`, curl's `--connect-to`): the
/// Host field, the name in TLS and everything else stay those of the URL.
struct HostMapping {
    std::string host;           ///< As in the URL; case does not matter.
    std::uint16_t port = 0;     ///< Only this port of it; 0: every one.
    std::string to_host;        ///< A name or an IP address (no brackets).
    std::uint16_t to_port = 0;  ///< 0: the same port.

    friend bool operator==(const HostMapping&, const HostMapping&) = default;
};

}  // namespace gyre::http
