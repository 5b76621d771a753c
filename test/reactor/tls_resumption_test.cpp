// Sessions that clients and servers resume, and those that they must not.
#include "tls_connection.hpp"
#include "tls_credentials.hpp"
#include "tls_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace gyre {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// A context for a client that shares its sessions with no other test.
TLSContext fresh_client(const TLSOptions& options = client_options()) {
    return detail::TlsContext::load(TLSRole::client, options).context;
}

class TlsResumptionTest : public TlsTest {
protected:
    /// Connects twice; whether the second time resumed what the first had begun.
    bool resumes(const TLSContext& of_client, const TLSContext& first_server,
                 const TLSContext& second_server) {
        EXPECT_TRUE(run_connection(of_client, first_server)->client.connected);
        return run_connection(of_client, second_server)->resumed();
    }
    bool resumes(const TLSContext& of_client, const TLSContext& of_server) {
        return resumes(of_client, of_server, of_server);
    }

    /// A client of OpenSSL's alone with a session of its own; both go on to the next connection.
    struct RawClient {
        std::unique_ptr<RawPeer> peer;
        detail::SslSessionPtr session;
        TLSInfo info;  ///< What the server says.

        bool resumed() const { return SSL_session_reused(peer->ssl.get()) == 1; }
    };
    void run_raw(RawClient& client_here, const TLSContext& of_server, int version,
                 const std::string& name = {}) {
        Side side;
        auto [first, second] = make_memory_pair(*reactor);
        client_here.peer = std::make_unique<RawPeer>(std::move(first), TLS_client_method());
        RawPeer& peer = *client_here.peer;
        SSL_CTX_set_max_proto_version(peer.context.get(), version);
        peer.server_name = name;
        side.take(make_tls_transport(*reactor, std::move(second), of_server, TLSRole::server, {}));
        peer.start(true, client_here.session.get());
        reactor->run();
        EXPECT_TRUE(side.connected) << side.handshake_error;
        client_here.info = side->tls_info();
        SSL_shutdown(peer.ssl.get());  // or OpenSSL would not use its session again
        client_here.session.reset(SSL_get1_session(peer.ssl.get()));
    }
};

TEST_F(TlsResumptionTest, TheSecondConnectionResumesTheFirst) {
    const TLSContext of_client = fresh_client();
    const TLSContext of_server = server_context();
    const auto first = run_connection(of_client, of_server);
    EXPECT_FALSE(first->client->tls_info().resumed);
    EXPECT_FALSE(first->server->tls_info().resumed);
    // And each gives what the next one needs.
    for (int i = 0; i < 3; ++i) {
        const auto next = run_connection(of_client, of_server);
        EXPECT_TRUE(next->resumed());
        EXPECT_EQ(next->client->tls_info().peer_subject, "CN=localhost");
        EXPECT_EQ(next->client->tls_info().version, "TLSv1.3");
        EXPECT_EQ(next->server->tls_info().server_name, "localhost");
        next->client.send("hello");
        reactor->run();
        EXPECT_EQ(next->server.in, "hello");
    }
}

TEST_F(TlsResumptionTest, AConnectionThatWasAbortedLeavesItsTicket) {
    const TLSContext of_client = fresh_client();
    const TLSContext of_server = server_context();
    run_connection(of_client, of_server)->client->abort();
    reactor->run();
    EXPECT_TRUE(run_connection(of_client, of_server)->resumed());
}

TEST_F(TlsResumptionTest, ConnectionsAtOnceUseATicketEach) {
    const TLSContext of_client = fresh_client();
    const TLSContext of_server = server_context();
    run_connection(of_client, of_server);
    Ends ends[2];
    for (Ends& each : ends) {
        auto [first, second] = make_memory_pair(*reactor);
        each.client.take(make_tls_transport(*reactor, std::move(first), of_client, TLSRole::client,
                                            "localhost"));
        each.server.take(
            make_tls_transport(*reactor, std::move(second), of_server, TLSRole::server, {}));
    }
    reactor->run();
    EXPECT_NE(ends[0].resumed(), ends[1].resumed());
}

