// What only a server's context does: it chooses by name and gives tickets.
#include "error_mapping.hpp"
#include "tls_connection.hpp"
#include "tls_context.hpp"
#include "tls_server_name.hpp"
#include "tls_tickets.hpp"
#include <gyre/error_access.hpp>

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <span>
#include <utility>

namespace gyre::detail {
namespace {

constexpr int no_alert = 0;

std::string digest_of(const std::string& bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned size = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
        return {};
    return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string digest_of(const X509* certificate) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned size = 0;
    if (!certificate || X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1)
        return {};
    return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string digests_of(X509_STORE* store) {
    std::string digests;
    const STACK_OF(X509_OBJECT)* const objects = X509_STORE_get0_objects(store);
    for (int i = 0; i < sk_X509_OBJECT_num(objects); ++i)
        digests += digest_of(X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i)));
    return digests;
}

// Nothing: malformed.
std::optional<std::string> asked_name(SSL* ssl) {
    const unsigned char* bytes = nullptr;
    std::size_t size = 0;
    if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &bytes, &size) != 1)
        return std::string{};
    return parse_server_name({bytes, size});
}

}  // namespace

Error TlsContext::set_up_server(const TLSOptions& options) {
    SSL_CTX_set_client_hello_cb(context_.get(), on_client_hello, nullptr);
    if (!take_fingerprint(options)) return tls_error("TLS context");
    if (!resumes_) {
        refuse_tickets(context_.get());
    } else {
        ticket_keys_ = options.ticket_keys.empty()
                           ? TlsTicketKeys::shared(options.ticket_key_lifetime)
                           : std::make_shared<TlsTicketKeys>(options.ticket_keys);
        use_tickets(context_.get(),
                    options.ticket_keys.empty() ? options.ticket_key_lifetime : Duration::max());
    }
    return names_.load(options);
}

// A ticket is good only where everything that its handshake checked, or that was agreed on in it,
// would be the same.
bool TlsContext::take_fingerprint(const TLSOptions& options) {
    const int version = options.min_version == TLSVersion::tls_1_3 ? 3 : 2;
    fingerprint_ = std::to_string(SSL_CTX_get_verify_mode(context_.get())) + ' ' +
                   std::to_string(version) + ' ' + options.ciphers + '\n' +
                   digest_of(SSL_CTX_get0_certificate(context_.get()));
    if (verify_) fingerprint_ += digests_of(SSL_CTX_get_cert_store(context_.get()));
    fingerprint_ = digest_of(fingerprint_);
    return !fingerprint_.empty();
}

// Before anything of the handshake is decided: the callback for names that OpenSSL has comes when
// version and session are chosen already.
int TlsContext::on_client_hello(SSL* ssl, int* alert, void*) noexcept {
    TlsConnection& connection = TlsConnection::of(ssl);
    const std::optional<std::string> name = asked_name(ssl);
    *alert = SSL_AD_DECODE_ERROR;
    if (!name) return SSL_CLIENT_HELLO_ERROR;
    if (connection.chosen) {
        // The second hello of a client that was asked for one (RFC 8446, 4.1.2).
        *alert = SSL_AD_ILLEGAL_PARAMETER;
        return *name == connection.asked_name ? SSL_CLIENT_HELLO_SUCCESS : SSL_CLIENT_HELLO_ERROR;
    }
    connection.asked_name = *name;
    *alert = connection.context->choose_by_name(connection, ssl);
    return *alert == no_alert ? SSL_CLIENT_HELLO_SUCCESS : SSL_CLIENT_HELLO_ERROR;
}

// Returns the alert to refuse with, if need be.
int TlsContext::choose_by_name(TlsConnection& connection, SSL* ssl) const {
    const std::string& name = connection.asked_name;
    TlsNames::Choice choice = name.empty() ? TlsNames::Choice{} : names_.choose(name);
    if (ErrorAccess::failed(choice.error)) {
        connection.refusal = std::move(choice.error);
        return SSL_AD_INTERNAL_ERROR;
    }
    connection.chosen = std::move(choice.context);
    if (!connection.chosen) {
        if (refuse_unknown_names_ && is_unknown(name)) {
            connection.refusal = {Errc::tls_failed,
                                  "the client asked for \"" + name + "\", which is unknown here"};
            return SSL_AD_UNRECOGNIZED_NAME;
        }
        connection.chosen = connection.context;
    }
    return connection.chosen->take_over(ssl) ? no_alert : SSL_AD_INTERNAL_ERROR;
}

bool TlsContext::is_unknown(const std::string& name) const noexcept {
    X509* const certificate = SSL_CTX_get0_certificate(context_.get());
    return !name.empty() && X509_check_host(certificate, name.data(), name.size(),
                                            X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                                                X509_CHECK_FLAG_NEVER_CHECK_SUBJECT,
                                            nullptr) != 1;
}

// Exchanging the SSL_CTX brings the certificate, the trust store, ciphers and ALPN with it; what a
// connection copied when it was made has to be set again. The name is a part of the session's
// context, as a session must not be resumed under another (RFC 6066, 3).
bool TlsContext::take_over(SSL* ssl) const noexcept {
    SSL_CTX* const context = context_.get();
    if (SSL_get_SSL_CTX(ssl) != context) {
        if (!SSL_set_SSL_CTX(ssl, context)) return false;
        SSL_set_verify(ssl, SSL_CTX_get_verify_mode(context), nullptr);
        SSL_set_min_proto_version(ssl, static_cast<int>(SSL_CTX_get_min_proto_version(context)));
        if (!resumes_) {
            SSL_set_options(ssl, SSL_OP_NO_TICKET);
            SSL_set_num_tickets(ssl, 0);
        }
    }
    const std::string id = digest_of(fingerprint_ + TlsConnection::of(ssl).asked_name);
    return SSL_set_session_id_context(ssl, reinterpret_cast<const unsigned char*>(id.data()),
                                      static_cast<unsigned>(id.size())) == 1 &&
           !id.empty();
}

}  // namespace gyre::detail
