#include "proxy_settings.hpp"

#include "field_rules.hpp"
#include "no_proxy.hpp"
#include "url.hpp"
#include <gyre/error_access.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>

namespace gyre::http::detail {
namespace {

// That of curl, for HTTP as well.
constexpr std::uint16_t default_proxy_port = 1080;
constexpr std::size_t max_socks_credential = 255;  // RFC 1929 2: a length is one byte

ProxyResult refused(std::string sentence) {
    return {{}, {Errc::invalid_argument, std::move(sentence)}};
}

Error wrong(std::string sentence) { return {Errc::invalid_argument, std::move(sentence)}; }

std::optional<ProxyType> type_of(std::string_view scheme) noexcept {
    if (iequals(scheme, "http")) return ProxyType::http;
    if (iequals(scheme, "socks5") || iequals(scheme, "socks5h")) return ProxyType::socks5;
    return std::nullopt;
}

// Names are shown only if they are short and plain: what stands there may be anything.
std::string unknown_scheme(std::string_view scheme) {
    const std::string shown =
        is_token(scheme) && scheme.size() <= 32 ? " \"" + std::string{scheme} + '"' : std::string{};
    return "a proxy's URL with the scheme" + shown +
           " is not supported (http, socks5 and socks5h are)";
}

// In the authority of a URL that was parsed, so what stands behind the colon is a port.
bool names_port(std::string_view authority) noexcept {
    const std::size_t host = authority.rfind('@');
    if (host != std::string_view::npos) authority.remove_prefix(host + 1);
    const std::size_t bracket = authority.rfind(']');
    if (bracket != std::string_view::npos) authority.remove_prefix(bracket + 1);
    const std::size_t colon = authority.find(':');
    return colon != std::string_view::npos && colon + 1 < authority.size();
}

const char* find_variable(const EnvironmentLookup& lookup, const std::string& name) {
    const char* const value = lookup(name.c_str());
    return value && *value ? value : nullptr;
}

std::string upper_case(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    return text;
}

bool is_control(char c) noexcept { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

bool has_control_byte(std::string_view text) noexcept {
    return std::any_of(text.begin(), text.end(), is_control);
}

Error check_socks(const ProxySettings& proxy) {
    if (proxy.username.empty() && proxy.password.empty()) return {};
    for (const std::string* const part : {&proxy.username, &proxy.password})
        if (part->empty() || part->size() > max_socks_credential)
            return wrong("the name and the password for a SOCKS proxy have to be 1 to 255 bytes");
    return {};
}

Error check_http(const ProxySettings& proxy) {
    if (proxy.auth_mode == AuthMode::bearer)
        return wrong("a proxy takes basic or digest authentication, not bearer");
    if (proxy.username.empty() && !proxy.password.empty())
        return wrong("a password for the proxy needs a user name");
    if (has_control_byte(proxy.username) || has_control_byte(proxy.password))
        return wrong("the credentials for the proxy hold a control byte");
    if (proxy.auth_mode == AuthMode::basic && proxy.username.find(':') != std::string::npos)
        return wrong("a user name for Basic authentication must not hold a colon");
    return {};
}

}  // namespace

Error check_proxy(const ProxySettings& proxy) {
    if (!proxy.is_set()) return {};
    if (!is_host(proxy.host.find(':') == std::string::npos ? proxy.host : '[' + proxy.host + ']') ||
        proxy.host.find_first_of("[]") != std::string::npos)
        return wrong("the proxy's host is neither a name nor an IP address");
    if (proxy.port == 0) return wrong("the proxy has no port");
    return proxy.type == ProxyType::socks5 ? check_socks(proxy) : check_http(proxy);
}

ProxyResult parse_proxy_url(std::string_view text) {
    constexpr std::string_view mark = "://";
    const std::size_t scheme_end = text.find(mark);
    const bool has_scheme = scheme_end != std::string_view::npos;
    const auto type = has_scheme ? type_of(text.substr(0, scheme_end)) : ProxyType::http;
    if (!type) return refused(unknown_scheme(text.substr(0, scheme_end)));
    if (has_scheme) text.remove_prefix(scheme_end + mark.size());

    // What follows the scheme is the same for all of them.
    UrlResult parsed = parse_url("http://" + std::string{text});
    if (!parsed.url) return refused("the proxy's URL is not valid: " + parsed.error);
    Url& url = *parsed.url;
    if (url.target != "/" || url.fragment || text.find('?') != std::string_view::npos)
        return refused("a proxy's URL ends with its host and port, without a path");
    ProxySettings proxy{.type = *type,
                        .host = std::move(url.host),
                        .port = names_port(text) ? url.port : default_proxy_port,
                        .username = std::move(url.user),
                        .password = std::move(url.password)};
    Error error = check_proxy(proxy);
    if (gyre::detail::ErrorAccess::failed(error)) return {{}, std::move(error)};
    return {std::move(proxy), {}};
}

ProxyResult proxy_from_environment(std::string_view scheme, std::string_view host,
                                   std::uint16_t port, const EnvironmentLookup& lookup) {
    const char* no_proxy = find_variable(lookup, "no_proxy");
    if (!no_proxy) no_proxy = find_variable(lookup, "NO_PROXY");
    if (no_proxy && is_in_no_proxy(no_proxy, host, port)) return {};

    const bool secure = scheme == "https" || scheme == "wss";
    const std::string own = secure ? "https_proxy" : "http_proxy";
    // Servers pass a request's field "Proxy" to CGI programs as HTTP_PROXY.
    const std::string own_upper = secure ? upper_case(own) : std::string{};
    for (const std::string& name :
         std::array<std::string, 4>{own, own_upper, "all_proxy", "ALL_PROXY"}) {
        const char* const value = name.empty() ? nullptr : find_variable(lookup, name);
        if (!value) continue;
        ProxyResult result = parse_proxy_url(value);
        if (gyre::detail::ErrorAccess::failed(result.error))
            gyre::detail::ErrorAccess::add_context(result.error, "the environment's " + name);
        return result;
    }
    return {};
}

}  // namespace gyre::http::detail
