#pragma once

#include <gyre/error.hpp>
#include <gyre/http/auth_mode.hpp>
#include <gyre/http/proxy_type.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace gyre::http::detail {

// The proxy that a request goes through. Two that are equal may share a connection.
struct ProxySettings {
    ProxyType type = ProxyType::http;
    std::string host{};  ///< A name or an IP address (no brackets); empty: there is no proxy.
    std::uint16_t port = 0;
    std::string username{};  ///< Empty: the proxy is not told who we are.
    std::string password{};
    AuthMode auth_mode = AuthMode::basic;

    bool is_set() const noexcept { return !host.empty(); }

    friend bool operator==(const ProxySettings&, const ProxySettings&) = default;
};

// Settings, or an `invalid_argument` whose sentence shows no credentials.
struct ProxyResult {
    ProxySettings proxy{};
    Error error{};
};

// What is wrong with settings, whoever made them, as an `invalid_argument`; null if nothing is or
// there is no proxy. Credentials that their protocol cannot carry are refused here: a user name
// with a colon (RFC 7617 2), parts outside of 1 to 255 bytes for SOCKS (RFC 1929 2).
Error check_proxy(const ProxySettings& proxy);

// "[http://|socks5://|socks5h://][user[:password]@]host[:port][/]", with the credentials
// percent-encoded and IPv6 addresses in brackets, as curl's --proxy has it: without a scheme it is
// HTTP, without a port 1080. Both kinds of SOCKS are the same here: the proxy looks names up.
ProxyResult parse_proxy_url(std::string_view text);

// The value of an environment variable, null if there is none: std::getenv.
using EnvironmentLookup = std::function<const char*(const char* name)>;

// The proxy that the environment names for a URL with this scheme, host (no brackets) and port, as
// curl understands it: SCHEME_proxy, then its upper-case form (but not HTTP_PROXY, which a CGI
// program's client can set), then all_proxy and ALL_PROXY; an empty variable counts as none. The
// proxies of ws and wss are those of http and https. The error names the variable.
ProxyResult proxy_from_environment(std::string_view scheme, std::string_view host,
                                   std::uint16_t port, const EnvironmentLookup& lookup);

}  // namespace gyre::http::detail
