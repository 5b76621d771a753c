#include "support/proxy_url.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace example {
namespace {

using gyre::http::HTTPRequest;
using gyre::http::ProxyType;

// What stands before the first `end`, which is taken away with it; nothing if there is none.
std::optional<std::string_view> take_until(std::string_view& text, std::string_view end) {
    const std::size_t at = text.find(end);
    if (at == std::string_view::npos) return std::nullopt;
    const std::string_view part = text.substr(0, at);
    text.remove_prefix(at + end.size());
    return part;
}

std::optional<ProxyType> take_scheme(std::string_view& url) {
    std::string scheme{take_until(url, "://").value_or("")};
    std::ranges::transform(scheme, scheme.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
    if (scheme == "http") return ProxyType::http;
    if (scheme == "socks5" || scheme == "socks5h") return ProxyType::socks5;
    return std::nullopt;
}

template <class Number>
std::optional<Number> whole_number(std::string_view text, int base) {
    Number number{};
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number, base);
    if (error != std::errc{} || stop != end) return std::nullopt;
    return number;
}

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string plain;
    while (!text.empty()) {
        const bool escape = text.front() == '%';
        if (escape && text.size() < 3) return std::nullopt;
        const auto byte = escape ? whole_number<std::uint8_t>(text.substr(1, 2), 16)
                                 : static_cast<std::uint8_t>(text.front());
        if (!byte) return std::nullopt;
        plain += static_cast<char>(*byte);
        text.remove_prefix(escape ? 3 : 1);
    }
    return plain;
}

// Bytes that cannot be in a name or an address, whatever the resolver would make of them.
bool is_host(std::string_view host) {
    return !host.empty() && std::ranges::all_of(host, [](char c) {
        return c > ' ' && c != '\x7f' &&
               std::string_view{"/?#@[]\\%"}.find(c) == std::string_view::npos;
    });
}

bool take_user(std::string_view& rest, HTTPRequest& proxy) {
    const std::size_t at = rest.rfind('@');
    if (at == std::string_view::npos) return true;
    const std::string_view user = rest.substr(0, at);
    rest.remove_prefix(at + 1);
    const std::size_t colon = std::min(user.find(':'), user.size());
    auto name = percent_decoded(user.substr(0, colon));
    auto password = percent_decoded(user.substr(std::min(colon + 1, user.size())));
    if (!name || name->empty() || !password) return false;
    proxy.proxy_username = std::move(*name);
    proxy.proxy_password = std::move(*password);
    return true;
}

bool take_host(std::string_view& rest, HTTPRequest& proxy) {
    const bool bracketed = rest.starts_with('[');
    if (bracketed) rest.remove_prefix(1);
    const auto host = take_until(rest, bracketed ? "]:" : ":");
    if (!host || !is_host(*host) || bracketed != (host->find(':') != std::string_view::npos))
        return false;
    proxy.proxy_host = *host;
    return true;
}

}  // namespace

bool set_proxy(HTTPRequest& request, std::string_view url) {
    HTTPRequest proxy = request;
    const auto type = take_scheme(url);
    if (url.ends_with('/')) url.remove_suffix(1);
    if (!type || !take_user(url, proxy) || !take_host(url, proxy)) return false;
    const auto port = whole_number<std::uint16_t>(url, 10);
    if (!port || *port == 0) return false;
    proxy.proxy_type = *type;
    proxy.proxy_port = *port;
    request = std::move(proxy);
    return true;
}

}  // namespace example
