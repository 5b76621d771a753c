#include "base64.hpp"
#include "server_fixture.hpp"
#include "xsrf_token.hpp"
#include <gyre/http/xsrf.hpp>

#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace gyre::http::test {
namespace {

using Request = HTTPServerRequest;
using Response = HTTPServerResponse;

/// A server whose GET gives out a token and whose other methods want one.
class XSRFTest : public ServerTest {
protected:
    void SetUp() override {
        serve().get("/", [this](const Request& request, const Response& response) {
            const XSRFToken token = xsrf.token(request, response);
            EXPECT_FALSE(token.error);
            response.finish("token=" + token.value + "\n");
        });
        for (const char* method : {"POST", "PUT", "PATCH", "DELETE", "BREW"})
            server->route(method, "/", [this](const Request& request, const Response& response) {
                const Error error = xsrf.check(request, submitted);
                EXPECT_EQ(xsrf.admits(request, submitted), !error);
                response.finish(error ? error.message() + "\n" : "admitted\n");
            });
        listen();
    }
    struct Page {
        std::string token;
        std::string cookie;  // "_xsrf=…", empty if none was set
    };
    static Page page_of(const std::string& reply) {
        const std::string body = body_of(reply);
        const std::size_t begin = reply.find("Set-Cookie: ");
        return {.token = body.substr(6, body.size() - 7),
                .cookie = begin == std::string::npos
                              ? ""
                              : reply.substr(begin + 12, reply.find(';', begin) - begin - 12)};
    }
    Page open_page(std::string_view fields = {}) {
        RawClient client = connect();
        client.send(get("/", fields)).until("\r\n\r\ntoken=");
        client.wait_for([&] { return client.received.ends_with('\n'); });
        return page_of(client.received);
    }
    std::string submit(std::string_view fields, std::string_view method = "POST") {
        RawClient client = connect();
        client.send(std::string{method} + " / HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n" +
                    std::string{fields} + "\r\n");
        client.until("\r\n\r\n");
        client.wait_for([&] { return client.received.ends_with('\n'); });
        return body_of(client.received);
    }
    static std::string cookie(const std::string& pair) { return "Cookie: " + pair + "\r\n"; }
    static std::string header(const std::string& token) { return "X-XSRFToken: " + token + "\r\n"; }

