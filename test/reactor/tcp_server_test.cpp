// TCPServer, Listener, and streams over real sockets.
#include "support/reactor_fixture.hpp"
#include <gyre/listener.hpp>
#include <gyre/tcp_server.hpp>

#include <stdexcept>

#include <unistd.h>

namespace gyre::test {
namespace {

class TCPServerTest : public ReactorTest {
protected:
    TCPServerTest() { server.emplace(reactor()); }
    void TearDown() override {
        server.reset();
        client.abort();
        settle();
        ReactorTest::TearDown();
    }
    IOStream connect() {
        auto result = reactor().network().connect(reactor(), server->address(), {});
        EXPECT_FALSE(result.error);
        return IOStream{reactor(), std::move(result.transport)};
    }
    /// Turns the loop, waiting for the kernel where need be, until `done`.
    template <class Done>
    void run_until(Done done) {
        for (int i = 0; i < 5000 && !done(); ++i)
            if (reactor().poll() == 0) ::usleep(200);
        EXPECT_TRUE(done());
    }

    std::optional<TCPServer> server;
    IOStream client;
    std::string got;
};

TEST_F(TCPServerTest, EchoesOverASocket) {
    server->handle_stream([](const IOStream& stream) {
        stream.on_data([stream](std::string_view bytes) { stream.write(bytes); });
    });
    ASSERT_FALSE(server->listen(0, "127.0.0.1"));
    client = connect();
    client.write("hello");
    client.read_bytes(5, [this](const Error& e, const std::string& s) { got = e ? "error" : s; });
    run_until([&] { return !got.empty(); });
    EXPECT_EQ(got, "hello");
}

TEST_F(TCPServerTest, MegabytesArriveWhole) {
    const std::string text(3'000'000, 'x');
    server->handle_stream([&](const IOStream& stream) {
        stream.write(std::string{text});
        stream.close();
    });
    ASSERT_FALSE(server->listen(0, "127.0.0.1"));
    client = connect();
    client.read_until_close([this](const Error& e, std::string s) {
        EXPECT_FALSE(e);
        got = std::move(s);
    });
    run_until([&] { return !got.empty(); });
    EXPECT_EQ(got.size(), text.size());
}

TEST_F(TCPServerTest, AHandlerThatThrowsLosesItsStream) {
    server->handle_stream([](const IOStream&) { throw std::runtime_error{"no"}; });
    ASSERT_FALSE(server->listen(0, "127.0.0.1"));
    client = connect();
    Errc end = Errc::ok;
    client.read_bytes(1, [&](const Error& e, const std::string&) { end = e.kind(); });
    run_until([&] { return end != Errc::ok; });
    EXPECT_EQ(end, Errc::connection_reset);
    EXPECT_EQ(take_reports().size(), 1U);
}

TEST_F(TCPServerTest, DestroyedInsideItsHandler) {
    Captures captures;
    server->handle_stream([&, token = captures.token()](const IOStream& stream) {
        stream.read_bytes(1, [token](const Error&, const std::string&) { ADD_FAILURE(); });
        server.reset();
    });
    ASSERT_FALSE(server->listen(0, "127.0.0.1"));
    client = connect();
    Errc end = Errc::ok;
    client.read_bytes(1, [&](const Error& e, const std::string&) { end = e.kind(); });
    run_until([&] { return end != Errc::ok; });
    EXPECT_TRUE(captures.released());
}

TEST_F(TCPServerTest, DestroyedWithOutcomesThatWereNotDelivered) {
    Captures captures;
    bool written = false;
    server->handle_stream([&](const IOStream& stream) {
        stream.write("x", [token = captures.token()](const Error&) { ADD_FAILURE(); });
        stream.read_bytes(
            1, [token = captures.token()](const Error&, const std::string&) { ADD_FAILURE(); });
        stream.abort();
        reactor().stop();
        written = true;
    });
    ASSERT_FALSE(server->listen(0, "127.0.0.1"));
    client = connect();
    run_until([&] { return written; });
    server.reset();
    EXPECT_TRUE(captures.released());
}

TEST_F(TCPServerTest, OutlivesItsReactor) {
    server->handle_stream([](const IOStream&) {});
    ASSERT_FALSE(server->listen(0, "127.0.0.1"));
    reactor_holder.reset();
    EXPECT_EQ(server->address().family(), Address::Family::none);
    EXPECT_EQ(server->listen(0, "127.0.0.1"), Errc::closed);
    server.reset();
    make_reactor({.clock = clock});
    client = {};
}

TEST_F(TCPServerTest, StopEndsListeningAndStreamsGoOn) {
    IOStream accepted;
    server->handle_stream([&](IOStream stream) { accepted = std::move(stream); });
    ASSERT_FALSE(server->listen(0, "127.0.0.1"));
    client = connect();
    run_until([&] { return static_cast<bool>(accepted); });
    server->stop();
    accepted.write("still here");
    client.read_bytes(10, [this](const Error& e, const std::string& s) { got = e ? "error" : s; });
    run_until([&] { return !got.empty(); });
    EXPECT_EQ(got, "still here");
}

TEST_F(TCPServerTest, ListensAgainAfterStop) {
    ASSERT_FALSE(server->listen(0, "127.0.0.1"));
    EXPECT_EQ(server->listen(0, "127.0.0.1"), Errc::already_in_progress);
    server->stop();
    EXPECT_FALSE(server->listen(0, "127.0.0.1"));
}

TEST_F(TCPServerTest, TheAddressIsFreeAtOnceAfterStop) {
    ASSERT_FALSE(server->listen(0, "127.0.0.1"));
    const std::uint16_t port = server->port();
    server->stop();
    EXPECT_FALSE(server->listen(port, "127.0.0.1"));
    server.reset();
    server.emplace(reactor());
    EXPECT_FALSE(server->listen(port, "127.0.0.1"));
}

TEST_F(TCPServerTest, ListensAgainInsideItsHandler) {
    Error outcome{Errc::closed, "not called"};
    server->handle_stream([&](const IOStream&) {
        const std::uint16_t port = server->port();
        server->stop();
        outcome = server->listen(port, "127.0.0.1");
        server->handle_stream([this](IOStream stream) { stream.write("again"); });
    });
    ASSERT_FALSE(server->listen(0, "127.0.0.1"));
    const IOStream first = connect();
    run_until([&] { return outcome.kind() != Errc::closed; });
    EXPECT_FALSE(outcome);
    client = connect();
    client.read_bytes(5, [this](const Error& e, const std::string& s) { got = e ? "error" : s; });
    run_until([&] { return !got.empty(); });
    EXPECT_EQ(got, "again");
    first.abort();
}

TEST_F(TCPServerTest, WhatCannotBeListenedOnIsRefused) {
    EXPECT_EQ(server->listen(0, "no address"), Errc::invalid_argument);
    ASSERT_FALSE(server->listen(0, "127.0.0.1"));
    TCPServer second{reactor()};
    EXPECT_EQ(second.listen(server->port(), "127.0.0.1"), Errc::address_in_use);
}

TEST_F(TCPServerTest, BadOptionsAreRefused) {
    EXPECT_EQ((TCPServer{reactor(), {.backlog = 0}}.listen(0)), Errc::invalid_argument);
    EXPECT_EQ((TCPServer{reactor(), {.backlog = -1}}.listen(0)), Errc::invalid_argument);
    EXPECT_EQ((TCPServer{reactor(), {.stream = {.write_timeout = Duration::zero()}}}.listen(0)),
              Errc::invalid_argument);
    EXPECT_EQ((TCPServer{reactor(), {.socket = {.send_buffer = 0}}}.listen(0)),
              Errc::invalid_argument);
    TCPServer unlimited_backlog{reactor(), {.backlog = unlimited}};
    EXPECT_FALSE(unlimited_backlog.listen(0, "127.0.0.1"));
    unlimited_backlog.stop();
}

// The cap.

class TCPServerCapTest : public TCPServerTest {
protected:
    void serve(TCPServerOptions options) {
        server.emplace(reactor(), std::move(options));
        server->handle_stream([this](const IOStream& stream) { accepted.push_back(stream); });
        ASSERT_FALSE(server->listen(0, "127.0.0.1"));
    }
    void TearDown() override {
        for (const IOStream& stream : clients)
            stream.abort();
        TCPServerTest::TearDown();
    }
    IOStream add_client() {
        clients.push_back(connect());
        clients.back().set_close_callback(
            [](Error error) { error.ignore("some are refused or reset"); });
        return clients.back();
    }
    /// True if the server ends a new connection at once.
    bool is_refused() {
        Errc end = Errc::ok;
        const std::uint64_t before = server->stats().refused;
        add_client().read_bytes(1, [&](const Error& e, const std::string&) { end = e.kind(); });
        run_until([&] { return end != Errc::ok; });
        return end == Errc::end_of_stream && server->stats().refused == before + 1;
    }

