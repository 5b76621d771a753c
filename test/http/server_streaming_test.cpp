#include "server_fixture.hpp"

#include <memory>
#include <string>
#include <vector>

namespace gyre::http::test {
namespace {

using namespace std::chrono_literals;
using gyre::test::ExpectNever;
using gyre::test::ExpectOnce;

using Request = HTTPServerRequest;
using Response = HTTPServerResponse;

/// A server whose streaming handler at POST /up keeps the request and the response.
class ServerStreaming : public ServerTest {
protected:
    void SetUp() override {
        serve().stream("POST", "/up", [this](const Request& given, const Response& to) {
            request = given;
            response = to;
        });
        server->get("/", [](const Request&, const Response& to) { to.finish("next"); });
        listen();
    }
    RawClient begin(std::string_view bytes) {
        RawClient client = connect();
        client.send(bytes);
        client.wait_for([&] { return !response.finished(); });
        return client;
    }
    void collect() {
        request.on_data([this](std::string_view piece) { body.append(piece); });
        request.on_finish([this](Error error) {
            ended = true;
            failure = error;
            static_cast<void>(static_cast<bool>(failure));
        });
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
    Error failure;
};

constexpr std::string_view head_10 = "POST /up HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\n";
constexpr std::string_view head_chunked =
    "POST /up HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n";

TEST_F(ServerStreaming, PiecesArriveAsTheyAreSent) {
    RawClient client = begin(head_10);
    collect();
    client.send("abc");
    client.wait_for([&] { return body == "abc"; });
    client.send("defghij");
    client.wait_for([&] { return ended; });
    EXPECT_EQ(body, "abcdefghij");
    EXPECT_FALSE(failure);
    response.finish("ok");
    client.until("ok");
}

TEST_F(ServerStreaming, BodyWaitsUntilSomebodyTakesIt) {
    RawClient client = begin(std::string{head_10} + "0123456789" + get("/"));
    client.settled();
    EXPECT_EQ(body, "");
    collect();
    client.wait_for([&] { return ended; });
    EXPECT_EQ(body, "0123456789");
    response.finish("ok");
    client.until("next");
}

TEST_F(ServerStreaming, PauseHoldsTheBodyBackUntilResume) {
    RawClient client = begin(head_10);
    collect();
    client.send("01234");
    client.wait_for([&] { return body == "01234"; });
    request.pause();
    client.send("56789").settled();
    EXPECT_EQ(body, "01234");
    EXPECT_FALSE(ended);
    request.resume();
    client.wait_for([&] { return ended; });
    EXPECT_EQ(body, "0123456789");
    response.finish();
    client.until("\r\n\r\n");
}

TEST_F(ServerStreaming, PauseInsideOnDataHolds) {
    RawClient client = begin(head_chunked);
    request.on_data([this](std::string_view piece) {
        body.append(piece);
        request.pause();
    });
    ExpectOnce once;
    request.on_finish(once([](Error error) { EXPECT_FALSE(error); }));
    client.send("1\r\na\r\n1\r\nb\r\n0\r\n\r\n").settled();
    EXPECT_EQ(body, "a");
    request.resume();
    client.settled();
    EXPECT_EQ(body, "ab");
    request.resume();
    client.wait_for([&] { return once.calls() == 1; });
    response.finish();
    client.until("\r\n\r\n");
}

TEST_F(ServerStreaming, TruncatedBodyIsAnError) {
    RawClient client = begin(head_10);
    collect();
    client.send("012");
    client.wait_for([&] { return body == "012"; });
    client.close();
    RawClient other = connect();
    other.wait_for([&] { return ended; });
    EXPECT_EQ(failure, Errc::truncated);
    settle();
    EXPECT_TRUE(response.finished());
}

TEST_F(ServerStreaming, BadChunkIsAnErrorAndA400) {
    RawClient client = begin(head_chunked);
    collect();
    client.send("zz\r\n");
    client.wait_for([&] { return ended; });
    EXPECT_EQ(failure, Errc::protocol_error);
    EXPECT_EQ(status_of(client.until_end()), 400);
}

TEST_F(ServerTest, ABadBodyHasItsStatusAlsoWhenOnlyItsCallbacksHoldTheResponse) {
    int errors = 0;
    serve().stream("POST", "/finish", [&](const Request& from, const Response& to) {
        from.set_max_body_size(4);
        from.on_data([](std::string_view) {});
        from.on_finish([to, &errors](const Error& error) { error ? void(++errors) : to.finish(); });
    });
    server->stream("POST", "/data", [](const Request& from, const Response& to) {
        from.set_max_body_size(4);
        from.on_data([to](std::string_view data) { to.write(data); });
    });
    listen();
    for (const std::string path : {"/finish", "/data"}) {
        const std::string head =
            "POST " + path + " HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n";
        EXPECT_EQ(status_of(connect().send(head + "zz\r\n").until_end()), 400);
        EXPECT_EQ(status_of(connect().send(head + "5\r\n01234\r\n").until_end()), 413);
    }
    EXPECT_EQ(errors, 2);
}

TEST_F(ServerStreaming, OwnLimitIsTold) {
    RawClient client = begin(head_chunked);
    request.set_max_body_size(4);
    collect();
    client.send("4\r\n0123\r\n");
    client.wait_for([&] { return body == "0123"; });
    client.send("1\r\n4\r\n");
    client.wait_for([&] { return ended; });
    EXPECT_EQ(failure, Errc::limit_exceeded);
    EXPECT_EQ(status_of(client.until_end()), 413);
}

TEST_F(ServerStreaming, DeclaredBodyOverTheOwnLimitIsRefused) {
    RawClient client = begin(head_10);
    request.set_max_body_size(9);
    EXPECT_EQ(status_of(client.until_end()), 413);
}

TEST_F(ServerStreaming, EarlyReplyDrainsALittleAndGoesOn) {
    RawClient client = begin(head_10);
    response.finish("early");
    client.until("early");
    client.send("0123456789" + get("/"));
    client.until("next");
}

TEST_F(ServerStreaming, EarlyReplyToALargeBodyClosesTheConnection) {
    RawClient client = begin("POST /up HTTP/1.1\r\nHost: t\r\nContent-Length: 10000000\r\n\r\n");
    response.finish("early");
    client.until("early");
    client.send(std::string(60'000, 'x'));
    client.settled();
    EXPECT_FALSE(client.ended);
    client.send(std::string(10'000, 'x'));
    client.until_end();
}

TEST_F(ServerStreaming, FinishedResponseCancelsTheBody) {
    RawClient client = begin(head_10);
    ExpectNever never;
    ExpectOnce once;
    request.on_data(never([](std::string_view) {}));
    request.on_finish(once([](Error error) { EXPECT_EQ(error, Errc::canceled); }));
    response.finish("early");
    client.until("early");
    client.send("0123456789").settled();
}

TEST_F(ServerStreaming, ContinueIsSentUnlessTheHandlerHasAnswered) {
    RawClient client =
        begin("POST /up HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    client.until("HTTP/1.1 100 Continue\r\n\r\n");
    client.take();
    collect();
    client.send("ab");
    client.wait_for([&] { return ended; });
    response.finish("ok");
    EXPECT_EQ(status_of(client.until("ok")), 200);
}

TEST_F(ServerTest, RefusedExpectationGetsNoContinue) {
    serve({.max_body_size = 4}).post("/", [](const Request&, const Response& response) {
        response.finish();
    });
    listen();
    const std::string reply =
        connect()
            .send("POST / HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
            .until("\r\n\r\n");
    EXPECT_EQ(status_of(reply), 413);
}

TEST_F(ServerTest, BufferedBodyArrivesWholeHoweverItIsCut) {
    serve({.max_body_size = 10'000'000}).post("/", [](const Request& request, const Response& to) {
        std::size_t sum = 0;
        for (const char c : request.body())
            sum += static_cast<unsigned char>(c);
        to.finish(std::to_string(request.body().size()) + " " + std::to_string(sum) + "\n");
    });
    listen();
    const std::string large(3'000'000, '\1');
    RawClient client = connect();
    client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 3000000\r\n\r\n");
    for (std::size_t at = 0; at < large.size(); at += 50'000)
        client.send(large.substr(at, 50'000));
    client.until("3000000 3000000\n");
}

}  // namespace
}  // namespace gyre::http::test
