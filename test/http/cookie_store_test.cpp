#include "cookie_store.hpp"

#include "cookie_acceptance.hpp"
#include "cookie_matching.hpp"
#include "field_rules.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace gyre::http::detail::test {
namespace {

using namespace std::chrono_literals;

constexpr CookieStore::Time start{1'700'000'000s};

TEST(CookieMatching, Domains) {  // RFC 6265 section 5.1.3
    EXPECT_TRUE(domain_matches("example.com", "example.com"));
    EXPECT_TRUE(domain_matches("www.example.com", "example.com"));
    EXPECT_TRUE(domain_matches("a.b.example.com", "example.com"));
    EXPECT_FALSE(domain_matches("example.com", "www.example.com"));
    EXPECT_FALSE(domain_matches("badexample.com", "example.com"));
    EXPECT_FALSE(domain_matches("example.com.evil.org", "example.com"));
    EXPECT_FALSE(domain_matches("example.com", ""));
    EXPECT_TRUE(domain_matches("192.0.2.1", "192.0.2.1"));
    EXPECT_FALSE(domain_matches("192.0.2.1", "0.2.1"));
    EXPECT_FALSE(domain_matches("::1", ":1"));
}

TEST(CookieMatching, Paths) {  // RFC 6265 section 5.1.4
    EXPECT_TRUE(path_matches("/", "/"));
    EXPECT_TRUE(path_matches("/a/b", "/"));
    EXPECT_TRUE(path_matches("/a", "/a"));
    EXPECT_TRUE(path_matches("/a/", "/a"));
    EXPECT_TRUE(path_matches("/a/b", "/a"));
    EXPECT_TRUE(path_matches("/a/b", "/a/"));
    EXPECT_FALSE(path_matches("/a", "/a/"));
    EXPECT_FALSE(path_matches("/ab", "/a"));
    EXPECT_FALSE(path_matches("/A", "/a"));
    EXPECT_FALSE(path_matches("/", "/a"));
}

TEST(CookieMatching, DefaultPaths) {  // RFC 6265 section 5.1.4
    EXPECT_EQ(default_path(""), "/");
    EXPECT_EQ(default_path("/"), "/");
    EXPECT_EQ(default_path("/a"), "/");
    EXPECT_EQ(default_path("/a/"), "/a");
    EXPECT_EQ(default_path("/a/b/c"), "/a/b");
    EXPECT_EQ(default_path("a/b"), "/");
}

TEST(CookieMatching, RegistrableDomains) {
    EXPECT_EQ(registrable_domain("www.example.co.uk"), "example.co.uk");
    EXPECT_EQ(registrable_domain("example.com"), "example.com");
    EXPECT_EQ(registrable_domain("me.github.io"), "me.github.io");
    EXPECT_EQ(registrable_domain("a.b.xn--55qx5d.cn"), "b.xn--55qx5d.cn");
    EXPECT_EQ(registrable_domain("www.city.kawasaki.jp"), "city.kawasaki.jp");
    for (const char* const host :
         {"com", "co.uk", "github.io", "localhost", "intranet", "192.0.2.1", "::1", "kawasaki.jp",
          "x.kawasaki.jp", "127.1", "0x7f", "a.0x1"})
        EXPECT_EQ(registrable_domain(host), "") << host;
    EXPECT_EQ(canonical_host("WWW.Example.COM."), "www.example.com");
}

// One store and one host that answers; "" for a cookie that was taken.
class CookieStoreTest : public ::testing::Test {
public:
    std::string_view set(std::string_view host, std::string_view cookie,
                         std::string_view path = "/", bool secure = true) {
        return store.set_from({secure, host, path}, cookie, now);
    }
    std::string get(std::string_view host, std::string_view path = "/", bool secure = true) {
        return store.cookie_header({secure, host, path}, now);
    }
    bool taken(std::string_view host, std::string_view cookie, bool secure = true) {
        store.clear();
        return set(host, cookie, "/", secure).empty();
    }

    CookieStore store;
    CookieStore::Time now = start;
};

TEST_F(CookieStoreTest, WithoutDomainForThatHostOnly) {
    EXPECT_EQ(set("example.com", "a=1"), "");
    EXPECT_EQ(get("example.com"), "a=1");
    EXPECT_EQ(get("EXAMPLE.com."), "a=1");
    EXPECT_EQ(get("www.example.com"), "");
    EXPECT_EQ(get("example.org"), "");
}

TEST_F(CookieStoreTest, WithDomainForTheHostsBelow) {
    for (const std::string_view domain : {"example.com", ".example.com", "EXAMPLE.Com"}) {
        store.clear();
        EXPECT_EQ(set("www.example.com", "a=1; Domain=" + std::string{domain}), "");
        EXPECT_EQ(get("example.com"), "a=1");
        EXPECT_EQ(get("x.y.example.com"), "a=1");
        EXPECT_EQ(get("notexample.com"), "");
    }
}

TEST_F(CookieStoreTest, DomainsOfOthersAreRefused) {
    EXPECT_FALSE(taken("example.com", "a=1; Domain=www.example.com"));
    EXPECT_FALSE(taken("example.com", "a=1; Domain=example.org"));
    EXPECT_FALSE(taken("example.com", "a=1; Domain=ample.com"));
    EXPECT_FALSE(taken("example.com", "a=1; Domain=example.com."));
    EXPECT_FALSE(taken("example.com", "a=1; Domain=..example.com"));
    EXPECT_FALSE(taken("example.com", "a=1; Domain=\xc3\xa9xample.com"));
    EXPECT_TRUE(taken("example.com", "a=1; Domain=."));  // RFC 6265bis 5.6.3: no domain
    EXPECT_TRUE(taken("www.xn--xample-9ua.com", "a=1; Domain=xn--xample-9ua.com"));
}

TEST_F(CookieStoreTest, PublicSuffixesAreNotShared) {
    EXPECT_FALSE(taken("example.com", "a=1; Domain=com"));
    EXPECT_FALSE(taken("example.co.uk", "a=1; Domain=co.uk"));
    EXPECT_FALSE(taken("me.github.io", "a=1; Domain=github.io"));
    EXPECT_FALSE(taken("me.github.io", "a=1; Domain=io"));
    EXPECT_FALSE(taken("host.intranet", "a=1; Domain=intranet"));
    EXPECT_FALSE(taken("x.s3.amazonaws.com", "a=1; Domain=amazonaws.com"));
    EXPECT_TRUE(taken("www.me.github.io", "a=1; Domain=me.github.io"));
}

// RFC 6265 section 5.3, step 5.
TEST_F(CookieStoreTest, AHostThatIsAPublicSuffixKeepsItsCookiesToItself) {
    for (const std::string_view host : {"github.io", "localhost", "co.uk"}) {
        EXPECT_TRUE(taken(host, "a=1; Domain=" + std::string{host}));
        EXPECT_EQ(get(host), "a=1");
        EXPECT_EQ(get("x." + std::string{host}), "");
    }
}

TEST_F(CookieStoreTest, AddressesMatchExactly) {
    EXPECT_FALSE(taken("192.0.2.1", "a=1; Domain=0.2.1"));
    EXPECT_FALSE(taken("192.0.2.1", "a=1; Domain=2.1"));
    EXPECT_FALSE(taken("1.0.2.1", "a=1; Domain=1"));
    EXPECT_TRUE(taken("192.0.2.1", "a=1; Domain=192.0.2.1"));
    EXPECT_EQ(get("192.0.2.1"), "a=1");
    EXPECT_EQ(get("1.192.0.2.1"), "");
    EXPECT_TRUE(taken("2001:db8::1", "a=1"));
    EXPECT_EQ(get("2001:db8::1"), "a=1");
    EXPECT_EQ(get("2001:db8::2"), "");
}

TEST_F(CookieStoreTest, PathOfTheRequestIsTheDefault) {
    set("example.com", "a=1", "/shop/cart");
    set("example.com", "b=2; Path=relative", "/shop/cart");
    set("example.com", "c=3; Path=/other", "/shop/cart");
    EXPECT_EQ(get("example.com", "/shop"), "a=1; b=2");
    EXPECT_EQ(get("example.com", "/shop/x/y"), "a=1; b=2");
    EXPECT_EQ(get("example.com", "/shopping"), "");
    EXPECT_EQ(get("example.com", "/other"), "c=3");
}

// RFC 6265 section 5.4, step 2; section 5.3, step 11.3.
TEST_F(CookieStoreTest, LongPathsFirstThenTheOldest) {
    set("example.com", "a=1");
    set("example.com", "b=1; Path=/x");
    set("www.example.com", "c=1; Domain=example.com");
    set("example.com", "d=1; Path=/x/y");
    set("example.com", "a=2");
    EXPECT_EQ(get("example.com", "/x/y"), "d=1; b=1; a=2; c=1");
}

TEST_F(CookieStoreTest, NameDomainAndPathMakeACookie) {
    set("example.com", "a=1");
    set("example.com", "A=2");
    set("example.com", "a=3; Path=/x");
    set("example.com", "a=4; Domain=example.com");  // RFC 6265bis: host-only is another one
    EXPECT_EQ(store.size(now), 4U);
    set("example.com", "a=5; Path=/");
    EXPECT_EQ(get("example.com"), "a=5; A=2; a=4");
}

TEST_F(CookieStoreTest, NamelessCookiesAreSentAsTheirValue) {
    set("example.com", "token");
    set("example.com", "empty=");
    EXPECT_EQ(get("example.com"), "token; empty=");
    set("example.com", "=other");
    EXPECT_EQ(get("example.com"), "other; empty=");
}

TEST_F(CookieStoreTest, TimeEndsThem) {
    set("example.com", "a=1; Max-Age=10");
    set("example.com", "b=1");
    now += 9s;
    EXPECT_EQ(get("example.com"), "a=1; b=1");
    now += 1s;
    EXPECT_EQ(get("example.com"), "b=1");
    EXPECT_EQ(store.size(now), 1U);
    set("example.com", "b=; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
    EXPECT_EQ(store.size(now), 0U);
    EXPECT_EQ(set("example.com", "never=; Max-Age=0"), "");
    EXPECT_EQ(store.size(now), 0U);
}

TEST_F(CookieStoreTest, ACookieThatWasOverIsANewOne) {
    set("example.com", "a=1; Max-Age=10");
    set("example.com", "b=1");
    now += 10s;
    set("example.com", "a=2");
    EXPECT_EQ(get("example.com"), "b=1; a=2");
}

TEST_F(CookieStoreTest, SecureCookiesKeepAwayFromHTTP) {
    EXPECT_FALSE(taken("example.com", "a=1; Secure", false));
    EXPECT_TRUE(taken("example.com", "a=1; Secure"));
    EXPECT_EQ(get("example.com", "/", false), "");
    EXPECT_EQ(get("example.com", "/", true), "a=1");
}

// RFC 6265bis section 5.7, step 18.
TEST_F(CookieStoreTest, HTTPLeavesSecureCookiesAlone) {
    set("www.example.com", "a=1; Secure; Path=/login", "/login");
    const auto http = [this](std::string_view host, std::string_view cookie) {
        return set(host, cookie, "/", false).empty();
    };
    EXPECT_FALSE(http("www.example.com", "a=2; Path=/login"));
    EXPECT_FALSE(http("www.example.com", "a=2; Path=/login/en"));
    EXPECT_FALSE(http("www.example.com", "a=2; Path=/login; Domain=example.com"));
    EXPECT_FALSE(http("www.example.com", "a=2; Path=/login; Max-Age=0"));
    EXPECT_TRUE(http("www.example.com", "a=2; Path=/"));
    EXPECT_TRUE(http("www.example.com", "b=2; Path=/login"));
    EXPECT_TRUE(http("img.example.com", "a=2; Path=/login"));
    EXPECT_EQ(get("www.example.com", "/login"), "a=1; b=2; a=2");
    EXPECT_EQ(set("www.example.com", "a=3; Path=/login"), "");  // https may
}

TEST_F(CookieStoreTest, Prefixes) {
    EXPECT_TRUE(taken("example.com", "__Secure-a=1; Secure; Domain=example.com"));
    EXPECT_FALSE(taken("example.com", "__Secure-a=1"));
    EXPECT_FALSE(taken("example.com", "__SECURE-a=1"));
    EXPECT_TRUE(taken("example.com", "__Host-a=1; Secure; Path=/"));
    EXPECT_FALSE(taken("example.com", "__Host-a=1; Path=/"));
    EXPECT_FALSE(taken("example.com", "__Host-a=1; Secure"));
    EXPECT_FALSE(taken("example.com", "__Host-a=1; Secure; Path=/x"));
    EXPECT_FALSE(taken("example.com", "__host-a=1; Secure; Path=/; Domain=example.com"));
    EXPECT_FALSE(taken("example.com", "__Host-a=1; Secure; Path=/", false));
    EXPECT_TRUE(taken("example.com", "__Other-a=1"));
}

TEST_F(CookieStoreTest, ASiteHasRoomForSoMany) {
    for (std::size_t i = 0; i < CookieStore::max_per_site; ++i)
        set("h" + std::to_string(i) + ".example.com",
            "a=1; Domain=example.com; Path=/" + std::to_string(i));
    set("example.org", "other=1");
    EXPECT_EQ(store.size(now), CookieStore::max_per_site + 1);
    EXPECT_NE(get("example.com", "/0"), "");  // used, so /1 is the oldest
    set("example.com", "b=1");
    EXPECT_EQ(store.size(now), CookieStore::max_per_site + 1);
    EXPECT_EQ(get("example.com", "/0"), "a=1; b=1");
    EXPECT_EQ(get("example.com", "/1"), "b=1");
    EXPECT_EQ(get("example.org"), "other=1");
}

TEST_F(CookieStoreTest, ThoseThatAreOverGoFirstThenTheInsecure) {
    set("example.com", "plain=1; Path=/plain");
    set("example.com", "over=1; Max-Age=10");
    for (std::size_t i = 2; i < CookieStore::max_per_site; ++i)
        set("example.com", "s" + std::to_string(i) + "=1; Secure");
    get("example.com", "/plain");
    now += 10s;
    set("example.com", "x=1; Secure");
    EXPECT_EQ(get("example.com", "/plain", false), "plain=1");
    set("example.com", "y=1; Secure");
    EXPECT_EQ(get("example.com", "/plain", false), "");
    // http cannot drive out what is secure: the new cookie itself goes.
    EXPECT_EQ(set("example.com", "z=1", "/", false), "");
    EXPECT_EQ(get("example.com", "/", false), "");
    EXPECT_EQ(store.size(now), CookieStore::max_per_site);
}

TEST_F(CookieStoreTest, TheJarHasRoomForSoMany) {
    set("first.com", "old=1");
    set("secure.com", "a=1; Secure");
    set("over.com", "a=1; Max-Age=10");
    for (std::size_t i = 3; i < CookieStore::max_cookies; ++i)
        set("h" + std::to_string(i) + ".com", "a=1");
    EXPECT_EQ(get("h3.com"), "a=1");
    EXPECT_EQ(store.size(now), CookieStore::max_cookies);
    set("last.com", "a=1");
    EXPECT_EQ(store.size(now), CookieStore::kept_cookies);
    EXPECT_EQ(get("first.com"), "");
    EXPECT_EQ(get("h4.com"), "");
    EXPECT_EQ(get("h3.com"), "a=1");
    EXPECT_EQ(get("secure.com"), "a=1");
    EXPECT_EQ(get("last.com"), "a=1");
}

// A flood costs each cookie a look at those of its own site, and each request as well.
TEST_F(CookieStoreTest, FloodsStayCheap) {
    for (int i = 0; i < 30'000; ++i) {
        const std::string n = std::to_string(i);
        set("a" + n + ".example" + std::to_string(i % 50) + ".com", "n" + n + "=1");
    }
    EXPECT_LE(store.size(now), CookieStore::max_cookies);
    for (int i = 0; i < 30'000; ++i)
        EXPECT_EQ(get("www.example.org", "/a"), "");
}

TEST_F(CookieStoreTest, ARequestCarriesSoMuch) {
    for (int i = 0; i < 150; ++i)
        set("example.com", "c" + std::to_string(i) + "=1");
    const std::string many = get("example.com");
    EXPECT_EQ(std::count(many.begin(), many.end(), '='), 100);
    EXPECT_TRUE(many.starts_with("c0=1; c1=1"));
    store.clear();
    for (int i = 0; i < 3; ++i)
        set("example.com", "c" + std::to_string(i) + "=" + std::string(3990, 'x'));
    EXPECT_EQ(get("example.com").size(), 2 * 3993U + 2);
    EXPECT_EQ(store.for_origin({true, "example.com", "/"}, now).size(), 3U);
}

// Whatever a server sends, the field can be written.
TEST_F(CookieStoreTest, NoByteBreaksTheField) {
    for (int byte = 0; byte < 256; ++byte) {
        const std::string c(1, static_cast<char>(byte));
        set("example.com", c);
        set("example.com", "a" + c + "b=1");
        set("example.com", "v" + std::to_string(byte) + "=1" + c + "2");
    }
    for (const StoredCookie& cookie : store.all(now)) {
        store.clear();
        store.put(cookie, now);
        EXPECT_TRUE(is_field_value(get("example.com")));
        EXPECT_EQ(get("example.com").find_first_of("\t;"), std::string::npos);
    }
}

TEST(AcceptCookie, WhatNoServerSaidIsCheckedTheSame) {
    const auto refusal = [](StoredCookie cookie) {
        return accept_cookie(std::move(cookie), start).refusal;
    };
    EXPECT_EQ(refusal({.name = "a", .value = "1", .domain = "example.com"}), "");
    for (const char* const domain : {"", ".", "a b", "a\tb", "a..b", ".a", "a/b", "\xc3\xa9.com"})
        EXPECT_NE(refusal({.name = "a", .value = "1", .domain = domain}), "") << domain;
    for (const char* const path : {"", "x", "/\t", "/\n", "/\x7f"})
        EXPECT_NE(refusal({.name = "a", .value = "1", .domain = "a.com", .path = path}), "")
            << path;
    for (const char* const name : {"a=", "a;", "a\n", " a", "\t"})
        EXPECT_NE(refusal({.name = name, .value = "1", .domain = "a.com"}), "") << name;
    for (const char* const value : {"a;", "a\r\nb", " a", "a\t"})
        EXPECT_NE(refusal({.name = "a", .value = value, .domain = "a.com"}), "") << value;
    EXPECT_NE(refusal({.name = "__Host-a", .value = "1", .domain = "a.com"}), "");
    EXPECT_NE(refusal({.name = "__Secure-a", .value = "1", .domain = "a.com"}), "");
}

TEST(AcceptCookie, DomainsBecomeCanonical) {
    const auto accept = [](std::string domain) {
        return accept_cookie({.name = "a", .value = "1", .domain = domain, .host_only = false},
                             start)
            .cookie;
    };
    EXPECT_EQ(accept(".Example.COM.").domain, "example.com");
    EXPECT_FALSE(accept("example.com").host_only);
    EXPECT_TRUE(accept(".co.uk").host_only);
    EXPECT_TRUE(accept("localhost").host_only);
    EXPECT_TRUE(accept("192.0.2.1").host_only);
    EXPECT_TRUE(accept("::1").host_only);
}

}  // namespace
}  // namespace gyre::http::detail::test
