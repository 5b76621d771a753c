#include "set_cookie_parser.hpp"

#include "cookie_date.hpp"
#include "http1_chars.hpp"
#include "set_cookie.hpp"

#include <algorithm>

namespace gyre::http::detail {
namespace {

using std::chrono::sys_seconds;

constexpr std::size_t max_attribute_size = 1024;

bool is_control(char c) noexcept {
    return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7f;
}

bool has_control(std::string_view text) noexcept {
    return std::any_of(text.begin(), text.end(), is_control);
}

std::string_view next_piece(std::string_view& rest) noexcept {
    const std::string_view piece = rest.substr(0, rest.find(';'));
    rest.remove_prefix(std::min(piece.size() + 1, rest.size()));
    return piece;
}

struct Pair {
    std::string_view name;
    std::string_view value;
    bool has_equals;
};

Pair split_pair(std::string_view piece) noexcept {
    const std::size_t equals = piece.find('=');
    if (equals == std::string_view::npos) return {trim_blanks(piece), {}, false};
    return {trim_blanks(piece.substr(0, equals)), trim_blanks(piece.substr(equals + 1)), true};
}

// Seconds from now, at most max_cookie_age; zero and less as zero. Nothing if it is no number.
std::optional<std::chrono::seconds> parse_max_age(std::string_view text) noexcept {
    constexpr std::chrono::seconds longest = max_cookie_age;
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    if (text.empty() || skip_chars(text, 0, text.size(), decimal_digit) != text.size())
        return std::nullopt;
    if (negative) return std::chrono::seconds{0};
    std::chrono::seconds age{0};
    for (const char digit : text)
        age = std::min(longest, age * 10 + std::chrono::seconds{digit - '0'});
    return age;
}

SameSite parse_same_site(std::string_view text) noexcept {
    if (equals_lower(text, "strict")) return SameSite::strict;
    if (equals_lower(text, "lax")) return SameSite::lax;
    if (equals_lower(text, "none")) return SameSite::none;
    return SameSite::unset;
}

// Of each attribute the last one counts, wherever it stands.
class AttributeReader {
public:
    AttributeReader(SetCookieFields& fields, sys_seconds now) noexcept
        : fields_(fields), now_(now) {}

    // RFC 6265bis section 5.6.1 to 5.6.7.
    void take(std::string_view piece) noexcept {
        const Pair pair = split_pair(piece);
        if (pair.value.size() > max_attribute_size) return;
        if (equals_lower(pair.name, "expires"))
            take_expires(pair.value);
        else if (equals_lower(pair.name, "max-age"))
            take_max_age(pair.value);
        else if (equals_lower(pair.name, "domain"))
            fields_.domain = pair.value.substr(pair.value.starts_with('.') ? 1 : 0);
        else if (equals_lower(pair.name, "path"))
            fields_.path = pair.value.starts_with('/') ? pair.value : std::string_view{};
        else if (equals_lower(pair.name, "secure"))
            fields_.secure = true;
        else if (equals_lower(pair.name, "httponly"))
            fields_.http_only = true;
        else if (equals_lower(pair.name, "samesite"))
            fields_.same_site = parse_same_site(pair.value);
    }

    void finish() noexcept {
        if (max_age_end_)
            fields_.expires = max_age_end_;
        else
            fields_.expires = expires_;
    }

private:
    void take_expires(std::string_view value) noexcept {
        if (const auto date = parse_cookie_date(value))
            expires_ = std::min<sys_seconds>(*date, now_ + max_cookie_age);
    }

    void take_max_age(std::string_view value) noexcept {
        if (const auto age = parse_max_age(value)) max_age_end_ = now_ + *age;
    }

    SetCookieFields& fields_;
    sys_seconds now_;
    std::optional<sys_seconds> expires_;
    std::optional<sys_seconds> max_age_end_;
};

}  // namespace

std::string_view check_name_and_value(std::string_view name, std::string_view value) noexcept {
    if (name.empty() && value.empty()) return "it has neither a name nor a value";
    if (name.size() + value.size() > max_cookie_size)
        return "its name and value have more than 4096 bytes";
    if (has_control(name) || has_control(value)) return "it has a control byte";
    if (name.find_first_of("=;") != std::string_view::npos)
        return "its name has a byte that no name may have";
    if (value.find(';') != std::string_view::npos)
        return "its value has a byte that no value may have";
    if (trim_blanks(name) != name || trim_blanks(value) != value)
        return "its name or value begins or ends with a space";
    if (name.empty() && value.find('=') != std::string_view::npos)
        return "it has no name, and its value would be taken for one with a name";
    // RFC 6265bis section 5.7, step 22: what it is sent as looks like a cookie with a prefix.
    if (name.empty() && (has_host_prefix(value) || has_secure_prefix(value)))
        return "it has no name, and its value begins like a name with a prefix";
    return {};
}

SetCookieResult parse_set_cookie(std::string_view text, sys_seconds now) noexcept {
    SetCookieResult result;
    const auto is_refused = [](char c) { return is_control(c) && c != '\t'; };
    if (std::any_of(text.begin(), text.end(), is_refused)) {
        result.refusal = "it has a control byte";
        return result;
    }
    SetCookieFields& fields = result.fields;
    const Pair pair = split_pair(next_piece(text));
    fields.name = pair.has_equals ? pair.name : std::string_view{};
    fields.value = pair.has_equals ? pair.value : pair.name;
    result.refusal = check_name_and_value(fields.name, fields.value);
    if (!result.refusal.empty()) return result;

    AttributeReader attributes{fields, now};
    while (!text.empty())
        attributes.take(next_piece(text));
    attributes.finish();
    if (has_control(fields.path)) result.refusal = "it has a control byte in its path";
    return result;
}

}  // namespace gyre::http::detail
