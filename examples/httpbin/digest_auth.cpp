#include "httpbin/digest_auth.hpp"

#include "httpbin/hex.hpp"
#include "httpbin/nonce.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace httpbin {
namespace {

using Parameters = std::map<std::string, std::string>;

constexpr std::string_view realm_name = "gyre httpbin";

std::string get(const Parameters& parameters, const std::string& name) {
    const auto found = parameters.find(name);
    return found == parameters.end() ? std::string{} : found->second;
}

bool same_letters(std::string_view left, std::string_view right) {
    return std::ranges::equal(left, right, [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) ==
               std::tolower(static_cast<unsigned char>(b));
    });
}

// RFC 7616, sections 3.4.1 to 3.4.3.
std::string expected_response(const DigestRealm& realm, const DigestRequest& request,
                              const Parameters& given) {
    const auto hash = [&](const std::string& text) {
        return hex_digest(realm.algorithm.hash, text);
    };
    const std::string nonce = get(given, "nonce");
    std::string a1 = realm.user + ":" + std::string{realm_name} + ":" + realm.password;
    if (realm.algorithm.session) a1 = hash(a1) + ":" + nonce + ":" + get(given, "cnonce");
    std::string a2 = std::string{request.method} + ":" + get(given, "uri");
    if (realm.qop == "auth-int") a2 += ":" + hash(std::string{request.body});
    if (realm.qop.empty()) return hash(hash(a1) + ":" + nonce + ":" + hash(a2));
    return hash(hash(a1) + ":" + nonce + ":" + get(given, "nc") + ":" + get(given, "cnonce") + ":" +
                realm.qop + ":" + hash(a2));
}

// The client counts its requests with the same nonce in "nc", which its response covers. A server
// that guards more than samples would also remember the count, so that no request can be repeated.
bool is_used_up(const DigestRealm& realm, const Parameters& given) {
    if (realm.max_uses == 0 || realm.qop.empty()) return false;
    unsigned count = 0;
    const std::string text = get(given, "nc");
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), count, 16);
    return error != std::errc{} || stop != text.data() + text.size() || count > realm.max_uses;
}

bool fits(const DigestRealm& realm, const Parameters& given) {
    const std::string algorithm = get(given, "algorithm");
    return get(given, "username") == realm.user && get(given, "realm") == realm_name &&
           same_secret(get(given, "opaque"), signature(realm_name)) &&
           get(given, "qop") == realm.qop &&
           same_letters(algorithm.empty() ? "MD5" : algorithm, realm.algorithm.name);
}

}  // namespace

std::optional<DigestAlgorithm> DigestAlgorithm::find(std::string_view name) {
    static constexpr std::array<std::array<const char*, 2>, 4> hashes{
        {{"MD5", "MD5"},
         {"SHA-256", "SHA256"},
         {"SHA-512", "SHA512"},
         {"SHA-512-256", "SHA512-256"}}};
    for (const auto& [known, hash] : hashes)
        for (const bool session : {false, true}) {
            const std::string full = std::string{known} + (session ? "-sess" : "");
            if (same_letters(name, full)) return DigestAlgorithm{full, hash, session};
        }
    return std::nullopt;
}

std::string hex_digest(const char* hash, std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_get_digestbyname(hash), nullptr);
    return to_hex(digest, size);
}

DigestVerdict check_digest(const DigestRealm& realm, const DigestRequest& request) {
    const auto given = parse_digest_field(request.authorization);
    if (!given || !fits(realm, *given)) return DigestVerdict::refused;
    if (get(*given, "uri") != request.target) return DigestVerdict::malformed;
    if (!same_secret(get(*given, "response"), expected_response(realm, request, *given)))
        return DigestVerdict::refused;
    const NonceState state = check_nonce(get(*given, "nonce"));
    if (state == NonceState::forged) return DigestVerdict::refused;
    if (state == NonceState::stale || is_used_up(realm, *given)) return DigestVerdict::stale;
    return DigestVerdict::granted;
}

std::string digest_challenge(const DigestRealm& realm, bool stale) {
    std::string value =
        "Digest realm=\"" + std::string{realm_name} + "\", nonce=\"" + make_nonce() + "\", ";
    if (!realm.qop.empty()) value += "qop=\"" + realm.qop + "\", ";
    return value + "opaque=\"" + signature(realm_name) + "\", algorithm=" + realm.algorithm.name +
           ", stale=" + (stale ? "TRUE" : "FALSE");
}

}  // namespace httpbin
