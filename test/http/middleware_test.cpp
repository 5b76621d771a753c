#include "server_fixture.hpp"
#include <gyre/http/application.hpp>

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

// What runs before the handlers and on the heads of their responses.
namespace gyre::http::test {
namespace {

using Request = HTTPServerRequest;
using Response = HTTPServerResponse;
using namespace std::chrono_literals;

class MiddlewareTest : public ServerTest {
protected:
    RequestHandler logs(std::string text) {
        return [this, text = std::move(text)](const Request& request, const Response& response) {
            order.push_back(text + std::string{request.body()});
            response.finish(text);
        };
    }
    /// Notes that it ran and goes on.
    Middleware passes(std::string text) {
        return [this, text = std::move(text)](const Request&, const Response&, const Next& next) {
            order.push_back(text);
            next();
        };
    }
    /// Keeps the request until the test lets it go on.
    Middleware keeps() {
        return [this](const Request&, const Response& response, const Next& next) {
            kept = next;
            kept_response = response;
        };
    }
    void let_go() {
        kept = {};
        kept_response = {};
    }
    void TearDown() override {
        let_go();
        ServerTest::TearDown();
    }

    std::vector<std::string> order;
    Next kept;
    Response kept_response;
};

using Order = std::vector<std::string>;

TEST_F(MiddlewareTest, RunsInItsOrderBeforeTheHandlerAlsoOfAMountedApplication) {
    Application inner;
    inner.use(passes("inner"));
    inner.post("/x", logs("handler "));
    serve().use(passes("first"));
    server->use(passes("second"));
    server->mount("/in", inner);
    listen();
    connect().send(post("/in/x", "body")).until("\r\n\r\nhandler ");
    EXPECT_EQ(order, (Order{"first", "second", "inner", "handler body"}));
}

TEST_F(MiddlewareTest, RunsWhereNoRouteMatches) {
    serve().use(passes("seen"));
    listen();
    EXPECT_EQ(status_of(connect().send(get("/none")).until("\r\n\r\n")), 404);
    EXPECT_EQ(order, Order{"seen"});
}

TEST_F(MiddlewareTest, MayAnswerItself) {
    serve().use(
        [](const Request&, const Response& response, const Next&) { response.send_error(401); });
    server->use(passes("not reached"));
    server->get("/", logs("not reached"));
    listen();
    RawClient client = connect();
    EXPECT_EQ(status_of(client.send(get("/")).until("Unauthorized\n")), 401);
    EXPECT_EQ(status_of(client.send(get("/")).until("Unauthorized\n")), 401);
    EXPECT_TRUE(order.empty());
}

TEST_F(MiddlewareTest, MayGoOnLaterAndTheBodyWaits) {
    serve().use(keeps());
    server->post("/", logs("body: "));
    listen();
    RawClient client = connect();
    client.send(post("/", "abc")).settled();
    EXPECT_TRUE(order.empty());
    kept();
    EXPECT_TRUE(order.empty()) << "not inside the call";
    kept();  // a second call does nothing
    let_go();
    client.until("body: ");
    EXPECT_EQ(order, Order{"body: abc"});
}

TEST_F(MiddlewareTest, LaterRequestsOfTheConnectionWaitForIt) {
    serve().use(keeps());
    server->get("/{n}", [](const Request& request, const Response& response) {
        response.finish(request.path());
    });
    listen();
    RawClient client = connect();
    client.send(get("/1") + get("/2")).settled();
    EXPECT_EQ(client.received, "");
    kept();
    client.until("\r\n\r\n/1");
    EXPECT_EQ(client.received.find("/2"), std::string::npos);
    client.settled();
    kept();
    client.until("\r\n\r\n/2");
}

TEST_F(MiddlewareTest, StreamingHandlersBeginBehindIt) {
    std::string body;
    serve().use(keeps());
    server->stream("PUT", "/", [&](const Request& request, const Response& response) {
        request.on_data([&](std::string_view piece) { body += piece; });
        request.on_finish([response](Error error) {
            EXPECT_FALSE(error);
            response.finish("done");
        });
    });
    listen();
    RawClient client = connect();
    client.send("PUT / HTTP/1.1\r\nHost: t\r\nContent-Length: 6\r\n\r\nabc").settled();
    EXPECT_EQ(body, "");
    kept();
    let_go();
    client.settled();
    client.send("def").until("done");
    EXPECT_EQ(body, "abcdef");
}

TEST_F(MiddlewareTest, LeaveToSendTheBodyIsGivenBehindIt) {
    serve().use(keeps());
    server->post("/", logs("got "));
    listen();
    RawClient client = connect();
    client.send("POST / HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    EXPECT_EQ(client.settled(), "");
    kept();
    let_go();
    EXPECT_EQ(client.until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("abc").until("\r\n\r\ngot ");
    EXPECT_EQ(order, Order{"got abc"});
}

TEST_F(MiddlewareTest, ARefusalGoesOutInsteadOfLeaveToSendTheBody) {
    serve().use(
        [](const Request&, const Response& response, const Next&) { response.send_error(401); });
    listen();
    const std::string reply =
        connect()
            .send("POST / HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
            .until_end();
    EXPECT_EQ(status_of(reply), 401);
    EXPECT_EQ(reply.find("100 Continue"), std::string::npos);
}

TEST_F(MiddlewareTest, ATooLargeBodyIsRefusedBehindIt) {
    serve({.max_body_size = 2}).use(keeps());
    server->post("/", logs("not reached"));
    listen();
    RawClient client = connect();
    client.send(post("/", "abc")).settled();
    EXPECT_EQ(client.received, "");
    kept();
    let_go();
    EXPECT_EQ(status_of(client.until_end()), 413);
    EXPECT_TRUE(order.empty());
}

TEST_F(MiddlewareTest, OneThatLetsGoOfEverythingAnswers500AndIsReported) {
    serve().use([](const Request&, const Response&, const Next&) {});
    server->get("/", logs("not reached"));
    listen();
    EXPECT_EQ(status_of(connect().send(get("/")).until("\r\n\r\n")), 500);
    const auto told = take_reports();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0], Errc::callback_dropped);
    EXPECT_NE(told[0].message().find("middleware"), std::string::npos);
}

TEST_F(MiddlewareTest, OneThatLetsGoLaterAnswers500) {
    serve().use(keeps());
    listen();
    RawClient client = connect();
    client.send(get("/")).settled();
    let_go();
    EXPECT_EQ(status_of(client.until("\r\n\r\n")), 500);
    EXPECT_EQ(take_reports().size(), 1U);
}

TEST_F(MiddlewareTest, OneThatThrowsAnswers500) {
    serve().use([](const Request&, const Response&, const Next&) {
        throw std::runtime_error{"in the way"};
    });
    listen();
    EXPECT_EQ(status_of(connect().send(get("/")).until("\r\n\r\n")), 500);
    EXPECT_EQ(take_reports().size(), 1U);
}

TEST_F(MiddlewareTest, OneThatNeverGoesOnEndsAtTheTimeOut) {
    serve({.response_timeout = 5s}).use(keeps());
    listen();
    RawClient client = connect();
    client.send(get("/")).settled();
    advance(4s);
    EXPECT_EQ(client.settled(), "");
    advance(2s);
    EXPECT_EQ(status_of(client.until("\r\n\r\n")), 500);
    EXPECT_EQ(take_reports().size(), 1U);
    kept();  // too late: nothing
    settle();
}

TEST_F(MiddlewareTest, NextDoesNothingOnceTheServerIsGone) {
    serve().use(keeps());
    server->get("/", logs("not reached"));
    listen();
    RawClient client = connect();
    client.send(get("/")).settled();
    kept();  // on its way
    server.reset();
    settle();
    kept();
    settle();
    EXPECT_TRUE(order.empty());
}

TEST_F(MiddlewareTest, MayDestroyTheServerAndStillCallNext) {
    serve().use([this](const Request&, const Response&, const Next& next) {
        server.reset();
        next();
    });
    server->use(passes("not reached"));
    listen();
    RawClient client = connect();
    client.try_send(get("/"));
    client.until_end();
    EXPECT_TRUE(order.empty());
}

TEST_F(MiddlewareTest, ADroppedNextOnAnotherThreadIsADroppedResponse) {
    serve().use(keeps());
    listen();
    RawClient client = connect();
    client.send(get("/")).settled();
    std::thread{[next = std::move(kept), response = std::move(kept_response)] {}}.join();
    let_go();
    EXPECT_EQ(status_of(client.until("\r\n\r\n")), 500);
    EXPECT_EQ(take_reports().size(), 1U);
}

TEST_F(MiddlewareTest, ManyThatPassAtOnceDoNotRecur) {
    serve();
    for (int i = 0; i < 20'000; ++i)
        server->use([](const Request&, const Response&, const Next& next) { next(); });
    server->get("/", logs("end"));
    listen();
    connect().send(get("/")).until("\r\n\r\nend");
}

TEST_F(MiddlewareTest, TheClientGoesWhileItWaits) {
    serve().use(keeps());
    server->get("/", logs("not reached"));
    listen();
    {
        RawClient client = connect();
        client.send(get("/")).settled();
        client.reset();
    }
    kept();
    settle();
    let_go();
    settle();
    EXPECT_TRUE(take_reports().empty());
}

TEST_F(MiddlewareTest, HeadsAreEditedByTheInnermostFirstAndOnEveryAnswer) {
    Application inner;
    inner.after([](const Request&, OutgoingHead& head) { head.headers.add("X-Order", "inner"); });
    inner.get("/", logs("x"));
    serve().mount("/in", inner);
    server->after([](const Request&, OutgoingHead& head) { head.headers.add("X-Order", "late"); });
    server->after([](const Request& request, OutgoingHead& head) {
        head.headers.add("X-Order", "outer");
        head.headers.set("X-Status", std::to_string(head.status) + std::string{request.path()});
    });
    server->get("/streamed", [](const Request&, const Response& response) {
        response.write("a");
        response.flush();
        response.finish("b");
    });
    listen();
    const std::string reply = connect().send(get("/in")).until("\r\n\r\nx");
    EXPECT_NE(reply.find("X-Order: inner\r\nX-Order: outer\r\nX-Status: 200/in\r\nX-Order: late"),
              std::string::npos)
        << reply;
    const std::string missed = connect().send(get("/none")).until("Not Found\n");
    EXPECT_NE(missed.find("X-Status: 404/none"), std::string::npos) << missed;
    const std::string streamed = connect().send(get("/streamed")).until("0\r\n\r\n");
    EXPECT_EQ(count(streamed, "X-Status"), 1U);
    EXPECT_NE(connect().send("BAD\r\n\r\n").until_end().find("X-Status: 400"), std::string::npos);
}

TEST_F(MiddlewareTest, OneThatSpoilsTheHeadMakesItA500) {
    int calls = 0;
    serve().after([&](const Request& request, OutgoingHead& head) {
        ++calls;
        if (request.path() == "/throw") throw std::runtime_error{"no head"};
        head.headers.set("X-Bad", "a\r\nX-Injected: b");
    });
    server->get("/{any}", logs("x"));
    listen();
    for (const char* path : {"/throw", "/bad"}) {
        const std::string reply = connect().send(get(path)).until("\r\n\r\n");
        EXPECT_EQ(status_of(reply), 500);
        EXPECT_EQ(reply.find("Injected"), std::string::npos);
        EXPECT_EQ(take_reports().size(), 1U);
    }
    EXPECT_EQ(calls, 2);
}

TEST_F(MiddlewareTest, OneOnTheHeadMayDestroyTheServer) {
    serve().after([this](const Request&, OutgoingHead&) { server.reset(); });
    server->get("/", logs("x"));
    listen();
    RawClient client = connect();
    client.try_send(get("/"));
    client.until_end();
    EXPECT_EQ(client.received, "");
}

TEST_F(MiddlewareTest, TheTimeForAResponseDoesNotRunWhileTheBodyComes) {
    serve({.response_timeout = 5s}).use(passes("first"));
    server->post("/", logs("got "));
    listen();
    RawClient client = connect();
    client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\na").settled();
    advance(6s);
    EXPECT_EQ(client.settled(), "");
    client.send("b").until("\r\n\r\ngot ");
    EXPECT_EQ(order, (Order{"first", "got ab"}));
}

TEST_F(MiddlewareTest, AnAnswerOfItsOwnBehindASlowResponseDoesNotEndTheConnection) {
    Response slow;
    serve().use([&](const Request& request, const Response& response, const Next& next) {
        if (request.path() != "/kept") return next();
        kept_response = response;
    });
    server->get("/slow", [&](const Request&, const Response& response) { slow = response; });
    server->get("/", logs("next"));
    listen();
    RawClient client = connect();
    client.send(get("/slow") + get("/kept")).settled();
    kept_response.finish("kept");
    client.settled();
    advance(40s);
    client.settled();
    slow.finish("slow");
    client.until("kept");
    client.send(get("/")).until("\r\n\r\nnext");
    EXPECT_EQ(server->metrics().limits.body_idle_timeout, 0U);
}

TEST_F(MiddlewareTest, AHalfClosedClientWithAWishToUpgradeIsAnsweredAsUsual) {
    serve().use(keeps());
    server->get("/", logs("answer"));
    listen();
    RawClient client = connect();
    client.send(get("/", "Connection: Upgrade\r\nUpgrade: h2c\r\n")).settled();
    client.half_close();
    client.settled();
    kept();
    let_go();
    EXPECT_TRUE(client.until_end().ends_with("\r\n\r\nanswer")) << client.received;
}

}  // namespace
}  // namespace gyre::http::test
