#include "server_fixture.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace gyre::http::test {
namespace {

using namespace std::chrono_literals;
using gyre::test::Captures;
using gyre::test::ExpectNever;
using gyre::test::ExpectOnce;

using Request = HTTPServerRequest;
using Response = HTTPServerResponse;

/// A server with one route, `/`, whose handler keeps the response in `response`.
class ServerResponse : public ServerTest {
protected:
    void SetUp() override {
        serve().get("/", [this](const Request&, const Response& given) { response = given; });
        listen();
    }
    RawClient ask(std::string_view request = "GET / HTTP/1.1\r\nHost: t\r\n\r\n") {
        RawClient client = connect();
        client.send(request);
        client.wait_for([&] { return !response.finished(); });
        return client;
    }
    void TearDown() override {
        response = {};
        ServerTest::TearDown();
    }

    Response response;
};

TEST_F(ServerResponse, FinishAloneHasAContentLength) {
    RawClient client = ask();
    response.finish("12345");
    const std::string reply = client.until("12345");
    EXPECT_NE(reply.find("Content-Length: 5\r\n"), std::string::npos);
    EXPECT_EQ(reply.find("Transfer-Encoding"), std::string::npos);
}

TEST_F(ServerResponse, WriteAndFinishInOneTurnHaveAContentLength) {
    RawClient client = ask();
    response.write("12");
    response.write(std::string{"34"});
    response.finish(std::make_shared<const std::string>("5"));
    EXPECT_NE(client.until("12345").find("Content-Length: 5\r\n"), std::string::npos);
}

TEST_F(ServerResponse, PiecesAreSentAsTheyAreWritten) {
    RawClient client = ask();
    response.write("START");
    EXPECT_NE(client.until("START").find("Transfer-Encoding: chunked"), std::string::npos);
    EXPECT_TRUE(response.head_sent());
    response.write("MIDDLE");
    client.until("6\r\nMIDDLE\r\n");
    EXPECT_FALSE(response.finished());
    response.finish("END");
    client.until("3\r\nEND\r\n0\r\n\r\n");
    EXPECT_TRUE(response.finished());
}

TEST_F(ServerResponse, ToHttp10TheEndOfTheConnectionEndsTheBody) {
    RawClient client = ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    response.write("a");
    client.until("\r\n\r\na");
    response.finish("b");
    const std::string reply = client.until_end();
    EXPECT_EQ(body_of(reply), "ab");
    EXPECT_EQ(reply.find("Transfer-Encoding"), std::string::npos);
}

TEST_F(ServerResponse, FlushSendsTheHeadAtOnce) {
    RawClient client = ask();
    ExpectOnce once;
    response.flush(once([](Error error) { EXPECT_FALSE(error); }));
    client.until("\r\n\r\n");
    response.finish();
    client.until("0\r\n\r\n");
}

TEST_F(ServerResponse, StatusAndFieldsAreSent) {
    RawClient client = ask();
    EXPECT_FALSE(response.set_status(201, "Made"));
    EXPECT_FALSE(response.set_header("X-A", "1"));
    EXPECT_FALSE(response.set_header("X-A", "2"));
    EXPECT_FALSE(response.add_header("X-A", "3"));
    EXPECT_FALSE(response.set_header("Content-Type", "a/b"));
    response.finish("x");
    const std::string reply = client.until("\r\n\r\nx");
    EXPECT_TRUE(reply.starts_with("HTTP/1.1 201 Made\r\n"));
    EXPECT_NE(reply.find("X-A: 2\r\nX-A: 3\r\n"), std::string::npos);
    EXPECT_EQ(count(reply, "Content-Type"), 1u);
}

TEST_F(ServerResponse, ControlBytesAreRefusedAndNothingIsChanged) {
    RawClient client = ask();
    for (int byte = 0; byte < 256; ++byte) {
        const bool control = (byte < 32 && byte != '\t') || byte == 127;
        const std::string text = std::string{"a"} + static_cast<char>(byte) + "b";
        const Error value = response.set_header("X-V", text);
        EXPECT_EQ(static_cast<bool>(value), control) << byte;
        EXPECT_EQ(static_cast<bool>(response.set_status(200, text)), control) << byte;
        if (control) {
            EXPECT_EQ(response.set_header(text, "v"), Errc::invalid_argument) << byte;
        }
    }
    EXPECT_EQ(response.set_status(99), Errc::invalid_argument);
    EXPECT_EQ(response.set_status(600), Errc::invalid_argument);
    EXPECT_EQ(response.set_header("Transfer-Encoding", "chunked"), Errc::invalid_argument);
    response.finish("x");
    client.until("\r\n\r\nx");
    EXPECT_EQ(response.set_header("A", "b"), Errc::closed);
}

TEST_F(ServerResponse, RedirectCannotBeSplit) {
    RawClient client = ask();
    response.redirect("/a\r\nSet-Cookie: x");
    const std::string reply = client.until("\r\n\r\n");
    EXPECT_EQ(status_of(reply), 500);
    EXPECT_EQ(reply.find("Set-Cookie"), std::string::npos);
}

TEST_F(ServerResponse, RedirectNamesItsTarget) {
    RawClient client = ask();
    response.redirect("/elsewhere", 307);
    const std::string reply = client.until("\r\n\r\n");
    EXPECT_EQ(status_of(reply), 307);
    EXPECT_NE(reply.find("Location: /elsewhere\r\n"), std::string::npos);
}

TEST_F(ServerResponse, OwnContentLengthIsKeptTo) {
    RawClient client = ask();
    EXPECT_FALSE(response.set_header("Content-Length", "4"));
    response.write("ab");
    client.until("\r\n\r\nab");
    response.finish("cd");
    EXPECT_EQ(body_of(client.until("abcd")), "abcd");
}

TEST_F(ServerResponse, BodyShorterThanItsContentLengthAbortsTheConnection) {
    RawClient client = ask();
    EXPECT_FALSE(response.set_header("Content-Length", "4"));
    response.write("ab");
    client.until("\r\n\r\nab");
    response.finish();
    client.until_end();
    EXPECT_EQ(take_reports().size(), 1u);
}

TEST_F(ServerResponse, NoBodyGoesWithA204) {
    RawClient client = ask();
    EXPECT_FALSE(response.set_status(204));
    response.finish("not sent");
    const std::string reply = client.until("\r\n\r\n");
    EXPECT_EQ(reply.find("Content-Length"), std::string::npos);
    EXPECT_EQ(body_of(client.settled()), "");
    EXPECT_FALSE(client.ended);
}

TEST_F(ServerResponse, FailBeforeTheHeadIsA500) {
    RawClient client = ask();
    response.write("half of it");
    response.fail(Error{Errc::timed_out, "upstream"});
    const std::string reply = client.until("\r\n\r\n");
    EXPECT_EQ(status_of(reply), 500);
    EXPECT_EQ(reply.find("half"), std::string::npos);
    EXPECT_FALSE(client.ended) << "the connection goes on";
}

TEST_F(ServerResponse, FailAfterTheHeadAbortsTheConnection) {
    RawClient client = ask();
    response.write("half of it");
    client.until("half of it");
    response.fail(Error{Errc::timed_out, "upstream"});
    EXPECT_EQ(client.until_end().find("0\r\n\r\n"), std::string::npos);
    EXPECT_TRUE(response.finished());
}

TEST_F(ServerResponse, WriteAfterTheEndIsToldToItsCallback) {
    RawClient client = ask();
    response.finish("x");
    ExpectOnce once;
    response.write("y", once([](Error error) { EXPECT_EQ(error, Errc::closed); }));
    response.write("no callback, no report");
    response.finish("z");
    client.until("\r\n\r\nx");
    settle();
    EXPECT_EQ(body_of(client.settled()), "x");
}

TEST_F(ServerResponse, WriteCallbackIsNeverInline) {
    RawClient client = ask();
    bool returned = false;
    ExpectOnce once;
    response.write("x", once([&](Error error) {
                       EXPECT_TRUE(returned);
                       EXPECT_FALSE(error);
                   }));
    returned = true;
    client.until("x");
    response.finish();
    settle();
}

TEST_F(ServerResponse, OverfullQueueIsAnErrorToItsCallback) {
    RawClient client = ask();
    response.write(std::string(8 * 1024 * 1024, 'x'));  // one write of any size is taken
    settle();
    ASSERT_GT(response.queued_bytes(), 64u * 1024);
    response.write(std::string(1024 * 1024, 'y'));
    ExpectOnce once;
    response.write("z", once([](Error error) { EXPECT_EQ(error, Errc::limit_exceeded); }));
    settle();
    EXPECT_FALSE(response.finished());
    client.wait_for([&] { return client.received.size() > 9 * 1024 * 1024; });
    response.finish("end");
    client.until("end");
}

TEST_F(ServerResponse, OverfullQueueWithoutACallbackFailsTheResponse) {
    RawClient client = ask();
    response.write(std::string(8 * 1024 * 1024, 'x'));
    settle();
    response.write(std::string(1024 * 1024, 'y'));
    response.write("z");
    EXPECT_TRUE(response.finished());
    client.until_end();
}

TEST_F(ServerResponse, DrainIsToldWhenTheClientHasRead) {
    RawClient client = ask();
    int drained = 0;
    response.on_drain([&] { ++drained; });
    response.write(std::string(8 * 1024 * 1024, 'x'));
    settle();
    EXPECT_EQ(drained, 0);
    client.wait_for([&] { return drained == 1; });
    EXPECT_LE(response.queued_bytes(), 16u * 1024);
    response.finish();
    client.until("0\r\n\r\n");
}

TEST_F(ServerResponse, ClientThatGoesAwayIsTold) {
    ExpectOnce once;
    Captures captures;
    RawClient client = ask();
    response.on_connection_close(once([token = captures.token()] {}));
    client.reset();
    client.wait_for([&] { return once.calls() == 1; });
    settle();
    EXPECT_TRUE(response.finished());
    EXPECT_TRUE(captures.released());
}

TEST_F(ServerResponse, ClientThatClosesOrderlyIsTold) {
    ExpectOnce once;
    RawClient client = ask();
    response.on_connection_close(once([&] { response = {}; }));
    client.close();
    RawClient other = connect();
    other.wait_for([&] { return once.calls() == 1 && server->connections() == 1; });
}

TEST_F(ServerResponse, HalfClosedClientStillGetsItsAnswer) {
    RawClient client = ask();
    client.half_close();
    client.settled();
    response.finish("late");
    EXPECT_EQ(body_of(client.until_end()), "late");
}

TEST_F(ServerResponse, ConnectionCloseIsReleasedByFinish) {
    ExpectNever never;
    Captures captures;
    RawClient client = ask();
    response.on_connection_close(never([token = captures.token()] {}));
    response.finish("x");
    EXPECT_TRUE(captures.released());
    client.close();
    settle();
}

TEST_F(ServerResponse, LastReferenceMayGoOnAnotherThread) {
    RawClient client = ask();
    std::thread{[given = std::exchange(response, {})]() mutable { given = {}; }}.join();
    EXPECT_EQ(status_of(client.until("\r\n\r\n")), 500);
    EXPECT_EQ(take_reports().size(), 1u);
}

TEST_F(ServerResponse, ServerDestroyedReleasesEverythingUncalled) {
    ExpectNever never;
    Captures captures;
    RawClient client = ask();
    response.on_connection_close(never([token = captures.token()] {}));
    response.write(std::string(8 * 1024 * 1024, 'x'), never([token = captures.token()](Error) {}));
    settle();
    server.reset();
    EXPECT_TRUE(captures.released());
    EXPECT_TRUE(response.finished());
    response.write("inert");
    response.finish();
    EXPECT_EQ(response.set_header("A", "b"), Errc::closed);
    settle();
}

TEST_F(ServerResponse, ReactorDestroyedLeavesInertHandles) {
    Captures captures;
    RawClient client = ask();
    response.on_connection_close([token = captures.token()] { FAIL(); });
    client.close();
    reactor_holder.reset();
    EXPECT_TRUE(captures.released());
    EXPECT_TRUE(response.finished());
    response.finish("inert");
    server.reset();
    reactor_holder.emplace();
}

// Handlers that misbehave.

TEST_F(ServerTest, ThrowingHandlerAnswers500AndIsReportedOnce) {
    serve().get("/", [](const Request&, const Response&) { throw std::runtime_error{"boom"}; });
    listen();
    RawClient client = connect();
    EXPECT_EQ(status_of(client.send(get("/")).until("\r\n\r\n")), 500);
    const std::vector<Error> told = take_reports();
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0], Errc::unhandled_exception);
    client.take();
    EXPECT_EQ(status_of(client.send(get("/")).until("\r\n\r\n")), 500) << "the loop goes on";
    take_reports();
}

