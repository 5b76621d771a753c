#include "tls_context.hpp"

#include "error_mapping.hpp"
#include "tls_bio.hpp"
#include <gyre/address.hpp>
#include <gyre/error_access.hpp>

#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace gyre::detail {
namespace {

using X509Ptr = std::unique_ptr<X509, TlsFree<&X509_free>>;
using X509StorePtr = std::unique_ptr<X509_STORE, TlsFree<&X509_STORE_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, TlsFree<&EVP_PKEY_free>>;
using MemoryPtr = std::unique_ptr<BIO, TlsFree<&BIO_free>>;
using FilePtr = std::unique_ptr<std::FILE, TlsFree<&std::fclose>>;

/// PEM text, and what messages call it: "ca_file /etc/ca.pem" or "ca".
struct Pem {
    Error error{};
    std::string text{};
    std::string name{};
};

struct Certificates {
    Error error{};
    std::vector<X509Ptr> list{};
};

struct Key {
    Error error{};
    KeyPtr key{};
};

Error invalid(std::string message) { return {Errc::invalid_argument, std::move(message)}; }

Pem read_pem(const std::string& option, const std::string& file, const std::string& text) {
    if (file.empty()) return {.text = text, .name = option};
    if (!text.empty()) return {.error = invalid("both " + option + " and " + option + "_file")};
    Pem pem{.name = option + "_file " + file};
    const FilePtr opened{std::fopen(file.c_str(), "rbe")};
    if (!opened) return {.error = system_error(errno, pem.name)};
    char bytes[4096];
    while (!std::feof(opened.get()) && !std::ferror(opened.get()))
        pem.text.append(bytes, std::fread(bytes, 1, sizeof bytes, opened.get()));
    if (std::ferror(opened.get())) return {.error = system_error(errno, pem.name)};
    return pem;
}

// Without it OpenSSL would ask on the terminal.
int give_passphrase(char* room, int size, int, void* passphrase) {
    const auto& text = *static_cast<const std::string*>(passphrase);
    if (text.empty() || text.size() > static_cast<std::size_t>(size)) return -1;
    return static_cast<int>(text.copy(room, text.size()));
}

MemoryPtr open_memory(const std::string& text) noexcept {
    return MemoryPtr{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

bool is_past_the_last() noexcept {
    const unsigned long code = ERR_peek_last_error();
    return ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
}

Certificates parse_certificates(const Pem& pem) {
    const MemoryPtr source = open_memory(pem.text);
    if (!source) return {.error = tls_error(pem.name)};
    std::string no_passphrase;
    Certificates found;
    while (X509* certificate =
               PEM_read_bio_X509(source.get(), nullptr, give_passphrase, &no_passphrase))
        found.list.emplace_back(certificate);
    if (!is_past_the_last()) return {.error = tls_error(pem.name)};
    ERR_clear_error();
    if (found.list.empty())
        return {.error = {Errc::tls_failed, pem.name + ": there is no certificate in it"}};
    return found;
}

Key parse_key(const Pem& pem, std::string passphrase) {
    if (pem.text.find("PRIVATE KEY-----") == std::string::npos)
        return {.error = {Errc::tls_failed, pem.name + ": there is no private key in it"}};
    const MemoryPtr source = open_memory(pem.text);
    if (!source) return {.error = tls_error(pem.name)};
    KeyPtr key{PEM_read_bio_PrivateKey(source.get(), nullptr, give_passphrase, &passphrase)};
    if (!key) return {.error = tls_error(pem.name)};
    return {.key = std::move(key)};
}

// Reading it takes milliseconds, and a megabyte that all contexts share.
X509_STORE* system_store() noexcept {
    static const X509StorePtr store = [] {
        X509StorePtr fresh{X509_STORE_new()};
        if (fresh) X509_STORE_set_default_paths(fresh.get());
        return fresh;
    }();
    return store.get();
}

Error use_certificate(SSL_CTX* context, const TLSOptions& options) {
    const bool has_certificate = !options.certificate_file.empty() || !options.certificate.empty();
    const bool has_key = !options.key_file.empty() || !options.key.empty();
    if (!has_certificate) return has_key ? invalid("a key without a certificate") : Error{};
    Pem pem = read_pem("certificate", options.certificate_file, options.certificate);
    if (ErrorAccess::failed(pem.error)) return pem.error;
    Certificates chain = parse_certificates(pem);
    if (ErrorAccess::failed(chain.error)) return chain.error;
    Pem key_pem = has_key ? read_pem("key", options.key_file, options.key) : pem;
    if (ErrorAccess::failed(key_pem.error)) return key_pem.error;
    Key key = parse_key(key_pem, options.key_passphrase);
    if (ErrorAccess::failed(key.error)) return key.error;

    if (X509_check_private_key(chain.list.front().get(), key.key.get()) != 1)
        return invalid(key_pem.name + " does not match " + pem.name);
    if (SSL_CTX_use_certificate(context, chain.list.front().get()) != 1) return tls_error(pem.name);
    if (SSL_CTX_use_PrivateKey(context, key.key.get()) != 1) return tls_error(key_pem.name);
    for (std::size_t i = 1; i < chain.list.size(); ++i)
        if (SSL_CTX_add1_chain_cert(context, chain.list[i].get()) != 1) return tls_error(pem.name);
    return {};
}

Error use_trust(SSL_CTX* context, TLSRole role, const TLSOptions& options) {
    if (options.ca_file.empty() && options.ca.empty()) {
        // All the world's authorities vouch for servers; none of them for a server's own clients.
        if (role == TLSRole::server)
            return invalid("verify_peer of a server needs ca_file or ca: whose clients to accept");
        SSL_CTX_set1_cert_store(context, system_store());
        return {};
    }
    const Pem pem = read_pem("ca", options.ca_file, options.ca);
    if (ErrorAccess::failed(pem.error)) return pem.error;
    const Certificates trusted = parse_certificates(pem);
    if (ErrorAccess::failed(trusted.error)) return trusted.error;
    for (const X509Ptr& certificate : trusted.list) {
        if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate.get()) != 1)
            return tls_error(pem.name);
        if (role == TLSRole::server) SSL_CTX_add_client_CA(context, certificate.get());
    }
    return {};
}

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
    // Sessions live in the tickets that clients hold, not in our memory.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 1);
    SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>("gyre"), 4);
    if (SSL_CTX_get_security_level(context) < 2) SSL_CTX_set_security_level(context, 2);
}

}  // namespace

