#include "conditional.hpp"

#include "field_rules.hpp"
#include "http_date.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

namespace gyre::http::detail {
namespace {

using Time = std::chrono::sys_seconds;

bool is_etag_char(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte != '"' && byte != 0x7f;
}

enum class Comparison : std::uint8_t { strong, weak };

// RFC 9110 section 8.8.3.2.
bool match(const ETagView& sent, const std::optional<ETag>& current, Comparison how) noexcept {
    if (!current || sent.value != current->value) return false;
    return how == Comparison::weak || (!sent.weak && !current->weak);
}

// Whether "*" or one of the tags in all the fields of that name stands for what there is.
bool any_matches(HTTPHeadersView fields, std::string_view name, const Validators& validators,
                 Comparison how) {
    for (const HTTPField& field : fields) {
        if (!iequals(field.name, name)) continue;
        std::string_view rest = trim(field.value);
        if (rest == "*") return validators.exists;
        while (validators.exists) {
            rest.remove_prefix(std::min(rest.find_first_not_of(", \t"), rest.size()));
            const auto tag = take_etag(rest);
            if (!tag) break;
            const std::string_view behind = trim(rest);
            if (!behind.empty() && behind.front() != ',') break;
            if (match(*tag, validators.etag, how)) return true;
        }
    }
    return false;
}

std::optional<Time> date_in(HTTPHeadersView fields, std::string_view name, Time now) {
    std::optional<std::string_view> found;
    for (const HTTPField& field : fields) {
        if (!iequals(field.name, name)) continue;
        if (found) return std::nullopt;
        found = field.value;
    }
    return found ? parse_http_date(*found, now) : std::nullopt;
}

}  // namespace

bool is_etag_value(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), is_etag_char);
}

std::optional<ETagView> take_etag(std::string_view& rest) noexcept {
    const bool weak = rest.starts_with("W/");
    const std::size_t begin = weak ? 3 : 1;
    if (rest.size() < begin || rest[begin - 1] != '"') return std::nullopt;
    const std::size_t end = rest.find('"', begin);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view value = rest.substr(begin, end - begin);
    if (!is_etag_value(value)) return std::nullopt;
    rest.remove_prefix(end + 1);
    return ETagView{value, weak};
}

ETag etag_of(std::span<const std::string_view> pieces) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(),
                                                                          &EVP_MD_CTX_free};
    // Looked up once: that takes longer than the digest of something short.
    static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    EVP_DigestInit_ex(context.get(), sha256, nullptr);
    for (const std::string_view piece : pieces)
        EVP_DigestUpdate(context.get(), piece.data(), piece.size());
    EVP_DigestFinal_ex(context.get(), digest.data(), &size);
    ETag tag;
    for (const unsigned char byte : std::span{digest}.first(16)) {
        tag.value += "0123456789abcdef"[byte >> 4];
        tag.value += "0123456789abcdef"[byte & 15];
    }
    return tag;
}

Condition evaluate_conditions(std::string_view method, HTTPHeadersView fields,
                              const Validators& validators, Time now) {
    const bool reads = method == "GET" || method == "HEAD";
    if (fields.contains("If-Match")) {
        if (!any_matches(fields, "If-Match", validators, Comparison::strong))
            return Condition::failed;
    } else if (const auto date = date_in(fields, "If-Unmodified-Since", now)) {
        if (validators.last_modified && *validators.last_modified > *date) return Condition::failed;
    }
    if (fields.contains("If-None-Match")) {
        if (any_matches(fields, "If-None-Match", validators, Comparison::weak))
            return reads ? Condition::not_modified : Condition::failed;
    } else if (reads && validators.last_modified) {
        const auto date = date_in(fields, "If-Modified-Since", now);
        if (date && *validators.last_modified <= *date) return Condition::not_modified;
    }
    return Condition::proceed;
}

bool range_may_be_used(HTTPHeadersView fields, const Validators& validators, Time now) {
    const std::vector<std::string_view> values = fields.get_list("If-Range");
    if (values.empty()) return true;
    if (values.size() > 1) return false;
    std::string_view rest = values.front();
    if (const auto tag = take_etag(rest))
        return rest.empty() && match(*tag, validators.etag, Comparison::strong);
    const auto date = parse_http_date(values.front(), now);
    return date && validators.last_modified == *date && *date < now;
}

}  // namespace gyre::http::detail

namespace gyre::http {

std::optional<ETag> ETag::parse(std::string_view text) {
    const auto tag = detail::take_etag(text);
    if (!tag || !text.empty()) return std::nullopt;
    return ETag{std::string{tag->value}, tag->weak};
}

ETag ETag::of(std::string_view content) { return detail::etag_of({&content, 1}); }

std::string ETag::to_string() const {
    std::string text{weak ? "W/\"" : "\""};
    return text.append(value).append("\"");
}

}  // namespace gyre::http