TEST_F(ServerTest, ThrowAfterTheHeadAbortsTheConnection) {
    serve().get("/", [](const Request&, const Response& response) {
        response.write("part");
        response.flush();
        throw std::runtime_error{"boom"};
    });
    listen();
    EXPECT_EQ(connect().send(get("/")).until_end().find("0\r\n\r\n"), std::string::npos);
    EXPECT_EQ(take_reports().size(), 1u);
}

TEST_F(ServerTest, ForgetfulHandlerAnswers500AndIsNamed) {
    serve();
    server->get("/", [](const Request&, const Response&) {});
    const auto line = std::source_location::current().line() - 1;
    listen();
    EXPECT_EQ(status_of(connect().send(get("/")).until("\r\n\r\n")), 500);
    const std::vector<Error> told = take_reports();
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].place().line(), line);
    EXPECT_NE(told[0].message().find("GET /"), std::string::npos);
}

TEST_F(ServerTest, ServerMayBeDestroyedInsideAHandler) {
    serve().get("/", [&](const Request& request, const Response& response) {
        const Request kept_request = request;
        const Response kept = response;
        server.reset();
        kept.finish("inert");
        EXPECT_EQ(kept_request.path(), "");
    });
    listen();
    RawClient client = connect();
    client.send(get("/") + get("/")).until_end();
    EXPECT_EQ(server, nullptr);
}

