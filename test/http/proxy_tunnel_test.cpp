#include "proxy_tunnel.hpp"

#include "support/reactor_fixture.hpp"
#include <gyre/iostream.hpp>
#include <gyre/memory_transport.hpp>
#include <gyre/network.hpp>
#include <gyre/tcp_server.hpp>

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <unistd.h>

using namespace std::string_literals;

namespace gyre::http::detail {
namespace {

const std::string granted = "HTTP/1.1 200 OK\r\n\r\n";
const std::string challenge =
    "HTTP/1.1 407 No\r\nProxy-Authenticate: Digest realm=\"a\", nonce=\"n\", qop=\"auth\"\r\n";
const std::string socks_granted = "\x05\0\x05\0\0\x01\x7f\0\0\x01\x04\x38"s;

struct Outcome {
    int calls = 0;
    Error error{};
    std::unique_ptr<Transport> transport{};
};

/// A tunnel over memory; `proxy` is the other end of the connection.
class ProxyTunnelTest : public gyre::test::ReactorTest {
protected:
    void TearDown() override {
        proxy.abort();
        outcome = {};
        settle();
        ReactorTest::TearDown();
    }

    std::unique_ptr<Transport> connect(const MemoryPairOptions& pair = {}) {
        auto [ours, theirs] = make_memory_pair(reactor(), pair);
        proxy = IOStream{reactor(), std::move(theirs)};
        return std::move(ours);
    }

    TunnelHandle start(TunnelRequest request, std::unique_ptr<Transport> transport) {
        return establish_tunnel(
            reactor(), std::move(transport), std::move(request),
            [this, token = captures.token()](Error error, std::unique_ptr<Transport> given) {
                ++outcome.calls;
                outcome.error = std::move(error);
                outcome.transport = std::move(given);
                if (in_callback) in_callback();
            });
    }
    TunnelHandle start(TunnelRequest request) { return start(std::move(request), connect()); }
    TunnelHandle start() { return start(http()); }

    static TunnelRequest http() {
        return {.proxy = {.host = "proxy", .port = 3128}, .host = "example.com", .port = 443};
    }
    static TunnelRequest socks() {
        TunnelRequest request = http();
        request.proxy.type = ProxyType::socks5;
        return request;
    }
    TunnelRequest with_digest() {
        TunnelRequest request = http();
        request.proxy.username = "me";
        request.proxy.password = "key";
        request.proxy.auth_mode = AuthMode::digest;
        request.authenticator = make_authenticator(request.proxy.auth_mode, request.proxy.username,
                                                   request.proxy.password, reactor());
        return request;
    }

    /// The proxy answers each head that it reads with the next of these.
    void answer(std::vector<std::string> replies) {
        if (replies.empty()) return;
        proxy.read_until("\r\n\r\n", [this, replies](const Error& error, const std::string& head) {
            if (error) return;
            heads.push_back(head);
            proxy.write(replies.front());
            answer({replies.begin() + 1, replies.end()});
        });
    }

    /// A SOCKS proxy without authentication, for a host of eleven characters.
    void answer_socks() {
        proxy.read_bytes(3, [this](const Error&, const std::string&) {
            proxy.write(socks_granted.substr(0, 2));
            proxy.read_bytes(18, [this](const Error& error, const std::string&) {
                if (!error) proxy.write(socks_granted.substr(2));
            });
        });
    }

    void expect_tunnel() {
        EXPECT_EQ(outcome.calls, 1);
        EXPECT_FALSE(outcome.error) << outcome.error;
        ASSERT_TRUE(outcome.transport);
        EXPECT_TRUE(captures.released());
    }
    void expect_error(Errc kind) {
        EXPECT_EQ(outcome.calls, 1);
        EXPECT_EQ(outcome.error, kind) << outcome.error;
        EXPECT_EQ(outcome.error.phase(), "proxy");
        EXPECT_FALSE(outcome.transport);
        EXPECT_TRUE(captures.released());
    }
    /// Bytes go both ways, and nobody else listens.
    void expect_echo() {
        std::string got;
        IOStream tunnel{reactor(), std::move(outcome.transport)};
        proxy.on_data([this](std::string_view bytes) { proxy.write(bytes); });
        tunnel.on_data([&](std::string_view bytes) { got += bytes; });
        tunnel.write("through the tunnel");
        settle();
        EXPECT_EQ(got, "through the tunnel");
        tunnel.close();
        settle();
    }

