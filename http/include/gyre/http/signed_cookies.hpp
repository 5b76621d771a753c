#pragma once

#include <gyre/error.hpp>
#include <gyre/export.hpp>
#include <gyre/http/cookie.hpp>
#include <gyre/http/http_server_request.hpp>
#include <gyre/http/http_server_response.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::http {

namespace detail {
class CookieSigner;
}

/// A secret to sign with. Its version goes with what is signed, so that keys can be replaced: add
/// one with a higher version, and drop the old one once all it signed has expired.
struct SigningKey {
    std::uint32_t version = 0;
    std::string secret;  ///< At least 16 bytes; 32 random ones are good.
};

struct SignedCookiesOptions {
    std::chrono::seconds max_age = std::chrono::days{31};        ///< Older ones are refused.
    std::chrono::seconds clock_skew = std::chrono::seconds{60};  ///< Of the servers that sign.
    /// The time of the day; empty: the system's.
    std::function<std::chrono::sys_seconds()> clock{};
};

/// What came of a verification.
enum class SignatureStatus : std::uint8_t {
    good,
    missing,        ///< The request has no such cookie.
    malformed,      ///< It was not made by `sign`.
    unknown_key,    ///< Signed with a version that is not held, any more or yet.
    bad_signature,  ///< Changed, signed under another name, or with another secret.
    expired,        ///< Signed longer ago than `max_age`.
    from_future,    ///< Signed later than now, by more than `clock_skew`.
    unusable,       ///< The keys or options were refused: see `SignedCookies::error`.
};

struct SignedValue {
    /// What `status` says, which is enough to look at. `permission_denied` for a signature that
    /// does not count, `protocol_error` for `malformed`, `timed_out` for `expired`,
    /// `invalid_argument` for a misuse.
    Error error;
    SignatureStatus status = SignatureStatus::good;
    std::string value;                     ///< Empty unless `status` is `good`.
    std::chrono::sys_seconds signed_at{};  ///< When it was signed.
};

/// Cookies that a client can read and keep but not change (Tornado's `set_secure_cookie` and
/// `get_secure_cookie`): HMAC-SHA256 over name, value, time and key version.
///
/// Not encrypted. A client may send an old one again until it expires. Cheap to copy; copies share
/// the keys, which are wiped with the last one. Usable on any thread if the clock is.
class GYRE_API SignedCookies {
public:
    /// Signs with the key of the highest version, verifies with any.
    explicit SignedCookies(std::vector<SigningKey> keys, SignedCookiesOptions options = {});
    /// One key for ever.
    explicit SignedCookies(std::string secret, SignedCookiesOptions options = {});

    /// Why it cannot be used: no key, a secret of less than 16 bytes, a version twice, a `max_age`
    /// of zero or less or a negative `clock_skew`. Then everything below fails, too.
    Error error() const;

    /// Sets the cookie with its value, any bytes, signed: about 4/3 of its size and 60 bytes more.
    /// It lives as `cookie` says; `max_age` of the options counts besides. Errors: those of
    /// `HTTPServerResponse::set_cookie`, and `invalid_argument` as told by `error`.
    Error set(const HTTPServerResponse& response, Cookie cookie) const;
    /// The value of the first cookie of this name if it is good. `max_age` replaces the option's.
    SignedValue get(const HTTPServerRequest& request, std::string_view name,
                    std::optional<std::chrono::seconds> max_age = {}) const;

    /// The same for any text (a link in a mail): the result may stand in a cookie and in a URL.
    /// What was signed under one name is not good under another.
    SignedValue sign(std::string_view name, std::string_view value) const;
    SignedValue verify(std::string_view name, std::string_view text,
                       std::optional<std::chrono::seconds> max_age = {}) const;

private:
    std::shared_ptr<const detail::CookieSigner> signer_;
};

}  // namespace gyre::http