TEST_F(ServerTest, ServerMayBeStoppedInsideAHandler) {
    ExpectOnce stopped;
    serve().get("/", [&](const Request&, const Response& response) {
        server->stop(stopped([] {}));
        response.finish("bye");
    });
    listen();
    const std::string reply = connect().send(get("/")).until_end();
    EXPECT_NE(reply.find("bye"), std::string::npos);
    EXPECT_NE(reply.find("Connection: close"), std::string::npos);
    settle();
}

// A graceful end.

TEST_F(ServerResponse, StopFinishesWhatRunsAndClosesWhatIsIdle) {
    RawClient idle = connect();
    ExpectOnce stopped;
    RawClient running = ask();
    server->get("/idle", [](const Request&, const Response& given) { given.finish("idle"); });
    idle.send(get("/idle")).until("idle");
    server->stop(stopped([] {}));
    idle.until_end();
    EXPECT_EQ(stopped.calls(), 0);
    response.finish("done");
    const std::string reply = running.until_end();
    EXPECT_EQ(body_of(reply), "done");
    EXPECT_NE(reply.find("Connection: close"), std::string::npos);
    running.wait_for([&] {
        idle.close();
        return stopped.calls() == 1;
    });
}

TEST_F(ServerResponse, StopAbortsWhatIsLeftAfterItsTime) {
    ExpectOnce stopped;
    RawClient running = ask();
    server->stop(stopped([] {}));
    advance(9s);
    EXPECT_EQ(stopped.calls(), 0);
    advance(2s);
    running.until_end();
    settle();
    EXPECT_TRUE(response.finished());
}

TEST_F(ServerTest, StopServesTheRequestThatIsAlreadyInTheSocket) {
    serve().get("/", [](const Request&, const Response& response) { response.finish("served"); });
    listen();
    RawClient client = connect();
    client.send(get("/")).until("served");
    client.take();
    RawClient fresh = connect();
    fresh.send(get("/"));
    server->stop();
    EXPECT_NE(fresh.until_end().find("served"), std::string::npos);
}

TEST_F(ServerTest, RunReturnsWhenStoppedAndIdle) {
    make_reactor({});
    serve().get("/", [](const Request&, const Response& response) { response.finish("x"); });
    listen();
    reactor().call_later(20ms, [&] { server->stop(); });
    reactor().run();
    EXPECT_EQ(server->connections(), 0u);
}

}  // namespace
}  // namespace gyre::http::test
