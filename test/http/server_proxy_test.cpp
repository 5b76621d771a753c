#include "server_fixture.hpp"
#include "support/test_certificates.hpp"
#include <gyre/iostream.hpp>
#include <gyre/tcp_client.hpp>
#include <gyre/tls.hpp>

#include <string>
#include <vector>

// Servers behind proxies: whose word is believed, and the PROXY protocol.
namespace gyre::http::test {
namespace {

using namespace std::chrono_literals;
using gyre::test::TestAuthority;
using gyre::test::TestCertificate;

using Request = HTTPServerRequest;
using Response = HTTPServerResponse;

/// `/` tells what the server knows of its client.
class ServerProxy : public ServerTest {
protected:
    void start(HTTPServerOptions options) {
        serve(std::move(options)).get("/", [](const Request& request, const Response& to) {
            to.finish(describe(request) + "END");
        });
        listen();
    }
    static std::string describe(const Request& request) {
        return request.remote_address().host() + " by " + request.peer_address().host() + ' ' +
               std::string{request.scheme()} + "://" + std::string{request.host()} +
               (request.is_secure() ? " secure " : " ");
    }
    std::string ask(std::string_view fields, const std::string& before = {}) {
        RawClient client = connect();
        return body_of(client.send(before + get("/", fields)).until("END"));
    }
};

TEST_F(ServerProxy, WithoutTrustEveryPeerSpeaksForItself) {
    start({});
    EXPECT_EQ(ask("X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n"
                  "X-Forwarded-Host: a\r\nForwarded: for=192.0.2.1\r\n"),
              "127.0.0.1 by 127.0.0.1 http://test END");
}

TEST_F(ServerProxy, ATrustedPeerIsBelieved) {
    start({.trusted_proxies = {"127.0.0.0/8"}});
    EXPECT_EQ(ask("X-Forwarded-For: 9.9.9.9, 192.0.2.1\r\nX-Forwarded-Proto: https\r\n"
                  "X-Forwarded-Host: a.example:81\r\nForwarded: for=8.8.8.8\r\n"),
              "192.0.2.1 by 127.0.0.1 https://a.example:81 END");
    EXPECT_EQ(ask(""), "127.0.0.1 by 127.0.0.1 http://test END");
    EXPECT_EQ(ask("X-Forwarded-For: nonsense\r\nX-Forwarded-Proto: https\r\n"),
              "127.0.0.1 by 127.0.0.1 http://test END");
    EXPECT_EQ(ask("X-Forwarded-For: unknown\r\n"), " by 127.0.0.1 http://test END");
}

TEST_F(ServerProxy, TheStandardFieldIfItIsChosen) {
    start({.trusted_proxies = {"127.0.0.1"}, .forwarded_fields = ForwardedFields::forwarded});
    EXPECT_EQ(ask("X-Forwarded-For: 9.9.9.9\r\n"
                  "Forwarded: for=\"[2001:db8::1]:99\";proto=https;host=b\r\n"),
              "2001:db8::1 by 127.0.0.1 https://b END");
}

TEST_F(ServerProxy, AnotherPeerIsNotBelieved) {
    start({.trusted_proxies = {"127.0.0.2", "unix"}});
    EXPECT_EQ(ask("X-Forwarded-For: 192.0.2.1\r\n"), "127.0.0.1 by 127.0.0.1 http://test END");
}

TEST_F(ServerProxy, MalformedProxiesAreToldByListen) {
    serve({.trusted_proxies = {"127.0.0.1", "10.0.0.1/8"}});
    const Error error = server->listen(0, "127.0.0.1");
    EXPECT_EQ(error, Errc::invalid_argument);
    EXPECT_NE(error.message().find("10.0.0.1/8"), std::string::npos);
}

TEST_F(ServerProxy, AUnixSocketMayBeTrusted) {
    const std::string path = "@gyre-proxy-test-" + std::to_string(::getpid());
    serve({.trusted_proxies = {"unix"}}).get("/", [](const Request& request, const Response& to) {
        to.finish(describe(request) + "END");
    });
    ASSERT_FALSE(server->listen(0, "unix:" + path));
    std::string received;
    TCPClient client{reactor()};
    client.connect_unix(path, [&](const Error& error, const IOStream& stream) {
        ASSERT_FALSE(error) << error;
        stream.write(get("/", "X-Forwarded-For: 192.0.2.1\r\nConnection: close\r\n"));
        stream.read_until_close([&](const Error&, const std::string& all) { received = all; });
    });
    for (int i = 0; i < 10'000 && received.empty(); ++i)
        if (reactor().poll() == 0) std::this_thread::sleep_for(200us);
    EXPECT_EQ(body_of(received), "192.0.2.1 by  http://test END");
}

TEST_F(ServerProxy, TheClientStaysKnownWhenAllIsOver) {
    Request kept;
    serve({.trusted_proxies = {"127.0.0.1"}})
        .get("/", [&](const Request& request, const Response& to) {
            kept = request;
            to.finish("END");
        });
    listen();
    RawClient client = connect();
    client.send(get("/", "X-Forwarded-For: 192.0.2.1\r\nConnection: close\r\n")).until_end();
    settle();
    EXPECT_EQ(describe(kept), "192.0.2.1 by 127.0.0.1 http://test ");
    server.reset();
    EXPECT_EQ(describe(kept), " by  :// ");
}

TEST_F(ServerProxy, TheProxyProtocolNamesTheClient) {
    start({.proxy_protocol = ProxyProtocol::required});
    EXPECT_EQ(ask("", "PROXY TCP4 192.0.2.1 10.0.0.1 8080 80\r\n"),
              "192.0.2.1 by 127.0.0.1 http://test END");
    EXPECT_EQ(ask("", "PROXY UNKNOWN\r\n"), "127.0.0.1 by 127.0.0.1 http://test END");
    using namespace std::string_literals;
    EXPECT_EQ(ask("", "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\2\7\x7f\0\0\1\1\2\3\4"s),
              "192.0.2.7 by 127.0.0.1 http://test END");
    EXPECT_EQ(ask("", "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"s), "127.0.0.1 by 127.0.0.1 http://test END");
}

TEST_F(ServerProxy, TheHeaderMayComeInPieces) {
    start({.proxy_protocol = ProxyProtocol::required});
    const std::string all = "PROXY TCP4 192.0.2.1 10.0.0.1 8080 80\r\n" + get("/");
    RawClient client = connect();
    for (const char c : all)
        client.send({&c, 1});
    client.until("192.0.2.1 by");
    client.take();
    client.send(get("/")).until("192.0.2.1 by");  // for all requests of the connection
}

TEST_F(ServerProxy, WithoutTheHeaderAConnectionIsClosed) {
    start({.proxy_protocol = ProxyProtocol::required});
    EXPECT_EQ(connect().send(get("/")).until_end(), "");
    EXPECT_EQ(connect().send("PROXY TCP4 nonsense\r\n").until_end(), "");
    RawClient ended = connect();
    ended.send("PROXY");
    ended.half_close();
    EXPECT_EQ(ended.until_end(), "");
    EXPECT_EQ(server->connections(), 0u);
}

TEST_F(ServerProxy, TheHeaderHasTheTimeOfAHead) {
    start({.head_timeout = 5s, .proxy_protocol = ProxyProtocol::required});
    RawClient silent = connect();
    RawClient halting = connect();
    halting.send("PROXY TCP4 ");
    advance(4s);
    EXPECT_EQ(server->connections(), 2u);
    halting.send("1");
    advance(2s);
    silent.until_end();
    halting.until_end();
    RawClient good = connect();
    good.send("PROXY UNKNOWN\r\n");
    advance(10s);
    EXPECT_EQ(server->connections(), 1u) << "from then on the times are those of any connection";
    good.send(get("/")).until("END");
}

TEST_F(ServerProxy, OnlyTrustedProxiesSendTheHeader) {
    start({.trusted_proxies = {"192.0.2.99"}, .proxy_protocol = ProxyProtocol::required});
    EXPECT_EQ(ask(""), "127.0.0.1 by 127.0.0.1 http://test END");
    EXPECT_EQ(status_of(connect().send("PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\n\r\n").until_end()), 400);
}

TEST_F(ServerProxy, FieldsAreBelievedOfWhomTheHeaderNames) {
    start({.trusted_proxies = {"127.0.0.1", "10.0.0.0/8"},
           .proxy_protocol = ProxyProtocol::required});
    EXPECT_EQ(ask("X-Forwarded-For: 192.0.2.1\r\n", "PROXY TCP4 10.0.0.7 10.0.0.1 1 2\r\n"),
              "192.0.2.1 by 127.0.0.1 http://test END");
    EXPECT_EQ(ask("X-Forwarded-For: 192.0.2.1\r\n", "PROXY TCP4 198.51.100.1 10.0.0.1 1 2\r\n"),
              "198.51.100.1 by 127.0.0.1 http://test END");
}

TEST_F(ServerProxy, StopAndDestructionWhileTheHeaderIsAwaited) {
    start({.proxy_protocol = ProxyProtocol::required});
    RawClient slow = connect();
    RawClient silent = connect();
    server->stop();
    settle();
    EXPECT_EQ(server->connections(), 2u);
    slow.send("PROXY UNKNOWN\r\n" + get("/")).until("Connection: close");
    slow.until_end();
    server.reset();
    silent.until_end();
}

class ServerProxyTLS : public ServerProxy {
protected:
    HTTPServerOptions secure_options() {
        const TestCertificate made = authority.issue_for_localhost();
        return {.tls = TLSOptions{.certificate = made.certificate, .key = made.key},
                .proxy_protocol = ProxyProtocol::required};
    }
    /// Says `header`, then asks over TLS; returns the body.
    std::string ask_secure(const std::string& header) {
        const auto trust = TLSContext::client({.ca = authority.certificate()});
        std::string received;
        bool ended = false;
        TCPClient client{reactor()};
        client.connect(
            "127.0.0.1", server->port(), [&](const Error& error, const IOStream& stream) {
                ASSERT_FALSE(error) << error;
                stream.set_close_callback([&](const Error& why) {
                    why.ignore("the end");
                    ended = true;
                });
                stream.write(header, [&, stream](const Error& failed) {
                    ASSERT_FALSE(failed);
                    stream.start_tls_client(
                        trust.context, "localhost", [&, stream](const Error& why) {
                            if (why) return;
                            stream.write(get("/", "Connection: close\r\n"));
                            stream.read_until_close(
                                [&](const Error&, const std::string& all) { received = all; });
                        });
                });
            });
        for (int i = 0; i < 20'000 && !ended; ++i)
            if (reactor().poll() == 0) std::this_thread::sleep_for(200us);
        EXPECT_TRUE(ended);
        return body_of(received);
    }

    TestAuthority authority;
};

TEST_F(ServerProxyTLS, TheHeaderComesBeforeTheHandshake) {
    start(secure_options());
    EXPECT_EQ(ask_secure("PROXY TCP4 192.0.2.1 10.0.0.1 8080 80\r\n"),
              "192.0.2.1 by 127.0.0.1 https://test secure END");
    EXPECT_EQ(ask_secure(""), "");
}

TEST_F(ServerProxyTLS, WhatWasReadOfTheHandshakeIsNotLost) {
    start(secure_options());
    // In one piece with the header: the first bytes of a handshake that is refused.
    RawClient client = connect();
    client.send("PROXY UNKNOWN\r\n\x16\x03\x01" + std::string(2, '\0') + "GET / HTTP/1.1\r\n\r\n");
    const std::string alert = client.until_end();
    ASSERT_FALSE(alert.empty());
    EXPECT_EQ(alert.front(), '\x15') << "an alert of TLS";
}

TEST_F(ServerProxyTLS, TheHandshakeHasItsOwnTime) {
    HTTPServerOptions options = secure_options();
    options.handshake_timeout = 10s;
    start(std::move(options));
    RawClient silent = connect();
    advance(14s);
    silent.send("PROXY UNKNOWN\r\n");
    advance(9s);
    EXPECT_EQ(server->connections(), 1u);
    advance(2s);
    silent.until_end();
}

TEST_F(ServerProxy, AnAccessLogThatDestroysTheServerStillKnowsTheHost) {
    start({.trusted_proxies = {"127.0.0.0/8"}});
    std::string host;
    server->set_access_log([&](const AccessLogEntry& entry) {
        server.reset();
        host = entry.host;
    });
    const std::string long_name = std::string(60, 'a') + ".example";
    RawClient client = connect();
    client.try_send(
        get("/", "X-Forwarded-For: 10.1.1.1\r\nX-Forwarded-Host: " + long_name + "\r\n"));
    client.wait_for([&] { return !host.empty(); });
    EXPECT_EQ(host, long_name);
}

}  // namespace
}  // namespace gyre::http::test
