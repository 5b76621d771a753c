#pragma once

#include <openssl/ssl.h>

#include <memory>

namespace gyre::detail {

/// Frees OpenSSL's objects: each type has a function of its own.
template <auto Free>
struct TlsFree {
    template <class T>
    void operator()(T* object) const noexcept {
        Free(object);
    }
};
using SslPtr = std::unique_ptr<SSL, TlsFree<&SSL_free>>;
using SslContextPtr = std::unique_ptr<SSL_CTX, TlsFree<&SSL_CTX_free>>;
using SslSessionPtr = std::unique_ptr<SSL_SESSION, TlsFree<&SSL_SESSION_free>>;

}  // namespace gyre::detail
