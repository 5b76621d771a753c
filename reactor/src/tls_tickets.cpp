#include "tls_tickets.hpp"

#include "tls_connection.hpp"
#include "tls_context.hpp"
#include "tls_sessions.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <chrono>
#include <ctime>

namespace gyre::detail {
namespace {

// What OpenSSL expects of the two below.
constexpr int failed = -1;
constexpr int none = 0;
constexpr int good = 1;
constexpr int good_but_renew = 2;

bool start_mac(EVP_MAC_CTX* mac, const TlsTicketKey& key) noexcept {
    char digest[] = "SHA256";
    const OSSL_PARAM settings[] = {
        OSSL_PARAM_construct_octet_string(
            OSSL_MAC_PARAM_KEY, const_cast<unsigned char*>(key.mac_key.data()), key.mac_key.size()),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    return EVP_MAC_CTX_set_params(mac, settings) == 1;
}

int seal(TlsTicketKeys& keys, TimePoint now, unsigned char* name, unsigned char* iv,
         EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac) {
    const TlsTicketKeys::Key key = keys.sealing_key(now);
    if (!key || RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1) return failed;
    std::ranges::copy(key->name, name);
    const bool ready =
        EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key->cipher_key.data(), iv) == 1 &&
        start_mac(mac, *key);
    return ready ? good : failed;
}

int open(TlsTicketKeys& keys, TimePoint now, bool renews_all, const unsigned char* name,
         const unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac) {
    const TlsTicketKeys::Found found = keys.find({name, TlsTicketKey::name_size}, now);
    if (!found.key) return none;
    const bool ready = EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr,
                                          found.key->cipher_key.data(), iv) == 1 &&
                       start_mac(mac, *found.key);
    if (!ready) return failed;
    return found.seals && !renews_all ? good : good_but_renew;
}

int use_key(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
            EVP_MAC_CTX* mac, int sealing) noexcept {
    const TlsContext& context = *TlsConnection::of(ssl).context;
    TlsTicketKeys& keys = context.ticket_keys();
    if (sealing) return seal(keys, context.now(), name, iv, cipher, mac);
    // In TLS 1.3 a client uses each ticket once and needs another for the next time.
    const bool renews_all = SSL_version(ssl) >= TLS1_3_VERSION;
    return open(keys, context.now(), renews_all, name, iv, cipher, mac);
}

// A client's certificate is not asked for again, but must still be valid.
SSL_TICKET_RETURN judge(SSL*, SSL_SESSION* session, const unsigned char*, std::size_t,
                        SSL_TICKET_STATUS status, void*) noexcept {
    const bool opened = status == SSL_TICKET_SUCCESS || status == SSL_TICKET_SUCCESS_RENEW;
    if (!opened || peer_has_expired(session, std::time(nullptr)))
        return SSL_TICKET_RETURN_IGNORE_RENEW;
    return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_USE_RENEW;
}

}  // namespace

void use_tickets(SSL_CTX* context, Duration lifetime) noexcept {
    constexpr auto longest = std::chrono::seconds{std::chrono::hours{2}};
    constexpr auto shortest = std::chrono::seconds{1};
    const auto wished =
        std::chrono::ceil<std::chrono::seconds>(std::min<Duration>(lifetime, longest));
    SSL_CTX_set_timeout(context, static_cast<long>(std::max(wished, shortest).count()));
    SSL_CTX_set_num_tickets(context, 1);
    SSL_CTX_set_tlsext_ticket_key_evp_cb(context, use_key);
    SSL_CTX_set_session_ticket_cb(context, nullptr, judge, nullptr);
}

void refuse_tickets(SSL_CTX* context) noexcept {
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(context, 0);
}

}  // namespace gyre::detail
