#include "set_cookie.hpp"

#include "field_rules.hpp"
#include "http_date.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace gyre::http::detail {
namespace {

// What browsers take at most; a larger cookie is thrown away by them without a word (draft RFC
// 6265bis section 5.6).
constexpr std::size_t max_name_and_value = 4096;
constexpr std::size_t max_attribute = 1024;

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) noexcept {
    return text.size() >= prefix.size() && iequals(text.substr(0, prefix.size()), prefix);
}

bool is_label(std::string_view label) noexcept {
    return !label.empty() && label.size() <= 63 &&
           std::all_of(label.begin(), label.end(), [](char c) {
               return is_char(c, decimal_digit) || (to_lower(c) >= 'a' && to_lower(c) <= 'z') ||
                      c == '-' || c == '_';
           });
}

// One dot in front is what RFC 2109 asked for; RFC 6265 section 5.2.3 ignores it.
bool is_domain(std::string_view domain) noexcept {
    if (domain.size() > 253) return false;
    if (domain.starts_with('.')) domain.remove_prefix(1);
    for (;;) {
        const std::size_t dot = domain.find('.');
        if (!is_label(domain.substr(0, dot))) return false;
        if (dot == std::string_view::npos) return true;
        domain.remove_prefix(dot + 1);
    }
}

bool is_path(std::string_view path) noexcept {
    return path.starts_with('/') && std::all_of(path.begin(), path.end(), [](char c) {
               return c > 0x20 && c < 0x7f && c != ';';
           });
}

std::string check_prefix(const Cookie& cookie) {
    if (has_host_prefix(cookie.name) &&
        (!cookie.secure || cookie.path != "/" || !cookie.domain.empty()))
        return "a cookie named __Host- needs secure, the path / and no domain";
    if (has_secure_prefix(cookie.name) && !cookie.secure)
        return "a cookie named __Secure- needs secure";
    if (cookie.same_site == SameSite::none && !cookie.secure)
        return "a cookie with SameSite=None needs secure";
    if (cookie.partitioned && !cookie.secure) return "a partitioned cookie needs secure";
    return {};
}

std::string check_times(const Cookie& cookie) {
    using std::chrono::sys_days;
    using std::chrono::year;
    constexpr std::chrono::sys_seconds first = sys_days{year{1601} / 1 / 1};
    constexpr std::chrono::sys_seconds last = sys_days{year{10000} / 1 / 1};
    if (cookie.max_age && cookie.max_age->count() < 0) return "a cookie's max_age is negative";
    if (cookie.expires && (*cookie.expires < first || *cookie.expires >= last))
        return "a cookie expires in a year that cannot be written (1601 to 9999 can)";
    return {};
}

struct Identity {
    std::string_view name;
    std::string_view domain;
    std::string_view path;
};

Identity identity_of(std::string_view line) noexcept {
    Identity identity{.name = line.substr(0, line.find('=')), .domain = {}, .path = {}};
    for (std::size_t at = line.find(';'); at != std::string_view::npos;) {
        const std::size_t end = line.find(';', at + 1);
        const std::string_view attribute = trim(line.substr(at + 1, end - at - 1));
        if (starts_with_ignoring_case(attribute, "Domain=")) identity.domain = attribute.substr(7);
        if (starts_with_ignoring_case(attribute, "Path=")) identity.path = attribute.substr(5);
        at = end;
    }
    if (identity.domain.starts_with('.')) identity.domain.remove_prefix(1);
    return identity;
}

}  // namespace

bool has_host_prefix(std::string_view name) noexcept {
    return starts_with_ignoring_case(name, "__Host-");
}

bool has_secure_prefix(std::string_view name) noexcept {
    return starts_with_ignoring_case(name, "__Secure-");
}

std::string check_cookie(const Cookie& cookie) {
    if (!is_token(cookie.name)) return "a cookie's name is not a token";
    if (!is_cookie_value(cookie.value))
        return "the value of the cookie " + cookie.name + " has a byte that no cookie may have";
    if (cookie.name.size() + cookie.value.size() > max_name_and_value)
        return "a cookie is larger than the 4096 bytes that browsers keep";
    if (!cookie.domain.empty() && !is_domain(cookie.domain))
        return "a cookie's domain is not a host name";
    if (!cookie.path.empty() && !is_path(cookie.path))
        return "a cookie's path does not begin with / or has a byte that must be encoded";
    if (cookie.path.size() > max_attribute) return "a cookie's path is longer than 1024 bytes";
    if (std::string reason = check_times(cookie); !reason.empty()) return reason;
    return check_prefix(cookie);
}

std::string set_cookie_value(const Cookie& cookie) {
    std::string line = cookie.name + '=' + cookie.value;
    if (cookie.expires) line.append("; Expires=").append(format_http_date(*cookie.expires));
    if (cookie.max_age) line.append("; Max-Age=").append(std::to_string(cookie.max_age->count()));
    if (!cookie.domain.empty()) line.append("; Domain=").append(cookie.domain);
    if (!cookie.path.empty()) line.append("; Path=").append(cookie.path);
    if (cookie.secure) line.append("; Secure");
    if (cookie.http_only) line.append("; HttpOnly");
    switch (cookie.same_site) {
        case SameSite::unset:
            break;
        case SameSite::lax:
            line.append("; SameSite=Lax");
            break;
        case SameSite::strict:
            line.append("; SameSite=Strict");
            break;
        case SameSite::none:
            line.append("; SameSite=None");
            break;
    }
    if (cookie.partitioned) line.append("; Partitioned");
    return line;
}

bool sets_same_cookie(std::string_view left, std::string_view right) noexcept {
    const Identity a = identity_of(left);
    const Identity b = identity_of(right);
    return a.name == b.name && iequals(a.domain, b.domain) && a.path == b.path;
}

void put_set_cookie(HTTPHeaders& headers, std::string_view value) {
    constexpr std::string_view name = "Set-Cookie";
    bool repeated = false;
    std::vector<std::string> others;
    for (const std::string_view line : headers.get_list(name)) {
        if (sets_same_cookie(line, value))
            repeated = true;
        else
            others.emplace_back(line);
    }
    if (repeated) {
        headers.erase(name);
        for (const std::string& line : others)
            headers.add(name, line);
    }
    headers.add(name, value);
}

}  // namespace gyre::http::detail