    std::vector<IOStream> accepted;
    std::vector<IOStream> clients;
};

TEST_F(TCPServerCapTest, AConnectionOverTheCapIsClosedAndCounted) {
    serve({.max_connections = 2});
    add_client();
    add_client();
    run_until([&] { return accepted.size() == 2; });
    EXPECT_TRUE(is_refused());
    EXPECT_EQ(accepted.size(), 2U);
    EXPECT_EQ(server->stats().accepted, 2U);
    EXPECT_EQ(server->stats().refused, 1U);
    EXPECT_EQ(server->stats().open, 2U);
    EXPECT_EQ(server->stats().shed, 0U);
}

TEST_F(TCPServerCapTest, AConnectionThatEndsMakesRoomThoughItsHandleIsKept) {
    serve({.max_connections = 1});
    add_client();
    run_until([&] { return accepted.size() == 1; });
    EXPECT_TRUE(is_refused());
    accepted.front().close();
    EXPECT_EQ(server->stats().open, 0U);
    add_client();
    run_until([&] { return accepted.size() == 2; });
    EXPECT_EQ(server->stats().open, 1U);
}

TEST_F(TCPServerCapTest, AConnectionThatThePeerEndsMakesRoom) {
    serve({.max_connections = 1});
    server->handle_stream([this](const IOStream& stream) {
        accepted.push_back(stream);
        stream.on_data([](std::string_view) {});
    });
    const IOStream first = add_client();
    run_until([&] { return accepted.size() == 1; });
    first.close();
    run_until([&] { return server->stats().open == 0; });
    EXPECT_EQ(server->stats().accepted, 1U);
}

TEST_F(TCPServerCapTest, ADestroyedServerLetsGoOfItsCount) {
    serve({.max_connections = 1});
    add_client();
    run_until([&] { return accepted.size() == 1; });
    server.reset();
    settle();
    server.emplace(reactor());
}

TEST_F(TCPServerTest, IPv6OnlyLeavesThePortToIPv4) {
    TCPServer six{reactor(), {.ipv6_only = true}};
    ASSERT_FALSE(six.listen(0, "::"));
    EXPECT_FALSE(server->listen(six.port(), "0.0.0.0"));
}

TEST(ListenAddressTest, WhatTheHostMeans) {
    using detail::listen_address;
    EXPECT_EQ(listen_address("localhost", 80)->host(), "127.0.0.1");
    EXPECT_EQ(listen_address("::1", 80)->host(), "::1");
    EXPECT_TRUE(listen_address("", 80));
    EXPECT_EQ(listen_address("unix:/tmp/x", 0)->family(), Address::Family::unix_path);
    EXPECT_FALSE(listen_address("example.org", 80));
}

}  // namespace
}  // namespace gyre::test
