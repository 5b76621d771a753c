#include "server_fixture.hpp"
#include <gyre/http/application.hpp>

#include <stdexcept>
#include <string>
#include <string_view>

// Routes of an application as a client sees them: mounts, hosts, methods, names, error pages.
namespace gyre::http::test {
namespace {

using Request = HTTPServerRequest;
using Response = HTTPServerResponse;

RequestHandler says(std::string_view text) {
    return [text = std::string{text}](const Request&, const Response& response) {
        response.finish(text);
    };
}

class ApplicationTest : public ServerTest {
protected:
    /// The whole answer to one request.
    std::string ask(std::string_view method, std::string_view target, std::string_view fields = {},
                    std::string_view host = "test") {
        std::string request{method};
        request.append(" ").append(target).append(" HTTP/1.1\r\nHost: ").append(host);
        request.append("\r\nConnection: close\r\n").append(fields).append("\r\n");
        return connect().send(request).until_end();
    }
    std::string body(std::string_view method, std::string_view target, std::string_view host) {
        return body_of(ask(method, target, {}, host));
    }
    static std::string field(const std::string& reply, std::string_view name) {
        const std::string start = "\r\n" + std::string{name} + ": ";
        const auto at = reply.find(start);
        if (at == std::string::npos || at > reply.find("\r\n\r\n")) return "none";
        const auto begin = at + start.size();
        return reply.substr(begin, reply.find("\r\n", begin) - begin);
    }
    void expect_refused(std::string_view part) {
        const Error error = server->listen(0, "127.0.0.1");
        EXPECT_EQ(error, Errc::invalid_argument);
        EXPECT_NE(error.message().find(part), std::string::npos) << error;
    }
};

TEST_F(ApplicationTest, OptionsTellsWhatThereIs) {
    serve().get("/a", says("a"));
    server->post("/a", says("a"));
    server->put("/b", says("b"));
    listen();
    const std::string reply = ask("OPTIONS", "/a");
    EXPECT_EQ(status_of(reply), 200);
    EXPECT_EQ(field(reply, "Allow"), "GET, HEAD, OPTIONS, POST");
    EXPECT_EQ(field(reply, "Content-Length"), "0");
    Application inner;
    Application innermost;
    innermost.del("/c", says("c"));
    inner.mount("/in", innermost);
    server->mount("/in", inner);
    EXPECT_EQ(field(ask("OPTIONS", "*"), "Allow"), "DELETE, GET, HEAD, OPTIONS, POST, PUT");
    EXPECT_EQ(status_of(ask("OPTIONS", "*")), 200);
    EXPECT_EQ(status_of(ask("OPTIONS", "/none")), 404);
}

TEST_F(ApplicationTest, ARouteForOptionsGoesBeforeTheAutomaticAnswer) {
    serve().route("OPTIONS", "/a", says("mine"));
    server->route("*", "/b", says("any"));
    listen();
    EXPECT_EQ(body_of(ask("OPTIONS", "/a")), "mine");
    EXPECT_EQ(body_of(ask("OPTIONS", "/b")), "any");
}

TEST_F(ApplicationTest, MethodsThatNobodyTakesAre405OrIfUnknown501) {
    serve().get("/a", says("a"));
    server->route("BREW", "/pot", says("tea"));
    server->route("*", "/any", says("any"));
    listen();
    EXPECT_EQ(status_of(ask("DELETE", "/a")), 405);
    EXPECT_EQ(field(ask("DELETE", "/a"), "Allow"), "GET, HEAD, OPTIONS");
    EXPECT_EQ(status_of(ask("BREW", "/a")), 405);
    EXPECT_EQ(status_of(ask("STEEP", "/a")), 501);
    EXPECT_EQ(status_of(ask("STEEP", "/none")), 501);
    EXPECT_EQ(status_of(ask("DELETE", "/none")), 404);
    EXPECT_EQ(status_of(ask("get", "/a")), 501);
    EXPECT_EQ(body_of(ask("STEEP", "/any")), "any");
}

TEST_F(ApplicationTest, TraceAndConnectAreRefusedEverywhere) {
    serve().get("/a", says("a"));
    server->route("*", "/any", says("any"));
    listen();
    EXPECT_EQ(status_of(ask("TRACE", "/a")), 405);
    EXPECT_EQ(status_of(ask("TRACE", "/any")), 405);
    const std::string reply =
        connect().send("CONNECT test:80 HTTP/1.1\r\nHost: test:80\r\n\r\n").until("\r\n\r\n");
    EXPECT_EQ(status_of(reply), 405);
    EXPECT_EQ(field(reply, "Allow"), "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT");
}

TEST_F(ApplicationTest, AMountedApplicationHasItsOwnRoutes) {
    Application api;
    api.get("/", says("root"));
    api.get("/users/{id:int}", [](const Request& request, const Response& response) {
        response.finish(std::string{request.path_argument("tenant")} + " " +
                        std::string{request.path_argument("id")} + " " +
                        std::string{request.path()});
    });
    serve().mount("/t/{tenant}/api", api);
    server->get("/t/{tenant}/api/own", says("own"));
    api.get("/late", says("late"));
    listen();
    EXPECT_EQ(body_of(ask("GET", "/t/x/api")), "root");
    EXPECT_EQ(body_of(ask("GET", "/t/x/api/")), "root");
    EXPECT_EQ(body_of(ask("GET", "/t/a%20b/api/users/7?q=1")), "a b 7 /t/a%20b/api/users/7");
    EXPECT_EQ(body_of(ask("GET", "/t/x/api/own")), "own");
    EXPECT_EQ(body_of(ask("GET", "/t/x/api/late")), "late");
    EXPECT_EQ(status_of(ask("GET", "/t/x/api/none")), 404);
    EXPECT_EQ(status_of(ask("GET", "/t/%zz/api/")), 400);
    const std::string refused = ask("POST", "/t/x/api/users/7");
    EXPECT_EQ(status_of(refused), 405);
    EXPECT_EQ(field(refused, "Allow"), "GET, HEAD, OPTIONS");
}

TEST_F(ApplicationTest, AHostHasItsOwnApplication) {
    Application api;
    Application any;
    api.get("/", says("api"));
    any.get("/", says("any"));
    serve().get("/", says("main"));
    server->host("API.example.com", api);
    server->host("*.example.com", any);
    server->host("[::1]", api);
    listen();
    EXPECT_EQ(body("GET", "/", "api.example.com"), "api");
    EXPECT_EQ(body("GET", "/", "Api.Example.Com:8080"), "api");
    EXPECT_EQ(body("GET", "/", "api.example.com."), "api");
    EXPECT_EQ(body("GET", "/", "a.b.example.com"), "any");
    EXPECT_EQ(body("GET", "/", "example.com"), "main");
    EXPECT_EQ(body("GET", "/", "notexample.com"), "main");
    EXPECT_EQ(body("GET", "/", "[::1]:80"), "api");
    EXPECT_EQ(body("GET", "http://api.example.com/", "other"), "api");
}

TEST_F(ApplicationTest, NamesLeadBackToPaths) {
    Application inner;
    inner.get("/item/{id:int}", says("")).name("item");
    serve().get("/files/{path...}", says("")).name("files");
    server->mount("/shop/{who}", inner);
    EXPECT_EQ(server->reverse_url("files", {"a b/c"}), "/files/a%20b/c");
    EXPECT_EQ(server->reverse_url("item", {"me & you", "7"}), "/shop/me%20%26%20you/item/7");
    EXPECT_EQ(inner.reverse_url("item", {"7"}), "/item/7");
    EXPECT_FALSE(server->reverse_url("item", {"7"}));
    EXPECT_FALSE(server->reverse_url("item", {"me", "x"}));
    EXPECT_FALSE(server->reverse_url("none"));
}

TEST_F(ApplicationTest, WhatIsWrongWithAnApplicationIsToldByListen) {
    Application inner;
    serve().mount("/a", inner);
    inner.get("no slash", says(""));
    expect_refused("no slash");
}

TEST_F(ApplicationTest, ANameMayBeGivenOnce) {
    serve().get("/a", says("")).name("x");
    server->get("/b", says("")).name("x");
    expect_refused("\"x\"");
}

TEST_F(ApplicationTest, AnApplicationCannotBeMountedIntoItself) {
    Application a;
    Application b;
    a.mount("/b", b);
    b.mount("/a", a);
    serve().mount("/a", a);
    expect_refused("itself");
}

TEST_F(ApplicationTest, HostsThatAreNoneAreRefused) {
    for (const char* name : {"", "a b", "a:80", "*", "*.", "a/b", "x.*.y"}) {
        serve().host(name, Application{});
        expect_refused("host");
    }
}

TEST_F(ApplicationTest, ARouteMayTakeLargerBodies) {
    serve({.max_body_size = 4}).post("/small", says("small"));
    server->post("/large", says("large")).max_body_size(8);
    listen();
    EXPECT_EQ(status_of(connect().send(post("/small", "12345")).until("\r\n\r\n")), 413);
    EXPECT_EQ(status_of(connect().send(post("/large", "12345678")).until("large")), 200);
    EXPECT_EQ(status_of(connect().send(post("/large", "123456789")).until("\r\n\r\n")), 413);
}

TEST_F(ApplicationTest, ARouteWithoutABodyAtAllIsRefused) {
    serve().post("/a", says("a")).max_body_size(0);
    expect_refused("no body");
}

TEST_F(ApplicationTest, ErrorPagesComeAsTheClientLikesThem) {
    serve().get("/", [](const Request&, const Response& response) {
        response.send_error(403, "<b>\"no\"</b>");
    });
    listen();
    EXPECT_EQ(body_of(ask("GET", "/")), "403: Forbidden\n<b>\"no\"</b>\n");
    const std::string html = ask("GET", "/", "Accept: text/html,*/*;q=0.8\r\n");
    EXPECT_EQ(field(html, "Content-Type"), "text/html; charset=utf-8");
    EXPECT_NE(html.find("<h1>403: Forbidden</h1>"), std::string::npos);
    EXPECT_NE(html.find("&lt;b&gt;&quot;no&quot;&lt;/b&gt;"), std::string::npos) << html;
    EXPECT_EQ(html.find("<b>"), std::string::npos);
    const std::string json = ask("GET", "/", "Accept: application/json\r\n");
    EXPECT_EQ(field(json, "Content-Type"), "application/json");
    EXPECT_EQ(
        body_of(json),
        "{\"error\":{\"code\":403,\"reason\":\"Forbidden\",\"message\":\"<b>\\\"no\\\"</b>\"}}\n");
    EXPECT_EQ(field(json, "Vary"), "Accept");
    EXPECT_EQ(field(ask("GET", "/none", "Accept: image/png\r\n"), "Content-Type"),
              "text/plain; charset=utf-8");
}

TEST_F(ApplicationTest, AnErrorPageKeepsTheFieldsThatSayHowToGoOn) {
    serve().get("/", [](const Request&, const Response& response) {
        response.add_header("WWW-Authenticate", "Bearer");
        response.add_header("www-authenticate", "Basic realm=\"x\"");
        response.set_header("Retry-After", "3");
        response.set_header("Content-Encoding", "gzip");
        response.set_header("Content-Length", "1000");
        response.send_error(401);
    });
    server->get("/fail", [](const Request&, const Response& response) {
        response.set_header("Retry-After", "3");
        response.fail({Errc::canceled, "as planned"});
    });
    listen();
    const std::string reply = ask("GET", "/");
    EXPECT_EQ(status_of(reply), 401);
    EXPECT_EQ(field(reply, "WWW-Authenticate"), "Bearer");
    EXPECT_NE(reply.find("www-authenticate: Basic realm=\"x\"\r\n"), std::string::npos) << reply;
    EXPECT_EQ(field(reply, "Retry-After"), "3");
    EXPECT_EQ(field(reply, "Content-Encoding"), "none");
    EXPECT_EQ(body_of(reply), "401: Unauthorized\n");
    EXPECT_EQ(field(ask("GET", "/fail"), "Retry-After"), "none");
}

TEST_F(ApplicationTest, AnApplicationMakesItsOwnErrorPages) {
    Application inner;
    inner.get("/own", [](const Request&, const Response& response) { response.send_error(500); });
    Application plain;
    serve().mount("/inner", inner);
    server->mount("/plain", plain);
    server->set_error_page([](const Request& request, ErrorPage& page) {
        page.body = "outer " + std::to_string(page.status) + " " + std::string{request.path()};
        page.headers.set("X-Page", "outer");
    });
    inner.set_error_page([](const Request&, ErrorPage& page) { page.body = "inner"; });
    listen();
    EXPECT_EQ(body_of(ask("GET", "/inner/own")), "inner");
    EXPECT_EQ(body_of(ask("GET", "/inner/none")), "inner");
    const std::string outer = ask("GET", "/plain/none");
    EXPECT_EQ(body_of(outer), "outer 404 /plain/none");
    EXPECT_EQ(field(outer, "X-Page"), "outer");
    EXPECT_EQ(status_of(outer), 404);
    EXPECT_EQ(body_of(connect().send("BAD\r\n\r\n").until_end()), "outer 400 ");
}

TEST_F(ApplicationTest, AnErrorPageThatThrowsOrIsMalformedIsReplaced) {
    serve().set_error_page([](const Request& request, ErrorPage& page) {
        page.body = "half";
        if (request.path() == "/throw") throw std::runtime_error{"no page"};
        page.headers.set("X-Bad", "a\r\nb");
    });
    listen();
    EXPECT_EQ(body_of(ask("GET", "/throw")), "404: Not Found\n");
    EXPECT_EQ(take_reports().size(), 1U);
    const std::string bad = ask("GET", "/bad");
    EXPECT_EQ(status_of(bad), 500);
    EXPECT_EQ(bad.find("X-Bad"), std::string::npos);
    EXPECT_EQ(take_reports().size(), 1U);
}

TEST_F(ApplicationTest, AnErrorPageMayDestroyTheServer) {
    serve().set_error_page([this](const Request&, ErrorPage&) { server.reset(); });
    listen();
    RawClient client = connect();
    client.try_send(get("/none"));
    client.until_end();
    EXPECT_FALSE(server);
}

}  // namespace
}  // namespace gyre::http::test