TEST_F(TlsResumptionTest, AnotherNameIsVerifiedAnew) {
    const TLSContext of_client = fresh_client();
    const TLSContext of_server = server_context();
    run_connection(of_client, of_server, "localhost");
    EXPECT_FALSE(run_connection(of_client, of_server, "127.0.0.1")->client->tls_info().resumed);
    EXPECT_TRUE(run_connection(of_client, of_server, "LOCALHOST.")->client->tls_info().resumed);
    const auto wrong = run_connection(of_client, of_server, "other.test");
    EXPECT_EQ(wrong->client.handshake_error, Errc::host_name_mismatch);
}

TEST_F(TlsResumptionTest, OtherOptionsDoNotShareSessions) {
    const TLSContext of_server = server_context();
    TLSOptions careless = client_options();
    careless.verify_peer = TLSVerify::none;
    run_connection(client_context(careless), of_server);
    EXPECT_TRUE(run_connection(client_context(careless), of_server)->resumed());
    EXPECT_FALSE(run_connection(fresh_client(), of_server)->resumed());
    // A client that trusts somebody else is not led past its check.
    const test::TestAuthority other{"another"};
    EXPECT_EQ(run_connection(client_context({.ca = other.certificate()}), of_server)
                  ->client.handshake_error,
              Errc::certificate_rejected);
}

TEST_F(TlsResumptionTest, EitherSideMaySwitchItOff) {
    TLSOptions of_client = client_options();
    of_client.session_resumption = false;
    EXPECT_FALSE(resumes(fresh_client(of_client), server_context()));
    TLSOptions of_server = server_options();
    of_server.session_resumption = false;
    EXPECT_FALSE(resumes(fresh_client(), server_context(of_server)));
    RawClient raw;
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        raw.session.reset();
        run_raw(raw, server_context(of_server), version);
        EXPECT_EQ(SSL_SESSION_has_ticket(raw.session.get()), 0);
        run_raw(raw, server_context(of_server), version);
        EXPECT_FALSE(raw.resumed());
    }
}

TEST_F(TlsResumptionTest, ServersOfOneProcessShareTheirKeys) {
    EXPECT_TRUE(resumes(fresh_client(), server_context(), server_context()));
}

TEST_F(TlsResumptionTest, AnotherCertificateEndsItsSessions) {
    EXPECT_FALSE(resumes(fresh_client(), server_context(),
                         server_context(server_options(authority().issue_for_localhost()))));
}

TEST_F(TlsResumptionTest, OtherRulesForClientsEndTheSessions) {
    const TLSContext anyone = server_context();
    const TLSContext request = server_context(mutual(TLSVerify::request));
    const TLSContext require = server_context(mutual(TLSVerify::require));
    TLSOptions other_ca = mutual(TLSVerify::require);
    other_ca.ca = test::TestAuthority{"another"}.certificate();
    const TLSOptions alice =
        client_with(authority().issue({.common_name = "alice", .for_clients = true}));
    for (const TLSContext& before : {anyone, request}) {
        const TLSContext of_client = fresh_client();
        run_connection(of_client, before);
        const auto ends = run_connection(of_client, require);
        EXPECT_EQ(ends->server.handshake_error, Errc::certificate_rejected);
    }
    const TLSContext of_alice = fresh_client(alice);
    run_connection(of_alice, require);
    EXPECT_EQ(run_connection(of_alice, server_context(other_ca))->server.handshake_error,
              Errc::certificate_rejected);
}

TEST_F(TlsResumptionTest, AClientIsKnownAgain) {
    const TLSContext of_server = server_context(mutual(TLSVerify::require));
    const TLSContext of_client =
        fresh_client(client_with(authority().issue({.common_name = "alice", .for_clients = true})));
    run_connection(of_client, of_server);
    const auto again = run_connection(of_client, of_server);
    EXPECT_TRUE(again->resumed());
    EXPECT_EQ(again->server->tls_info().peer_subject, "CN=alice");
}

TEST_F(TlsResumptionTest, ATicketIsForTheNameItWasGivenFor) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        const TLSContext of_server = server_context();
        RawClient raw;
        run_raw(raw, of_server, version, "a.test");
        EXPECT_FALSE(raw.resumed());
        run_raw(raw, of_server, version, "a.test");
        EXPECT_TRUE(raw.resumed());
        EXPECT_TRUE(raw.info.resumed);
        EXPECT_EQ(raw.info.server_name, "a.test");
        run_raw(raw, of_server, version, "b.test");
        EXPECT_FALSE(raw.resumed());
        EXPECT_EQ(raw.info.server_name, "b.test");
    }
}

