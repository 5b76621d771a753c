#include "cookie_signer.hpp"
#include <gyre/error_access.hpp>
#include <gyre/http/signed_cookies.hpp>

#include <utility>

namespace gyre::http {
namespace {

Error error_for(SignatureStatus status, std::string_view name) {
    const std::string what = "the signed value " + std::string{name};
    switch (status) {
        case SignatureStatus::good:
            return {};
        case SignatureStatus::missing:
            return {Errc::permission_denied, "the request has no cookie " + std::string{name}};
        case SignatureStatus::malformed:
            return {Errc::protocol_error, what + " is malformed"};
        case SignatureStatus::unknown_key:
            return {Errc::permission_denied, what + " is signed with a key that is not held"};
        case SignatureStatus::bad_signature:
            return {Errc::permission_denied, what + " has a wrong signature"};
        case SignatureStatus::expired:
            return {Errc::timed_out, what + " has expired"};
        case SignatureStatus::from_future:
            return {Errc::permission_denied, what + " was signed in the future"};
        case SignatureStatus::unusable:
            return {Errc::invalid_argument, "no key to sign with"};
    }
    return {Errc::invalid_argument, what};
}

SignedValue missing(std::string_view name) {
    const SignatureStatus status = SignatureStatus::missing;
    SignedValue result{
        .error = error_for(status, name), .status = status, .value = {}, .signed_at = {}};
    gyre::detail::ErrorAccess::mark_looked_at(result.error);
    return result;
}

}  // namespace

SignedCookies::SignedCookies(std::vector<SigningKey> keys, SignedCookiesOptions options)
    : signer_(std::make_shared<const detail::CookieSigner>(std::move(keys), std::move(options))) {}

SignedCookies::SignedCookies(std::string secret, SignedCookiesOptions options)
    : SignedCookies(std::vector<SigningKey>{{.version = 0, .secret = std::move(secret)}},
                    std::move(options)) {}

Error SignedCookies::error() const {
    if (signer_->refusal().empty()) return {};
    return {Errc::invalid_argument, signer_->refusal()};
}

Error SignedCookies::set(const HTTPServerResponse& response, Cookie cookie) const {
    SignedValue made = sign(cookie.name, cookie.value);
    if (gyre::detail::ErrorAccess::failed(made.error)) return std::move(made.error);
    cookie.value = std::move(made.value);
    return response.set_cookie(cookie);
}

SignedValue SignedCookies::get(const HTTPServerRequest& request, std::string_view name,
                               std::optional<std::chrono::seconds> max_age) const {
    const auto text = request.cookie(name);
    if (!text && signer_->refusal().empty()) return missing(name);
    return verify(name, text.value_or(std::string_view{}), max_age);
}

SignedValue SignedCookies::sign(std::string_view name, std::string_view value) const {
    if (!signer_->refusal().empty())
        return {
            .error = error(), .status = SignatureStatus::unusable, .value = {}, .signed_at = {}};
    const std::chrono::sys_seconds now = signer_->now();
    auto text = signer_->sign(name, value, now);
    if (!text)
        return {.error = {Errc::not_supported, "the crypto library has no HMAC-SHA256"},
                .status = SignatureStatus::unusable,
                .value = {},
                .signed_at = {}};
    return {
        .error = {}, .status = SignatureStatus::good, .value = *std::move(text), .signed_at = now};
}

SignedValue SignedCookies::verify(std::string_view name, std::string_view text,
                                  std::optional<std::chrono::seconds> max_age) const {
    if (!signer_->refusal().empty())
        return {
            .error = error(), .status = SignatureStatus::unusable, .value = {}, .signed_at = {}};
    SignedValue result;
    result.status = signer_->verify(name, text, max_age.value_or(signer_->max_age()), result);
    result.error = error_for(result.status, name);
    // The status says it as well, and what a client sends must not fill the log.
    gyre::detail::ErrorAccess::mark_looked_at(result.error);
    return result;
}

}  // namespace gyre::http