TlsContext::TlsContext(TLSRole role, const TLSOptions& options) noexcept
    : role_(role),
      verify_(options.verify_peer == TLSVerify::automatic ? role == TLSRole::client
                                                          : options.verify_peer != TLSVerify::none),
      server_name_(options.server_name) {}

TlsContext::~TlsContext() {
    context_.reset();
    if (key_log_ >= 0) ::close(key_log_);
}

TLSContextResult TlsContext::load(TLSRole role, const TLSOptions& options) {
    const TlsCall call;
    auto context = std::make_shared<TlsContext>(role, options);
    Error error = context->set_up(options);
    if (ErrorAccess::failed(error)) return {.error = std::move(error)};
    return {.context = TLSContext{std::move(context)}};
}

Error TlsContext::set_up(const TLSOptions& options) {
    const bool is_server = role_ == TLSRole::server;
    if (is_server && options.certificate_file.empty() && options.certificate.empty())
        return invalid("a TLS server needs certificate_file or certificate");
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
    if (!ErrorAccess::failed(error)) error = open_key_log(options.key_log_file);
    return error;
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

Error TlsContext::open_key_log(const std::string& file) {
    if (file.empty()) return {};
    key_log_ = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (key_log_ < 0) return system_error(errno, "key_log_file " + file);
    SSL_CTX_set_keylog_callback(context_.get(), write_key_log);
    return {};
}

void TlsContext::write_key_log(const SSL* ssl, const char* line) {
    const auto* self = static_cast<const TlsContext*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
    const std::string whole = std::string{line} + '\n';
    // In one piece, as other threads append too. A full disk must not harm the connection.
    [[maybe_unused]] const ssize_t written = ::write(self->key_log_, whole.data(), whole.size());
}

TlsContext::Connection TlsContext::new_connection(TLSRole role, std::string host_name) const {
    if (role != role_)
        return {.error = invalid(role == TLSRole::client ? "a TLS client with a server's context"
                                                         : "a TLS server with a client's context")};
    Connection made;
    made.ssl.reset(SSL_new(context_.get()));
    SSL* const ssl = made.ssl.get();
    if (!ssl) return {.error = tls_error("TLS connection")};
    if (role == TLSRole::server) {
        SSL_set_accept_state(ssl);
        return made;
    }
    SSL_set_connect_state(ssl);
    if (!server_name_.empty()) host_name = server_name_;
    // The final dot of a fully qualified name is no part of it here (RFC 6066, 3).
    if (host_name.ends_with('.')) host_name.pop_back();
    if (verify_ && host_name.empty()) return {.error = invalid("TLS: no host name to verify")};
    if (!host_name.empty() && !set_peer_name(ssl, host_name))
        return {.error = invalid("TLS: not a host name: \"" + host_name + '"')};
    made.peer_name = std::move(host_name);
    return made;
}

}  // namespace gyre::detail

namespace gyre {

TLSContextResult TLSContext::client(const TLSOptions& options) {
    if (options != TLSOptions{}) return detail::TlsContext::load(TLSRole::client, options);
    // What fails here, for want of memory, may succeed the next time.
    static std::mutex mutex;
    static TLSContext shared;
    const std::lock_guard lock{mutex};
    if (shared) return {.context = shared};
    TLSContextResult made = detail::TlsContext::load(TLSRole::client, options);
    shared = made.context;
    return made;
}

TLSContextResult TLSContext::server(const TLSOptions& options) {
    return detail::TlsContext::load(TLSRole::server, options);
}

}  // namespace gyre
