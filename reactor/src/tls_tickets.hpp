#pragma once

#include "tls_ticket_keys.hpp"
#include <gyre/clock.hpp>

#include <openssl/ssl.h>

#include <functional>

namespace gyre::detail {

class TlsContext;

/// Lets the connections of a server's context seal and open tickets with the keys of the
/// `TlsContext` that made them, for at most `lifetime`.
void use_tickets(SSL_CTX* context, Duration lifetime) noexcept;

/// Gives no tickets and takes none.
void refuse_tickets(SSL_CTX* context) noexcept;

}  // namespace gyre::detail
