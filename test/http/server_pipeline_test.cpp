#include "server_fixture.hpp"

#include <memory>
#include <string>
#include <vector>

// Several requests on one connection, and how connections end.
namespace gyre::http::test {
namespace {

using namespace std::chrono_literals;
using gyre::test::Captures;
using gyre::test::ExpectNever;
using gyre::test::ExpectOnce;

using Request = HTTPServerRequest;
using Response = HTTPServerResponse;

/// `/wait/{n}` keeps its response in `waiting`; `/` answers at once.
class ServerPipeline : public ServerTest {
protected:
    void SetUp() override {
        serve().get("/wait/{n}",
                    [this](const Request&, const Response& to) { waiting.push_back(to); });
        server->get("/", [this](const Request&, const Response& to) {
            ++served;
            to.finish("now\n");
        });
        server->get("/large", [](const Request&, const Response& to) {
            to.finish(std::string(4 * 1024 * 1024, 'x') + "END");
        });
        server->stream("POST", "/early",
                       [](const Request&, const Response& to) { to.finish("early\n"); });
        listen();
    }
    RawClient ask(const std::string& requests, std::size_t running) {
        RawClient client = connect();
        client.send(requests);
        client.wait_for([&] { return waiting.size() == running; });
        return client;
    }
    void TearDown() override {
        waiting.clear();
        ServerTest::TearDown();
    }

