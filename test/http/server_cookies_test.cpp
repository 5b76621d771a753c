#include "server_fixture.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace gyre::http::test {
namespace {

using namespace std::chrono_literals;

using Request = HTTPServerRequest;
using Response = HTTPServerResponse;

class ServerCookies : public ServerTest {
protected:
    void start(HTTPServerOptions options = {}) {
        serve(std::move(options)).get("/", [this](const Request& request, const Response& given) {
            if (handle) return handle(request, given);
            given.finish("served");
        });
        listen();
    }
    std::string ask(std::string_view fields,
                    std::function<void(const Request&, const Response&)> with = {}) {
        handle = std::move(with);
        RawClient client = connect();
        const std::string reply = client.send(get("/", fields)).until("\r\n\r\n");
        handle = {};
        return reply;
    }

    std::function<void(const Request&, const Response&)> handle;
};

std::string cookies(std::size_t count) {
    std::string field = "Cookie: c=1";
    for (std::size_t i = 1; i < count; ++i)
        field += "; c=1";
    return field + "\r\n";
}

TEST_F(ServerCookies, AreFoundByName) {
    start();
    ask("Cookie: a=1; b=\"two\"; a=3\r\nX: y\r\ncookie: d=4; junk\r\n",
        [](const Request& request, const Response& response) {
            EXPECT_EQ(request.cookie("a"), "1");
            EXPECT_EQ(request.cookie("b"), "two");
            EXPECT_EQ(request.cookie("d"), "4");
            EXPECT_EQ(request.cookie("A"), std::nullopt);
            EXPECT_EQ(request.cookie("junk"), std::nullopt);
            EXPECT_EQ(request.cookie(""), std::nullopt);
            const std::vector<CookieView> all = request.cookies();
            ASSERT_EQ(all.size(), 4u);
            EXPECT_EQ(all[2].name, "a");
            EXPECT_EQ(all[2].value, "3");
            response.finish();
        });
}

TEST_F(ServerCookies, ThereAreNoneWithoutTheField) {
    start();
    ask("", [](const Request& request, const Response& response) {
        EXPECT_EQ(request.cookie("a"), std::nullopt);
        EXPECT_TRUE(request.cookies().empty());
        response.finish();
    });
    EXPECT_EQ(Request{}.cookie("a"), std::nullopt);
    EXPECT_TRUE(Request{}.cookies().empty());
}

TEST_F(ServerCookies, MoreThanTheLimitAreAnswered400) {
    start();
    EXPECT_EQ(status_of(ask(cookies(99))), 200);
    EXPECT_EQ(status_of(ask(cookies(100))), 200);
    EXPECT_EQ(status_of(ask(cookies(101))), 400);
    EXPECT_EQ(status_of(ask(cookies(50) + cookies(50))), 200);
    EXPECT_EQ(status_of(ask(cookies(50) + cookies(50) + cookies(1))), 400);
}

TEST_F(ServerCookies, TheLimitIsAnOption) {
    start({.max_cookies = 2});
    EXPECT_EQ(status_of(ask(cookies(1))), 200);
    EXPECT_EQ(status_of(ask(cookies(2))), 200);
    EXPECT_EQ(server->metrics().limits.cookies, 0U);
    EXPECT_EQ(status_of(ask(cookies(3))), 400);
    EXPECT_EQ(status_of(ask(cookies(1) + cookies(1) + cookies(1))), 400);
    EXPECT_EQ(server->metrics().limits.cookies, 2U);
}

TEST_F(ServerCookies, TheLimitMayBeUnlimitedButNotZero) {
    start({.max_cookies = gyre::unlimited});
    EXPECT_EQ(status_of(ask(cookies(1000))), 200);
    HTTPServer refused{reactor(), {.max_cookies = 0}};
    EXPECT_EQ(refused.listen(0, "127.0.0.1"), Errc::invalid_argument);
}

TEST_F(ServerCookies, AreSet) {
    start();
    const std::string reply = ask("", [](const Request&, const Response& response) {
        EXPECT_FALSE(response.set_cookie({.name = "a", .value = "1"}));
        EXPECT_FALSE(response.set_cookie({.name = "b", .value = "2", .http_only = true}));
        EXPECT_FALSE(response.set_cookie({.name = "a", .value = "3"}));
        response.finish();
    });
    EXPECT_EQ(count(reply, "Set-Cookie:"), 2u);
    EXPECT_NE(reply.find("Set-Cookie: a=3; Path=/\r\n"), std::string::npos);
    EXPECT_NE(reply.find("Set-Cookie: b=2; Path=/; HttpOnly\r\n"), std::string::npos);
}

TEST_F(ServerCookies, WhatIsRefusedSetsNothing) {
    start();
    const std::string reply = ask("", [](const Request&, const Response& response) {
        for (const std::string_view bad :
             {"1\r\nSet-Cookie: x=y", "1; Secure", "1\n", " ", "\x01"}) {
            const std::string text{bad};
            EXPECT_EQ(response.set_cookie({.name = text, .value = ""}), Errc::invalid_argument);
            EXPECT_EQ(response.set_cookie({.name = "a", .value = text}), Errc::invalid_argument);
            EXPECT_EQ(response.set_cookie({.name = "a", .value = "", .domain = text}),
                      Errc::invalid_argument);
            EXPECT_EQ(response.set_cookie({.name = "a", .value = "", .path = "/" + text}),
                      Errc::invalid_argument);
            EXPECT_EQ(response.clear_cookie(text), Errc::invalid_argument);
        }
        response.finish();
    });
    EXPECT_EQ(reply.find("Set-Cookie"), std::string::npos);
}

TEST_F(ServerCookies, AreCleared) {
    start();
    const std::string reply = ask("", [](const Request&, const Response& response) {
        EXPECT_FALSE(response.set_cookie({.name = "a", .value = "1"}));
        EXPECT_FALSE(response.clear_cookie("a"));
        EXPECT_FALSE(response.clear_cookie("b", "/x", "example.com"));
        EXPECT_FALSE(response.clear_cookie("__Host-c"));
        response.finish();
    });
    const std::string gone = "Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; ";
    EXPECT_EQ(count(reply, "Set-Cookie:"), 3u);
    EXPECT_NE(reply.find("Set-Cookie: a=; " + gone + "Path=/\r\n"), std::string::npos);
    EXPECT_NE(reply.find("Set-Cookie: b=; " + gone + "Domain=example.com; Path=/x\r\n"),
              std::string::npos);
    EXPECT_NE(reply.find("Set-Cookie: __Host-c=; " + gone + "Path=/; Secure\r\n"),
              std::string::npos);
}

TEST_F(ServerCookies, AreRefusedBehindTheHead) {
    start();
    ask("", [](const Request&, const Response& response) {
        response.flush();
        EXPECT_EQ(response.set_cookie({.name = "a", .value = "1"}), Errc::closed);
        EXPECT_EQ(response.clear_cookie("a"), Errc::closed);
        response.finish();
        EXPECT_EQ(response.set_cookie({.name = "a", .value = "1"}), Errc::closed);
    });
    EXPECT_EQ(Response{}.set_cookie({.name = "a", .value = "1"}), Errc::closed);
    EXPECT_EQ(Response{}.clear_cookie("a"), Errc::closed);
}

TEST_F(ServerCookies, GoWithARedirect) {
    start();
    const std::string reply = ask("", [](const Request&, const Response& response) {
        EXPECT_FALSE(response.set_cookie({.name = "a", .value = "1"}));
        response.redirect("/x");
    });
    EXPECT_EQ(status_of(reply), 302);
    EXPECT_NE(reply.find("Set-Cookie: a=1"), std::string::npos);
}

TEST_F(ServerCookies, CredentialsAreRead) {
    start();
    ask("Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n",
        [](const Request& request, const Response& response) {
            const auto credentials = request.basic_auth();
            ASSERT_TRUE(credentials);
            EXPECT_EQ(credentials->username, "Aladdin");
            EXPECT_EQ(credentials->password, "open sesame");
            EXPECT_EQ(request.bearer_token(), std::nullopt);
            response.finish();
        });
    ask("Authorization: bearer mF_9.B5f-4.1JqM\r\n",
        [](const Request& request, const Response& response) {
            EXPECT_EQ(request.bearer_token(), "mF_9.B5f-4.1JqM");
            EXPECT_FALSE(request.basic_auth());
            response.finish();
        });
}

TEST_F(ServerCookies, TwoAuthorizationFieldsAreNone) {
    start();
    ask("Authorization: Basic YTpi\r\nAuthorization: Basic YTpj\r\n",
        [](const Request& request, const Response& response) {
            EXPECT_FALSE(request.basic_auth());
            EXPECT_FALSE(request.bearer_token());
            response.finish();
        });
    EXPECT_FALSE(Request{}.basic_auth());
    EXPECT_FALSE(Request{}.bearer_token());
}

}  // namespace
}  // namespace gyre::http::test
