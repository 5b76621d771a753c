#pragma once

#include <gyre/http/signed_cookies.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::http::detail {

/// The keys of a SignedCookies and what it does with them.
///
/// A signed text is "1.VERSION.TIME.VALUE.MAC": decimal numbers without leading zeros, the time in
/// seconds since 1970, value and MAC in base64url. Everything is read strictly, so that a value has
/// one signed text only at a time.
class CookieSigner {
public:
    CookieSigner(std::vector<SigningKey> keys, SignedCookiesOptions options);
    CookieSigner(const CookieSigner&) = delete;
    CookieSigner& operator=(const CookieSigner&) = delete;
    ~CookieSigner();

    /// Why it cannot be used; empty if it can.
    const std::string& refusal() const noexcept { return refusal_; }

    std::chrono::sys_seconds now() const;
    /// nullopt if the crypto library refuses.
    std::optional<std::string> sign(std::string_view name, std::string_view value,
                                    std::chrono::sys_seconds time) const;
    /// Sets value and time; the error is the caller's.
    SignatureStatus verify(std::string_view name, std::string_view text,
                           std::chrono::seconds max_age, SignedValue& out) const;
    std::chrono::seconds max_age() const noexcept { return options_.max_age; }

private:
    std::string check() const;
    const SigningKey* find(std::uint32_t version) const noexcept;
    SignatureStatus judge_time(std::chrono::sys_seconds signed_at,
                               std::chrono::seconds max_age) const;

    std::vector<SigningKey> keys_;  // the newest first
    SignedCookiesOptions options_;
    std::string refusal_;
};

}  // namespace gyre::http::detail
