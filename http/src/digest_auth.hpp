#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gyre::http::detail {

struct AuthChallenge;

/// The client's side of Digest authentication (RFC 7616): one challenge of a server or a proxy, and
/// the credentials that answer it, without I/O.
class DigestAuth {
public:
    /// From the values of all WWW-Authenticate (or Proxy-Authenticate) fields of a response: the
    /// best challenge that can be answered. SHA-256 goes before SHA-512-256 and that before MD5,
    /// each also with "-sess", else the first one is taken. It can be answered if it has a realm, a
    /// nonce, one of these algorithms or none (which is MD5), and a qop with "auth" in it or none
    /// (the form of RFC 2069, which has no "-sess"). Malformed fields count for nothing.
    [[nodiscard]] static std::optional<DigestAuth> from(
        std::span<const std::string_view> field_values);

    /// The value of the Authorization field (or Proxy-Authorization) of a request. `uri` is the
    /// target of its request line. `cnonce` is some random text, a new one for each request; a
    /// session ("-sess") goes on with its first. User and password go into the hashes as they are:
    /// in UTF-8, if the server is told so (RFC 7616 section 4). The user of a server that asks for
    /// UTF-8 is sent as username*, unless it is ASCII. Counts nc up.
    /// Empty, and nothing is counted, if there is a control byte in the user or the cnonce, if the
    /// user is not the UTF-8 that the server asks for, or if the uri is no request target.
    [[nodiscard]] std::string authorization(std::string_view method, std::string_view uri,
                                            std::string_view user, std::string_view password,
                                            std::string_view cnonce);

    /// Takes over the nextnonce of an Authentication-Info (or Proxy-Authentication-Info) field for
    /// the requests that follow (RFC 7616 section 3.5). A malformed value counts for nothing.
    void on_authentication_info(std::string_view value);

    /// The credentials were right, but for a nonce that is too old: answer this challenge without
    /// asking the user again.
    [[nodiscard]] bool stale() const noexcept { return stale_; }
    /// What the user and the password are for, as a text for people. No control byte but tabs.
    [[nodiscard]] const std::string& realm() const noexcept { return realm_; }

private:
    DigestAuth() = default;

    static std::optional<DigestAuth> answerable(const AuthChallenge& challenge);

    bool set_algorithm(std::string_view name);
    bool set_qop(const std::string* options);
    [[nodiscard]] std::string secret(std::string_view user, std::string_view password) const;
    [[nodiscard]] std::string response(std::string_view method, std::string_view uri,
                                       const std::string& ha1, std::string_view cnonce) const;
    [[nodiscard]] std::string count_text() const;
    void append_user(std::string& out, std::string_view user) const;

    std::string realm_;
    std::string nonce_;
    std::optional<std::string> opaque_;
    std::string algorithm_;            // as the server has written it; empty: not named
    const char* hash_name_ = nullptr;  // OpenSSL's name for it
    int rank_ = 0;                     // the higher the better
    std::uint32_t count_ = 0;          // requests with this nonce
    bool session_ = false;
    bool has_qop_ = false;
    bool hashes_user_ = false;
    bool is_utf8_ = false;
    bool stale_ = false;
    // Of the first request of a session, whose key is made of them (RFC 7616 section 3.4.2).
    std::string session_nonce_;
    std::string session_cnonce_;
};

}  // namespace gyre::http::detail
