#include "digest_auth.hpp"

#include "auth_challenge.hpp"
#include "field_rules.hpp"
#include "http1_chars.hpp"
#include "percent.hpp"
#include "static_path.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <memory>
#include <utility>

namespace gyre::http::detail {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

// H(part:part:…) of RFC 7616 3.3 in lower-case hexadecimal digits; empty if the crypto library does
// not do this hash, as it may refuse MD5. The parts are not copied, since a password is one.
std::string hash(const char* name, std::initializer_list<std::string_view> parts) {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(),
                                                                          &EVP_MD_CTX_free};
    const EVP_MD* const type = EVP_get_digestbyname(name);
    bool good = context && type && EVP_DigestInit_ex(context.get(), type, nullptr) == 1;
    for (const std::string_view& part : parts) {
        if (&part != parts.begin()) good = good && EVP_DigestUpdate(context.get(), ":", 1) == 1;
        good = good && EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1;
    }
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (!good || EVP_DigestFinal_ex(context.get(), digest.data(), &size) != 1) return {};
    std::string text;
    for (const unsigned char byte : std::span{digest}.first(size)) {
        text += hex_digits[byte >> 4];
        text += hex_digits[byte & 15];
    }
    return text;
}

// quoted-string of RFC 9110 5.6.4.
void append_quoted(std::string& out, std::string_view name, std::string_view text) {
    out.append(name).append("=\"");
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    out += '"';
}

bool has_control(std::string_view text) noexcept {
    return std::ranges::any_of(text, [](char c) { return c == '\t' || !is_char(c, text_char); });
}

bool is_ascii(std::string_view text) noexcept {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string value_of(const AuthChallenge& challenge, std::string_view name) {
    const std::string* const value = find_parameter(challenge.parameters, name);
    return value ? *value : std::string{};
}

}  // namespace

bool DigestAuth::set_algorithm(std::string_view name) {
    struct Known {
        std::string_view name;
        const char* hash_name;
        int rank;
    };
    // SHA-512-256 is behind SHA-256 because implementations differ on which hash it is.
    static constexpr std::array<Known, 3> algorithms{
        {{"md5", "MD5", 1}, {"sha-512-256", "SHA512-256", 2}, {"sha-256", "SHA256", 3}}};
    constexpr std::string_view session_suffix = "-sess";
    algorithm_ = name;
    if (name.empty()) name = "md5";
    session_ = name.size() > session_suffix.size() &&
               iequals(name.substr(name.size() - session_suffix.size()), session_suffix);
    if (session_) name.remove_suffix(session_suffix.size());
    for (const Known& known : algorithms) {
        if (!equals_lower(name, known.name)) continue;
        hash_name_ = known.hash_name;
        rank_ = known.rank;
        return !hash(hash_name_, {}).empty();
    }
    return false;
}

bool DigestAuth::set_qop(const std::string* options) {
    std::string_view rest = options ? std::string_view{*options} : std::string_view{};
    std::string_view option;
    bool has_options = false;
    while (next_list_element(rest, option)) {
        has_options = true;
        if (iequals(option, "auth")) has_qop_ = true;
    }
    // Without a qop no cnonce is sent, which a session is made of.
    return has_qop_ || (!has_options && !session_);
}

std::optional<DigestAuth> DigestAuth::answerable(const AuthChallenge& challenge) {
    if (challenge.scheme != "digest") return std::nullopt;
    const std::string* const realm = find_parameter(challenge.parameters, "realm");
    const std::string* const nonce = find_parameter(challenge.parameters, "nonce");
    const std::string* const opaque = find_parameter(challenge.parameters, "opaque");
    if (!realm || !nonce) return std::nullopt;
    DigestAuth digest;
    digest.realm_ = *realm;
    digest.nonce_ = *nonce;
    if (opaque) digest.opaque_ = *opaque;
    digest.hashes_user_ = iequals(value_of(challenge, "userhash"), "true");
    digest.is_utf8_ = iequals(value_of(challenge, "charset"), "UTF-8");
    digest.stale_ = iequals(value_of(challenge, "stale"), "true");
    if (!digest.set_algorithm(value_of(challenge, "algorithm")) ||
        !digest.set_qop(find_parameter(challenge.parameters, "qop")))
        return std::nullopt;
    return digest;
}

std::optional<DigestAuth> DigestAuth::from(std::span<const std::string_view> field_values) {
    std::optional<DigestAuth> best;
    for (const std::string_view value : field_values) {
        const auto challenges = parse_auth_challenges(value);
        if (!challenges) continue;
        for (const AuthChallenge& challenge : *challenges)
            if (auto digest = answerable(challenge);
                digest && (!best || digest->rank_ > best->rank_))
                best = std::move(digest);
    }
    return best;
}

// H(A1) of RFC 7616 3.4.2.
std::string DigestAuth::secret(std::string_view user, std::string_view password) const {
    const std::string plain = hash(hash_name_, {user, realm_, password});
    return session_ ? hash(hash_name_, {plain, session_nonce_, session_cnonce_}) : plain;
}

// RFC 7616 3.4.1, or RFC 2069 2.1.2.
std::string DigestAuth::response(std::string_view method, std::string_view uri,
                                 const std::string& ha1, std::string_view cnonce) const {
    const std::string ha2 = hash(hash_name_, {method, uri});
    if (!has_qop_) return hash(hash_name_, {ha1, nonce_, ha2});
    return hash(hash_name_, {ha1, nonce_, count_text(), cnonce, "auth", ha2});
}

std::string DigestAuth::count_text() const {
    std::string text;
    for (int shift = 28; shift >= 0; shift -= 4)
        text += hex_digits[count_ >> shift & 15U];
    return text;
}

void DigestAuth::append_user(std::string& out, std::string_view user) const {
    if (hashes_user_)
        append_quoted(out, "username", hash(hash_name_, {user, realm_}));
    else if (is_utf8_ && !is_ascii(user))
        out.append("username*=UTF-8''").append(percent_encode(user));
    else
        append_quoted(out, "username", user);
}

std::string DigestAuth::authorization(std::string_view method, std::string_view uri,
                                      std::string_view user, std::string_view password,
                                      std::string_view cnonce) {
    if (has_control(user) || has_control(cnonce) || !is_target(uri)) return {};
    if (is_utf8_ && !is_utf8(user)) return {};
    ++count_;
    if (session_ && session_cnonce_.empty()) {
        session_nonce_ = nonce_;
        session_cnonce_ = cnonce;
    }
    if (session_) cnonce = session_cnonce_;
    std::string value = "Digest ";
    append_user(value, user);
    append_quoted(value, ", realm", realm_);
    append_quoted(value, ", uri", uri);
    if (!algorithm_.empty()) value.append(", algorithm=").append(algorithm_);
    append_quoted(value, ", nonce", nonce_);
    // Neither of these is in the form of RFC 2069.
    if (has_qop_) {
        value.append(", nc=").append(count_text());
        append_quoted(value, ", cnonce", cnonce);
        value.append(", qop=auth");
    }
    append_quoted(value, ", response", response(method, uri, secret(user, password), cnonce));
    if (opaque_) append_quoted(value, ", opaque", *opaque_);
    if (hashes_user_) value.append(", userhash=true");
    return value;
}

void DigestAuth::on_authentication_info(std::string_view value) {
    const auto parameters = parse_auth_info(value);
    const std::string* const next = parameters ? find_parameter(*parameters, "nextnonce") : nullptr;
    if (!next || next->empty()) return;
    nonce_ = *next;
    count_ = 0;
}

}  // namespace gyre::http::detail
