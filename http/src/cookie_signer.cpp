#include "cookie_signer.hpp"

#include "base64.hpp"
#include "decimal.hpp"
#include "secrets.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace gyre::http::detail {
namespace {

constexpr std::size_t min_secret = 16;

/// A text in its parts, as they came.
struct SignedText {
    std::uint32_t version = 0;
    std::int64_t time = 0;
    std::string_view value;
    std::string_view mac;
};

template <class Number>
bool parse_number(std::string_view text, Number& number) noexcept {
    const auto parsed = parse_canonical_decimal<Number>(text);
    number = parsed.value_or(Number{});
    return parsed.has_value();
}

std::optional<SignedText> split(std::string_view text) noexcept {
    std::array<std::string_view, 5> parts;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const bool last = i + 1 == parts.size();
        const std::size_t end = last ? text.size() : text.find('.');
        if (end == std::string_view::npos) return std::nullopt;
        parts[i] = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    SignedText parsed{.value = parts[3], .mac = parts[4]};
    // Further than this no clock goes, and sums cannot overflow.
    constexpr std::int64_t latest = std::int64_t{1} << 40;
    if (parts[0] != "1" || !parse_number(parts[1], parsed.version) ||
        !parse_number(parts[2], parsed.time) || parsed.time > latest)
        return std::nullopt;
    return parsed;
}

void append_part(std::string& out, std::string_view part) {
    out.append(std::to_string(part.size())).append(":").append(part).append("|");
}

/// What is signed: each part with its length before it, so that no two lists of parts are one text.
std::string signed_input(std::string_view name, std::string_view value, std::string_view time,
                         std::string_view version) {
    std::string input = "gyre-signed-1|";
    append_part(input, name);
    append_part(input, value);
    append_part(input, time);
    append_part(input, version);
    return input;
}

}  // namespace

CookieSigner::CookieSigner(std::vector<SigningKey> keys, SignedCookiesOptions options)
    : keys_(std::move(keys)), options_(std::move(options)) {
    std::sort(keys_.begin(), keys_.end(), [](const SigningKey& left, const SigningKey& right) {
        return left.version > right.version;
    });
    refusal_ = check();
}

CookieSigner::~CookieSigner() {
    for (SigningKey& key : keys_)
        wipe(key.secret);
}

std::string CookieSigner::check() const {
    if (keys_.empty()) return "there is no key to sign with";
    for (std::size_t i = 0; i < keys_.size(); ++i) {
        if (keys_[i].secret.size() < min_secret) return "a key to sign with is below 16 bytes";
        if (i > 0 && keys_[i].version == keys_[i - 1].version)
            return "two keys to sign with have the same version";
    }
    if (options_.max_age.count() <= 0) return "max_age of signed cookies is zero or less";
    if (options_.clock_skew.count() < 0) return "clock_skew of signed cookies is negative";
    return {};
}

std::chrono::sys_seconds CookieSigner::now() const {
    if (options_.clock) return options_.clock();
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

const SigningKey* CookieSigner::find(std::uint32_t version) const noexcept {
    for (const SigningKey& key : keys_)
        if (key.version == version) return &key;
    return nullptr;
}

std::optional<std::string> CookieSigner::sign(std::string_view name, std::string_view value,
                                              std::chrono::sys_seconds at) const {
    const SigningKey& key = keys_.front();
    const std::string version = std::to_string(key.version);
    const std::string time = std::to_string(at.time_since_epoch().count());
    const auto mac = hmac_sha256(key.secret, signed_input(name, value, time, version));
    if (!mac) return std::nullopt;
    std::string text = "1.";
    text.append(version).append(".").append(time).append(".");
    text.append(base64url_encode(value)).append(".").append(base64url_encode(*mac));
    return text;
}

SignatureStatus CookieSigner::verify(std::string_view name, std::string_view text,
                                     std::chrono::seconds max_age, SignedValue& out) const {
    const std::optional<SignedText> parsed = split(text);
    if (!parsed) return SignatureStatus::malformed;
    std::optional<std::string> value = base64url_decode(parsed->value);
    const std::optional<std::string> mac = base64url_decode(parsed->mac);
    if (!value || !mac) return SignatureStatus::malformed;
    const SigningKey* key = find(parsed->version);
    if (!key) return SignatureStatus::unknown_key;
    const auto expected = hmac_sha256(
        key->secret,
        signed_input(name, *value, std::to_string(parsed->time), std::to_string(parsed->version)));
    if (!expected || !equal_secrets(*expected, *mac)) return SignatureStatus::bad_signature;
    out.signed_at = std::chrono::sys_seconds{std::chrono::seconds{parsed->time}};
    const SignatureStatus status = judge_time(out.signed_at, max_age);
    if (status == SignatureStatus::good) out.value = *std::move(value);
    return status;
}

SignatureStatus CookieSigner::judge_time(std::chrono::sys_seconds signed_at,
                                         std::chrono::seconds max_age) const {
    const std::chrono::seconds age = now() - signed_at;
    if (age > max_age) return SignatureStatus::expired;
    // Both sides are of either sign, and the skew may be unlimited.
    if (age.count() < 0 && -age > options_.clock_skew) return SignatureStatus::from_future;
    return SignatureStatus::good;
}

}  // namespace gyre::http::detail
