#include "server_fixture.hpp"
#include "support/test_certificates.hpp"
#include <gyre/iostream.hpp>
#include <gyre/tcp_client.hpp>
#include <gyre/tls.hpp>

#include <stdexcept>
#include <string>
#include <vector>

// Connections that become another protocol's (RFC 9110 section 7.8).
namespace gyre::http::test {
namespace {

using namespace std::chrono_literals;
using gyre::test::Captures;
using gyre::test::ExpectCalls;
using gyre::test::ExpectNever;
using gyre::test::ExpectOnce;

using Request = HTTPServerRequest;
using Response = HTTPServerResponse;

const std::string wish = "Connection: keep-alive, Upgrade\r\nUpgrade: h2c, echo/1\r\n";

/// `/echo` becomes a protocol that gives back what it gets, `/later` when the test says so; `/`
/// answers at once, `/wait` when the test says so.
class ServerUpgrade : public ServerTest {
protected:
    void SetUp() override {
        serve().get("/echo", [this](const Request&, const Response& to) { upgrade(to); });
        server->stream("GET", "/echo-stream",
                       [this](const Request&, const Response& to) { upgrade(to); });
        server->get("/later", [this](const Request&, const Response& to) { later = to; });
        server->get("/wait", [this](const Request&, const Response& to) { waiting = to; });
        server->route("*", "/", [](const Request&, const Response& to) { to.finish("now\n"); });
        listen();
    }
    void upgrade(const Response& to) {
        EXPECT_EQ(to.set_header("Sec-Echo", "yes"), to.head_sent() ? Errc::closed : Errc::ok);
        to.upgrade("echo/1", [this](const Error& error, const IOStream& connection) {
            ++told;
            if (error) {
                failure = error.kind();
                return;
            }
            stream = connection;
            stream.on_data([connection](std::string_view bytes) { connection.write(bytes); });
        });
    }
    void TearDown() override {
        later = waiting = {};
        stream.abort();
        ServerTest::TearDown();
    }

