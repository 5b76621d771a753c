#include "secrets.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <climits>

namespace gyre::http::detail {

std::optional<std::string> hmac_sha256(std::string_view key, std::string_view text) {
    constexpr std::size_t size = 32;
    if (key.size() > INT_MAX) return std::nullopt;
    std::string mac(size, '\0');
    unsigned written = 0;
    const unsigned char* made =
        HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(text.data()), text.size(),
             reinterpret_cast<unsigned char*>(mac.data()), &written);
    if (!made || written != size) return std::nullopt;
    return mac;
}

bool equal_secrets(std::string_view left, std::string_view right) noexcept {
    return left.size() == right.size() &&
           CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

void wipe(std::string& secret) noexcept {
    OPENSSL_cleanse(secret.data(), secret.size());
    secret.clear();
}

}  // namespace gyre::http::detail
