#pragma once

#include "tls_free.hpp"
#include "tls_key_log.hpp"
#include "tls_names.hpp"
#include "tls_sessions.hpp"
#include "tls_ticket_keys.hpp"
#include <gyre/clock.hpp>
#include <gyre/tls.hpp>

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gyre::detail {

struct TlsConnection;

/// The loaded options behind a `TLSContext`. Used by all threads, and immutable but for the ticket
/// keys of a server and the sessions of a client, which look after themselves.
class TlsContext : public std::enable_shared_from_this<TlsContext> {
public:
    /// Where ticket keys get their age from. Not a reactor's clock, as many reactors share them.
    using Now = TimePoint (*)() noexcept;

    static TLSContextResult load(TLSRole role, const TLSOptions& options);
    /// As above, with ticket keys of its own that grow old by `now`.
    static TLSContextResult load(TLSRole role, const TLSOptions& options, Now now);
    static const std::shared_ptr<const TlsContext>& of(const TLSContext& context) noexcept {
        return context.context_;
    }

    TlsContext(TLSRole role, const TLSOptions& options) noexcept;

    TLSRole role() const noexcept { return role_; }
    /// One connection's state, still without its BIO; it keeps what it needs of this alive.
    struct Connection {
        Error error{};
        SslPtr ssl{};
    };
    Connection new_connection(TLSRole role, std::string host_name) const;

    /// Client, just before the handshake: offers a session with the same peer, if there is one.
    void offer_session(SSL* ssl, std::uint16_t port) const;
    /// Client: the connection failed, and so may others that resume its sessions.
    void forget_sessions(const TlsConnection& connection) const noexcept;

    /// Server, with `session_resumption`.
    TlsTicketKeys& ticket_keys() const noexcept { return *ticket_keys_; }
    TimePoint now() const noexcept { return now_(); }

private:
    Error check(const TLSOptions& options) const;
    Error set_up(const TLSOptions& options);
    Error use_alpn(const std::vector<std::string>& protocols);
    Error use_key_log(const std::string& file);
    Error start_client(SSL* ssl, std::string host_name) const;

    // tls_context_client.cpp
    void set_up_client() noexcept;

    // tls_context_server.cpp
    Error set_up_server(const TLSOptions& options);
    bool take_fingerprint(const TLSOptions& options);
    int choose_by_name(TlsConnection& connection, SSL* ssl) const;
    bool is_unknown(const std::string& name) const noexcept;
    bool take_over(SSL* ssl) const noexcept;

    static int on_client_hello(SSL* ssl, int* alert, void*) noexcept;
    static int on_new_session(SSL* ssl, SSL_SESSION* session) noexcept;
    static int select_alpn(SSL* ssl, const unsigned char** chosen, unsigned char* chosen_size,
                           const unsigned char* offered, unsigned int offered_size, void* self);
    static void write_key_log(const SSL* ssl, const char* line);

    TLSRole role_;
    bool verify_;
    bool resumes_;
    bool refuse_unknown_names_;
    std::string server_name_;
    std::string alpn_;         // as on the wire: each name behind its length
    std::string fingerprint_;  // of all that a resumed session would get round
    Now now_;
    TlsNames names_;
    std::shared_ptr<TlsTicketKeys> ticket_keys_;
    std::unique_ptr<TlsSessions> sessions_;
    std::shared_ptr<const TlsKeyLog> key_log_;
    SslContextPtr context_;
};

}  // namespace gyre::detail
