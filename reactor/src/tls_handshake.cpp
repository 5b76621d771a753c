// The handshake of a TlsTransport, and what was agreed in it.
#include "error_mapping.hpp"
#include "tls_connection.hpp"
#include "tls_transport.hpp"
#include <gyre/error_access.hpp>

#include <openssl/x509_vfy.h>

#include <utility>

namespace gyre::detail {
namespace {

Error verify_error(SSL* ssl, const std::string& peer_name) {
    const long verdict = SSL_get_verify_result(ssl);
    const int code = static_cast<int>(verdict);
    if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH)
        return ErrorAccess::make(Errc::host_name_mismatch, code, "tls",
                                 "the certificate is not for " + peer_name);
    const std::string whose = peer_name.empty() ? "the client" : peer_name;
    return ErrorAccess::make(
        Errc::certificate_rejected, code, "tls",
        "the certificate of " + whose + " was rejected: " + X509_verify_cert_error_string(verdict));
}

std::string subject_of(X509* certificate) {
    const std::unique_ptr<BIO, TlsFree<&BIO_free>> text{BIO_new(BIO_s_mem())};
    constexpr unsigned long style = XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB;  // UTF-8 as it is
    if (!text || X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate), 0, style) < 0)
        return {};
    char* bytes = nullptr;
    const long size = BIO_ctrl(text.get(), BIO_CTRL_INFO, 0, static_cast<void*>(&bytes));
    return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace

Error TlsTransport::set_up(const TLSContext& context, TLSRole role, std::string host_name) {
    const TlsCall call;
    if (!context) return {Errc::invalid_argument, "TLS with an empty context"};
    TlsContext::Connection made =
        TlsContext::of(context)->new_connection(role, std::move(host_name));
    if (ErrorAccess::failed(made.error)) return made.error;
    ssl_ = std::move(made.ssl);
    if (!attach_bio(ssl_.get(), bio_)) return {Errc::out_of_memory, "TLS connection"};
    // The client's words come first, so a server has nothing to say yet.
    if (role == TLSRole::server) {
        state_ = State::handshaking;
        handshake_need_ = Need::read;
    }
    return {};
}

void TlsTransport::start_handshake() noexcept {
    state_ = State::handshaking;
    Error error = lower_->finish_connect();
    if (ErrorAccess::failed(error)) return fail(std::move(error));
    const TlsCall call;
    TlsConnection::of(ssl_.get()).context->offer_session(ssl_.get(), lower_->peer_address().port());
}

void TlsTransport::drive_handshake() noexcept {
    {
        const TlsCall call;
        const int result = SSL_do_handshake(ssl_.get());
        const int ssl_error = SSL_get_error(ssl_.get(), result);
        if (ssl_error == SSL_ERROR_WANT_READ || ssl_error == SSL_ERROR_WANT_WRITE) {
            handshake_need_ = ssl_error == SSL_ERROR_WANT_READ ? Need::read : Need::write;
            return update_wants();
        }
        if (result == 1) {
            state_ = State::open;
            buffered_ = SSL_has_pending(ssl_.get()) == 1;
            if (notify_due_) finish_shutdown();
        } else {
            fail(handshake_error(ssl_error));
            forget_sessions();
        }
    }
    if (want_write_ && listener_) listener_->on_writable();
    update_wants();
}

Error TlsTransport::handshake_error(int ssl_error) {
    // The last one: below the verdict on a certificate may be its cause, such as a bad signature.
    const unsigned long code = ERR_peek_last_error();
    const int reason = ERR_GET_LIB(code) == ERR_LIB_SSL ? ERR_GET_REASON(code) : 0;
    TlsConnection& connection = TlsConnection::of(ssl_.get());
    Error error;
    if (ErrorAccess::failed(connection.refusal)) {
        error = std::exchange(connection.refusal, {});
    } else if (ssl_error == SSL_ERROR_SYSCALL && ErrorAccess::failed(bio_.error)) {
        error = std::exchange(bio_.error, {});
        ErrorAccess::add_context(error, "TLS handshake");
    } else if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
        error = verify_error(ssl_.get(), connection.peer_name);
    } else if (reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE) {
        error = ErrorAccess::make(Errc::certificate_rejected, reason, "tls",
                                  "the client sent no certificate");
    } else if (bio_.ended && reason == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
        error = ErrorAccess::make(Errc::tls_failed, reason, "tls",
                                  "TLS handshake: the peer closed the connection");
    } else {
        error = tls_error("TLS handshake");
    }
    ErrorAccess::set_phase(error, "tls");
    return error;
}

// What failed, perhaps because of a session that was offered, must not fail the same way for ever
// (RFC 5246, 7.2.2).
void TlsTransport::forget_sessions() noexcept {
    const TlsConnection& connection = TlsConnection::of(ssl_.get());
    connection.context->forget_sessions(connection);
}

Error TlsTransport::finish_connect() noexcept { return failure_.tell(); }

std::string_view TlsTransport::application_protocol() const noexcept {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    if (ssl_) SSL_get0_alpn_selected(ssl_.get(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
}

TLSInfo TlsTransport::tls_info() const {
    SSL* const ssl = ssl_.get();
    if (!ssl || SSL_is_init_finished(ssl) != 1) return {};
    TLSInfo info;
    info.version = SSL_get_version(ssl);
    if (const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl))
        info.cipher = SSL_CIPHER_get_name(cipher);
    if (X509* certificate = SSL_get0_peer_certificate(ssl))
        info.peer_subject = subject_of(certificate);
    if (SSL_is_server(ssl) == 1)
        info.server_name = TlsConnection::of(ssl).asked_name;
    else if (const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name))
        info.server_name = name;
    info.application_protocol = application_protocol();
    info.resumed = SSL_session_reused(ssl) == 1;
    return info;
}

}  // namespace gyre::detail
