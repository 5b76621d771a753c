#pragma once

#include "tls_free.hpp"
#include <gyre/error.hpp>

#include <memory>
#include <string>

namespace gyre::detail {

class TlsContext;

/// What belongs to one connection besides OpenSSL's own state; the `SSL` keeps it.
struct TlsConnection {
    /// Gives `ssl` such a record. False if memory ran out.
    static bool attach(SSL* ssl, std::shared_ptr<const TlsContext> context);
    static TlsConnection& of(const SSL* ssl) noexcept;

    std::shared_ptr<const TlsContext> context;   ///< Made this connection.
    std::shared_ptr<const TlsContext> chosen{};  ///< Server: the one that holds for the name.
    std::string peer_name{};                     ///< Client: whom it expects to meet.
    std::string session_peer{};                  ///< Client: under what to keep sessions.
    std::string asked_name{};                    ///< Server: the name that the client asked for.
    Error refusal{};                             ///< Server: why its name was refused.
};

}  // namespace gyre::detail