TEST_F(TlsResumptionTest, AChosenContextDoesNotTakeTheTicketsOfAnother) {
    const TLSContext strict = server_context(mutual(TLSVerify::require));
    TLSOptions choosing = server_options();
    choosing.select_context = TLSNameSelector{
        [&](std::string_view name) { return name == "strict.test" ? strict : TLSContext{}; }};
    const TLSContext of_server = server_context(choosing);
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        RawClient raw;
        run_raw(raw, of_server, version);
        Side side;
        auto [first, second] = make_memory_pair(*reactor);
        RawPeer peer{std::move(first), TLS_client_method()};
        SSL_CTX_set_max_proto_version(peer.context.get(), version);
        peer.server_name = "strict.test";
        side.take(make_tls_transport(*reactor, std::move(second), of_server, TLSRole::server, {}));
        peer.start(true, raw.session.get());
        reactor->run();
        EXPECT_EQ(side.handshake_error, Errc::certificate_rejected);
    }
}

TEST_F(TlsResumptionTest, AChosenContextMayGiveNoTickets) {
    TLSOptions silent = server_options();
    silent.session_resumption = false;
    TLSOptions choosing = server_options();
    choosing.select_context =
        TLSNameSelector{[context = server_context(silent)](std::string_view) { return context; }};
    const TLSContext of_server = server_context(choosing);
    EXPECT_FALSE(resumes(fresh_client(), of_server));
}

/// A server of gyre's OpenSSL alone, as others would configure it.
class RawServer {
public:
    RawServer(Reactor& reactor, Side& client, const TLSContext& context, int version,
              SSL_CTX* tickets_of = nullptr) {
        auto [first, second] = make_memory_pair(reactor);
        peer = std::make_unique<RawPeer>(std::move(second), TLS_server_method());
        SSL_CTX_set_max_proto_version(peer->context.get(), version);
        Error error = detail::use_certificate(peer->context.get(), server_options());
        EXPECT_FALSE(error) << error;
        unsigned char keys[80] = {};
        if (tickets_of) {
            SSL_CTX_ctrl(tickets_of, SSL_CTRL_GET_TLSEXT_TICKET_KEYS, sizeof keys, keys);
            SSL_CTX_ctrl(peer->context.get(), SSL_CTRL_SET_TLSEXT_TICKET_KEYS, sizeof keys, keys);
        }
        client.take(
            make_tls_transport(reactor, std::move(first), context, TLSRole::client, "localhost"));
        peer->start(false);
        reactor.run();
    }
    SSL_CTX* context() { return peer->context.get(); }
    std::unique_ptr<RawPeer> peer;
};

TEST_F(TlsResumptionTest, ASessionOfTls12IsUsedManyTimes) {
    const TLSContext of_client = fresh_client();
    Side sides[3];
    RawServer first{*reactor, sides[0], of_client, TLS1_2_VERSION};
    EXPECT_FALSE(sides[0]->tls_info().resumed) << sides[0].handshake_error;
    for (Side* side : {&sides[1], &sides[2]}) {
        RawServer next{*reactor, *side, of_client, TLS1_2_VERSION, first.context()};
        EXPECT_TRUE((*side)->tls_info().resumed);
        EXPECT_EQ((*side)->tls_info().version, "TLSv1.2");
        EXPECT_EQ((*side)->tls_info().server_name, "localhost");
    }
}

TEST_F(TlsResumptionTest, AFailedHandshakeEndsTheSessions) {
    const TLSContext of_client = fresh_client();
    Side sides[3];
    RawServer first{*reactor, sides[0], of_client, TLS1_2_VERSION};
    auto [lower, peer] = make_memory_pair(*reactor);
    sides[1].take(
        make_tls_transport(*reactor, std::move(lower), of_client, TLSRole::client, "localhost"));
    const std::string_view nonsense = "HTTP/1.0 400 Bad Request\r\n\r\n";
    peer->write_some({&nonsense, 1});
    reactor->run();
    EXPECT_EQ(sides[1].handshake_error, Errc::tls_failed);
    RawServer again{*reactor, sides[2], of_client, TLS1_2_VERSION, first.context()};
    EXPECT_TRUE(sides[2].connected);
    EXPECT_FALSE(sides[2]->tls_info().resumed);
}

