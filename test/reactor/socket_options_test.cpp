// SocketOptions: what is refused, and that each reaches the socket.
#include "support/reactor_fixture.hpp"
#include <gyre/memory_transport.hpp>
#include <gyre/network.hpp>
#include <gyre/tcp_client.hpp>
#include <gyre/tcp_server.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace gyre::test {
namespace {

using namespace std::chrono_literals;

constexpr SocketOptions all_set{
    .no_delay = false,
    .keep_alive = KeepAliveOptions{.idle = 100s, .interval = 1500ms, .count = 7},
    .send_buffer = 20'000,
    .receive_buffer = 30'000,
    .unsent_limit = 50'000};

int option(int descriptor, int level, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    EXPECT_EQ(::getsockopt(descriptor, level, name, &value, &size), 0);
    return value;
}

void expect_all_set(int descriptor) {
    EXPECT_EQ(option(descriptor, IPPROTO_TCP, TCP_NODELAY), 0);
    EXPECT_EQ(option(descriptor, SOL_SOCKET, SO_KEEPALIVE), 1);
    EXPECT_EQ(option(descriptor, IPPROTO_TCP, TCP_KEEPIDLE), 100);
    EXPECT_EQ(option(descriptor, IPPROTO_TCP, TCP_KEEPINTVL), 2) << "rounded up";
    EXPECT_EQ(option(descriptor, IPPROTO_TCP, TCP_KEEPCNT), 7);
    EXPECT_EQ(option(descriptor, SOL_SOCKET, SO_SNDBUF), 40'000) << "doubled by the system";
    EXPECT_EQ(option(descriptor, SOL_SOCKET, SO_RCVBUF), 60'000);
    EXPECT_EQ(option(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT), 50'000);
}

void expect_defaults(int descriptor) {
    EXPECT_EQ(option(descriptor, IPPROTO_TCP, TCP_NODELAY), 1);
    EXPECT_EQ(option(descriptor, SOL_SOCKET, SO_KEEPALIVE), 0);
}

class SocketOptionsTest : public ReactorTest {
protected:
    SocketOptionsTest() { make_reactor({}); }
    void TearDown() override {
        settle();
        ReactorTest::TearDown();
    }
    void listen(const SocketOptions& options) {
        listening = reactor().network().listen(reactor(), *Address::from_ip("127.0.0.1", 0),
                                               {.socket = options});
        ASSERT_TRUE(listening.acceptor) << listening.error;
    }
    std::unique_ptr<Transport> connect(const ConnectOptions& options) {
        TransportResult result =
            reactor().network().connect(reactor(), listening.acceptor->local_address(), options);
        EXPECT_TRUE(result.transport) << result.error;
        return std::move(result.transport);
    }

    AcceptorResult listening;
};

TEST_F(SocketOptionsTest, WhatNoSocketCanHaveIsRefused) {
    EXPECT_FALSE(check_socket_options({}));
    EXPECT_FALSE(check_socket_options(all_set));
    EXPECT_EQ(check_socket_options({.send_buffer = 0}), Errc::invalid_argument);
    EXPECT_EQ(check_socket_options({.receive_buffer = 0}), Errc::invalid_argument);
    EXPECT_EQ(check_socket_options({.unsent_limit = 0}), Errc::invalid_argument);
    EXPECT_FALSE(check_socket_options({.send_buffer = unlimited, .unsent_limit = unlimited}));
    for (const KeepAliveOptions& bad :
         {KeepAliveOptions{.idle = 0s}, KeepAliveOptions{.idle = 999ms},
          KeepAliveOptions{.idle = 32'768s}, KeepAliveOptions{.interval = -1s},
          KeepAliveOptions{.interval = 32'768s}, KeepAliveOptions{.count = 0},
          KeepAliveOptions{.count = 128}})
        EXPECT_EQ(check_socket_options({.keep_alive = bad}), Errc::invalid_argument);
    for (const KeepAliveOptions& good :
         {KeepAliveOptions{.idle = 1s, .interval = 1s, .count = 1},
          KeepAliveOptions{.idle = 32'767s, .interval = 32'767s, .count = 127}}) {
        listen({.keep_alive = good});
        connect({.socket = {.keep_alive = good}});
    }
}

TEST_F(SocketOptionsTest, TheNetworkRefusesThemToo) {
    const SocketOptions bad{.send_buffer = 0};
    const Address address = *Address::from_ip("127.0.0.1", 0);
    Network& network = reactor().network();
    EXPECT_EQ(network.listen(reactor(), address, {.socket = bad}).error, Errc::invalid_argument);
    EXPECT_EQ(network.listen_on(reactor(), 0, {.socket = bad}).error, Errc::invalid_argument);
    EXPECT_EQ(network.connect(reactor(), address, {.socket = bad}).error, Errc::invalid_argument);
}

TEST_F(SocketOptionsTest, NoDelayIsTheDefault) {
    listen({});
    const auto client = connect({});
    const auto accepted = listening.acceptor->accept().transport;
    ASSERT_TRUE(accepted);
    expect_defaults(client->native_handle());
    expect_defaults(accepted->native_handle());
}

TEST_F(SocketOptionsTest, EachOneReachesTheSocketsOfBothSides) {
    listen(all_set);
    const auto client = connect({.socket = all_set});
    const auto accepted = listening.acceptor->accept().transport;
    ASSERT_TRUE(accepted);
    expect_all_set(client->native_handle());
    expect_all_set(accepted->native_handle());
}

TEST_F(SocketOptionsTest, UnixSocketsPassOverWhatIsTCPs) {
    const Address address = *Address::from_path("@gyre-options-" + std::to_string(::getpid()));
    listening = reactor().network().listen(reactor(), address, {.socket = all_set});
    ASSERT_TRUE(listening.acceptor) << listening.error;
    const auto client = connect({.socket = all_set});
    ASSERT_TRUE(client);
    const auto accepted = listening.acceptor->accept().transport;
    ASSERT_TRUE(accepted);
    EXPECT_EQ(option(accepted->native_handle(), SOL_SOCKET, SO_SNDBUF), 40'000);
}

TEST_F(SocketOptionsTest, AStreamChangesThemAll) {
    listen({});
    auto transport = connect({});
    const int descriptor = transport->native_handle();
    const IOStream stream{reactor(), std::move(transport)};
    EXPECT_EQ(stream.set_socket_options({.receive_buffer = 0}), Errc::invalid_argument);
    EXPECT_FALSE(stream.set_socket_options(all_set));
    expect_all_set(descriptor);
    EXPECT_FALSE(stream.set_socket_options({}));
    expect_defaults(descriptor);
    stream.close();
    EXPECT_EQ(stream.set_socket_options({}), Errc::closed);
    settle();
}

TEST_F(SocketOptionsTest, AStreamThatIsNotOnASocketHasNone) {
    auto [transport, peer] = make_memory_pair(reactor());
    const IOStream stream{reactor(), std::move(transport)};
    EXPECT_EQ(stream.set_socket_options({}), Errc::not_supported);
    EXPECT_EQ(IOStream{}.set_socket_options({}), Errc::closed);
    stream.close();
    settle();
}

TEST_F(SocketOptionsTest, ServerAndClientHandThemOn) {
    TCPServer server{reactor(), {.socket = all_set}};
    ExpectOnce accepted;
    server.handle_stream(accepted([&](const IOStream& stream) {
        stream.close();
        server.stop();
    }));
    ASSERT_FALSE(server.listen(0, "127.0.0.1"));
    EXPECT_EQ(option(server.native_handle(), SOL_SOCKET, SO_RCVBUF), 60'000)
        << "set before there are connections";
    ExpectOnce connected;
    TCPClient{reactor()}.connect("127.0.0.1", server.port(),
                                 {.socket = all_set, .source = *Address::from_ip("127.0.0.2", 0)},
                                 connected([&](const Error& error, const IOStream& stream) {
                                     ASSERT_FALSE(error) << error;
                                     EXPECT_EQ(stream.local_address().host(), "127.0.0.2");
                                     stream.close();
                                 }));
    ExpectOnce refused;
    TCPClient{reactor()}.connect("127.0.0.1", server.port(), {.socket = {.send_buffer = 0}},
                                 refused([](const Error& error, const IOStream&) {
                                     EXPECT_EQ(error, Errc::invalid_argument);
                                 }));
    reactor().run_for(10s);
}

TEST_F(SocketOptionsTest, ASourceOfAnotherFamilyHasNothingToConnectTo) {
    ExpectOnce refused;
    TCPClient{reactor()}.connect("127.0.0.1", 9, {.source = *Address::from_ip("::1", 0)},
                                 refused([](const Error& error, const IOStream&) {
                                     EXPECT_EQ(error, Errc::address_not_available);
                                 }));
    reactor().run_for(10s);
}

}  // namespace
}  // namespace gyre::test
