#include "server_fixture.hpp"

#include <string>
#include <utility>
#include <vector>

// How a server ends: what is idle, what is on its way, and what has not begun.
namespace gyre::http::test {
namespace {

using namespace std::chrono_literals;
using gyre::test::ExpectOnce;

using Request = HTTPServerRequest;
using Response = HTTPServerResponse;

class ServerDrain : public ServerTest {
protected:
    void start(HTTPServerOptions options = {}) {
        serve(std::move(options)).get("/", [](const Request&, const Response& to) {
            to.finish("END");
        });
        listen();
    }
    /// A connection that has been of use and is idle.
    RawClient idle() {
        RawClient client = connect();
        client.send(get("/")).until("END");
        client.take();
        return client;
    }
};

TEST_F(ServerDrain, IdleConnectionsAreClosedAtOnce) {
    ExpectOnce stopped;
    start();
    RawClient client = idle();
    server->stop(stopped([] {}));
    EXPECT_EQ(client.until_end(), "");
    client.close();
    settle();
}

TEST_F(ServerDrain, ARequestThatMeetsTheEndIsThrownAwayAndNotReset) {
    start();
    RawClient client = idle();
    server->stop();
    settle();
    client.send(get("/")).send(get("/"));  // to a connection of which only one side is closed
    EXPECT_EQ(client.until_end(), "");
    EXPECT_EQ(server->connections(), 1u) << "it waits for the client to close, which saw no reset";
    client.half_close();
    client.wait_for([&] { return server->connections() == 0; });
}

TEST_F(ServerDrain, ARequestThatIsThereIsAnswered) {
    start();
    Reactor elsewhere;  // which turns while it sends, so that the server sees nothing yet
    RawClient client{elsewhere, server->port()};
    client.send(get("/"));
    for (int i = 0; i < 1000 && client.received.empty(); ++i) {
        settle();
        client.settled();
    }
    client.take();
    client.send(get("/"));
    server->stop();
    for (int i = 0; i < 1000 && !client.ended; ++i) {
        settle();
        client.settled();
    }
    EXPECT_NE(client.received.find("Connection: close"), std::string::npos);
    EXPECT_TRUE(client.received.ends_with("END"));
}

TEST_F(ServerDrain, WithAGraceIdleConnectionsMayBringOneMoreRequest) {
    ExpectOnce stopped;
    start({.drain_grace = 3s});
    RawClient busy = idle();
    RawClient quiet = idle();
    server->stop(stopped([] {}));
    settle();
    advance(2s);
    EXPECT_FALSE(busy.ended);
    busy.send(get("/"));
    EXPECT_NE(busy.until("END").find("Connection: close"), std::string::npos);
    busy.until_end();
    EXPECT_NE(busy.received.find("END"), std::string::npos);
    busy.close();
    quiet.settled();
    EXPECT_FALSE(quiet.ended);
    advance(2s);
    EXPECT_EQ(quiet.until_end(), "");
    quiet.close();
    settle();
}

TEST_F(ServerDrain, TheGraceEndsWithTheDrain) {
    start({.drain_timeout = 2s, .drain_grace = 1h});
    RawClient client = idle();
    server->stop();
    settle();
    advance(1s);
    EXPECT_EQ(server->connections(), 1u);
    advance(2s);
    client.until_end();
    EXPECT_EQ(server->connections(), 0u);
}

TEST_F(ServerDrain, AFreshConnectionHasASecondForItsRequest) {
    start();
    RawClient early = connect();
    RawClient late = connect();
    settle();
    server->stop();
    settle();
    early.send(get("/"));
    EXPECT_NE(early.until_end().find("END"), std::string::npos);
    advance(2s);
    EXPECT_EQ(late.until_end(), "");
}

TEST_F(ServerDrain, WhatWaitsInTheBacklogIsServed) {
    start();
    std::vector<RawClient> clients;
    Reactor elsewhere;  // so that this one does not turn, and accepts nothing
    for (int i = 0; i < 40; ++i) {
        clients.emplace_back(elsewhere, server->port());
        clients.back().try_send(get("/"));
    }
    EXPECT_EQ(server->connections(), 0u);
    server->stop();
    EXPECT_EQ(server->connections(), 40u);
    for (RawClient& client : clients)
        for (int i = 0; i < 1000 && !client.ended; ++i) {
            settle();
            client.settled();
        }
    for (RawClient& client : clients)
        EXPECT_TRUE(client.received.ends_with("END")) << client.received;
}

TEST_F(ServerDrain, ANegativeGraceIsRefused) {
    serve({.drain_grace = -1s});
    EXPECT_EQ(server->listen(0, "127.0.0.1"), Errc::invalid_argument);
}

}  // namespace
}  // namespace gyre::http::test
