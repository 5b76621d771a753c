#include "tls_credentials.hpp"

#include "error_mapping.hpp"
#include "tls_free.hpp"
#include <gyre/error_access.hpp>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

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

}  // namespace

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
    // Who is trusted need not have signed itself (RFC 5280, 6.1.1 d).
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
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

}  // namespace gyre::detail
