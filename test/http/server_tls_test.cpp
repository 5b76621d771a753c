#include "server_fixture.hpp"
#include "support/test_certificates.hpp"
#include <gyre/iostream.hpp>
#include <gyre/network.hpp>
#include <gyre/tls_transport.hpp>

#include <memory>
#include <string>

namespace gyre::http::test {
namespace {

using namespace std::chrono_literals;
using gyre::test::TestAuthority;
using gyre::test::TestCertificate;

using Request = HTTPServerRequest;
using Response = HTTPServerResponse;

class ServerTLS : public ServerTest, private TransportListener {
protected:
    HTTPServer& serve_secure(HTTPServerOptions options = {}) {
        const TestCertificate certificate = authority.issue_for_localhost();
        TLSOptions tls;
        tls.certificate = certificate.certificate;
        tls.key = certificate.key;
        options.tls = tls;
        return serve(std::move(options));
    }
    /// A client over TLS, which collects what arrives in `received`.
    void connect_secure(const std::string& name = "127.0.0.1") {
        TLSOptions trust;
        trust.ca = authority.certificate();
        TLSContextResult context = TLSContext::client(trust);
        ASSERT_FALSE(context.error) << context.error;
        TransportResult tcp = reactor().network().connect(
            detail_reactor(), *Address::from_ip("127.0.0.1", server->port()), {});
        ASSERT_FALSE(tcp.error) << tcp.error;
        client = make_tls_transport(detail_reactor(), std::move(tcp.transport), context.context,
                                    TLSRole::client, name);
        client->set_listener(this);
        client->want_write(true);
        wait([&] { return connected || ended; });
    }
    void send(std::string_view bytes) {
        const std::string_view part[] = {bytes};
        EXPECT_EQ(client->write_some(part).bytes, bytes.size());
    }
    void until(std::string_view text) {
        wait([&] { return received.find(text) != std::string::npos; });
    }
    template <class Done>
    void wait(const Done& done) {
        for (int i = 0; i < 20'000 && !done(); ++i)
            if (reactor().poll() == 0) std::this_thread::sleep_for(200us);
        EXPECT_TRUE(done()) << received;
    }
    void TearDown() override {
        client.reset();
        ServerTest::TearDown();
    }

    TestAuthority authority;
    std::unique_ptr<Transport> client;
    std::string received;
    bool connected = false;
    bool ended = false;
    Errc end_kind = Errc::ok;

private:
    gyre::detail::ReactorRef detail_reactor() { return gyre::detail::ReactorRef{reactor()}; }
    void on_writable() noexcept override {
        client->want_write(false);
        const Error error = client->finish_connect();
        connected = !error;
        ended = ended || !connected;
        if (connected) client->want_read(true);
    }
    void on_readable() noexcept override {
        char buffer[16384];
        const IOResult result = client->read_some(buffer);
        received.append(buffer, result.bytes);
        if (result.status == IOStatus::ok || result.status == IOStatus::would_block) return;
        ended = true;
        end_kind = result.error.kind();
        client->want_read(false);
    }
    void on_hangup() noexcept override { ended = true; }
};

TEST_F(ServerTLS, AnswersAndKeepsTheConnection) {
    serve_secure().get("/", [](const Request& request, const Response& to) {
        EXPECT_TRUE(request.is_secure());
        EXPECT_EQ(request.remote_address().host(), "127.0.0.1");
        to.finish("secret");
    });
    listen();
    connect_secure();
    for (int i = 0; i < 3; ++i) {
        send(get("/"));
        until("secret");
        received.clear();
    }
    EXPECT_EQ(server->connections(), 1u);
}

TEST_F(ServerTLS, LargeBodiesGoBothWays) {
    serve_secure({.max_body_size = 4 * 1024 * 1024})
        .post("/", [](const Request& request, const Response& to) {
            to.finish(std::string{request.body()} + "END");
        });
    listen();
    connect_secure();
    send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1000000\r\n\r\n");
    for (int i = 0; i < 100; ++i) {
        send(std::string(10'000, 'x'));
        settle();
    }
    until("END");
    EXPECT_EQ(count(body_of(received), "x"), 1'000'000u);
}

TEST_F(ServerTLS, TheEndIsToldByACloseNotify) {
    serve_secure().get("/", [](const Request&, const Response& to) { to.finish("bye"); });
    listen();
    connect_secure();
    send(get("/", "Connection: close\r\n"));
    wait([&] { return ended; });
    EXPECT_EQ(body_of(received), "bye");
    EXPECT_EQ(end_kind, Errc::ok) << "an orderly end, not a truncated stream";
}

TEST_F(ServerTLS, ATruncatedResponseIsNotAnOrderlyEnd) {
    serve_secure().get("/", [](const Request&, const Response& to) {
        to.write("half");
        to.flush();
        to.fail(Error{Errc::timed_out, "upstream"});
    });
    listen();
    connect_secure();
    send(get("/"));
    wait([&] { return ended; });
    EXPECT_NE(end_kind, Errc::ok);
}

TEST_F(ServerTLS, AHandshakeThatDoesNotComeIsGivenUp) {
    serve_secure({.handshake_timeout = 10s});
    listen();
    RawClient silent = connect();
    RawClient halting = connect();
    halting.send("\x16\x03\x01");
    advance(9s);
    EXPECT_EQ(server->connections(), 2u);
    advance(2s);
    silent.until_end();
    halting.until_end();
    EXPECT_EQ(server->connections(), 0u);
}

TEST_F(ServerTLS, AnotherCertificateForNewConnectionsOnly) {
    const auto options_for = [this](const std::string& subject) {
        const TestCertificate made =
            authority.issue({.common_name = subject, .ip_addresses = {"127.0.0.1"}});
        return TLSOptions{.certificate = made.certificate, .key = made.key};
    };
    serve({.tls = options_for("first")}).get("/", [](const Request&, const Response& to) {
        to.finish("secret");
    });
    listen();
    connect_secure();
    EXPECT_EQ(client->tls_info().peer_subject, "CN=first");
    EXPECT_FALSE(server->set_tls(options_for("second")));
    EXPECT_EQ(server->set_tls({}), Errc::invalid_argument);
    send(get("/"));
    until("secret");
    client->close();
    connected = false;
    connect_secure();
    EXPECT_EQ(client->tls_info().peer_subject, "CN=second");
    EXPECT_FALSE(client->tls_info().resumed);
    received.clear();
    send(get("/"));
    until("secret");  // and the ticket before it
    connected = false;
    connect_secure();
    EXPECT_TRUE(client->tls_info().resumed);
}

TEST_F(ServerTLS, ASelectorMayDestroyTheServer) {
    const TestCertificate certificate = authority.issue_for_localhost();
    serve({.tls = TLSOptions{.certificate = certificate.certificate,
                             .key = certificate.key,
                             .select_context = TLSNameSelector{[this](std::string_view) {
                                 server.reset();
                                 return TLSContext{};
                             }}}});
    listen();
    connect_secure("localhost");
    EXPECT_TRUE(ended);
    EXPECT_FALSE(server);
}

TEST_F(ServerTLS, WhatSetTlsLetsGoOfMayDestroyTheServer) {
    const TestCertificate certificate = authority.issue_for_localhost();
    TLSOptions options{.certificate = certificate.certificate, .key = certificate.key};
    const TLSOptions without = options;
    std::shared_ptr<int> guard{new int, [this](const int* number) {
                                   delete number;
                                   server.reset();
                               }};
    options.select_context =
        TLSNameSelector{[guard = std::move(guard)](std::string_view) { return TLSContext{}; }};
    serve({.tls = options});
    options = without;
    listen();
    EXPECT_FALSE(server->set_tls(without));
    EXPECT_FALSE(server);
}

TEST_F(ServerTLS, AServerOfPlainTextStaysSo) {
    EXPECT_EQ(serve().set_tls({}), Errc::invalid_argument);
}

TEST_F(ServerTLS, PlainTextIsRefused) {
    serve_secure().get("/", [](const Request&, const Response&) { FAIL(); });
    listen();
    RawClient plain = connect();
    plain.send(get("/")).until_end();
    EXPECT_EQ(count(plain.received, "HTTP"), 0u);
}

TEST_F(ServerTLS, StopAndDestructionDuringAHandshake) {
    serve_secure();
    listen();
    RawClient silent = connect();
    server->stop();
    settle();
    EXPECT_EQ(server->connections(), 1u);
    server.reset();
    silent.until_end();
}

}  // namespace
}  // namespace gyre::http::test
