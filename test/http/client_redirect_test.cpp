#include "client_redirect.hpp"

#include <gyre/error_access.hpp>

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::http::detail {
namespace {

ClientHop hop_to(const std::string& url, const std::string& method = "GET",
                 HTTPHeaders headers = {}) {
    const bool has_body = method == "POST" || method == "PUT";
    HopResult first = first_hop({.url = url,
                                 .method = method,
                                 .headers = std::move(headers),
                                 .body = has_body ? "x=1" : ""});
    EXPECT_FALSE(first.error);
    return first.hop;
}

ClientHop follow(const ClientHop& from, int status, std::string_view location) {
    HopResult next = next_hop(from, status, {location});
    EXPECT_FALSE(next.error) << next.error;
    return next.hop;
}

Error refused(const ClientHop& from, std::string_view location) {
    return next_hop(from, 302, {location}).error;
}

struct MethodCase {
    int status;
    const char* method;
    const char* next_method;
    bool keeps_body;
};

std::ostream& operator<<(std::ostream& out, const MethodCase& row) {
    return out << row.method << " and " << row.status;
}

class RedirectMethod : public testing::TestWithParam<MethodCase> {};

TEST_P(RedirectMethod, KeepsOrChangesMethodAndBody) {
    const MethodCase& row = GetParam();
    const ClientHop from =
        hop_to("http://a.test/", row.method,
               {{"Content-Type", "text/plain"}, {"content-language", "en"}, {"X-Mine", "1"}});
    const ClientHop next = follow(from, row.status, "/b");
    EXPECT_EQ(next.method, row.next_method);
    EXPECT_EQ(next.has_body, row.keeps_body);
    const bool changed = std::string_view{row.method} != row.next_method;
    EXPECT_EQ(next.headers.contains("Content-Type"), !changed);
    EXPECT_EQ(next.headers.contains("Content-Language"), !changed);
    EXPECT_TRUE(next.headers.contains("X-Mine"));
}

INSTANTIATE_TEST_SUITE_P(
    All, RedirectMethod,
    testing::Values(MethodCase{301, "GET", "GET", false}, MethodCase{301, "HEAD", "HEAD", false},
                    MethodCase{301, "POST", "GET", false}, MethodCase{301, "PUT", "PUT", true},
                    MethodCase{302, "POST", "GET", false},
                    MethodCase{302, "DELETE", "DELETE", false}, MethodCase{302, "PUT", "PUT", true},
                    MethodCase{303, "POST", "GET", false}, MethodCase{303, "PUT", "GET", false},
                    MethodCase{303, "DELETE", "GET", false}, MethodCase{303, "HEAD", "HEAD", false},
                    MethodCase{303, "GET", "GET", false}, MethodCase{307, "POST", "POST", true},
                    MethodCase{307, "GET", "GET", false}, MethodCase{308, "POST", "POST", true},
                    MethodCase{308, "PUT", "PUT", true}));

TEST(ClientRedirect, OnlyFiveStatusesAreRedirects) {
    std::vector<int> redirects;
    for (int status = 100; status < 600; ++status)
        if (is_redirect(status)) redirects.push_back(status);
    EXPECT_EQ(redirects, (std::vector<int>{301, 302, 303, 307, 308}));
}

HTTPHeaders secrets() {
    return {{"Authorization", "Basic one"},
            {"AUTHORIZATION", "Basic two"},
            {"Cookie", "a=1"},
            {"cookie", "b=2"},
            {"Proxy-Authorization", "x"},
            {"proxy-thing", "y"},
            {"Host", "inner.test"},
            {"X-Mine", "kept"}};
}

TEST(ClientRedirect, SameOriginKeepsCredentials) {
    const ClientHop next =
        follow(hop_to("http://a.test/x", "GET", secrets()), 302, "http://A.test:80/y");
    EXPECT_EQ(next.headers.size(), secrets().size());
    EXPECT_FALSE(next.left_origin);
}

TEST(ClientRedirect, EachPartOfTheOriginCounts) {
    const ClientHop from = hop_to("http://a.test/x", "GET", secrets());
    for (const char* location : {"http://b.test/x", "http://a.test:81/x", "https://a.test/x",
                                 "//b.test/x", "http://sub.a.test/", "http://a.test./"}) {
        const ClientHop next = follow(from, 307, location);
        EXPECT_EQ(next.headers, (HTTPHeaders{{"X-Mine", "kept"}})) << location;
        EXPECT_TRUE(next.left_origin) << location;
    }
}

TEST(ClientRedirect, CredentialsDoNotComeBackWithTheOrigin) {
    const ClientHop a = hop_to("http://a.test/", "GET", secrets());
    const ClientHop b = follow(a, 302, "http://b.test/");
    const ClientHop a_again = follow(b, 302, "http://a.test/");
    EXPECT_EQ(a_again.headers, (HTTPHeaders{{"X-Mine", "kept"}}));
    EXPECT_TRUE(a_again.left_origin);
}

TEST(ClientRedirect, UserinfoOfTheUsersUrlIsACredential) {
    const ClientHop from = hop_to("http://user:pass@a.test/");
    EXPECT_EQ(from.headers.get("Authorization"), "Basic dXNlcjpwYXNz");
    EXPECT_EQ(follow(from, 302, "/y").headers.get("Authorization"), "Basic dXNlcjpwYXNz");
    EXPECT_FALSE(follow(from, 302, "http://b.test/").headers.contains("Authorization"));
}

TEST(ClientRedirect, UserinfoInALocationIsNotSent) {
    const ClientHop from = hop_to("http://a.test/");
    for (const char* location : {"http://evil:pw@a.test/", "http://evil:pw@b.test/"}) {
        const ClientHop next = follow(from, 302, location);
        EXPECT_FALSE(next.headers.contains("Authorization")) << location;
        EXPECT_FALSE(next.url.has_userinfo) << location;
        EXPECT_EQ(next.url.to_string().find("evil"), std::string::npos) << location;
    }
}

TEST(ClientRedirect, LocationIsResolvedAgainstTheUrl) {
    const ClientHop from = hop_to("http://a.test/d/e?q=1#part");
    EXPECT_EQ(follow(from, 302, "f").url.to_string(), "http://a.test/d/f#part");
    EXPECT_EQ(follow(from, 302, "../g?z").url.to_string(), "http://a.test/g?z#part");
    EXPECT_EQ(follow(from, 302, "?n").url.to_string(), "http://a.test/d/e?n#part");
    EXPECT_EQ(follow(from, 302, "//b.test/h#new").url.to_string(), "http://b.test/h#new");
}

TEST(ClientRedirect, HttpsToHttpIsRefused) {
    const Error error = refused(hop_to("https://a.test/"), "http://a.test/");
    EXPECT_EQ(error.kind(), Errc::bad_url);
    EXPECT_EQ(error.message(), "a redirect from https to http was refused: http://a.test/");
    EXPECT_FALSE(refused(hop_to("https://a.test/"), "/same"));
    EXPECT_FALSE(refused(hop_to("http://a.test/"), "https://a.test/"));
}

TEST(ClientRedirect, BadLocationsAreRefused) {
    for (const char* location : {"", "ftp://a.test/", "javascript:alert(1)", "ws://a.test/",
                                 "file:///etc/passwd", "http://", "http://a b/", "http://a.test:0/",
                                 "http://a.test:99999/", "/%zz", "/a\r\nX: y", "/a\x01"}) {
        const Error error = refused(hop_to("http://a.test/"), location);
        EXPECT_EQ(error.kind(), Errc::bad_url) << location;
    }
}

TEST(ClientRedirect, MoreThanOneLocationIsRefused) {
    const ClientHop from = hop_to("http://a.test/");
    EXPECT_EQ(next_hop(from, 302, {"/a", "/b"}).error.kind(), Errc::bad_url);
}

}  // namespace
}  // namespace gyre::http::detail
