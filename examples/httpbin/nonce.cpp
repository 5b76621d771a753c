#include "httpbin/nonce.hpp"

#include "httpbin/arguments.hpp"
#include "httpbin/hex.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>
#include <chrono>
#include <stdexcept>

namespace httpbin {
namespace {

using Key = std::array<unsigned char, 32>;

constexpr long long lifetime_ms = 5 * 60 * 1000;

Key random_key() {
    Key key{};
    if (RAND_bytes(key.data(), static_cast<int>(key.size())) != 1)
        throw std::runtime_error{"no random bytes for a key"};
    return key;
}

long long now_ms() {
    const auto since_start = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(since_start).count();
}

}  // namespace

std::string signature(std::string_view text) {
    static const Key key = random_key();
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
    unsigned size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac.data(), &size);
    return to_hex(mac, size);
}

bool same_secret(std::string_view left, std::string_view right) {
    return left.size() == right.size() &&
           CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

std::string make_nonce() {
    const std::string time = std::to_string(now_ms());
    return time + "." + signature("nonce " + time);
}

NonceState check_nonce(std::string_view nonce) {
    const std::size_t dot = nonce.find('.');
    if (dot == std::string_view::npos) return NonceState::forged;
    const std::string_view text = nonce.substr(0, dot);
    if (!same_secret(nonce.substr(dot + 1), signature("nonce " + std::string{text})))
        return NonceState::forged;
    const long long now = now_ms();
    return parse_number(text, now - lifetime_ms, now) ? NonceState::fresh : NonceState::stale;
}

}  // namespace httpbin
