#include "proxy_settings.hpp"

#include "no_proxy.hpp"
#include <gyre/http/http_request.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::http::detail {
namespace {

/// A proxy as "type host port username password", or the error's sentence.
std::string told(const ProxyResult& result) {
    if (result.error) return result.error.message();
    const ProxySettings& proxy = result.proxy;
    if (!proxy.is_set()) return "none";
    return std::string{proxy.type == ProxyType::socks5 ? "socks5" : "http"} + ' ' + proxy.host +
           ' ' + std::to_string(proxy.port) + ' ' + proxy.username + ' ' + proxy.password;
}

std::string parsed(std::string_view text) { return told(parse_proxy_url(text)); }

TEST(ProxyUrl, TheSchemeSaysWhatTheProxySpeaks) {
    EXPECT_EQ(parsed("http://proxy.example:3128"), "http proxy.example 3128  ");
    EXPECT_EQ(parsed("HTTP://Proxy.Example:3128/"), "http proxy.example 3128  ");
    EXPECT_EQ(parsed("socks5://proxy.example:9050"), "socks5 proxy.example 9050  ");
    EXPECT_EQ(parsed("socks5h://proxy.example:9050"), "socks5 proxy.example 9050  ");
}

TEST(ProxyUrl, WithoutASchemeItIsHttp) {
    EXPECT_EQ(parsed("proxy:8080"), "http proxy 8080  ");
    EXPECT_EQ(parsed("me:secret@proxy:8080"), "http proxy 8080 me secret");
    EXPECT_EQ(parsed("127.0.0.1:1"), "http 127.0.0.1 1  ");
}

TEST(ProxyUrl, WithoutAPortItIs1080) {
    EXPECT_EQ(parsed("http://proxy"), "http proxy 1080  ");
    EXPECT_EQ(parsed("http://proxy:"), "http proxy 1080  ");
    EXPECT_EQ(parsed("http://proxy:80"), "http proxy 80  ");
    EXPECT_EQ(parsed("http://a:80@proxy"), "http proxy 1080 a 80");
    EXPECT_EQ(parsed("socks5://proxy"), "socks5 proxy 1080  ");
    EXPECT_EQ(parsed("[::1]"), "http ::1 1080  ");
}

TEST(ProxyUrl, Ipv6StandsInBrackets) {
    EXPECT_EQ(parsed("socks5://u:p@[2001:DB8:0::1]:1081"), "socks5 2001:db8::1 1081 u p");
}

TEST(ProxyUrl, CredentialsAreDecoded) {
    EXPECT_EQ(parsed("http://a%40b:%2F%3a%20@proxy:1"), "http proxy 1 a@b /: ");
    EXPECT_EQ(parsed("http://me@proxy:1"), "http proxy 1 me ");
}

TEST(ProxyUrl, OtherSchemesAreRefused) {
    const std::string tail = " is not supported (http, socks5 and socks5h are)";
    for (const std::string scheme : {"https", "socks4", "socks4a", "socks", "ftp"})
        EXPECT_EQ(parsed(scheme + "://proxy:1"),
                  "a proxy's URL with the scheme \"" + scheme +
                      "\" is not supported (http, socks5 and socks5h are)");
    EXPECT_EQ(parsed("://proxy:1"), "a proxy's URL with the scheme" + tail);
    EXPECT_EQ(parsed("user:pa@ss://proxy:1"), "a proxy's URL with the scheme" + tail);
}

TEST(ProxyUrl, WhatIsNoUrlIsRefused) {
    for (const std::string_view text :
         {"", "http://", "http://:80", "proxy:0", "proxy:65536", "proxy:x", "[::1", "pro xy:1",
          "http://proxy\n:1", "http://u%00:p@proxy:1", "http://%zz@proxy:1"})
        EXPECT_TRUE(parsed(text).starts_with("the proxy's URL is not valid: ")) << parsed(text);
    for (const std::string_view text : {"proxy:1/path", "proxy:1/?", "proxy:1?q", "proxy:1#f"})
        EXPECT_EQ(parsed(text), "a proxy's URL ends with its host and port, without a path");
}

TEST(ProxyUrl, NoErrorShowsThePassword) {
    for (const std::string_view text :
         {"https://me:geheim@proxy", "me:geheim@proxy:0", "http://me:geheim@proxy/x",
          "http://me:geheim\t@proxy", "socks5://:geheim@proxy", "http://:geheim@proxy"})
        EXPECT_EQ(parsed(text).find("geheim"), std::string::npos) << parsed(text);
}

TEST(CheckProxy, WhatACredentialCannotHold) {
    const auto check = [](const ProxySettings& proxy) {
        const Error error = check_proxy(proxy);
        return error ? error.message() : std::string{};
    };
    const std::string long_text(256, 'a');
    const std::string most(255, 'a');
    const std::string socks =
        "the name and the password for a SOCKS proxy have to be 1 to 255 bytes";
    const auto socks_proxy = [](std::string name, std::string password) {
        return ProxySettings{ProxyType::socks5, "p", 1, std::move(name), std::move(password)};
    };
    EXPECT_EQ(check(socks_proxy("", "")), "");
    EXPECT_EQ(check(socks_proxy(most, most)), "");
    EXPECT_EQ(check(socks_proxy("a:b", "c\n")), "");
    EXPECT_EQ(check(socks_proxy(long_text, "a")), socks);
    EXPECT_EQ(check(socks_proxy("a", long_text)), socks);
    EXPECT_EQ(check(socks_proxy("a", "")), socks);
    EXPECT_EQ(check(socks_proxy("", "a")), socks);

    EXPECT_EQ(check({.host = "p", .port = 1, .username = "a", .password = ""}), "");
    EXPECT_EQ(check({.host = "p", .port = 1, .username = "", .password = "x"}),
              "a password for the proxy needs a user name");
    EXPECT_EQ(check({.host = "p", .port = 1, .username = "a:b", .password = "x"}),
              "a user name for Basic authentication must not hold a colon");
    ProxySettings proxy{.host = "p", .port = 1, .username = "a:b", .password = "x"};
    proxy.auth_mode = AuthMode::digest;
    EXPECT_EQ(check(proxy), "");
    proxy.password = "x\r\n";
    EXPECT_EQ(check(proxy), "the credentials for the proxy hold a control byte");
    proxy.auth_mode = AuthMode::bearer;
    EXPECT_EQ(check(proxy), "a proxy takes basic or digest authentication, not bearer");
}

TEST(CheckProxy, HostAndPort) {
    const auto check = [](const char* host, std::uint16_t port) {
        return check_proxy({.host = host, .port = port}).kind();
    };
    EXPECT_EQ(check("", 0), Errc::ok);
    EXPECT_EQ(check("proxy", 1), Errc::ok);
    EXPECT_EQ(check("::1", 1), Errc::ok);
    EXPECT_EQ(check("proxy", 0), Errc::invalid_argument);
    EXPECT_EQ(check("[::1]", 1), Errc::invalid_argument);
    EXPECT_EQ(check("a b", 1), Errc::invalid_argument);
    EXPECT_EQ(check("http://proxy", 1), Errc::invalid_argument);
}

class ProxyEnvironment : public testing::Test {
protected:
    using Variables = std::map<std::string, std::string>;

