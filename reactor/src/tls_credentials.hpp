#pragma once

#include <gyre/error.hpp>
#include <gyre/tls.hpp>

#include <openssl/ssl.h>

namespace gyre::detail {

/// Loads the certificate, the chain and the key of the options, if there are any.
Error use_certificate(SSL_CTX* context, const TLSOptions& options);

/// Loads whom to trust: the authorities of the options, for a client else those of the system.
Error use_trust(SSL_CTX* context, TLSRole role, const TLSOptions& options);

}  // namespace gyre::detail
