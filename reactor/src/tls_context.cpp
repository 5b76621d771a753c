#include "tls_context.hpp"

#include "error_mapping.hpp"
#include "tls_bio.hpp"
#include "tls_connection.hpp"
#include "tls_credentials.hpp"
#include "tls_tickets.hpp"
#include <gyre/address.hpp>
#include <gyre/error_access.hpp>

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace gyre::detail {
namespace {

Error invalid(std::string message) { return {Errc::invalid_argument, std::move(message)}; }

TimePoint steady_now() noexcept { return TimePoint::clock::now(); }

// OpenSSL passes over a name that it does not know as long as it knows another, so each is tried by
// itself. Words with an operator ("!aNULL", "@STRENGTH") act on a list and mean nothing alone.
Error use_ciphers(SSL_CTX* context, std::string_view ciphers) {
    const SslContextPtr trial{SSL_CTX_new(TLS_method())};
    std::string tls_1_3;
    std::string older;
    while (!ciphers.empty()) {
        const std::string word{ciphers.substr(0, ciphers.find(':'))};
        ciphers.remove_prefix(std::min(ciphers.size(), word.size() + 1));
        const bool is_1_3 = word.starts_with("TLS_");
        const bool is_operator = word.find_first_of("!-+@") == 0;
        if (!is_operator && (word.empty() || !trial ||
                             (is_1_3 ? SSL_CTX_set_ciphersuites(trial.get(), word.c_str())
                                     : SSL_CTX_set_cipher_list(trial.get(), word.c_str())) != 1))
            return invalid("ciphers: there is no cipher suite \"" + word + '"');
        (is_1_3 ? tls_1_3 : older) += word + ':';
    }
    if (!tls_1_3.empty()) tls_1_3.pop_back();
    if (!tls_1_3.empty() && SSL_CTX_set_ciphersuites(context, tls_1_3.c_str()) != 1)
        return tls_error("ciphers");
    if (!older.empty() && SSL_CTX_set_cipher_list(context, older.c_str()) != 1)
        return tls_error("ciphers");
    return {};
}

// Names are sent and matched against the certificate's names (never its subject, RFC 9110, 4.3.4),
// IP literals only against its addresses.
bool set_peer_name(SSL* ssl, const std::string& name) noexcept {
    // OpenSSL takes a name that begins with a dot for any name below it.
    if (name.find('\0') != std::string::npos || name.starts_with('.')) return false;
    X509_VERIFY_PARAM* const wanted = SSL_get0_param(ssl);
    if (Address::from_ip(name, 0)) {
        const std::string zoneless = name.substr(0, name.find('%'));
        return X509_VERIFY_PARAM_set1_ip_asc(wanted, zoneless.c_str()) == 1;
    }
    X509_VERIFY_PARAM_set_hostflags(
        wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    return X509_VERIFY_PARAM_set1_host(wanted, name.data(), name.size()) == 1 &&
           SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                    const_cast<char*>(name.c_str())) == 1;
}

void set_modes(SSL_CTX* context) noexcept {
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    // Buffers only while bytes are in them. And a peer's messages that carry no data, which it can
    // send without end, are handled one call at a time.
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
    // One read below for a record, in place of one for its head and one for its body.
    SSL_CTX_set_read_ahead(context, 1);
    // A server's sessions live in the tickets that clients hold, not in our memory.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    if (SSL_CTX_get_security_level(context) < 2) SSL_CTX_set_security_level(context, 2);
}

}  // namespace

TlsContext::TlsContext(TLSRole role, const TLSOptions& options) noexcept
    : role_(role),
      verify_(options.verify_peer == TLSVerify::automatic ? role == TLSRole::client
                                                          : options.verify_peer != TLSVerify::none),
      resumes_(options.session_resumption),
      refuse_unknown_names_(options.refuse_unknown_names),
      server_name_(options.server_name),
      now_(steady_now) {}

TLSContextResult TlsContext::load(TLSRole role, const TLSOptions& options) {
    const TlsCall call;
    auto context = std::make_shared<TlsContext>(role, options);
    Error error = context->set_up(options);
    if (ErrorAccess::failed(error)) return {.error = std::move(error)};
    return {.context = TLSContext{std::move(context)}};
}

TLSContextResult TlsContext::load(TLSRole role, const TLSOptions& options, Now now) {
    const TlsCall call;
    auto context = std::make_shared<TlsContext>(role, options);
    Error error = context->set_up(options);
    if (ErrorAccess::failed(error)) return {.error = std::move(error)};
    context->now_ = now;
    context->ticket_keys_ = std::make_shared<TlsTicketKeys>(options.ticket_key_lifetime);
    return {.context = TLSContext{std::move(context)}};
}

Error TlsContext::check(const TLSOptions& options) const {
    if (options.ticket_key_lifetime <= Duration::zero())
        return invalid("ticket_key_lifetime must be positive");
    const auto has_right_size = [](const std::string& key) {
        return key.size() == TlsTicketKey::size;
    };
    if (!std::ranges::all_of(options.ticket_keys, has_right_size))
        return invalid("ticket_keys: a key has 80 bytes");
    if (role_ == TLSRole::server) {
        if (options.certificate_file.empty() && options.certificate.empty())
            return invalid("a TLS server needs certificate_file or certificate");
    } else if (!options.certificates_by_name.empty() || options.select_context ||
               options.refuse_unknown_names || !options.ticket_keys.empty()) {
        return invalid("a TLS client with options for names or tickets, which are a server's");
    }
    return {};
}

Error TlsContext::set_up(const TLSOptions& options) {
    if (Error error = check(options); ErrorAccess::failed(error)) return error;
    const bool is_server = role_ == TLSRole::server;
    context_.reset(SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method()));
    if (!context_) return tls_error("TLS context");
    SSL_CTX* const context = context_.get();
    SSL_CTX_set_app_data(context, this);
    set_modes(context);
    SSL_CTX_set_min_proto_version(
        context, options.min_version == TLSVersion::tls_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
    if (verify_)
        SSL_CTX_set_verify(context,
                           options.verify_peer == TLSVerify::request
                               ? SSL_VERIFY_PEER
                               : SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                           nullptr);
    Error error = use_certificate(context, options);
    if (!ErrorAccess::failed(error) && verify_) error = use_trust(context, role_, options);
    if (!ErrorAccess::failed(error)) error = use_ciphers(context, options.ciphers);
    if (!ErrorAccess::failed(error)) error = use_alpn(options.alpn);
    if (!ErrorAccess::failed(error)) error = use_key_log(options.key_log_file);
    if (ErrorAccess::failed(error)) return error;
    if (is_server) return set_up_server(options);
    set_up_client();
    return {};
}

Error TlsContext::use_alpn(const std::vector<std::string>& protocols) {
    for (const std::string& protocol : protocols) {
        if (protocol.empty() || protocol.size() > 255)
            return invalid("alpn: the name of a protocol has 1 to 255 bytes");
        alpn_ += static_cast<char>(protocol.size());
        alpn_ += protocol;
    }
    if (alpn_.size() > 65535) return invalid("alpn: the list is too long");
    if (alpn_.empty()) return {};
    if (role_ == TLSRole::server)
        SSL_CTX_set_alpn_select_cb(context_.get(), select_alpn, this);
    else if (SSL_CTX_set_alpn_protos(context_.get(),
                                     reinterpret_cast<const unsigned char*>(alpn_.data()),
                                     static_cast<unsigned>(alpn_.size())) != 0)
        return tls_error("alpn");
    return {};
}

// RFC 7301, 3.2: the server chooses, by its own preference; without a match the handshake fails.
int TlsContext::select_alpn(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                            const unsigned char* offered, unsigned int offered_size, void* self) {
    const std::string& ours = static_cast<const TlsContext*>(self)->alpn_;
    const int verdict =
        SSL_select_next_proto(const_cast<unsigned char**>(chosen), chosen_size,
                              reinterpret_cast<const unsigned char*>(ours.data()),
                              static_cast<unsigned>(ours.size()), offered, offered_size);
    return verdict == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

Error TlsContext::use_key_log(const std::string& file) {
    if (file.empty()) return {};
    TlsKeyLog::Opened opened = TlsKeyLog::open(file);
    key_log_ = std::move(opened.log);
    if (key_log_) SSL_CTX_set_keylog_callback(context_.get(), write_key_log);
    return std::move(opened.error);
}

void TlsContext::write_key_log(const SSL* ssl, const char* line) {
    const auto* self = static_cast<const TlsContext*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
    self->key_log_->write(line);
}

TlsContext::Connection TlsContext::new_connection(TLSRole role, std::string host_name) const {
    if (role != role_)
        return {.error = invalid(role == TLSRole::client ? "a TLS client with a server's context"
                                                         : "a TLS server with a client's context")};
    Connection made;
    made.ssl.reset(SSL_new(context_.get()));
    SSL* const ssl = made.ssl.get();
    if (!ssl || !TlsConnection::attach(ssl, shared_from_this()))
        return {.error = tls_error("TLS connection")};
    if (role == TLSRole::server)
        SSL_set_accept_state(ssl);
    else
        made.error = start_client(ssl, std::move(host_name));
    return made;
}

Error TlsContext::start_client(SSL* ssl, std::string host_name) const {
    SSL_set_connect_state(ssl);
    if (!server_name_.empty()) host_name = server_name_;
    // The final dot of a fully qualified name is no part of it here (RFC 6066, 3).
    if (host_name.ends_with('.')) host_name.pop_back();
    if (verify_ && host_name.empty()) return invalid("TLS: no host name to verify");
    if (!host_name.empty() && !set_peer_name(ssl, host_name))
        return invalid("TLS: not a host name: \"" + host_name + '"');
    TlsConnection::of(ssl).peer_name = std::move(host_name);
    return {};
}

}  // namespace gyre::detail
