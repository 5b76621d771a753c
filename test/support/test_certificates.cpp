#include "test_certificates.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

namespace gyre::test {
namespace {

template <auto Free>
struct Deleter {
    template <class T>
    void operator()(T* object) const {
        Free(object);
    }
};
using CertificatePtr = std::unique_ptr<X509, Deleter<&X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<&EVP_PKEY_free>>;
using MemoryPtr = std::unique_ptr<BIO, Deleter<&BIO_free>>;

void check(bool good, const char* what) {
    if (good) return;
    std::fprintf(stderr, "test certificates: %s failed\n", what);
    std::abort();
}

std::string text_of(BIO* memory) {
    char* bytes = nullptr;
    const long size = BIO_ctrl(memory, BIO_CTRL_INFO, 0, &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

std::string to_pem(X509* certificate) {
    const MemoryPtr memory{BIO_new(BIO_s_mem())};
    check(PEM_write_bio_X509(memory.get(), certificate) == 1, "writing a certificate");
    return text_of(memory.get());
}

std::string to_pem(EVP_PKEY* key) {
    const MemoryPtr memory{BIO_new(BIO_s_mem())};
    check(PEM_write_bio_PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
          "writing a key");
    return text_of(memory.get());
}

KeyPtr key_from(const std::string& pem) {
    const MemoryPtr memory{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
    return KeyPtr{PEM_read_bio_PrivateKey(memory.get(), nullptr, nullptr, nullptr)};
}

CertificatePtr certificate_from(const std::string& pem) {
    const MemoryPtr memory{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
    return CertificatePtr{PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr)};
}

void add_extension(X509* certificate, X509* issuer, int id, const std::string& value) {
    X509V3_CTX context{};
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, Deleter<&X509_EXTENSION_free>> extension{
        X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str())};
    check(extension && X509_add_ext(certificate, extension.get(), -1) == 1, value.c_str());
}

void set_serial_number(X509* certificate) {
    unsigned char bytes[4];
    check(RAND_bytes(bytes, sizeof bytes) == 1, "random bytes");
    const long number = 1 + bytes[0] + (bytes[1] << 8) + (bytes[2] << 16);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), number);
}

// EVP_EC_gen is a macro that casts const away.
KeyPtr make_key() { return KeyPtr{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")}; }

CertificatePtr make_certificate(EVP_PKEY* key, const TestCertificateOptions& options) {
    CertificatePtr made{X509_new()};
    X509* const certificate = made.get();
    X509_set_version(certificate, 2);
    set_serial_number(certificate);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 86400L * options.valid_from_days);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400L * options.valid_until_days);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(options.common_name.c_str()),
                               -1, -1, 0);
    X509_set_pubkey(certificate, key);
    return made;
}

void add_leaf_extensions(X509* certificate, X509* issuer, const TestCertificateOptions& options) {
    std::string names;
    for (const std::string& name : options.dns_names)
        names += ",DNS:" + name;
    for (const std::string& address : options.ip_addresses)
        names += ",IP:" + address;
    add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(certificate, issuer, NID_ext_key_usage,
                  options.for_clients ? "clientAuth" : "serverAuth");
    if (!names.empty()) add_extension(certificate, issuer, NID_subject_alt_name, names.substr(1));
}

TestCertificate sign(X509* certificate, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key) {
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
    check(X509_sign(certificate, issuer_key, EVP_sha256()) > 0, "signing");
    return {to_pem(certificate), to_pem(key)};
}

}  // namespace

TestAuthority::TestAuthority(const std::string& name) {
    const KeyPtr key = make_key();
    const CertificatePtr certificate = make_certificate(key.get(), {.common_name = name});
    add_extension(certificate.get(), certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
    add_extension(certificate.get(), certificate.get(), NID_key_usage,
                  "critical,keyCertSign,cRLSign");
    self_ = sign(certificate.get(), key.get(), certificate.get(), key.get());
}

TestCertificate TestAuthority::issue(const TestCertificateOptions& options) const {
    const KeyPtr key = make_key();
    const CertificatePtr issuer = certificate_from(self_.certificate);
    const KeyPtr issuer_key = key_from(self_.key);
    const CertificatePtr certificate = make_certificate(key.get(), options);
    add_leaf_extensions(certificate.get(), issuer.get(), options);
    return sign(certificate.get(), key.get(), issuer.get(), issuer_key.get());
}

TestCertificate TestAuthority::issue_for_localhost() const {
    return issue(
        {.common_name = "localhost", .dns_names = {"localhost"}, .ip_addresses = {"127.0.0.1"}});
}

TestCertificate make_self_signed(const TestCertificateOptions& options) {
    const KeyPtr key = make_key();
    const CertificatePtr certificate = make_certificate(key.get(), options);
    add_leaf_extensions(certificate.get(), certificate.get(), options);
    return sign(certificate.get(), key.get(), certificate.get(), key.get());
}

std::string encrypt_key(const std::string& key, const std::string& passphrase) {
    const KeyPtr plain = key_from(key);
    const MemoryPtr memory{BIO_new(BIO_s_mem())};
    check(PEM_write_bio_PrivateKey(memory.get(), plain.get(), EVP_aes_128_cbc(),
                                   reinterpret_cast<const unsigned char*>(passphrase.data()),
                                   static_cast<int>(passphrase.size()), nullptr, nullptr) == 1,
          "encrypting a key");
    return text_of(memory.get());
}

}  // namespace gyre::test