    std::vector<Response> waiting;
    int served = 0;
};

TEST_F(ServerPipeline, TheNextRequestIsReadAfterALargeResponse) {
    RawClient client = connect();
    for (int i = 0; i < 3; ++i) {
        client.send(get("/large")).until("END");
        client.take();
    }
    client.send(get("/")).until("now");
}

TEST_F(ServerPipeline, OneConnectionDoesNotTakeTheWholeTurn) {
    RawClient client = connect();
    std::string many;
    for (int i = 0; i < 400; ++i)
        many += get("/");
    client.send(many);  // two turns of the loop
    EXPECT_LE(served, 64);
    client.wait_for([&] { return count(client.received, "now") == 400; });
}

TEST_F(ServerPipeline, StopAnswersAllThatIsInFlight) {
    RawClient client = ask(get("/wait/1") + get("/wait/2") + get("/wait/3"), 3);
    server->stop();
    settle();
    for (const char* text : {"three", "two", "one"}) {
        waiting.back().finish(text);
        waiting.pop_back();
    }
    const std::string all = client.until_end();
    EXPECT_LT(all.find("one"), all.find("two"));
    EXPECT_LT(all.find("two"), all.find("three"));
    EXPECT_EQ(count(all, "Connection: close"), 1u);
}

TEST_F(ServerPipeline, AHalfClosedClientGetsAllItsAnswers) {
    RawClient client = ask(get("/wait/1") + get("/") + get("/wait/2"), 2);
    client.half_close();
    client.settled();
    waiting[0].finish("one");
    waiting[1].finish("two");
    const std::string all = client.until_end();
    EXPECT_EQ(count(all, "HTTP/1.1 200"), 3u);
    EXPECT_LT(all.find("one"), all.find("now"));
    EXPECT_LT(all.find("now"), all.find("two"));
}

TEST_F(ServerPipeline, AHalfClosedClientGetsTheWholeOfALargeAnswer) {
    RawClient client = connect(4096);
    client.send(get("/large"));
    client.half_close();
    settle();
    EXPECT_TRUE(client.until_end().ends_with("END"));
}

TEST_F(ServerPipeline, ATruncatedRequestIsAnsweredBehindTheOthers) {
    RawClient client =
        ask(get("/wait/1") + "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 9\r\n\r\nabc", 1);
    server->post("/", [](const Request&, const Response&) { FAIL(); });
    client.half_close();
    client.settled();
    waiting[0].finish("one");
    EXPECT_NE(client.until_end().find("one"), std::string::npos);
}

TEST_F(ServerPipeline, ACloseOfTheHandlersEndsTheConnection) {
    server->get("/close", [](const Request&, const Response& to) {
        EXPECT_FALSE(to.add_header("Connection", "x"));
        EXPECT_FALSE(to.add_header("Connection", "close"));
        to.finish("bye");
    });
    const std::string all = connect().send(get("/close") + get("/")).until_end();
    EXPECT_TRUE(all.ends_with("bye"));
    EXPECT_EQ(count(all, "close"), 1u);
    EXPECT_EQ(served, 0);
}

TEST_F(ServerPipeline, WhatIsBehindTheLastResponseIsToldAndNotSent) {
    ExpectOnce closed;
    ExpectOnce written;
    RawClient client = ask(get("/wait/1") + get("/wait/2"), 2);
    waiting[1].on_connection_close(closed([] {}));
    waiting[1].write("never sent", written([](Error error) { EXPECT_EQ(error, Errc::closed); }));
    EXPECT_FALSE(waiting[0].set_header("Connection", "close"));
    waiting[0].finish("bye");
    EXPECT_TRUE(waiting[1].finished());
    waiting[1].finish("nor this");
    EXPECT_TRUE(client.until_end().ends_with("bye"));
    settle();
}

TEST_F(ServerPipeline, AnEarlyReplyToALargeBodyWaitsForTheResponsesBeforeIt) {
    RawClient client = ask(
        get("/wait/1") + "POST /early HTTP/1.1\r\nHost: t\r\nContent-Length: 9000000\r\n\r\n", 1);
    client.send(std::string(100'000, 'x')).settled();
    EXPECT_FALSE(client.ended);
    waiting[0].finish("one\n");
    EXPECT_LT(client.until("early").find("one"), client.received.find("early"));
    client.until_end();
}

TEST_F(ServerPipeline, AFailedResponseDoesNotCutOffTheOneBeforeIt) {
    RawClient client = ask(get("/wait/1") + get("/wait/2"), 2);
    waiting[0].write("first ");
    waiting[1].write("half");
    client.until("first");
    EXPECT_TRUE(waiting[1].head_sent());
    waiting[1].fail(Error{Errc::timed_out, "upstream"});
    waiting[0].finish("whole");
    const std::string all = client.until("HTTP/1.1 500");
    EXPECT_LT(all.find("whole"), all.find("HTTP/1.1 500"));
    EXPECT_EQ(all.find("half"), std::string::npos);
    EXPECT_FALSE(client.ended);
}

TEST_F(ServerPipeline, AnUnansweredExpectationEndsTheConnection) {
    const std::string head = "POST /early HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\n";
    const std::string all =
        connect().send(head + "Content-Length: 5\r\n\r\n" + get("/")).until_end();
    EXPECT_NE(all.find("Connection: close"), std::string::npos);
    EXPECT_EQ(count(all, "HTTP/1.1"), 1u) << all;
    EXPECT_EQ(served, 0);
}

TEST_F(ServerPipeline, AClientThatLeavesAfterItsLastRequestIsNoticed) {
    ExpectOnce closed;
    RawClient client = ask("GET /wait/1 HTTP/1.0\r\n\r\n", 1);
    waiting[0].on_connection_close(closed([] {}));
    client.close();
    for (int i = 0; i < 100 && closed.calls() == 0; ++i) {
        settle();
        std::this_thread::sleep_for(1ms);
    }
    ExpectOnce late;
    waiting[0].on_connection_close(late([] {}));
    settle();
    waiting[0].finish();
}

TEST_F(ServerPipeline, WhatFollowsTheLastRequestDoesNotResetTheResponse) {
    RawClient client = ask("GET /wait/1 HTTP/1.0\r\n\r\n" + std::string(60'000, 'x'), 1);
    client.send(std::string(1000, 'y'));
    waiting[0].finish(std::string(500'000, 'z') + "END");
    EXPECT_TRUE(client.until_end().ends_with("END"));
}

TEST_F(ServerPipeline, AKeptRequestOutlivesItsConnection) {
    Request kept;
    server->get("/keep", [&](const Request& request, const Response& to) {
        kept = request;
        EXPECT_FALSE(kept.remote_address().host().empty());
        to.finish("kept");
    });
    RawClient client = connect();
    client.send(get("/keep")).until("kept");
    client.close();
    RawClient{reactor(), server->port()}.wait_for([&] { return server->connections() <= 1; });
    settle();
    EXPECT_EQ(kept.path(), "/keep");
    EXPECT_EQ(kept.remote_address().host(), "127.0.0.1");
    EXPECT_EQ(kept.scheme(), "http");
    EXPECT_FALSE(kept.is_secure());
    kept.pause();
    kept.resume();
    kept.set_max_body_size(1);
    kept.on_data([](std::string_view) {});
}

TEST_F(ServerPipeline, TheTargetsAuthorityGoesBeforeHost) {
    server->get("/host", [](const Request& request, const Response& to) {
        to.finish(std::string{request.host()} + "\n");
    });
    RawClient client = connect();
    client.send("GET http://a.example:81/host HTTP/1.1\r\nHost: other\r\n\r\n")
        .until("a.example:81\n");
    client.send(get("/host")).until("test\n");
    client.send("GET /host HTTP/1.0\r\n\r\n").until_end();
}

TEST_F(ServerPipeline, WaitingResponsesAreBoundedTogether) {
    std::string many = get("/wait/1");
    for (int i = 0; i < 15; ++i)
        many += get("/large");
    RawClient client = ask(many, 1);
    client.settled();
    server->get("/late", [](const Request&, const Response&) { FAIL(); });
    waiting[0].finish("one");
    client.wait_for([&] { return count(client.received, "END") == 15; });
}

TEST_F(ServerPipeline, StoppingTwiceTellsBoth) {
    ExpectOnce first;
    ExpectOnce second;
    RawClient client = ask(get("/wait/1"), 1);
    server->stop(first([] {}));
    server->stop(second([] {}));
    EXPECT_EQ(server->listen(0, "127.0.0.1"), Errc::already_in_progress);
    waiting[0].finish("one");
    client.until_end();
    settle();
    EXPECT_FALSE(server->listen(0, "127.0.0.1")) << "it may begin again";
    connect().send(get("/")).until("now");
}

TEST_F(ServerPipeline, StopRunsNoHandlerInsideItsOwnCall) {
    RawClient client = connect();
    client.send(get("/")).until("now");
    client.take();
    served = 0;
    RawClient second = connect();
    second.send(get("/")).until("now");
    served = 0;
    // In the socket, but not yet noticed.
    server->get("/stop", [&](const Request&, const Response& to) {
        server->stop();
        EXPECT_EQ(served, 0);
        server.reset();
        to.finish("inert");
    });
    client.send(get("/stop"));
    settle();
    EXPECT_EQ(server, nullptr);
}

TEST_F(ServerPipeline, ADestroyedServerCallsNothingThatIsOnItsWay) {
    ExpectNever never;
    Captures captures;
    RawClient client = ask(get("/wait/1"), 1);
    waiting[0].write("x", never([token = captures.token()](Error) {}));
    waiting[0].flush(never([token = captures.token()](Error) {}));
    server->stop(never([token = captures.token()] {}));
    waiting[0].finish();
    waiting[0].write("late", never([token = captures.token()](Error) {}));
    server.reset();
    EXPECT_TRUE(captures.released());
    settle();
    client.until_end();
}

TEST_F(ServerPipeline, AnErrorPageInPlaceOfTheLeaveToSendABodyEndsTheConnection) {
    Response slow;
    Response refused;
    serve().get("/slow", [&](const Request&, const Response& to) { slow = to; });
    server->stream("POST", "/", [&](const Request&, const Response& to) { refused = to; });
    listen();
    RawClient client = connect();
    client
        .send(get("/slow") +
              "POST / HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        .settled();
    refused.send_error(403);
    slow.finish("slow");
    const std::string all = client.until_end();
    EXPECT_EQ(all.find("100 Continue"), std::string::npos);
    EXPECT_NE(all.find("403"), std::string::npos);
    EXPECT_NE(all.find("Connection: close"), std::string::npos);
}

}  // namespace
}  // namespace gyre::http::test
