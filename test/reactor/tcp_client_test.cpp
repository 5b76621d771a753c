#include "support/reactor_fixture.hpp"
#include "support/test_certificates.hpp"
#include <gyre/tcp_client.hpp>
#include <gyre/tcp_server.hpp>

#include <gtest/gtest.h>

#include <string>

namespace gyre {
namespace {

using namespace std::chrono_literals;
using test::Captures;
using test::ExpectNever;
using test::ExpectOnce;

class TCPClientTest : public test::ReactorTest {
protected:
    TCPClientTest() { make_reactor({}); }

    void serve(TCPServerOptions options = {}) {
        server.emplace(reactor(), std::move(options));
        server->handle_stream([](const IOStream& stream) {
            stream.on_data([stream](std::string_view bytes) { stream.write(bytes); });
            stream.set_close_callback([](Error error) { error.ignore("the peer's affair"); });
        });
        const Error error = server->listen(0, "127.0.0.1");
        ASSERT_FALSE(error) << error;
    }
    void run() { reactor().run_for(10s); }
    void TearDown() override {
        server.reset();
        if (reactor_holder) settle();
        ReactorTest::TearDown();
    }

    std::optional<TCPServer> server;
};

TEST_F(TCPClientTest, ConnectsAndTalks) {
    serve();
    ExpectOnce once;
    TCPClient{reactor()}.connect(
        "localhost", server->port(), once([&](Error error, const IOStream& stream) {
            ASSERT_FALSE(error) << error;
            stream.write("hello\n");
            stream.read_until("\n", [this, stream](Error failure, const std::string& line) {
                EXPECT_FALSE(failure) << failure;
                EXPECT_EQ(line, "hello\n");
                stream.close();
                server->stop();
            });
        }));
    EXPECT_EQ(once.calls(), 0) << "never inline";
    run();
}

TEST_F(TCPClientTest, RefusedPortIsToldWithItsPhase) {
    serve();
    const std::uint16_t port = server->port();
    server.reset();
    ExpectOnce once;
    TCPClient{reactor()}.connect("127.0.0.1", port, once([](Error error, const IOStream& stream) {
                                     EXPECT_EQ(error, Errc::connection_refused);
                                     EXPECT_EQ(error.phase(), "connect");
                                     EXPECT_TRUE(stream.closed());
                                 }));
    run();
}

TEST_F(TCPClientTest, BadArgumentsArriveInTheCallback) {
    ExpectOnce no_host;
    ExpectOnce no_time;
    ExpectOnce no_path;
    ExpectOnce no_file;
    ExpectOnce no_buffer;
    const TCPClient client{reactor()};
    client.connect("", 80, no_host([](Error error, const IOStream&) {
                       EXPECT_EQ(error, Errc::invalid_argument);
                   }));
    client.connect(
        "127.0.0.1", 80, {.connect_timeout = 0s},
        no_time([](Error error, const IOStream&) { EXPECT_EQ(error, Errc::invalid_argument); }));
    client.connect_unix("", no_path([](Error error, const IOStream&) {
                            EXPECT_EQ(error, Errc::invalid_argument);
                        }));
    client.connect("127.0.0.1", 80, {.tls = TLSOptions{.ca_file = "/none"}},
                   no_file([](Error error, const IOStream&) {
                       EXPECT_NE(error.message().find("/none"), std::string::npos);
                       EXPECT_EQ(error.phase(), "tls");
                   }));
    client.connect("127.0.0.1", 80, {.stream = {.max_read_buffer = 0}},
                   no_buffer([](Error error, const IOStream&) {
                       EXPECT_EQ(error, Errc::invalid_argument);
                       EXPECT_NE(error.message().find("max_read_buffer"), std::string::npos)
                           << error;
                   }));
    run();
}

TEST_F(TCPClientTest, ConnectsWithTLSAndVerifies) {
    const test::TestAuthority authority;
    const auto good = authority.issue_for_localhost();
    serve({.tls = TLSOptions{.certificate = good.certificate, .key = good.key}});
    ExpectOnce accepted;
    ExpectOnce unknown;
    ExpectOnce misnamed;
    const TCPClient client{reactor()};
    client.connect("localhost", server->port(), {.tls = TLSOptions{.ca = authority.certificate()}},
                   accepted([&](Error error, const IOStream& stream) {
                       ASSERT_FALSE(error) << error;
                       EXPECT_TRUE(stream.is_secure());
                       stream.close();
                   }));
    client.connect("localhost", server->port(), {.tls = TLSOptions{}},
                   unknown([](Error error, const IOStream&) {
                       EXPECT_EQ(error, Errc::certificate_rejected);
                       EXPECT_EQ(error.phase(), "tls");
                   }));
    client.connect(
        "localhost", server->port(),
        {.tls = TLSOptions{.ca = authority.certificate()}, .tls_host_name = "other.example"},
        misnamed([](Error error, const IOStream&) { EXPECT_EQ(error, Errc::host_name_mismatch); }));
    reactor().call_later(2s, [this] { server->stop(); });
    run();
}

TEST_F(TCPClientTest, SilentTLSPeerTimesOut) {
    server.emplace(reactor());
    server->handle_stream([](const IOStream& stream) {
        stream.set_close_callback([](Error error) { error.ignore("ends with the test"); });
    });
    ASSERT_FALSE(server->listen(0, "127.0.0.1"));
    ExpectOnce once;
    TCPClient{reactor()}.connect("127.0.0.1", server->port(),
                                 {.connect_timeout = 100ms, .tls = TLSOptions{}},
                                 once([&](Error error, const IOStream&) {
                                     EXPECT_EQ(error, Errc::timed_out);
                                     EXPECT_EQ(error.phase(), "tls");
                                     server->stop();
                                 }));
    run();
}

TEST_F(TCPClientTest, DestroyedReactorReleasesTheCallback) {
    serve();
    Captures captures;
    ExpectNever never;
    TCPClient{reactor()}.connect("127.0.0.1", server->port(),
                                 never([token = captures.token()](Error, const IOStream&) {}));
    server.reset();
    reactor_holder.reset();
    EXPECT_TRUE(captures.released());
}

TEST_F(TCPClientTest, CancelEndsConnecting) {
    serve();
    ExpectOnce canceled;
    const Connecting connecting = TCPClient{reactor()}.connect(
        "127.0.0.1", server->port(), canceled([](const Error& error, const IOStream& stream) {
            EXPECT_EQ(error, Errc::canceled);
            EXPECT_EQ(error.phase(), "resolve");
            EXPECT_TRUE(stream.closed());
        }));
    connecting.cancel();
    EXPECT_EQ(canceled.calls(), 0) << "never inline";
    server->stop();
    run();
    connecting.cancel();
}

TEST_F(TCPClientTest, CancelEndsTheHandshake) {
    serve();
    server->handle_stream([](const IOStream& stream) {  // it never answers
        stream.on_data([](std::string_view) {});
        stream.set_close_callback([](Error error) { error.ignore("the peer's affair"); });
    });
    ExpectOnce canceled;
    const Connecting connecting =
        TCPClient{reactor()}.connect("127.0.0.1", server->port(), {.tls = TLSOptions{}},
                                     canceled([&](const Error& error, const IOStream& stream) {
                                         EXPECT_EQ(error, Errc::canceled);
                                         EXPECT_EQ(error.phase(), "tls");
                                         EXPECT_TRUE(stream.closed());
                                     }));
    reactor().call_later(100ms, [&] {
        EXPECT_EQ(canceled.calls(), 0);
        connecting.cancel();
        EXPECT_EQ(canceled.calls(), 0) << "never inline";
        server->stop();
    });
    run();
}

TEST_F(TCPClientTest, CancelAfterTheCallbackDoesNothing) {
    serve();
    ExpectOnce once;
    IOStream connected;
    Connecting connecting;
    connecting = TCPClient{reactor()}.connect("127.0.0.1", server->port(),
                                              once([&](Error error, const IOStream& stream) {
                                                  ASSERT_FALSE(error) << error;
                                                  connected = stream;
                                                  connecting.cancel();
                                              }));
    IOStream accepted;
    server->handle_stream([&](const IOStream& stream) {
        accepted = stream;
        server->stop();
    });
    run();
    connecting.cancel();
    EXPECT_FALSE(connected.closed());
    connected.close();
    Connecting{}.cancel();
}

TEST_F(TCPClientTest, CancelAfterTheReactorIsGoneDoesNothing) {
    serve();
    Captures captures;
    const Connecting connecting = TCPClient{reactor()}.connect(
        "127.0.0.1", server->port(),
        [token = captures.token()](const Error&, const IOStream&) { ADD_FAILURE(); });
    reactor_holder.reset();
    connecting.cancel();
    EXPECT_TRUE(captures.released());
}

}  // namespace
}  // namespace gyre