    Response later;
    Response waiting;
    IOStream stream;
    int told = 0;
    Errc failure = Errc::ok;
};

TEST_F(ServerUpgrade, HandsTheConnectionOver) {
    RawClient client = connect();
    client.send(get("/echo", wish)).until("\r\n\r\n");
    EXPECT_TRUE(client.received.starts_with("HTTP/1.1 101 Switching Protocols\r\n"));
    EXPECT_NE(client.received.find("Connection: Upgrade\r\n"), std::string::npos);
    EXPECT_NE(client.received.find("Upgrade: echo/1\r\n"), std::string::npos);
    EXPECT_NE(client.received.find("Sec-Echo: yes\r\n"), std::string::npos);
    EXPECT_EQ(client.received.find("Content-"), std::string::npos) << client.received;
    EXPECT_EQ(client.received.find("Transfer-"), std::string::npos) << client.received;
    client.take();
    client.send("GET / HTTP/1.1 is no request any more\r\n\r\n").until("any more\r\n\r\n");
    EXPECT_EQ(told, 1);
    EXPECT_EQ(server->connections(), 0u);
    EXPECT_EQ(stream.peer_address().host(), "127.0.0.1");
    stream.close();
    client.until_end();
}

TEST_F(ServerUpgrade, WhatCameBehindTheHeadIsStillToBeRead) {
    for (const char* path : {"/echo", "/echo-stream"}) {
        RawClient client = connect();
        client.send(get(path, wish) + "first").until("\r\n\r\nfirst");
        client.send(" second").until("first second");
        stream.abort();
    }
}

TEST_F(ServerUpgrade, MayBeGrantedLater) {
    RawClient client = connect();
    client.send(get("/later", wish) + "fir").wait_for([&] { return !later.finished(); });
    client.send("st").settled();
    upgrade(later);
    EXPECT_TRUE(later.finished());
    client.until("\r\n\r\nfirst");
}

TEST_F(ServerUpgrade, ComesAfterTheResponsesBeforeIt) {
    RawClient client = connect();
    client.send(get("/wait") + get("/echo", wish) + "bytes").settled();
    EXPECT_EQ(told, 0);
    waiting.finish("one\n");
    const std::string all = client.until("\r\n\r\nbytes");
    EXPECT_LT(all.find("one"), all.find("101"));
}

TEST_F(ServerUpgrade, AnIgnoredWishIsServedAsUsual) {
    RawClient client = connect();
    client.send(get("/", wish) + get("/")).wait_for([&] {
        return count(client.received, "now") == 2;
    });
    EXPECT_EQ(count(client.received, "HTTP/1.1 200"), 2u);
    client.take();
    client.send(get("/later", wish)).wait_for([&] { return !later.finished(); });
    client.send(get("/")).settled();
    EXPECT_EQ(client.received, "") << "it may be another protocol's";
    later.finish("later\n");
    EXPECT_LT(client.until("now").find("later"), client.received.find("now"));
}

TEST_F(ServerUpgrade, AClientThatLeavesMeanwhileIsNoticed) {
    ExpectOnce closed;
    RawClient client = connect();
    client.send(get("/later", wish)).wait_for([&] { return !later.finished(); });
    later.on_connection_close(closed([] {}));
    client.half_close();
    client.settled();
    EXPECT_EQ(closed.calls(), 1);
    upgrade(later);
    settle();
    EXPECT_EQ(failure, Errc::protocol_error);
    later.finish("all the same\n");
    client.until("all the same");
}

TEST_F(ServerUpgrade, OnlyWhatTheRequestAsksForIsGranted) {
    ExpectCalls told_no{3};
    ExpectOnce other;
    ExpectOnce malformed;
    server->get("/no", [&](const Request&, const Response& to) {
        to.upgrade("echo/1", told_no([](const Error& error, const IOStream& none) {
                       EXPECT_EQ(error, Errc::protocol_error);
                       EXPECT_FALSE(none);
                   }));
        EXPECT_FALSE(to.finished());
        to.finish("no\n");
    });
    server->get("/other", [&](const Request&, const Response& to) {
        to.upgrade("websocket", other([](const Error& error, const IOStream&) {
                       EXPECT_EQ(error, Errc::protocol_error);
                   }));
        to.upgrade("a\r\nb", malformed([](const Error& error, const IOStream&) {
                       EXPECT_EQ(error, Errc::invalid_argument);
                   }));
        to.send_error(426);
    });
    connect().send(get("/no")).until("no\n");
    connect().send(get("/no", "Upgrade: echo/1\r\n")).until("no\n");  // without the option
    connect().send("GET /no HTTP/1.0\r\n" + wish + "\r\n").until("no\n");
    EXPECT_EQ(status_of(connect().send(get("/other", wish)).until("\r\n\r\n")), 426);
    settle();
}

TEST_F(ServerUpgrade, NotWithABodyNorOnAConnectionThatCloses) {
    server->post("/echo", [this](const Request&, const Response& to) {
        upgrade(to);
        to.finish("no\n");
    });
    RawClient client = connect();
    client.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n" + wish + "\r\nabc")
        .until("no\n");
    settle();
    EXPECT_EQ(failure, Errc::protocol_error);
    failure = Errc::ok;
    server->get("/close", [this](const Request&, const Response& to) {
        upgrade(to);
        to.finish("no\n");
    });
    connect().send(get("/close", "Connection: close, upgrade\r\nUpgrade: echo/1\r\n")).until_end();
    EXPECT_EQ(failure, Errc::protocol_error);
}

TEST_F(ServerUpgrade, NotOnceTheHeadIsOutOrTheResponseFinished) {
    server->get("/late", [this](const Request&, const Response& to) {
        to.write("no\n");
        to.flush();
        upgrade(to);
        to.finish();
        upgrade(to);
    });
    connect().send(get("/late", wish)).until("no\n");
    settle();
    EXPECT_EQ(told, 2);
    EXPECT_EQ(failure, Errc::closed);
}

TEST_F(ServerUpgrade, AConnectionThatBreaksFirstIsTold) {
    ExpectOnce failed;
    RawClient client = connect();
    client.send(get("/wait") + get("/later", wish)).wait_for([&] { return !later.finished(); });
    later.upgrade("echo/1", failed([](const Error& error, const IOStream& none) {
                      EXPECT_TRUE(error);
                      EXPECT_FALSE(none);
                  }));
    client.reset();
    for (int i = 0; i < 1000 && failed.calls() == 0; ++i) {
        waiting.write("x");
        settle();
        std::this_thread::sleep_for(1ms);
    }
}

TEST_F(ServerUpgrade, AnEarlierResponseMayEndTheConnection) {
    RawClient client = connect();
    client.send(get("/wait") + get("/echo", wish)).settled();
    EXPECT_FALSE(waiting.set_header("Connection", "close"));
    waiting.finish("bye");
    EXPECT_TRUE(client.until_end().ends_with("bye"));
    settle();
    EXPECT_EQ(told, 1);
    EXPECT_EQ(failure, Errc::closed);
}

TEST_F(ServerUpgrade, ADestroyedServerCallsNobody) {
    ExpectNever never;
    Captures captures;
    RawClient client = connect();
    client.send(get("/wait") + get("/later", wish)).wait_for([&] { return !later.finished(); });
    later.upgrade("echo/1", never([token = captures.token()](const Error&, const IOStream&) {}));
    server.reset();
    EXPECT_TRUE(captures.released());
    client.until_end();
}

TEST_F(ServerUpgrade, TheStreamOutlivesTheServerAndItsDrain) {
    ExpectOnce stopped;
    RawClient client = connect();
    client.send(get("/echo", wish)).until("\r\n\r\n");
    client.wait_for([&] { return told == 1; });
    server->stop(stopped([] {}));
    settle();
    EXPECT_EQ(stopped.calls(), 1) << "it does not wait for what is no more its own";
    server.reset();
    client.take();
    client.send("still there").until("still there");
}

TEST_F(ServerUpgrade, IsFinishedDuringADrain) {
    RawClient client = connect();
    client.send(get("/later", wish)).wait_for([&] { return !later.finished(); });
    server->stop();
    upgrade(later);
    client.until("\r\n\r\n");
    EXPECT_EQ(client.received.find("close"), std::string::npos) << client.received;
    client.send("hello").until("hello");
    EXPECT_EQ(server->connections(), 0u);
}

TEST_F(ServerUpgrade, ACallbackThatThrowsCutsTheConnection) {
    server->get("/throw", [](const Request&, const Response& to) {
        to.upgrade("echo/1", [](const Error&, const IOStream&) { throw std::runtime_error("no"); });
    });
    connect().send(get("/throw", wish)).until_end();
    EXPECT_EQ(take_reports().size(), 1u);
}

TEST_F(ServerUpgrade, WorksOverTLSToo) {
    const gyre::test::TestAuthority authority;
    const gyre::test::TestCertificate made = authority.issue_for_localhost();
    server.reset();
    serve({.tls = TLSOptions{.certificate = made.certificate, .key = made.key}})
        .get("/echo", [this](const Request&, const Response& to) { upgrade(to); });
    listen();
    const std::string much(300'000, 'x');  // more than is read with the head
    std::string received;
    IOStream client;
    TCPClient{reactor()}.connect(
        "127.0.0.1", server->port(), {.tls = TLSOptions{.ca = authority.certificate()}},
        [&](const Error& error, const IOStream& connected) {
            ASSERT_FALSE(error) << error;
            client = connected;
            client.on_data([&](std::string_view bytes) { received += bytes; });
            client.write(get("/echo", wish) + much + "END");
        });
    for (int i = 0; i < 20'000 && !received.ends_with("END"); ++i)
        if (reactor().poll() == 0) std::this_thread::sleep_for(200us);
    EXPECT_EQ(body_of(received).size(), much.size() + 3);
    EXPECT_TRUE(stream.is_secure());
    client.close();
    for (int i = 0; i < 20'000 && !stream.closed(); ++i)
        if (reactor().poll() == 0) std::this_thread::sleep_for(200us);
}

TEST_F(ServerUpgrade, ACallbackMayDestroyTheServer) {
    server->get("/end", [this](const Request&, const Response& to) {
        to.upgrade("echo/1", [this](const Error& error, const IOStream& connection) {
            EXPECT_FALSE(error);
            server.reset();
            connection.write("bye");
            connection.close();
        });
    });
    EXPECT_TRUE(connect().send(get("/end", wish)).until_end().ends_with("\r\n\r\nbye"));
}

TEST_F(ServerUpgrade, AnAnswerThatTurnsIntoAnErrorPageIsNoUpgrade) {
    server->after([](const Request&, OutgoingHead& head) {
        if (head.status == 101) throw std::runtime_error{"in the way"};
    });
    RawClient client = connect();
    EXPECT_EQ(status_of(client.send(get("/echo", wish)).until("\r\n\r\n")), 500);
    client.wait_for([&] { return told == 1; });
    EXPECT_EQ(failure, Errc::closed);
    EXPECT_EQ(take_reports().size(), 1U);
    client.take();
    client.send(get("/")).until("now\n");
    EXPECT_EQ(server->connections(), 1u);
}

TEST_F(ServerUpgrade, AHalfClosedClientIsAnsweredAsUsual) {
    RawClient client = connect();
    server->stream("GET", "/later-stream",
                   [this](const Request&, const Response& to) { later = to; });
    client.send(get("/later-stream", wish)).wait_for([&] { return !later.finished(); });
    client.half_close();
    client.settled();
    later.finish("answer");
    EXPECT_TRUE(client.until_end().ends_with("\r\n\r\nanswer")) << client.received;
}

}  // namespace
}  // namespace gyre::http::test