    static std::string proxy_for(const Variables& variables, std::string_view scheme = "http",
                                 std::string_view host = "example.com", std::uint16_t port = 80) {
        return told(proxy_from_environment(scheme, host, port, [&](const char* name) {
            const auto found = variables.find(name);
            return found == variables.end() ? nullptr : found->second.c_str();
        }));
    }
};

TEST_F(ProxyEnvironment, EachSchemeHasItsOwn) {
    const Variables variables{{"http_proxy", "one:1"}, {"https_proxy", "two:2"}};
    EXPECT_EQ(proxy_for(variables, "http"), "http one 1  ");
    EXPECT_EQ(proxy_for(variables, "https"), "http two 2  ");
    EXPECT_EQ(proxy_for(variables, "ws"), "http one 1  ");
    EXPECT_EQ(proxy_for(variables, "wss"), "http two 2  ");
    EXPECT_EQ(proxy_for({}, "http"), "none");
}

TEST_F(ProxyEnvironment, UpperCaseCountsButForHttpProxy) {
    EXPECT_EQ(proxy_for({{"HTTP_PROXY", "evil:1"}}, "http"), "none");
    EXPECT_EQ(proxy_for({{"HTTPS_PROXY", "two:2"}}, "https"), "http two 2  ");
    EXPECT_EQ(proxy_for({{"HTTPS_PROXY", "two:2"}, {"https_proxy", "one:1"}}, "https"),
              "http one 1  ");
    EXPECT_EQ(proxy_for({{"ALL_PROXY", "all:3"}}, "http"), "http all 3  ");
    EXPECT_EQ(proxy_for({{"ALL_PROXY", "all:3"}, {"all_proxy", "small:4"}}, "http"),
              "http small 4  ");
}

TEST_F(ProxyEnvironment, AllProxyIsForWhatHasNone) {
    const Variables variables{{"all_proxy", "socks5://all:3"}, {"https_proxy", "two:2"}};
    EXPECT_EQ(proxy_for(variables, "http"), "socks5 all 3  ");
    EXPECT_EQ(proxy_for(variables, "https"), "http two 2  ");
}

TEST_F(ProxyEnvironment, AnEmptyVariableIsNone) {
    EXPECT_EQ(proxy_for({{"http_proxy", ""}, {"all_proxy", "all:3"}}), "http all 3  ");
    EXPECT_EQ(proxy_for({{"http_proxy", "one:1"}, {"no_proxy", ""}, {"NO_PROXY", "*"}}), "none");
}

TEST_F(ProxyEnvironment, NoProxyGoesBeforeAll) {
    const Variables variables{{"http_proxy", "one:1"}, {"no_proxy", "example.com"}};
    EXPECT_EQ(proxy_for(variables), "none");
    EXPECT_EQ(proxy_for(variables, "http", "example.org"), "http one 1  ");
    EXPECT_EQ(proxy_for({{"http_proxy", "one:1"}, {"NO_PROXY", "example.com"}}), "none");
    EXPECT_EQ(proxy_for({{"http_proxy", "one:1"}, {"no_proxy", "x"}, {"NO_PROXY", "*"}}),
              "http one 1  ");
    EXPECT_EQ(proxy_for({{"http_proxy", "ftp://not-asked:1"}, {"no_proxy", "*"}}), "none");
}

TEST_F(ProxyEnvironment, TheErrorNamesTheVariable) {
    EXPECT_EQ(proxy_for({{"HTTPS_PROXY", "socks4://x"}}, "https"),
              "the environment's HTTPS_PROXY: a proxy's URL with the scheme \"socks4\" is not "
              "supported (http, socks5 and socks5h are)");
    EXPECT_EQ(proxy_from_environment("http", "x", 80, [](const char*) { return "p:0"; }).error,
              Errc::invalid_argument);
}

struct NoProxyCase {
    std::string_view list;
    std::string_view host;
    bool matches;
    std::uint16_t port = 80;
};

TEST(NoProxy, Names) {
    for (const NoProxyCase& c :
         std::vector<NoProxyCase>{{"example.com", "example.com", true},
                                  {"example.com", "EXAMPLE.com", true},
                                  {"Example.Com", "www.example.com", true},
                                  {".example.com", "www.example.com", true},
                                  {".example.com", "example.com", true},
                                  {"example.com", "nonexample.com", false},
                                  {".example.com", "nonexample.com", false},
                                  {"www.example.com", "example.com", false},
                                  {"example.com.", "example.com", true},
                                  {"example.com", "www.example.com.", true},
                                  {"com", "example.com", true},
                                  {".", "example.com", false},
                                  {"", "example.com", false},
                                  {"*.example.com", "www.example.com", false},
                                  {"localhost,127.0.0.1", "localhost", true}})
        EXPECT_EQ(is_in_no_proxy(c.list, c.host, c.port), c.matches) << c.list << ' ' << c.host;
}

TEST(NoProxy, ListsAndTheStar) {
    for (const NoProxyCase& c : std::vector<NoProxyCase>{{"a,b,c", "b", true},
                                                         {"a b\tc", "c", true},
                                                         {" a ,, b , ", "b", true},
                                                         {"a,b", "ab", false},
                                                         {"*", "anything.example", true},
                                                         {"*", "192.0.2.1", true},
                                                         {"a, *", "b", true},
                                                         {",", "", false}})
        EXPECT_EQ(is_in_no_proxy(c.list, c.host, c.port), c.matches) << c.list << ' ' << c.host;
}

TEST(NoProxy, AddressesAndNetworks) {
    for (const NoProxyCase& c :
         std::vector<NoProxyCase>{{"192.0.2.1", "192.0.2.1", true},
                                  {"192.0.2.1", "192.0.2.10", false},
                                  {"2.1", "192.0.2.1", false},
                                  {"192.0.2.0/24", "192.0.2.255", true},
                                  {"192.0.2.7/24", "192.0.2.255", true},
                                  {"192.0.2.0/24", "192.0.3.0", false},
                                  {"10.0.0.0/9", "10.127.255.255", true},
                                  {"10.0.0.0/9", "10.128.0.0", false},
                                  {"0.0.0.0/0", "192.0.2.1", true},
                                  {"192.0.2.1/32", "192.0.2.1", true},
                                  {"192.0.2.1/33", "192.0.2.1", false},
                                  {"192.0.2.0/", "192.0.2.0", false},
                                  {"192.0.2.0/x", "192.0.2.0", false},
                                  {"192.0.2.0/-1", "192.0.2.0", false},
                                  {"192.0.2.0/24", "example.com", false},
                                  {"::1", "::1", true},
                                  {"[::1]", "::1", true},
                                  {"0:0:0:0:0:0:0:1", "::1", true},
                                  {"2001:db8::/33", "2001:db8:7fff::1", true},
                                  {"2001:db8::/33", "2001:db8:8000::1", false},
                                  {"[2001:db8::]/32", "2001:db8::1", false},
                                  {"::/0", "192.0.2.1", false},
                                  {"2001:db8::/129", "2001:db8::", false},
                                  {"fe80::1", "fe80::2", false}})
        EXPECT_EQ(is_in_no_proxy(c.list, c.host, c.port), c.matches) << c.list << ' ' << c.host;
}

TEST(NoProxy, Ports) {
    for (const NoProxyCase& c :
         std::vector<NoProxyCase>{{"example.com:80", "www.example.com", true, 80},
                                  {"example.com:80", "www.example.com", false, 81},
                                  {"192.0.2.1:8080", "192.0.2.1", true, 8080},
                                  {"192.0.2.0/24:8080", "192.0.2.9", true, 8080},
                                  {"192.0.2.1:8080", "192.0.2.1", false, 80},
                                  {"[::1]:443", "::1", true, 443},
                                  {"[::1]:443", "::1", false, 80},
                                  {"*:443", "example.com", true, 443},
                                  {"*:443", "example.com", false, 80},
                                  {"example.com:", "example.com", false, 80},
                                  {"example.com:65616", "example.com", false, 80},
                                  {"[::1", "::1", false},
                                  {"[::1]x", "::1", false}})
        EXPECT_EQ(is_in_no_proxy(c.list, c.host, c.port), c.matches)
            << c.list << ' ' << c.host << ' ' << c.port;
}

TEST(SetProxy, AllOfItOrNothing) {
    HTTPRequest request{.proxy_auth_mode = AuthMode::digest};
    EXPECT_FALSE(request.set_proxy("socks5://me:p%20w@[::1]:9"));
    EXPECT_EQ(request.proxy_type, ProxyType::socks5);
    EXPECT_EQ(request.proxy_host, "::1");
    EXPECT_EQ(request.proxy_port, 9);
    EXPECT_EQ(request.proxy_username, "me");
    EXPECT_EQ(request.proxy_password, "p w");
    const Error error = request.set_proxy("http://me:secret@h:x");
    EXPECT_EQ(error.kind(), Errc::invalid_argument);
    EXPECT_EQ(error.message().find("secret"), std::string::npos);
    EXPECT_EQ(request.proxy_host, "::1");
    EXPECT_FALSE(request.set_proxy("h"));
    EXPECT_EQ(request.proxy_type, ProxyType::http);
    EXPECT_EQ(request.proxy_port, 1080);
    EXPECT_EQ(request.proxy_username, "");
    EXPECT_EQ(request.proxy_auth_mode, AuthMode::digest);
}

}  // namespace
}  // namespace gyre::http::detail
