#pragma once

#include <gyre/clock.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>

// HTTP Digest access authentication (RFC 7616), the server's side, without I/O.
namespace httpbin {

/// What a hash is called in the protocol and by OpenSSL.
struct DigestAlgorithm {
    std::string name;      ///< "SHA-256-sess"
    const char* hash;      ///< "SHA256"
    bool session = false;  ///< "-sess": the password's hash is bound to the nonce

    /// MD5, SHA-256, SHA-512 or SHA-512-256, each also with "-sess"; case does not matter.
    static std::optional<DigestAlgorithm> find(std::string_view name);
};

/// The hash of `text` in lower-case hex digits.
std::string hex_digest(const char* hash, std::string_view text);

/// The parameters of an Authorization field, names in lower case, values without their quotes;
/// nothing if it is not one of the scheme Digest or malformed.
std::optional<std::map<std::string, std::string>> parse_digest_field(std::string_view field);

/// What a client has to know and what is asked of it.
struct DigestRealm {
    DigestAlgorithm algorithm;
    std::string qop;  ///< "auth", "auth-int", or empty: the form of RFC 2069
    std::string user;
    std::string password;
    unsigned max_uses = 0;  ///< How many requests a nonce is good for; 0: any number.
};

/// The request that is to be let in.
struct DigestRequest {
    std::string_view method;
    std::string_view target;
    std::string_view body;
    std::string_view authorization;
};

enum class DigestVerdict {
    granted,
    refused,
    stale,      ///< Right but for the nonce, which is too old: the client may just take a new one.
    malformed,  ///< The field is for another request than the one it came with.
};

DigestVerdict check_digest(const DigestRealm& realm, const DigestRequest& request);

/// The value of WWW-Authenticate, with a nonce of now.
std::string digest_challenge(const DigestRealm& realm, bool stale);

}  // namespace httpbin