    IOStream proxy;
    std::vector<std::string> heads;
    Outcome outcome;
    gyre::test::Captures captures;
    std::function<void()> in_callback;
};

TEST_F(ProxyTunnelTest, AnHttpProxyPassesBytes) {
    start();
    answer({granted});
    settle();
    expect_tunnel();
    EXPECT_EQ(heads.front(), "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n");
    expect_echo();
}

TEST_F(ProxyTunnelTest, ASocksProxyPassesBytes) {
    start(socks());
    answer_socks();
    settle();
    expect_tunnel();
    expect_echo();
}

TEST_F(ProxyTunnelTest, WhatIsBehindTheReplyOfSocksIsTheTunnels) {
    start(socks());
    proxy.write(socks_granted + "hello");
    settle();
    expect_tunnel();
    std::array<char, 16> room{};
    const IOResult result = outcome.transport->read_some(room);
    EXPECT_EQ((std::string_view{room.data(), result.bytes}), "hello");
}

TEST_F(ProxyTunnelTest, OneByteAtATimeDoes) {
    start(http(), connect({.capacity = 1, .max_read = 1, .max_write = 1}));
    answer({granted});
    settle();
    expect_tunnel();
    expect_echo();
    outcome = {};
    proxy.abort();
    start(socks(), connect({.capacity = 1, .max_read = 1, .max_write = 1}));
    answer_socks();
    settle();
    expect_tunnel();
    expect_echo();
}

TEST_F(ProxyTunnelTest, OverSockets) {
    TCPServer server{reactor()};
    server.handle_stream([this](const IOStream& stream) {
        proxy = stream;
        answer({challenge + "Content-Length: 2\r\n\r\nno", granted});
    });
    ASSERT_FALSE(server.listen(0, "127.0.0.1"));
    auto connected = reactor().network().connect(reactor(), server.address(), {});
    ASSERT_FALSE(connected.error);
    start(with_digest(), std::move(connected.transport));
    for (int i = 0; i < 20'000 && outcome.calls == 0; ++i)
        if (reactor().poll() == 0) ::usleep(200);
    expect_tunnel();
    ASSERT_EQ(heads.size(), 2U);
    EXPECT_EQ(heads[0].find("Authorization"), std::string::npos);
    EXPECT_NE(heads[1].find("Proxy-Authorization: Digest username=\"me\""), std::string::npos);
}

TEST_F(ProxyTunnelTest, AnotherConnectionGoesOnWithTheSameAuthenticator) {
    const TunnelRequest request = with_digest();
    start(request);
    answer({challenge + "Connection: close\r\n\r\n"});
    settle();
    EXPECT_EQ(outcome.calls, 1);
    EXPECT_FALSE(outcome.error) << outcome.error;
    EXPECT_FALSE(outcome.transport);

    outcome = {};
    start(request);
    answer({granted});
    settle();
    expect_tunnel();
    ASSERT_EQ(heads.size(), 2U);
    EXPECT_NE(heads[1].find("Proxy-Authorization: Digest "), std::string::npos);
}

TEST_F(ProxyTunnelTest, ARefusalIsAnErrorAndClosesTheConnection) {
    start();
    answer({"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"});
    settle();
    expect_error(Errc::http_status);
    EXPECT_EQ(outcome.error.code(), 403);
    EXPECT_EQ(outcome.error.category(), "http");
    EXPECT_EQ(outcome.error.message(), "the proxy answered 403: Forbidden");
    settle();
    EXPECT_TRUE(proxy.closed());
}

TEST_F(ProxyTunnelTest, AProxyThatClosesIsAnError) {
    start();
    proxy.close();
    settle();
    expect_error(Errc::end_of_stream);
}

TEST_F(ProxyTunnelTest, AConnectionThatBreaksIsAnError) {
    start();
    proxy.abort();
    settle();
    expect_error(Errc::connection_reset);
}

TEST_F(ProxyTunnelTest, AConnectionThatIsBrokenAlreadyIsAnErrorLater) {
    auto transport = connect();
    proxy.abort();
    settle();
    start(http(), std::move(transport));
    EXPECT_EQ(outcome.calls, 0);
    settle();
    expect_error(Errc::connection_reset);
}

TEST_F(ProxyTunnelTest, AnAnswerBeforeTheQuestionIsAnError) {
    auto transport = connect({.capacity = 19});
    proxy.write(granted);
    start(http(), std::move(transport));
    settle();
    expect_error(Errc::protocol_error);
}

TEST_F(ProxyTunnelTest, BadArgumentsAreToldLater) {
    TunnelRequest request = http();
    request.host = "a b";
    start(request);
    EXPECT_EQ(outcome.calls, 0);
    settle();
    expect_error(Errc::invalid_argument);

    outcome = {};
    start(http(), nullptr);
    EXPECT_EQ(outcome.calls, 0);
    settle();
    expect_error(Errc::invalid_argument);

    outcome = {};
    establish_tunnel(reactor(), connect(), http(), {});
    settle();
    EXPECT_TRUE(proxy.closed());
}

TEST_F(ProxyTunnelTest, CancelIsCanceled) {
    const TunnelHandle handle = start();
    proxy.on_data([](std::string_view) {});
    settle();
    handle.cancel();
    EXPECT_EQ(outcome.calls, 0);
    settle();
    expect_error(Errc::canceled);
    handle.cancel();
    settle();
    EXPECT_EQ(outcome.calls, 1);
    EXPECT_TRUE(proxy.closed());
}

TEST_F(ProxyTunnelTest, CancelOnceItIsSettledIsCanceledToo) {
    auto transport = connect();
    proxy.abort();
    settle();
    const TunnelHandle failed = start(http(), std::move(transport));
    failed.cancel();  // the failure is on its way
    settle();
    expect_error(Errc::canceled);

    outcome = {};
    const TunnelHandle good = start();
    answer({granted});
    // Behind every turn, so in one of them between the reply and the callback.
    bool canceled = false;
    for (int i = 0; i < 100 && outcome.calls == 0; ++i) {
        reactor().poll();
        if (!heads.empty() && !std::exchange(canceled, true)) good.cancel();
    }
    expect_error(Errc::canceled);
}

TEST_F(ProxyTunnelTest, WithoutTheReactorItIsNeverCalled) {
    const TunnelHandle handle = start();
    settle();
    EXPECT_FALSE(captures.released());
    proxy = {};
    reactor_holder.reset();
    EXPECT_EQ(outcome.calls, 0);
    EXPECT_TRUE(captures.released());
    handle.cancel();
}

TEST_F(ProxyTunnelTest, WithoutTheReactorAnOutcomeOnItsWayIsReleased) {
    start(http(), nullptr);
    proxy = {};
    reactor_holder.reset();
    EXPECT_EQ(outcome.calls, 0);
    EXPECT_TRUE(captures.released());
}

TEST_F(ProxyTunnelTest, ACallbackMayThrowAndStartAgain) {
    in_callback = [this] {
        if (outcome.calls > 1) return;
        start();
        answer({granted});
        throw std::runtime_error{"thrown by the callback"};
    };
    start();
    answer({granted});
    settle();
    EXPECT_EQ(outcome.calls, 2);
    EXPECT_TRUE(outcome.transport);
    const auto thrown = take_reports();
    ASSERT_EQ(thrown.size(), 1U);
    EXPECT_EQ(thrown.front(), Errc::unhandled_exception);
    EXPECT_TRUE(captures.released());
}

TEST_F(ProxyTunnelTest, ItKeepsTheReactorRunningAndIsListed) {
    const TunnelHandle handle = start();
    settle();
    EXPECT_TRUE(reactor().has_work());
    const auto pending = reactor().pending();
    bool listed = false;
    for (const PendingOperation& operation : pending)
        listed |=
            operation.kind == "proxy tunnel" && operation.detail == "example.com:443 by proxy:3128";
    EXPECT_TRUE(listed);
    handle.cancel();
    settle();
    EXPECT_EQ(outcome.error, Errc::canceled);
}

}  // namespace
}  // namespace gyre::http::detail
