#include "authorization.hpp"
#include "cookies.hpp"
#include "field_rules.hpp"
#include <gyre/http/http_server_request.hpp>

#include <utility>

// What a request says of who sends it: cookies and credentials.
namespace gyre::http {
namespace {

/// Calls fn(cookie) for the cookies of all Cookie fields until it returns false. One field is what
/// the RFC asks for; HTTP/2 proxies may send several.
template <class Function>
void for_each_cookie(const HTTPHeadersView& headers, Function&& fn) {
    for (const HTTPField& field : headers) {
        if (!detail::iequals(field.name, "Cookie")) continue;
        std::string_view rest = field.value;
        CookieView cookie;
        while (detail::next_cookie(rest, cookie))
            if (!fn(std::as_const(cookie))) return;
    }
}

/// The value of the one Authorization field.
std::optional<std::string_view> authorization(const HTTPHeadersView& headers) noexcept {
    std::optional<std::string_view> found;
    for (const HTTPField& field : headers) {
        if (!detail::iequals(field.name, "Authorization")) continue;
        if (found) return std::nullopt;
        found = field.value;
    }
    return found;
}

}  // namespace

std::optional<std::string_view> HTTPServerRequest::cookie(std::string_view name) const noexcept {
    std::optional<std::string_view> found;
    for_each_cookie(headers(), [&](const CookieView& cookie) {
        if (cookie.name == name) found = cookie.value;
        return !found;
    });
    return found;
}

std::vector<CookieView> HTTPServerRequest::cookies() const {
    std::vector<CookieView> all;
    for_each_cookie(headers(), [&](const CookieView& cookie) {
        all.push_back(cookie);
        return true;
    });
    return all;
}

std::optional<BasicCredentials> HTTPServerRequest::basic_auth() const {
    const auto value = authorization(headers());
    return value ? detail::parse_basic_auth(*value) : std::nullopt;
}

std::optional<std::string_view> HTTPServerRequest::bearer_token() const noexcept {
    const auto value = authorization(headers());
    return value ? detail::parse_bearer_token(*value) : std::nullopt;
}

}  // namespace gyre::http
