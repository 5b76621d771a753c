#include "cookie_acceptance.hpp"

#include "http1_chars.hpp"
#include "set_cookie.hpp"

#include <algorithm>
#include <utility>

namespace gyre::http::detail {
namespace {

AcceptedCookie refused(std::string_view why) { return {{}, why}; }

// Sets domain and host_only, or says why not. RFC 6265bis section 5.7, steps 9 to 11. Whatever lies
// between the host and its registrable domain belongs to one owner, and no shorter domain does.
std::string_view set_domain(StoredCookie& cookie, const std::string& host,
                            std::string_view attribute) {
    const std::string_view owned = registrable_domain(host);
    cookie.domain = host;
    cookie.host_only = attribute.empty() || owned.empty();
    if (attribute.empty()) return {};
    std::string domain{attribute};
    std::transform(domain.begin(), domain.end(), domain.begin(), ascii_lower);
    if (!domain_matches(host, domain)) return "its domain is not the host's";
    if (domain != host && (owned.empty() || domain.size() < owned.size()))
        return "its domain is a public suffix";
    cookie.domain = std::move(domain);
    return {};
}

// RFC 6265bis section 5.7, steps 20 and 21.
std::string_view check_prefix(const StoredCookie& cookie) noexcept {
    if (has_secure_prefix(cookie.name) && !cookie.secure)
        return "its name begins with __Secure- and it is not secure";
    if (has_host_prefix(cookie.name) && (!cookie.secure || !cookie.host_only || cookie.path != "/"))
        return "its name begins with __Host- and it is not secure, has a domain or another path";
    return {};
}

bool is_name_or_address(std::string_view domain) noexcept {
    if (domain.empty() || domain.size() > 253 || domain.front() == '.' || domain.back() == '.')
        return false;
    return domain.find("..") == std::string_view::npos &&
           std::all_of(domain.begin(), domain.end(), [](char c) {
               return is_char(c, decimal_digit) || (c >= 'a' && c <= 'z') || is_one_of(c, "-_.:");
           });
}

// A semicolon cannot be said in Set-Cookie, but be in a URL that the default path is made of.
std::string_view check_path(std::string_view path) noexcept {
    if (!path.starts_with('/')) return "its path does not begin with /";
    const bool visible = std::all_of(path.begin(), path.end(), [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
    });
    return visible ? std::string_view{} : "its path has a byte that no path may have";
}

}  // namespace

AcceptedCookie accept_cookie(const CookieOrigin& origin, const std::string& host,
                             const SetCookieFields& fields) {
    if (host.empty()) return refused("the host has no name");
    if (fields.secure && !origin.secure) return refused("it is secure and its origin is not");
    AcceptedCookie accepted;
    StoredCookie& cookie = accepted.cookie;
    cookie.name = fields.name;
    cookie.value = fields.value;
    cookie.path = fields.path.empty() ? default_path(origin.path) : fields.path;
    cookie.expires = fields.expires;
    cookie.secure = fields.secure;
    cookie.http_only = fields.http_only;
    cookie.same_site = fields.same_site;
    accepted.refusal = set_domain(cookie, host, fields.domain);
    if (accepted.refusal.empty()) accepted.refusal = check_prefix(cookie);
    if (accepted.refusal.empty() && has_host_prefix(cookie.name) && fields.path.empty())
        accepted.refusal = "its name begins with __Host- and it names no path";
    return accepted;
}

AcceptedCookie accept_cookie(StoredCookie cookie, std::chrono::sys_seconds now) {
    if (!cookie.host_only && cookie.domain.starts_with('.')) cookie.domain.erase(0, 1);
    cookie.domain = canonical_host(cookie.domain);
    if (!is_name_or_address(cookie.domain)) return refused("its domain is not a host name");
    if (registrable_domain(cookie.domain).empty()) cookie.host_only = true;
    if (cookie.expires)
        cookie.expires = std::min<std::chrono::sys_seconds>(*cookie.expires, now + max_cookie_age);
    std::string_view refusal = check_name_and_value(cookie.name, cookie.value);
    if (refusal.empty()) refusal = check_path(cookie.path);
    if (refusal.empty()) refusal = check_prefix(cookie);
    return {std::move(cookie), refusal};
}

}  // namespace gyre::http::detail
