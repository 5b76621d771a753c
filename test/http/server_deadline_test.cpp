#include "server_fixture.hpp"

#include <memory>
#include <string>

// When the server's deadlines run, and when they must not.
namespace gyre::http::test {
namespace {

using namespace std::chrono_literals;
using gyre::test::ExpectOnce;

using Request = HTTPServerRequest;
using Response = HTTPServerResponse;

class ServerDeadline : public ServerTest {
protected:
    void SetUp() override {
        serve().get("/", [](const Request&, const Response& to) { to.finish("next"); });
        server->post("/", [](const Request&, const Response& to) { to.finish("whole"); });
        server->get("/slow", [this](const Request&, const Response& to) { response = to; });
        server->stream("POST", "/up", [this](const Request& given, const Response& to) {
            request = given;
            response = to;
        });
        listen();
    }
    RawClient begin(std::string_view bytes) {
        RawClient client = connect();
        client.send(bytes);
        client.wait_for([&] { return !response.finished(); });
        return client;
    }
    /// A streaming POST of ten bytes whose pieces go to `body`.
    RawClient begin_upload() {
        RawClient client = begin("POST /up HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\n");
        request.on_data([this](std::string_view piece) { body.append(piece); });
        request.on_finish([this](Error error) {
            ended = true;
            kind = error.kind();
        });
        settle();
        return client;
    }
    void TearDown() override {
        request = {};
        response = {};
        ServerTest::TearDown();
    }

    Request request;
    Response response;
    std::string body;
    bool ended = false;
    Errc kind = Errc::ok;
};

TEST_F(ServerDeadline, AResponseThatIsBeingReadIsNotIdle) {
    constexpr std::size_t size = 32 * 1024 * 1024;
    server->get("/large",
                [](const Request&, const Response& to) { to.finish(std::string(size, 'x')); });
    RawClient client = connect(4096);
    client.send(get("/large"));
    for (int i = 0; i < 5; ++i) {
        advance(20s);
        const std::size_t before = client.received.size();
        client.wait_for([&] { return client.received.size() > before + 1024 * 1024; });
    }
    client.wait_for([&] { return client.received.size() > size; });
    EXPECT_FALSE(client.ended) << "a minute has passed, but not an idle one";
}

TEST_F(ServerDeadline, AConnectionWithARunningRequestIsNotIdle) {
    RawClient client = begin(get("/slow"));
    advance(100s);
    response.finish("done");
    client.until("done");
    advance(59s);
    EXPECT_EQ(server->connections(), 1u) << "the idle time begins with the end of the response";
    advance(2s);
    client.until_end();
}

TEST_F(ServerDeadline, WritingGivesASlowBodyNoMoreTime) {
    RawClient client = begin_upload();
    client.send("abc");
    for (int i = 0; i < 4 && !ended; ++i) {
        response.write(".");
        advance(10s);
    }
    EXPECT_TRUE(ended);
    EXPECT_EQ(kind, Errc::timed_out);
    client.until_end();
}

TEST_F(ServerDeadline, NoBodyIsLateThatTheHandlerHoldsBack) {
    RawClient client = begin_upload();
    client.send("abc").settled();
    request.pause();
    settle();
    advance(100s);
    EXPECT_FALSE(ended);
    request.resume();
    advance(9s);
    client.send("defghij");
    client.wait_for([&] { return ended; });
    EXPECT_EQ(kind, Errc::ok) << "nor is it too slow, or too long, for the time it was held back";
    EXPECT_EQ(body, "abcdefghij");
    response.finish("ok");
    client.until("ok");
}

TEST_F(ServerDeadline, NoHeadIsLateWhileReadingIsPaused) {
    RawClient client = begin(get("/slow") + "GET / HT");
    response.write(std::string(16 * 1024 * 1024, 'x'));  // more than the client takes
    settle();
    ASSERT_GT(response.queued_bytes(), 64u * 1024);
    advance(20s);
    client.wait_for([&] { return response.queued_bytes() == 0; });
    client.send("TP/1.1\r\nHost: t\r\n\r\n");
    response.finish("END");
    const std::string all = client.until("next");
    EXPECT_NE(all.find("END"), std::string::npos);
    EXPECT_EQ(count(all, "408"), 0u);
}

TEST_F(ServerDeadline, A408WaitsForTheResponsesBeforeIt) {
    RawClient client = begin(get("/slow") + "GET / HT");
    advance(16s);
    EXPECT_EQ(client.settled(), "");
    response.finish("slow");
    const std::string all = client.until_end();
    EXPECT_EQ(status_of(all), 200);
    EXPECT_LT(all.find("slow"), all.find("HTTP/1.1 408"));
    EXPECT_EQ(count(all, "Connection: close"), 1u);
}

TEST_F(ServerTest, ChunkFramingAloneIsNoProgressForEver) {
    serve({.body_timeout = 300s, .min_body_rate = 0})
        .post("/", [](const Request&, const Response&) { FAIL(); });
    listen();
    RawClient client = connect();
    client.send("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n1;");
    for (int i = 0; i < 15; ++i) {
        EXPECT_EQ(client.received, "") << "after " << i * 20 << " s";
        client.send("a");
        advance(20s);
    }
    advance(2s);
    EXPECT_EQ(status_of(client.until_end()), 408);
}

TEST_F(ServerDeadline, EveryHeadHasItsOwnTime) {
    RawClient client = connect();
    client.send("GET / HT");
    advance(10s);
    client.send("TP/1.1\r\nHost: t\r\n\r\nGET / HT");
    client.until("next");
    advance(10s);
    EXPECT_FALSE(client.ended);
    advance(6s);
    EXPECT_EQ(count(client.until_end(), "HTTP/1.1 408"), 1u);
}

TEST_F(ServerDeadline, TheLoopRestsWhileAHeadIsIncomplete) {
    RawClient client = connect();
    client.send("GET / HT").settled();
    EXPECT_EQ(reactor().poll(), 0u);
    client.send("TP/1.1\r\nHost: t\r\n\r\n").until("next");
}

TEST_F(ServerDeadline, AFreshConnectionHasASecondWhenTheServerStops) {
    RawClient fresh = connect();
    settle();
    ExpectOnce stopped;
    server->stop(stopped([] {}));
    settle();
    EXPECT_EQ(server->connections(), 1u);
    advance(2s);
    EXPECT_EQ(server->connections(), 0u);
    settle();
}

TEST_F(ServerDeadline, TheLoopRunsUntilAStopIsOver) {
    reactor_holder.reset();
    server.reset();
    clock = std::make_shared<ManualClock>(true);
    make_reactor({.clock = clock});
    serve().get("/", [](const Request&, const Response& to) { to.finish("x"); });
    listen();
    RawClient fresh = connect();
    settle();
    ExpectOnce stopped;
    server->stop(stopped([] {}));
    reactor().run();
    EXPECT_EQ(stopped.calls(), 1);
}

}  // namespace
}  // namespace gyre::http::test
