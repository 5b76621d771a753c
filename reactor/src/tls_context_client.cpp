// What only a client's context does: it keeps sessions and offers them.
#include "tls_connection.hpp"
#include "tls_context.hpp"
#include "tls_server_name.hpp"

#include <ctime>

namespace gyre::detail {

void TlsContext::set_up_client() noexcept {
    if (!resumes_) {
        SSL_CTX_set_options(context_.get(), SSL_OP_NO_TICKET);
        return;
    }
    sessions_ = std::make_unique<TlsSessions>();
    SSL_CTX_set_session_cache_mode(context_.get(),
                                   SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context_.get(), on_new_session);
}

// The port is no part of what was verified, but other servers could not open the ticket.
void TlsContext::offer_session(SSL* ssl, std::uint16_t port) const {
    TlsConnection& connection = TlsConnection::of(ssl);
    if (!sessions_ || connection.peer_name.empty()) return;
    connection.session_peer = comparable_name(connection.peer_name) + ' ' + std::to_string(port);
    const SslSessionPtr session = sessions_->take(connection.session_peer, std::time(nullptr));
    if (session) SSL_set_session(ssl, session.get());
}

int TlsContext::on_new_session(SSL* ssl, SSL_SESSION* session) noexcept {
    const TlsConnection& connection = TlsConnection::of(ssl);
    if (!connection.session_peer.empty())
        connection.context->sessions_->put(connection.session_peer, session);
    return 0;  // a copy was kept, not this reference
}

void TlsContext::forget_sessions(const TlsConnection& connection) const noexcept {
    if (sessions_ && !connection.session_peer.empty()) sessions_->forget(connection.session_peer);
}

}  // namespace gyre::detail
