#include "client_hop.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace gyre::http::detail {
namespace {

std::string head_of(const HTTPRequest& request) {
    const HopResult first = first_hop(request);
    EXPECT_FALSE(first.error) << first.error;
    std::string head;
    const Error error = append_hop_head(head, first.hop, request, {});
    EXPECT_FALSE(error) << error;
    return head;
}

Errc refusal_of(const HTTPRequest& request) {
    const HopResult first = first_hop(request);
    if (first.error) return first.error.kind();
    std::string head;
    const Errc kind = append_hop_head(head, first.hop, request, {}).kind();
    EXPECT_TRUE(kind == Errc::ok || head.empty()) << "something was written";
    return kind;
}

TEST(ClientHop, TheSimplestRequest) {
    EXPECT_EQ(head_of({.url = "http://example.com"}),
              "GET / HTTP/1.1\r\nHost: example.com\r\nUser-Agent: gyre/0.1.0\r\n"
              "Accept-Encoding: gzip, deflate, br\r\n\r\n");
}

TEST(ClientHop, PortQueryAndFieldsOfTheUser) {
    EXPECT_EQ(head_of({.url = "http://[::1]:8080/a?b=c#d",
                       .headers = {{"X-One", "1"}, {"User-Agent", "mine"}},
                       .decompress_response = false}),
              "GET /a?b=c HTTP/1.1\r\nHost: [::1]:8080\r\nX-One: 1\r\nUser-Agent: mine\r\n\r\n");
}

TEST(ClientHop, BodiesHaveALength) {
    EXPECT_EQ(head_of({.url = "http://h/",
                       .method = "POST",
                       .body = "abc",
                       .user_agent = "u",
                       .decompress_response = false}),
              "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nUser-Agent: u\r\n\r\n");
    EXPECT_EQ(
        head_of(
            {.url = "http://h/", .method = "PUT", .user_agent = "u", .decompress_response = false}),
        "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nUser-Agent: u\r\n\r\n");
}

TEST(ClientHop, ALengthOfZeroMayBeSaidWithoutABody) {
    EXPECT_EQ(head_of({.url = "http://h/",
                       .method = "DELETE",
                       .headers = {{"Content-Length", "0"}},
                       .user_agent = "u",
                       .decompress_response = false}),
              "DELETE / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nUser-Agent: u\r\n\r\n");
}

TEST(ClientHop, ACredentialOfTheUsersGoesBeforeUserinfo) {
    const HopResult first =
        first_hop({.url = "http://u:p@h/", .headers = {{"authorization", "Bearer t"}}});
    EXPECT_EQ(first.hop.headers.get_list("Authorization"),
              (std::vector<std::string_view>{"Bearer t"}));
}

TEST(ClientHop, BasicCredentialsOfEveryLength) {
    const auto credentials = [](const std::string& userinfo) {
        return first_hop({.url = "http://" + userinfo + "@h/"})
            .hop.headers.get_joined("Authorization");
    };
    EXPECT_EQ(credentials("a:b"), "Basic YTpi");
    EXPECT_EQ(credentials("a:bc"), "Basic YTpiYw==");
    EXPECT_EQ(credentials("a:bcd"), "Basic YTpiY2Q=");
    EXPECT_EQ(credentials("user"), "Basic dXNlcjo=");
    EXPECT_EQ(credentials("%C3%A4:%2F%40"), "Basic w6Q6L0A=");
}

TEST(ClientHop, WrongArgumentsAreRefused) {
    const std::vector<std::function<void(HTTPRequest&)>> spoil{
        [](HTTPRequest& r) { r.method = ""; },
        [](HTTPRequest& r) { r.method = "get"; },
        [](HTTPRequest& r) { r.method = "BREW"; },
        [](HTTPRequest& r) { r.method = "GET / HTTP/1.1\r\nX:"; },
        [](HTTPRequest& r) { r.method = "CONNECT"; },
        [](HTTPRequest& r) { r.body = "x"; },
        [](HTTPRequest& r) { r.connect_timeout = Duration{0}; },
        [](HTTPRequest& r) { r.connect_timeout = std::chrono::seconds{-1}; },
        [](HTTPRequest& r) { r.request_timeout = Duration{0}; },
        [](HTTPRequest& r) { r.request_timeout = std::chrono::seconds{-1}; },
        [](HTTPRequest& r) { r.max_redirects = -1; },
        [](HTTPRequest& r) { r.max_body_size = 0; },
        [](HTTPRequest& r) { r.max_header_size = 0; },
        [](HTTPRequest& r) { r.max_header_line = 0; },
        [](HTTPRequest& r) { r.max_header_count = 0; },
        [](HTTPRequest& r) { r.client_key = "key.pem"; },
        [](HTTPRequest& r) { r.headers.add("A B", "x"); },
        [](HTTPRequest& r) { r.headers.add("", "x"); },
        [](HTTPRequest& r) { r.headers.add("A", "x\r\nEvil: 1"); },
        [](HTTPRequest& r) { r.headers.add("A", std::string_view{"x\0y", 3}); },
        [](HTTPRequest& r) { r.headers.add("Content-Length", "5"); },
        [](HTTPRequest& r) { r.headers.add("Transfer-Encoding", "chunked"); },
        [](HTTPRequest& r) { r.headers = {{"Host", "a"}, {"Host", "b"}}; },
        [](HTTPRequest& r) { r.user_agent = "x\ny"; },
    };
    for (std::size_t i = 0; i < spoil.size(); ++i) {
        HTTPRequest request{.url = "http://h/"};
        spoil[i](request);
        EXPECT_EQ(refusal_of(request), Errc::invalid_argument) << "row " << i;
    }
}

TEST(ClientHop, BadUrlsAreRefused) {
    for (const char* url :
         {"", "h", "h:80/", "ftp://h/", "ws://h/", "http://", "http:///x", "http://h:0/",
          "http://h:65536/", "http://a b/", "http://h/\n", "http://h/%", "http://us%3Aer:p@h/"})
        EXPECT_EQ(refusal_of({.url = url}), Errc::bad_url) << url;
}

TEST(ClientHop, NonstandardMethodsOnRequest) {
    EXPECT_EQ(refusal_of({.url = "http://h/", .method = "BREW", .allow_nonstandard_methods = true}),
              Errc::ok);
    EXPECT_EQ(refusal_of({.url = "http://h/", .body = "x", .allow_nonstandard_methods = true}),
              Errc::ok);
    EXPECT_EQ(
        refusal_of({.url = "http://h/", .method = "CONNECT", .allow_nonstandard_methods = true}),
        Errc::invalid_argument);
}

TEST(ClientHop, UnlimitedIsAllowed) {
    EXPECT_EQ(refusal_of({.url = "http://h/",
                          .connect_timeout = gyre::unlimited,
                          .request_timeout = gyre::unlimited,
                          .max_redirects = gyre::unlimited,
                          .max_body_size = gyre::unlimited,
                          .max_header_size = gyre::unlimited}),
              Errc::ok);
}

}  // namespace
}  // namespace gyre::http::detail
