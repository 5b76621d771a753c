#include "server_fixture.hpp"
#include <gyre/http/redirect_to_https.hpp>

#include <string>

// From http to https.
namespace gyre::http::test {
namespace {

class RedirectToHTTPSTest : public ServerTest {
protected:
    void start(RedirectToHTTPS handler) {
        serve().route("*", "/{rest...}", handler);
        server->route("*", "/", std::move(handler));
        listen();
    }
    std::string ask(const std::string& request) {
        return connect().send(request).until("\r\n\r\n");
    }
    static std::string location(std::string_view reply) {
        const auto begin = reply.find("Location: ");
        return begin == std::string_view::npos
                   ? std::to_string(status_of(reply))
                   : std::string{reply.substr(begin + 10, reply.find('\r', begin) - begin - 10)};
    }
};

TEST_F(RedirectToHTTPSTest, KeepsHostAndTarget) {
    start({});
    const std::string reply = ask("POST /a%20b/?x=1&y HTTP/1.1\r\nHost: a.example:8080\r\n\r\n");
    EXPECT_EQ(status_of(reply), 308);
    EXPECT_EQ(location(reply), "https://a.example/a%20b/?x=1&y");
    EXPECT_EQ(location(ask("GET / HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n")),
              "https://[2001:db8::1]/");
    EXPECT_EQ(location(ask("GET //evil/x HTTP/1.1\r\nHost: a\r\n\r\n")), "https://a//evil/x");
}

TEST_F(RedirectToHTTPSTest, WhateverAClientSendsIsNoFaultOfTheServer) {
    start({});
    EXPECT_EQ(location(ask("GET /\"{|}^?a=\"{%zz%2F HTTP/1.1\r\nHost: a\r\n\r\n")),
              "https://a/%22%7B%7C%7D%5E?a=%22%7B%25zz%2F");
    EXPECT_EQ(location(ask("GET /?100% HTTP/1.1\r\nHost: a_b:\r\n\r\n")), "https://a_b/?100%25");
    EXPECT_EQ(location(ask("GET /\\x HTTP/1.1\r\nHost: a\r\n\r\n")), "https://a/%5Cx");
    EXPECT_EQ(location(ask("GET /@x:y HTTP/1.1\r\nHost: a\r\n\r\n")), "https://a/@x:y");
    EXPECT_EQ(location(ask("GET / HTTP/1.1\r\nHost: a!$&'()*+,;=\r\n\r\n")), "400");
}

TEST_F(RedirectToHTTPSTest, TheAbsoluteFormNamesTheHost) {
    start({});
    EXPECT_EQ(location(ask("GET http://b.example/x HTTP/1.1\r\nHost: a\r\n\r\n")),
              "https://b.example/x");
    EXPECT_EQ(location(ask("GET http://b.example?q HTTP/1.1\r\nHost: a\r\n\r\n")),
              "https://b.example/?q");
    EXPECT_EQ(location(ask("GET http://b.example HTTP/1.1\r\nHost: a\r\n\r\n")),
              "https://b.example/");
}

TEST_F(RedirectToHTTPSTest, ToAnotherPortAndStatus) {
    start({.port = 8443, .status = 301});
    const std::string reply = ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(status_of(reply), 301);
    EXPECT_EQ(location(reply), "https://a:8443/");
}

TEST_F(RedirectToHTTPSTest, WithoutAHostThereIsNowhereToGo) {
    start({});
    EXPECT_EQ(location(ask("GET / HTTP/1.0\r\n\r\n")), "400");
}

TEST_F(RedirectToHTTPSTest, OnlyToTheHostsThatAreListed) {
    start({.hosts = {"a.example", "[::1]"}});
    EXPECT_EQ(location(ask("GET / HTTP/1.1\r\nHost: A.EXAMPLE:80\r\n\r\n")), "https://a.example/");
    EXPECT_EQ(location(ask("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n")), "https://[::1]/");
    EXPECT_EQ(location(ask("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n")), "421");
    EXPECT_EQ(location(ask("GET / HTTP/1.0\r\n\r\n")), "400");
}

}  // namespace
}  // namespace gyre::http::test
