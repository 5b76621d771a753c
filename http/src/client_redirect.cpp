#include "client_redirect.hpp"

#include "field_rules.hpp"
#include <gyre/error_access.hpp>

#include <string>
#include <utility>

namespace gyre::http::detail {
namespace {

using gyre::detail::ErrorAccess;

bool starts_with(std::string_view name, std::string_view prefix) noexcept {
    return name.size() >= prefix.size() && iequals(name.substr(0, prefix.size()), prefix);
}

bool is_credential(std::string_view name) noexcept {
    // Host is not one, but it names the server that was left.
    return iequals(name, "Authorization") || iequals(name, "Cookie") || iequals(name, "Cookie2") ||
           iequals(name, "Host") || starts_with(name, "Proxy-");
}

bool describes_body(std::string_view name) noexcept {
    return starts_with(name, "Content-") || iequals(name, "Transfer-Encoding") ||
           iequals(name, "Expect");
}

template <class Predicate>
HTTPHeaders without(const HTTPHeaders& headers, Predicate drops) {
    HTTPHeaders kept;
    for (const HTTPField& field : headers)
        if (!drops(field.name)) kept.add(field.name, field.value);
    return kept;
}

// RFC 9110 15.4.2 to 15.4.4
bool becomes_get(int status, const ClientHop& from) noexcept {
    if (status == 303) return from.method != "HEAD" && (from.method != "GET" || from.has_body);
    return (status == 301 || status == 302) && from.method == "POST";
}

Error refusal(std::string reason) { return {Errc::bad_url, std::move(reason)}; }

struct Target {
    Error error;
    Url url;
};

Target target_of(const ClientHop& from, const std::vector<std::string_view>& locations) {
    if (locations.size() > 1) return {refusal("the redirect has more than one Location"), {}};
    if (locations.front().empty()) return {refusal("the redirect's Location is empty"), {}};
    UrlResult resolved = resolve(from.url, locations.front());
    if (!resolved.url)
        return {refusal("the redirect's Location cannot be followed: " + resolved.error), {}};
    Url url = std::move(*resolved.url);
    // Whoever answers must not choose the credentials that are sent to someone else.
    url.has_userinfo = false;
    url.user.clear();
    url.password.clear();
    if (url.scheme != "http" && url.scheme != "https")
        return {
            refusal("the redirect leads to a URL that is not http or https: " + url.to_string()),
            {}};
    if (from.url.is_secure() && !url.is_secure())
        return {refusal("a redirect from https to http was refused: " + url.to_string()), {}};
    return {{}, std::move(url)};
}

}  // namespace

bool is_redirect(int status) noexcept {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

HopResult next_hop(const ClientHop& from, int status,
                   const std::vector<std::string_view>& locations) {
    Target target = target_of(from, locations);
    if (ErrorAccess::failed(target.error)) return {std::move(target.error), {}};
    ClientHop hop = from;
    if (becomes_get(status, from)) {
        hop.method = "GET";
        hop.has_body = false;
        hop.expects_continue = false;
        hop.headers = without(hop.headers, describes_body);
    }
    if (!same_origin(from.url, target.url)) {
        hop.left_origin = true;
        hop.headers = without(hop.headers, is_credential);
        hop.user.clear();
        hop.password.clear();
    }
    hop.url = std::move(target.url);
    return {{}, std::move(hop)};
}

}  // namespace gyre::http::detail
