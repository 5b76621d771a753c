#include "set_cookie.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>

namespace gyre::http::detail::test {
namespace {

using namespace std::chrono_literals;

// The field's value, or "" if the cookie is refused.
std::string line(const Cookie& cookie) {
    return check_cookie(cookie).empty() ? set_cookie_value(cookie) : std::string{};
}

TEST(SetCookie, NameAndValueAlone) {
    EXPECT_EQ(line({.name = "a", .value = "1"}), "a=1; Path=/");
    EXPECT_EQ(line({.name = "a", .value = "", .path = ""}), "a=");
    EXPECT_EQ(line({.name = "a", .value = "\"1\"", .path = ""}), "a=\"1\"");
}

TEST(SetCookie, EveryAttribute) {
    Cookie cookie{.name = "sid", .value = "31d4"};
    cookie.domain = "example.com";
    cookie.path = "/shop";
    cookie.max_age = 3600s;
    cookie.expires = std::chrono::sys_seconds{784111777s};
    cookie.secure = cookie.http_only = cookie.partitioned = true;
    cookie.same_site = SameSite::none;
    EXPECT_EQ(line(cookie),
              "sid=31d4; Expires=Sun, 06 Nov 1994 08:49:37 GMT; Max-Age=3600; Domain=example.com; "
              "Path=/shop; Secure; HttpOnly; SameSite=None; Partitioned");
    cookie.same_site = SameSite::lax;
    EXPECT_NE(line(cookie).find("; SameSite=Lax"), std::string::npos);
    cookie.same_site = SameSite::strict;
    EXPECT_NE(line(cookie).find("; SameSite=Strict"), std::string::npos);
}

TEST(SetCookie, NamesAreTokens) {
    for (const std::string_view name : {"", " a", "a b", "a=b", "a;b", "a,b", "(a)", "a\r\n"})
        EXPECT_EQ(line({.name = std::string{name}, .value = "1"}), "") << name;
}

// Each byte in each part: what could end a field, an attribute or a value is refused.
TEST(SetCookie, NoByteCanEscapeItsPart) {
    for (int byte = 0; byte < 256; ++byte) {
        const char c = static_cast<char>(byte);
        const std::string text = std::string{"/a"} + c + "b";
        const bool visible = byte > 0x20 && byte < 0x7f;
        const auto one_of = [&](std::string_view set) {
            return byte != 0 && set.find(c) != std::string_view::npos;
        };
        EXPECT_EQ(check_cookie({.name = "a", .value = text}).empty(), visible && !one_of("\",;\\"))
            << byte;
        EXPECT_EQ(check_cookie({.name = "a", .value = "", .path = text}).empty(),
                  visible && c != ';')
            << byte;
        const bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        const bool digit = byte >= '0' && byte <= '9';
        EXPECT_EQ(check_cookie({.name = "a", .value = "", .domain = text.substr(1)}).empty(),
                  letter || digit || one_of("-_."))
            << byte;
        EXPECT_EQ(check_cookie({.name = text.substr(1), .value = ""}).empty(),
                  letter || digit || one_of("!#$%&'*+-.^_`|~"))
            << byte;
    }
}

TEST(SetCookie, Domains) {
    const auto accepts = [](std::string domain) {
        return check_cookie({.name = "a", .value = "", .domain = std::move(domain)}).empty();
    };
    EXPECT_TRUE(accepts("example.com"));
    EXPECT_TRUE(accepts(".example.com"));
    EXPECT_TRUE(accepts("localhost"));
    EXPECT_FALSE(accepts("."));
    EXPECT_FALSE(accepts("..a"));
    EXPECT_FALSE(accepts("a..b"));
    EXPECT_FALSE(accepts("a.b."));
    EXPECT_FALSE(accepts("a.b; Path=/x"));
    EXPECT_TRUE(accepts(std::string(63, 'a')));
    EXPECT_FALSE(accepts(std::string(64, 'a')));
}

TEST(SetCookie, PathsBeginWithASlash) {
    EXPECT_EQ(line({.name = "a", .value = "", .path = "x"}), "");
    EXPECT_EQ(line({.name = "a", .value = "", .path = "/x; Secure"}), "");
    EXPECT_NE(line({.name = "a", .value = "", .path = "/x,y=z"}), "");
}

TEST(SetCookie, TimesThatCannotBeWrittenAreRefused) {
    const auto with_expiry = [](std::chrono::sys_seconds time) {
        return Cookie{.name = "a", .value = "", .expires = time};
    };
    using namespace std::chrono;
    EXPECT_NE(check_cookie({.name = "a", .value = "", .max_age = -1s}), "");
    EXPECT_EQ(check_cookie({.name = "a", .value = "", .max_age = 0s}), "");
    EXPECT_EQ(check_cookie(with_expiry(sys_days{year{1601} / 1 / 1})), "");
    EXPECT_NE(check_cookie(with_expiry(sys_days{year{1600} / 12 / 31})), "");
    EXPECT_EQ(check_cookie(with_expiry(sys_days{year{9999} / 12 / 31})), "");
    EXPECT_NE(check_cookie(with_expiry(sys_days{year{10000} / 1 / 1})), "");
    EXPECT_NE(check_cookie(with_expiry(sys_seconds::max())), "");
    EXPECT_NE(check_cookie(with_expiry(sys_seconds::min())), "");
}

// Draft RFC 6265bis, section 4.1.3.
TEST(SetCookie, PrefixesHaveTheirRules) {
    for (const std::string_view name : {"__Host-a", "__host-a", "__HOST-a"}) {
        Cookie cookie{.name = std::string{name}, .value = ""};
        EXPECT_EQ(line(cookie), "");
        cookie.secure = true;
        EXPECT_NE(line(cookie), "");
        cookie.path = "/x";
        EXPECT_EQ(line(cookie), "");
        cookie.path = "";
        EXPECT_EQ(line(cookie), "");
        cookie.path = "/";
        cookie.domain = "example.com";
        EXPECT_EQ(line(cookie), "");
    }
    for (const std::string_view name : {"__Secure-a", "__secure-a"}) {
        Cookie cookie{.name = std::string{name}, .value = "", .domain = "a.b", .path = "/x"};
        EXPECT_EQ(line(cookie), "");
        cookie.secure = true;
        EXPECT_NE(line(cookie), "");
    }
}

TEST(SetCookie, SameSiteNoneAndPartitionedNeedSecure) {
    Cookie cookie{.name = "a", .value = "", .same_site = SameSite::none};
    EXPECT_EQ(line(cookie), "");
    cookie.secure = true;
    EXPECT_NE(line(cookie), "");
    Cookie partitioned{.name = "a", .value = "", .partitioned = true};
    EXPECT_EQ(line(partitioned), "");
    partitioned.secure = true;
    EXPECT_NE(line(partitioned), "");
}

// Draft RFC 6265bis, section 5.6: what browsers throw away.
TEST(SetCookie, SizesThatBrowsersKeep) {
    const auto of_size = [](std::size_t size) {
        return Cookie{.name = "ab", .value = std::string(size - 2, 'x')};
    };
    EXPECT_EQ(check_cookie(of_size(4095)), "");
    EXPECT_EQ(check_cookie(of_size(4096)), "");
    EXPECT_NE(check_cookie(of_size(4097)), "");
    const auto of_path = [](std::size_t size) {
        return Cookie{.name = "a", .value = "", .path = std::string(size, '/')};
    };
    EXPECT_EQ(check_cookie(of_path(1023)), "");
    EXPECT_EQ(check_cookie(of_path(1024)), "");
    EXPECT_NE(check_cookie(of_path(1025)), "");
}

TEST(SetCookie, SetsTheSameCookieByNameDomainAndPath) {
    EXPECT_TRUE(sets_same_cookie("a=1; Path=/", "a=2; Secure; Path=/"));
    EXPECT_TRUE(sets_same_cookie("a=1; path=/; domain=.X.com", "a=2; Domain=x.com; Path=/"));
    EXPECT_FALSE(sets_same_cookie("a=1; Path=/", "A=1; Path=/"));
    EXPECT_FALSE(sets_same_cookie("a=1; Path=/", "a=1; Path=/x"));
    EXPECT_FALSE(sets_same_cookie("a=1; Path=/", "a=1"));
    EXPECT_FALSE(sets_same_cookie("a=1; Domain=x", "a=1"));
    EXPECT_TRUE(sets_same_cookie("a", "a"));
}

TEST(SetCookie, TakesThePlaceOfTheSameCookie) {
    HTTPHeaders headers{{"Set-Cookie", "a=1; Path=/"}, {"X", "y"}, {"Set-Cookie", "b=1; Path=/"}};
    put_set_cookie(headers, "a=2; Path=/");
    put_set_cookie(headers, "a=3; Path=/x");
    const auto lines = headers.get_list("Set-Cookie");
    EXPECT_EQ(lines, (std::vector<std::string_view>{"b=1; Path=/", "a=2; Path=/", "a=3; Path=/x"}));
}

}  // namespace
}  // namespace gyre::http::detail::test