std::string key(char fill) { return std::string(80, fill); }

TEST_F(TlsResumptionTest, ServersWithTheSameGivenKeys) {
    const auto with = [](std::vector<std::string> keys) {
        TLSOptions options = server_options();
        options.ticket_keys = std::move(keys);
        return server_context(options);
    };
    EXPECT_TRUE(resumes(fresh_client(), with({key('a')}), with({key('a')})));
    EXPECT_TRUE(resumes(fresh_client(), with({key('a')}), with({key('b'), key('a')})));
    EXPECT_FALSE(resumes(fresh_client(), with({key('a')}), with({key('b')})));
    EXPECT_FALSE(resumes(fresh_client(), with({key('a')}), server_context()));
}

TEST_F(TlsResumptionTest, OptionsThatMakeNoSense) {
    TLSOptions options = server_options();
    options.ticket_keys = {"short"};
    EXPECT_THAT(TLSContext::server(options).error.message(), HasSubstr("80 bytes"));
    options.ticket_keys.clear();
    options.ticket_key_lifetime = 0s;
    EXPECT_EQ(TLSContext::server(options).error, Errc::invalid_argument);
    options.ticket_key_lifetime = unlimited;
    EXPECT_FALSE(TLSContext::server(options).error);
    TLSOptions of_client = client_options();
    of_client.ticket_keys = {key('a')};
    EXPECT_EQ(TLSContext::client(of_client).error, Errc::invalid_argument);
}

TEST_F(TlsResumptionTest, KeysThatGrowOld) {
    static TimePoint now;
    now = TimePoint{} + 100h;
    TLSOptions options = server_options();
    options.ticket_key_lifetime = 1h;
    const TLSContext of_server =
        detail::TlsContext::load(TLSRole::server, options, []() noexcept { return now; }).context;
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        RawClient raw;
        run_raw(raw, of_server, version);
        const auto resumed_after = [&](Duration pause) {
            now += pause;
            run_raw(raw, of_server, version);
            return raw.resumed();
        };
        EXPECT_TRUE(resumed_after(59min));
        // The old key still opens, and what it opened is sealed anew.
        EXPECT_TRUE(resumed_after(60min));
        EXPECT_TRUE(resumed_after(60min));
        EXPECT_FALSE(resumed_after(120min));
        EXPECT_TRUE(resumed_after(0min));
    }
}

TEST_F(TlsResumptionTest, NothingIsKeptInOpenSslsOwnCaches) {
    const TLSContext of_client = fresh_client();
    const TLSContext of_server = server_context();
    for (int i = 0; i < 20; ++i)
        run_connection(of_client, of_server);
    const auto client_side =
        detail::TlsContext::of(of_client)->new_connection(TLSRole::client, "x");
    const auto server_side = detail::TlsContext::of(of_server)->new_connection(TLSRole::server, {});
    for (SSL* ssl : {client_side.ssl.get(), server_side.ssl.get()})
        EXPECT_EQ(SSL_CTX_sess_number(SSL_get_SSL_CTX(ssl)), 0);
}

TEST(TlsThreadsTest, ManyReactorsShareContexts) {
    TLSOptions options = server_options();
    options.ticket_key_lifetime = 1ms;
    const TLSContext of_server = server_context(options);
    const TLSContext of_client = fresh_client();
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread)
        threads.emplace_back([&] {
            Reactor reactor;
            for (int i = 0; i < 10; ++i) {
                Ends ends;
                auto [first, second] = make_memory_pair(reactor);
                ends.client.take(make_tls_transport(reactor, std::move(first), of_client,
                                                    TLSRole::client, "localhost"));
                ends.server.take(
                    make_tls_transport(reactor, std::move(second), of_server, TLSRole::server, {}));
                reactor.run();
                EXPECT_TRUE(ends.client.connected && ends.server.connected);
            }
        });
    for (std::thread& thread : threads)
        thread.join();
}

}  // namespace
}  // namespace gyre
