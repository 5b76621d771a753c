#pragma once

#include <string>

namespace gyre {

/// What a TLS connection is, as text.
struct TLSInfo {
    std::string version{};       ///< "TLSv1.3"
    std::string cipher{};        ///< "TLS_AES_256_GCM_SHA384"
    std::string peer_subject{};  ///< "CN=example.com,O=Example"; empty without a certificate.
    std::string server_name{};   ///< The name that the client asked for (SNI).
    std::string application_protocol{};  ///< What both chose (ALPN); empty if they did not.
    bool resumed = false;                ///< An earlier session was resumed (RFC 8446, 2.2).
};

}  // namespace gyre
