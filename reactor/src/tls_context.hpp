#pragma once

#include <gyre/tls.hpp>

#include <openssl/ssl.h>

#include <memory>
#include <string>

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

/// The loaded options behind a `TLSContext`. Immutable, used by all threads.
class TlsContext {
public:
    static TLSContextResult load(TLSRole role, const TLSOptions& options);
    static const std::shared_ptr<const TlsContext>& of(const TLSContext& context) noexcept {
        return context.context_;
    }

    TlsContext(TLSRole role, const TLSOptions& options) noexcept;
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;
    ~TlsContext();

    /// One connection's state, still without its BIO.
    struct Connection {
        Error error{};
        SslPtr ssl{};
        std::string peer_name{};  ///< Whom a client expects to meet.
    };
    Connection new_connection(TLSRole role, std::string host_name) const;

private:
    Error set_up(const TLSOptions& options);
    Error open_key_log(const std::string& file);
    Error use_alpn(const std::vector<std::string>& protocols);

    static int select_alpn(SSL* ssl, const unsigned char** chosen, unsigned char* chosen_size,
                           const unsigned char* offered, unsigned int offered_size, void* self);
    static void write_key_log(const SSL* ssl, const char* line);

    TLSRole role_;
    bool verify_;
    std::string server_name_;
    std::string alpn_;  // as on the wire: each name behind its length
    int key_log_ = -1;
    SslContextPtr context_;
};

}  // namespace gyre::detail