    XSRF xsrf;
    std::string submitted;
};

TEST_F(XSRFTest, TheFirstPageSetsTheCookie) {
    const Page page = open_page();
    EXPECT_TRUE(page.cookie.starts_with("_xsrf="));
    EXPECT_EQ(page.token.size(), 86u);
    EXPECT_EQ(page.token.find_first_of("\"<>&;=+/"), std::string::npos);
    EXPECT_EQ(open_page(cookie(page.cookie)).cookie, "");
}

TEST_F(XSRFTest, TheCookieSaysLaxAndIsReadableByScripts) {
    RawClient client = connect();
    const std::string reply = client.send(get("/")).until("token=");
    EXPECT_NE(reply.find("; Path=/; SameSite=Lax\r\n"), std::string::npos);
}

TEST_F(XSRFTest, ATokenOfItsCookieIsAdmitted) {
    const Page page = open_page();
    for (const char* method : {"POST", "PUT", "PATCH", "DELETE", "BREW"})
        EXPECT_EQ(submit(cookie(page.cookie) + header(page.token), method), "admitted\n");
    EXPECT_EQ(submit(cookie(page.cookie) + "X-CSRFToken: " + page.token + "\r\n"), "admitted\n");
    submitted = page.token;
    EXPECT_EQ(submit(cookie(page.cookie)), "admitted\n");
}

TEST_F(XSRFTest, TheValueOfTheCookieItselfIsAdmitted) {
    const Page page = open_page();
    EXPECT_EQ(submit(cookie(page.cookie) + header(page.cookie.substr(6))), "admitted\n");
}

TEST_F(XSRFTest, EveryTokenLooksDifferentAndAllAreAdmitted) {
    const Page page = open_page();
    std::set<std::string> tokens{page.token, page.cookie.substr(6)};
    for (int i = 0; i < 5; ++i)
        tokens.insert(open_page(cookie(page.cookie)).token);
    EXPECT_EQ(tokens.size(), 7u);
    for (const std::string& token : tokens)
        EXPECT_EQ(submit(cookie(page.cookie) + header(token)), "admitted\n");
}

TEST_F(XSRFTest, WithoutATokenItIsRefused) {
    const Page page = open_page();
    EXPECT_EQ(submit(cookie(page.cookie)), "the request has no XSRF token\n");
    EXPECT_EQ(submit(""), "the request has no XSRF token\n");
}

TEST_F(XSRFTest, WithoutTheCookieItIsRefused) {
    const Page page = open_page();
    const std::string refused = "the request has no good cookie _xsrf\n";
    EXPECT_EQ(submit(header(page.token)), refused);
    EXPECT_EQ(submit(cookie("_xsrf=") + header(page.token)), refused);
    EXPECT_EQ(submit(cookie("_xsrf=x") + header("x")), refused);
}

TEST_F(XSRFTest, TheTokenOfAnotherCookieIsRefused) {
    const Page page = open_page();
    const Page other = open_page();
    const std::string refused = "the XSRF token does not belong to the cookie _xsrf\n";
    EXPECT_EQ(submit(cookie(page.cookie) + header(other.token)), refused);
    EXPECT_EQ(submit(cookie(page.cookie) + header("x")), refused);
    EXPECT_EQ(submit(cookie(page.cookie) + header(page.token + "A")), refused);
    EXPECT_EQ(submit(cookie(page.cookie) + header(page.token.substr(1))), refused);
}

TEST_F(XSRFTest, NoChangedByteOfATokenIsAdmitted) {
    const Page page = open_page();
    const std::string cookie_value = page.cookie.substr(6);
    const auto secret = detail::unmask_xsrf_secret(cookie_value);
    for (std::size_t i = 0; i < page.token.size(); ++i) {
        std::string changed = page.token;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_NE(detail::unmask_xsrf_secret(changed), secret) << i;
    }
}

TEST_F(XSRFTest, TwoFormsOfAPageHaveOneSecret) {
    server->get("/two", [this](const Request& request, const Response& response) {
        const std::string first = xsrf.token(request, response).value;
        const std::string second = xsrf.token(request, response).value;
        EXPECT_NE(first, second);
        EXPECT_EQ(detail::unmask_xsrf_secret(first), detail::unmask_xsrf_secret(second));
        response.finish("done");
    });
    RawClient client = connect();
    const std::string reply = client.send(get("/two")).until("done");
    EXPECT_EQ(count(reply, "Set-Cookie"), 1u);
}

TEST_F(XSRFTest, ACookieThatIsNoGoodIsReplaced) {
    const Page page = open_page(cookie("_xsrf=nonsense"));
    EXPECT_NE(page.cookie, "");
    EXPECT_EQ(submit(cookie(page.cookie) + header(page.token)), "admitted\n");
}

TEST_F(XSRFTest, TheFormHasAHiddenInput) {
    server->get("/form", [this](const Request& request, const Response& response) {
        response.finish(xsrf.form_html(request, response) + "\n");
    });
    RawClient client = connect();
    const std::string body = body_of(client.send(get("/form")).until(">\n"));
    EXPECT_TRUE(body.starts_with(R"(<input type="hidden" name="_xsrf" value=")"));
    EXPECT_TRUE(body.ends_with("\">\n"));
}

TEST_F(XSRFTest, ANameIsEscapedInTheForm) {
    const XSRF odd{{.name = "a&b", .value = {}}};
    server->get("/form", [&](const Request& request, const Response& response) {
        response.finish(odd.form_html(request, response) + "\n");
    });
    RawClient client = connect();
    client.send(get("/form")).until(R"(name="a&amp;b")");
}

TEST_F(XSRFTest, BehindTheHeadThereIsNoTokenForANewVisitor) {
    server->get("/late", [this](const Request& request, const Response& response) {
        response.flush();
        EXPECT_EQ(xsrf.token(request, response).error, Errc::closed);
        EXPECT_EQ(xsrf.form_html(request, response), "");
        response.finish("done");
        EXPECT_EQ(xsrf.token(request, response).error, Errc::closed);
    });
    RawClient client = connect();
    client.send(get("/late")).until("done");
    settle();
    const auto reported = take_reports();
    ASSERT_EQ(reported.size(), 1u);
    EXPECT_EQ(reported[0], Errc::closed);
    EXPECT_EQ(xsrf.token(Request{}, Response{}).error, Errc::closed);
}

TEST_F(XSRFTest, ACookieThatMayNotBeSetIsAnError) {
    const XSRF bad{{.name = "__Host-x", .value = {}}};
    server->get("/bad", [&](const Request& request, const Response& response) {
        EXPECT_EQ(bad.token(request, response).error, Errc::invalid_argument);
        response.finish("done");
    });
    RawClient client = connect();
    client.send(get("/bad")).until("done");
}

TEST_F(XSRFTest, SafeMethodsPass) {
    server->get("/safe", [this](const Request& request, const Response& response) {
        EXPECT_TRUE(xsrf.admits(request));
        response.finish("safe");
    });
    server->route("OPTIONS", "/safe", [this](const Request& request, const Response& response) {
        EXPECT_TRUE(xsrf.admits(request));
        response.finish("safe");
    });
    RawClient client = connect();
    client.send(get("/safe")).until("safe");
    client.take();
    client.send("OPTIONS /safe HTTP/1.1\r\nHost: t\r\n\r\n").until("safe");
    client.take();
    client.send("HEAD /safe HTTP/1.1\r\nHost: t\r\n\r\n").until("\r\n\r\n");
    EXPECT_FALSE(xsrf.admits(Request{}));
    // The names of methods are case-sensitive.
    EXPECT_EQ(status_of(client.received), 200);
}

}  // namespace
}  // namespace gyre::http::test
