#include "tls_farewell.hpp"
#include "tls_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace gyre {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class TlsTransportTest : public TlsTest {};

TEST_F(TlsTransportTest, HandshakeAndEcho) {
    connect();
    server.when_readable = [&] {
        server.read();
        server.send(std::exchange(server.in, {}));
    };
    client.send("hello");
    reactor->run();
    EXPECT_EQ(client.in, "hello");
    EXPECT_TRUE(client->is_secure());
    EXPECT_EQ(client.writable, 1);
    EXPECT_EQ(server.writable, 1);
}

TEST_F(TlsTransportTest, EveryReadAndWriteBelowIsOneByte) {
    connect(client_options(), server_options(), "localhost",
            {.capacity = 5, .max_read = 1, .max_write = 1});
    server.when_readable = [&] {
        server.read();
        server.send(std::exchange(server.in, {}));
    };
    const std::string sent = pattern(40'000);
    client.send(sent);
    reactor->run();
    EXPECT_TRUE(client.in == sent);
    // No event came before the handshake had ended, for all the turns that it took.
    EXPECT_TRUE(client.connected);
}

TEST_F(TlsTransportTest, WritableComesOnlyWhenTheHandshakeHasEnded) {
    auto [first, second] = make_memory_pair(*reactor, {.max_read = 100});
    take_client(std::move(first), client_context());
    reactor->run();
    EXPECT_EQ(client.writable, 0);
    std::string_view bytes = "early";
    std::array<char, 8> room;
    EXPECT_EQ(client->write_some({&bytes, 1}).status, IOStatus::would_block);
    EXPECT_EQ(client->read_some(room).status, IOStatus::would_block);
    EXPECT_TRUE(client->tls_info().version.empty());
    take_server(std::move(second), server_context());
    reactor->run();
    EXPECT_EQ(client.writable, 1);
    EXPECT_EQ(server.writable, 1);
}

TEST_F(TlsTransportTest, WhatWasAgreedIsTold) {
    TLSOptions of_client = client_options();
    of_client.alpn = {"h2", "http/1.1"};
    TLSOptions of_server = server_options();
    of_server.alpn = {"http/1.1", "other"};
    connect(of_client, of_server);
    reactor->run();
    EXPECT_EQ(client->application_protocol(), "http/1.1");
    EXPECT_EQ(server->application_protocol(), "http/1.1");
    const TLSInfo info = client->tls_info();
    EXPECT_EQ(info.version, "TLSv1.3");
    EXPECT_THAT(info.cipher, StartsWith("TLS_"));
    EXPECT_EQ(info.peer_subject, "CN=localhost");
    EXPECT_EQ(server->tls_info().server_name, "localhost");
    EXPECT_EQ(server->tls_info().peer_subject, "");
}

TEST_F(TlsTransportTest, AClientWithoutAlpnIsServed) {
    TLSOptions of_server = server_options();
    of_server.alpn = {"http/1.1"};
    connect(client_options(), of_server);
    reactor->run();
    EXPECT_TRUE(client.connected);
    EXPECT_EQ(client->application_protocol(), "");
}

TEST_F(TlsTransportTest, NoCommonProtocolIsAnError) {
    TLSOptions of_client = client_options();
    of_client.alpn = {"h2"};
    TLSOptions of_server = server_options();
    of_server.alpn = {"http/1.1"};
    connect(of_client, of_server);
    reactor->run();
    EXPECT_EQ(client.handshake_error, Errc::tls_failed);
    EXPECT_THAT(client.handshake_error.message(), HasSubstr("no application protocol"));
    EXPECT_EQ(client.handshake_error.category(), "tls");
    EXPECT_EQ(client.handshake_error.phase(), "tls");
    EXPECT_EQ(server.handshake_error, Errc::tls_failed);
}

TEST_F(TlsTransportTest, OldVersionsAreRefused) {
    auto [first, second] = make_memory_pair(*reactor);
    RawPeer old{std::move(first), TLS_client_method()};
    SSL_CTX_set_min_proto_version(old.context.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(old.context.get(), TLS1_1_VERSION);
    take_server(std::move(second), server_context());
    old.start(true);
    reactor->run();
    EXPECT_EQ(server.handshake_error, Errc::tls_failed);
    EXPECT_THAT(server.handshake_error.message(), HasSubstr("unsupported protocol"));
    EXPECT_EQ(old.error, SSL_ERROR_SSL);
}

TEST_F(TlsTransportTest, TheLowestVersionCanBeRaised) {
    TLSOptions of_server = server_options();
    of_server.min_version = TLSVersion::tls_1_3;
    auto [first, second] = make_memory_pair(*reactor);
    RawPeer old{std::move(first), TLS_client_method()};
    SSL_CTX_set_max_proto_version(old.context.get(), TLS1_2_VERSION);
    take_server(std::move(second), server_context(of_server));
    old.start(true);
    reactor->run();
    EXPECT_EQ(server.handshake_error, Errc::tls_failed);
}

TEST_F(TlsTransportTest, AServerMeetsAPlainTextClient) {
    auto [first, second] = make_memory_pair(*reactor);
    take_server(std::move(second), server_context());
    const std::string_view request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    first->write_some({&request, 1});
    reactor->run();
    EXPECT_EQ(server.handshake_error, Errc::tls_failed);
    EXPECT_THAT(server.handshake_error.message(), HasSubstr("http request"));
}

TEST_F(TlsTransportTest, AClientMeetsAPlainTextServer) {
    auto [first, second] = make_memory_pair(*reactor);
    take_client(std::move(first), client_context());
    const std::string_view response = "HTTP/1.0 400 Bad Request\r\n\r\n";
    second->write_some({&response, 1});
    reactor->run();
    EXPECT_EQ(client.handshake_error, Errc::tls_failed);
    EXPECT_THAT(client.handshake_error.message(), HasSubstr("does the peer speak TLS?"));
}

TEST_F(TlsTransportTest, ThePeerClosesInTheMiddleOfTheHandshake) {
    auto [first, second] = make_memory_pair(*reactor);
    take_client(std::move(first), client_context());
    second.reset();
    reactor->run();
    EXPECT_TRUE(client.handshake_error == Errc::tls_failed ||
                client.handshake_error == Errc::broken_pipe);
    EXPECT_THAT(client.handshake_error.message(), StartsWith("TLS handshake: "));
}

TEST_F(TlsTransportTest, ThePeerAbortsInTheMiddleOfTheHandshake) {
    auto [first, second] = make_memory_pair(*reactor);
    take_server(std::move(first), server_context());
    reactor->run();
    second->abort();
    reactor->run();
    EXPECT_EQ(server.handshake_error, Errc::connection_reset);
}

TEST_F(TlsTransportTest, AnEmptyContextOrOneForTheOtherRole) {
    auto [first, second] = make_memory_pair(*reactor);
    take_client(std::move(first), TLSContext{});
    take_server(std::move(second), client_context());
    EXPECT_EQ(client.writable, 0);
    reactor->run();
    EXPECT_EQ(client.handshake_error, Errc::invalid_argument);
    EXPECT_EQ(server.handshake_error, Errc::invalid_argument);
}

TEST_F(TlsTransportTest, AFailureThatNobodyAsksForIsNotReported) {
    auto [first, second] = make_memory_pair(*reactor);
    make_tls_transport(*reactor, std::move(first), {}, TLSRole::client, "x");
    reactor->run();
}

TEST_F(TlsTransportTest, TheKeyLogIsWritten) {
    TLSOptions of_client = client_options();
    of_client.key_log_file = testing::TempDir() + "gyre-keys-" + std::to_string(::getpid());
    connect(of_client);
    reactor->run();
    std::stringstream text;
    text << std::ifstream{of_client.key_log_file}.rdbuf();
    EXPECT_THAT(text.str(), HasSubstr("CLIENT_TRAFFIC_SECRET_0 "));
    ::unlink(of_client.key_log_file.c_str());
}

struct Verdict {
    const char* name;
    test::TestCertificateOptions certificate;
    std::string host;
    Errc kind;
    const char* message;
};

void PrintTo(const Verdict& verdict, std::ostream* out) { *out << verdict.name; }

class TlsVerdictTest : public TlsTransportTest, public testing::WithParamInterface<Verdict> {};

TEST_P(TlsVerdictTest, IsAsItShouldBe) {
    const Verdict& verdict = GetParam();
    connect(client_options(), server_options(authority().issue(verdict.certificate)), verdict.host);
    reactor->run();
    EXPECT_EQ(client.handshake_error.kind(), verdict.kind) << client.handshake_error;
    EXPECT_THAT(client.handshake_error.message(), HasSubstr(verdict.message));
    EXPECT_EQ(client.connected, verdict.kind == Errc::ok);
    if (verdict.kind == Errc::ok) return;
    EXPECT_EQ(client.handshake_error.category(), "tls");
    // In TLS 1.3 the server may be through before the alert comes.
    if (!server.handshake_error) {
        EXPECT_TRUE(server.read_error);
    }
}

INSTANTIATE_TEST_SUITE_P(
    All, TlsVerdictTest,
    testing::Values(
        Verdict{"Good", {.dns_names = {"a.test"}}, "a.test", Errc::ok, "success"},
        Verdict{"CaseAndFinalDot", {.dns_names = {"a.TEST"}}, "A.test.", Errc::ok, "success"},
        Verdict{"Expired",
                {.dns_names = {"a.test"}, .valid_from_days = -9, .valid_until_days = -1},
                "a.test",
                Errc::certificate_rejected,
                "certificate of a.test was rejected: certificate has expired"},
        Verdict{"NotYetValid",
                {.dns_names = {"a.test"}, .valid_from_days = 5},
                "a.test",
                Errc::certificate_rejected,
                "certificate is not yet valid"},
        Verdict{"WrongHost",
                {.dns_names = {"b.test"}},
                "a.test",
                Errc::host_name_mismatch,
                "the certificate is not for a.test"},
        Verdict{"SubjectDoesNotCount",
                {.common_name = "a.test"},
                "a.test",
                Errc::host_name_mismatch,
                "a.test"},
        Verdict{"Wildcard", {.dns_names = {"*.a.test"}}, "www.a.test", Errc::ok, "success"},
        Verdict{"WildcardIsOneLabel",
                {.dns_names = {"*.a.test"}},
                "x.www.a.test",
                Errc::host_name_mismatch,
                "x.www.a.test"},
        Verdict{"PartialWildcard",
                {.dns_names = {"w*.a.test"}},
                "www.a.test",
                Errc::host_name_mismatch,
                "www.a.test"},
        Verdict{"ForClientsOnly",
                {.dns_names = {"a.test"}, .for_clients = true},
                "a.test",
                Errc::certificate_rejected,
                "purpose"},
        Verdict{"Address", {.ip_addresses = {"192.0.2.7"}}, "192.0.2.7", Errc::ok, "success"},
        Verdict{"Address6", {.ip_addresses = {"2001:db8::7"}}, "2001:db8::7", Errc::ok, "success"},
        Verdict{"OtherAddress",
                {.ip_addresses = {"192.0.2.8"}},
                "192.0.2.7",
                Errc::host_name_mismatch,
                "192.0.2.7"},
        Verdict{"AddressAsName",
                {.dns_names = {"192.0.2.7"}},
                "192.0.2.7",
                Errc::host_name_mismatch,
                "192.0.2.7"}),
    [](const auto& named) { return std::string{named.param.name}; });

TEST_F(TlsTransportTest, ASelfSignedCertificateIsRejectedUnlessTrusted) {
    const test::TestCertificate own = test::make_self_signed({.dns_names = {"localhost"}});
    connect(client_options(), server_options(own));
    reactor->run();
    EXPECT_EQ(client.handshake_error, Errc::certificate_rejected);
    EXPECT_THAT(client.handshake_error.message(), HasSubstr("self-signed certificate"));

    Side trusting_client;
    auto [first, second] = make_memory_pair(*reactor);
    trusting_client.take(make_tls_transport(*reactor, std::move(first),
                                            client_context({.ca = own.certificate}),
                                            TLSRole::client, "localhost"));
    Side second_server;
    second_server.take(make_tls_transport(
        *reactor, std::move(second), server_context(server_options(own)), TLSRole::server, {}));
    reactor->run();
    EXPECT_TRUE(trusting_client.connected) << trusting_client.handshake_error;
}

TEST_F(TlsTransportTest, AnUnknownAuthorityIsRejected) {
    const test::TestAuthority other{"another"};
    connect({.ca = other.certificate()});
    reactor->run();
    EXPECT_EQ(client.handshake_error, Errc::certificate_rejected);
    EXPECT_THAT(client.handshake_error.message(),
                HasSubstr("unable to get local issuer certificate"));
    EXPECT_THAT(server.handshake_error.message(), HasSubstr("unknown ca"));
}

TEST_F(TlsTransportTest, AnAuthorityOfTheSameNameIsRejected) {
    connect({.ca = test::TestAuthority{}.certificate()});
    reactor->run();
    EXPECT_EQ(client.handshake_error, Errc::certificate_rejected);
    EXPECT_THAT(client.handshake_error.message(), HasSubstr("certificate signature failure"));
}

TEST_F(TlsTransportTest, TheCertificateItselfMayBeTrusted) {
    const test::TestCertificate one = authority().issue_for_localhost();
    connect({.ca = one.certificate}, server_options(one));
    reactor->run();
    EXPECT_TRUE(client.connected) << client.handshake_error;
}

TEST_F(TlsTransportTest, TrustInACertificateIsInNoOtherOne) {
    connect({.ca = authority().issue_for_localhost().certificate});
    reactor->run();
    EXPECT_EQ(client.handshake_error, Errc::certificate_rejected);
}

TEST_F(TlsTransportTest, TrustInACertificateIsNotForAnotherHost) {
    const test::TestCertificate one = authority().issue({.dns_names = {"another.test"}});
    connect({.ca = one.certificate}, server_options(one));
    reactor->run();
    EXPECT_EQ(client.handshake_error, Errc::host_name_mismatch);
}

TEST_F(TlsTransportTest, TheSystemsStoreDoesNotKnowTheTestAuthority) {
    connect(TLSOptions{});
    reactor->run();
    EXPECT_EQ(client.handshake_error, Errc::certificate_rejected);
}

TEST_F(TlsTransportTest, InsideOfTlsAVerdictIsTheSame) {
    auto [first, second] = make_memory_pair(*reactor);
    take_client(make_tls_transport(*reactor, std::move(first), client_context(), TLSRole::client,
                                   "localhost"),
                client_context(), "another.test");
    take_server(
        make_tls_transport(*reactor, std::move(second), server_context(), TLSRole::server, {}),
        server_context());
    reactor->run();
    EXPECT_EQ(client.handshake_error, Errc::host_name_mismatch) << client.handshake_error;
    EXPECT_EQ(server.handshake_error, Errc::tls_failed);
    EXPECT_NE(server.handshake_error.message().find("alert"), std::string::npos)
        << server.handshake_error;
}

TEST_F(TlsTransportTest, InsideOfTlsBytesGoThrough) {
    auto [first, second] = make_memory_pair(*reactor);
    take_client(make_tls_transport(*reactor, std::move(first), client_context(), TLSRole::client,
                                   "localhost"),
                client_context());
    take_server(
        make_tls_transport(*reactor, std::move(second), server_context(), TLSRole::server, {}),
        server_context());
    client.send(pattern(200'000));
    server.send(pattern(100));
    reactor->run();
    EXPECT_EQ(server.in, pattern(200'000));
    EXPECT_EQ(client.in, pattern(100));
}

TEST_F(TlsTransportTest, VerificationCanBeSwitchedOff) {
    connect({.verify_peer = TLSVerify::none}, server_options(), "wrong.test");
    reactor->run();
    EXPECT_TRUE(client.connected);
    EXPECT_EQ(server->tls_info().server_name, "wrong.test");
}

TEST_F(TlsTransportTest, TheNameMayBeOverridden) {
    TLSOptions of_client = client_options();
    of_client.server_name = "localhost";
    connect(of_client, server_options(), "192.0.2.1");
    reactor->run();
    EXPECT_TRUE(client.connected);
    EXPECT_EQ(server->tls_info().server_name, "localhost");
}

TEST_F(TlsTransportTest, AnAddressIsNotSentAsName) {
    connect(client_options(), server_options(), "127.0.0.1");
    reactor->run();
    EXPECT_TRUE(client.connected);
    EXPECT_EQ(server->tls_info().server_name, "");
}

TEST_F(TlsTransportTest, WithoutANameThereIsNothingToVerify) {
    connect(client_options(), server_options(), "");
    reactor->run();
    EXPECT_EQ(client.handshake_error, Errc::invalid_argument);
}

TEST_F(TlsTransportTest, NamesThatAreNone) {
    for (const std::string& bad :
         {std::string(300, 'a'), std::string{"a\0b", 3}, std::string{".example.com"}}) {
        Side one;
        auto [first, second] = make_memory_pair(*reactor);
        one.take(
            make_tls_transport(*reactor, std::move(first), client_context(), TLSRole::client, bad));
        reactor->run();
        EXPECT_EQ(one.handshake_error, Errc::invalid_argument);
    }
}

TEST_F(TlsTransportTest, ARequiredClientCertificateIsShown) {
    connect(client_with(authority().issue({.common_name = "alice", .for_clients = true})),
            mutual(TLSVerify::require));
    client.send("x");
    reactor->run();
    EXPECT_EQ(server.in, "x");
    EXPECT_EQ(server->tls_info().peer_subject, "CN=alice");
}

TEST_F(TlsTransportTest, ARequiredClientCertificateIsMissing) {
    connect(client_options(), mutual(TLSVerify::require));
    reactor->run();
    EXPECT_EQ(server.handshake_error, Errc::certificate_rejected);
    EXPECT_THAT(server.handshake_error.message(), HasSubstr("sent no certificate"));
    EXPECT_EQ(client.read_error, Errc::tls_failed);
    EXPECT_THAT(client.read_error.message(), HasSubstr("certificate required"));
}

TEST_F(TlsTransportTest, ARequestedClientCertificateMayBeMissing) {
    connect(client_options(), mutual(TLSVerify::request));
    reactor->run();
    EXPECT_TRUE(server.connected);
}

TEST_F(TlsTransportTest, ABadClientCertificateIsRefused) {
    for (const TLSVerify verify : {TLSVerify::request, TLSVerify::require}) {
        connect(client_with(test::make_self_signed({.for_clients = true})), mutual(verify));
        server.handshake_error = {};
        reactor->run();
        EXPECT_EQ(server.handshake_error, Errc::certificate_rejected);
        EXPECT_THAT(server.handshake_error.message(), HasSubstr("the client was rejected"));
        EXPECT_TRUE(client.read_error);
        client.connected = false;
    }
}

TEST_F(TlsTransportTest, CloseIsTheEndForThePeer) {
    connect_and_run();
    server.send("last words");
    server->close();
    reactor->run();
    EXPECT_EQ(client.in, "last words");
    EXPECT_TRUE(client.ended);
    EXPECT_FALSE(client.read_error);
}

TEST_F(TlsTransportTest, AStreamCutWithoutCloseNotifyIsTruncated) {
    connect_and_run();
    server.send("half");
    server.drop();
    reactor->run();
    EXPECT_EQ(client.in, "half");
    EXPECT_FALSE(client.ended);
    EXPECT_EQ(client.read_error, Errc::truncated);
    EXPECT_EQ(client.read_error.category(), "tls");
}

TEST_F(TlsTransportTest, AbortIsAReset) {
    connect_and_run();
    server->abort();
    reactor->run();
    EXPECT_EQ(client.read_error, Errc::connection_reset);
}

TEST_F(TlsTransportTest, AnAbortThatNobodyWaitsForIsAHangup) {
    connect_and_run();
    client.read_on(false);
    server->abort();
    reactor->run();
    EXPECT_EQ(client.hangups, 1);
}

TEST_F(TlsTransportTest, ShutdownEndsOneDirectionOnly) {
    connect_and_run();
    client.send("question");
    client->shutdown_write();
    server.when_ended = [&] { server.send("answer"); };
    reactor->run();
    EXPECT_EQ(server.in, "question");
    EXPECT_TRUE(server.ended);
    EXPECT_EQ(client.in, "answer");
    client.send("more");
    EXPECT_EQ(client.write_error, Errc::broken_pipe);
}

TEST_F(TlsTransportTest, ShutdownEndsOneDirectionOnlyInTls12) {
    auto [first, second] = make_memory_pair(*reactor);
    RawPeer raw{std::move(first), TLS_client_method()};
    SSL_CTX_set_max_proto_version(raw.context.get(), TLS1_2_VERSION);
    take_server(std::move(second), server_context());
    raw.start(true);
    reactor->run();
    ASSERT_TRUE(server.connected) << server.handshake_error;
    server->shutdown_write();
    reactor->run();
    EXPECT_EQ(raw.error, SSL_ERROR_ZERO_RETURN);
    raw.send("still talking");
    reactor->run();
    EXPECT_EQ(server.in, "still talking");
}

TEST_F(TlsTransportTest, ShutdownThatDoesNotFitGoesOutLater) {
    connect(client_options(), server_options(), "localhost", {.capacity = 2000});
    reactor->run();
    server.read_on(false);
    reactor->run();
    client.send(pattern(1'970));  // with its record's frame it leaves a few bytes of room
    ASSERT_EQ(client.out, "");
    client->shutdown_write();
    reactor->run();
    EXPECT_FALSE(server.ended);
    server.read_on(true);
    reactor->run();
    EXPECT_EQ(server.in.size(), 1'970u);
    EXPECT_TRUE(server.ended);
    EXPECT_FALSE(server.read_error);
}

TEST_F(TlsTransportTest, CloseWhoseNotifyDoesNotFitIsStillTheEnd) {
    connect(client_options(), server_options(), "localhost", {.capacity = 2000});
    reactor->run();
    server.read_on(false);
    reactor->run();
    client.send(pattern(1'970));  // with its record's frame it leaves a few bytes of room
    ASSERT_EQ(client.out, "");
    client->close();
    client.drop();
    reactor->poll();
    server.read_on(true);
    reactor->run();
    EXPECT_EQ(server.in.size(), 1'970u);
    EXPECT_TRUE(server.ended) << server.read_error;
}

TEST_F(TlsTransportTest, NoMoreThanSomeConnectionsWaitToSayTheEnd) {
    constexpr int more = detail::TlsFarewell::most_at_once + 3;
    const TLSContext of_client = client_context();
    const TLSContext of_server = server_context();
    std::vector<std::unique_ptr<Ends>> all;
    for (int i = 0; i < more; ++i) {
        auto& ends = *all.emplace_back(std::make_unique<Ends>());
        auto [first, second] = make_memory_pair(*reactor, {.capacity = 2000});
        ends.client.take(make_tls_transport(*reactor, std::move(first), of_client, TLSRole::client,
                                            "localhost"));
        ends.server.take(
            make_tls_transport(*reactor, std::move(second), of_server, TLSRole::server, {}));
        for (int turn = 0; turn < 100 && !(ends.client.connected && ends.server.connected); ++turn)
            reactor->poll();
        while (reactor->poll() > 0) {
        }
        ends.server.read_on(false);
        ends.client.send(pattern(1'970));
        ends.client->close();
        ends.client.drop();
    }
    for (const auto& ends : all)
        ends->server.read_on(true);
    reactor->run();
    EXPECT_EQ(std::ranges::count_if(all, [](const auto& ends) { return ends->server.ended; }),
              detail::TlsFarewell::most_at_once);
    EXPECT_EQ(all.back()->server.read_error, Errc::truncated);
}

TEST_F(TlsTransportTest, OneFailureBelowAfterAnotherIsReportedOnce) {
    connect_and_run();
    client.read_on(false);
    server->abort();
    reactor->run();
    client->shutdown_write();
    client.read_on(true);
    reactor->run();
    EXPECT_EQ(client.read_error, Errc::connection_reset);
}

TEST_F(TlsTransportTest, ShutdownDuringTheHandshakeWaitsForItsEnd) {
    connect();
    client->shutdown_write();
    reactor->run();
    EXPECT_TRUE(client.connected);
    EXPECT_TRUE(server.ended);
    EXPECT_FALSE(server.read_error);
}

TEST_F(TlsTransportTest, AWriteAfterThePeerHasGone) {
    connect_and_run();
    client.read_on(false);
    server->close();
    reactor->run();
    client.send("anyone?");
    EXPECT_EQ(client.write_error, Errc::broken_pipe);
    // What the peer had said before can still be read.
    client.read_on(true);
    reactor->run();
    EXPECT_TRUE(client.ended);
}

TEST_F(TlsTransportTest, AWriterIsHeldBackByAPeerThatDoesNotRead) {
    connect(client_options(), server_options(), "localhost", {.capacity = 10'000});
    server.reading = false;
    reactor->run();
    const std::string sent = pattern(1'000'000);
    client.send(sent);
    reactor->run();  // returns: a writer that waits does not spin
    EXPECT_GT(client.out.size(), 960'000u);
    EXPECT_EQ(server.readable, 0);
    server.read_on(true);
    reactor->run();
    EXPECT_EQ(client.out.size(), 0u);
    EXPECT_TRUE(server.in == sent);
}

TEST_F(TlsTransportTest, ABlockedWriteGoesOnWithMoreBehindIt) {
    connect(client_options(), server_options(), "localhost", {.capacity = 300, .max_write = 7});
    reactor->run();
    const std::string sent = pattern(50'000);
    std::size_t offered = 100;
    // Small pieces, cut anew each time, and ever more of them.
    std::size_t done = 0;
    client.when_writable = [&] {
        const std::string_view rest = std::string_view{sent}.substr(done, offered);
        const std::size_t cut = (offered / 3) % (rest.size() + 1);
        const std::array parts{rest.substr(0, cut), std::string_view{}, rest.substr(cut)};
        const IOResult result = client->write_some(parts);
        EXPECT_NE(result.status, IOStatus::failed) << result.error;
        if (result.status == IOStatus::ok) done += result.bytes;
        offered += 37;
        client->want_write(done < sent.size());
    };
    client->want_write(true);
    reactor->run();
    EXPECT_EQ(done, sent.size());
    EXPECT_TRUE(server.in == sent);
}

TEST_F(TlsTransportTest, LessThanTheBlockedWriteIsAMistake) {
    connect(client_options(), server_options(), "localhost", {.capacity = 3'000});
    server.reading = false;
    reactor->run();
    client.send(pattern(20'000));
    const std::string_view less = "less";
    EXPECT_EQ(client->write_some({&less, 1}).error, Errc::invalid_argument);
    server.read_on(true);
    reactor->run();
    EXPECT_TRUE(server.in == pattern(20'000));
}

TEST_F(TlsTransportTest, WhatOpenSslHoldsIsToldOnLaterTurns) {
    connect_and_run();
    server.send(pattern(10'000));  // one record
    client.read_size = 1'000;
    client.readable = 0;
    reactor->run();
    EXPECT_TRUE(client.in == pattern(10'000));
    EXPECT_GE(client.readable, 10);
}

TEST_F(TlsTransportTest, WhatOpenSslHoldsWaitsUntilReadingIsWanted) {
    connect_and_run();
    server.send(pattern(10'000));
    client.read_size = 1'000;
    client.when_readable = [&] {
        client.read();
        client.read_on(false);
    };
    reactor->run();  // returns: no spin while nobody wants to read
    EXPECT_EQ(client.in.size(), 1'000u);
    const int before = client.readable;
    client.when_readable = {};
    client.read_on(true);
    EXPECT_EQ(client.readable, before);
    reactor->run();
    EXPECT_TRUE(client.in == pattern(10'000));
}

TEST_F(TlsTransportTest, TheFirstDataMayComeWithTheHandshake) {
    connect();
    client.when_connected = [&] { client.send("at once"); };
    server.reading = false;
    reactor->run();
    EXPECT_EQ(server.in, "");
    server.read_on(true);
    reactor->run();
    EXPECT_EQ(server.in, "at once");
}

TEST_F(TlsTransportTest, KeysMayBeUpdatedInTheMiddle) {
    auto [first, second] = make_memory_pair(*reactor, {.max_read = 11});
    RawPeer raw{std::move(first), TLS_client_method()};
    take_server(std::move(second), server_context());
    server.when_readable = [&] {
        server.read();
        server.send(std::exchange(server.in, {}));
    };
    raw.start(true);
    reactor->run();
    ASSERT_TRUE(server.connected) << server.handshake_error;
    std::string sent;
    for (int i = 0; i < 20; ++i) {
        SSL_key_update(raw.ssl.get(),
                       i % 2 ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED);
        const std::string part = "part " + std::to_string(i) + '\n';
        raw.send(part);
        sent += part;
        if (i % 3 == 0) reactor->run();
    }
    reactor->run();
    EXPECT_EQ(raw.in, sent);
}

TEST_F(TlsTransportTest, AFloodOfKeyUpdatesDoesNotHoldTheLoop) {
    auto [first, second] = make_memory_pair(*reactor, {.capacity = 1024 * 1024});
    RawPeer raw{std::move(first), TLS_client_method()};
    take_server(std::move(second), server_context());
    raw.start(true);
    reactor->run();
    server.readable = 0;
    for (int i = 0; i < 10'000; ++i) {  // some 16 buffers full
        SSL_key_update(raw.ssl.get(), SSL_KEY_UPDATE_NOT_REQUESTED);
        SSL_do_handshake(raw.ssl.get());
    }
    raw.send("data");
    reactor->run();
    EXPECT_EQ(server.in, "data");
    EXPECT_GT(server.readable, 5);
}

TEST_F(TlsTransportTest, ATicketResumesTheSession) {
    const TLSContext context = server_context(mutual(TLSVerify::request));
    SSL_SESSION* session = nullptr;
    for (const bool again : {false, true}) {
        Side side;
        auto [first, second] = make_memory_pair(*reactor);
        RawPeer raw{std::move(first), TLS_client_method()};
        side.take(make_tls_transport(*reactor, std::move(second), context, TLSRole::server, {}));
        raw.start(true, session);
        reactor->run();
        ASSERT_TRUE(side.connected) << side.handshake_error;
        EXPECT_EQ(SSL_session_reused(raw.ssl.get()), again ? 1 : 0);
        side.send("bye");
        reactor->run();
        EXPECT_EQ(raw.in, "bye");
        SSL_shutdown(raw.ssl.get());  // or OpenSSL would not use its session again
        if (!again) session = SSL_get1_session(raw.ssl.get());
    }
    SSL_SESSION_free(session);
}

TEST_F(TlsTransportTest, RenegotiationIsRefused) {
    auto [first, second] = make_memory_pair(*reactor);
    RawPeer raw{std::move(first), TLS_client_method()};
    SSL_CTX_set_max_proto_version(raw.context.get(), TLS1_2_VERSION);
    take_server(std::move(second), server_context());
    raw.start(true);
    reactor->run();
    ASSERT_TRUE(server.connected) << server.handshake_error;
    EXPECT_EQ(server->tls_info().version, "TLSv1.2");
    SSL_renegotiate(raw.ssl.get());
    raw.step();
    reactor->run();
    EXPECT_EQ(raw.reason, SSL_R_NO_RENEGOTIATION);
}

TEST_F(TlsTransportTest, CloseInsideTheHandshakesEnd) {
    connect();
    client.when_connected = [&] { client->close(); };
    reactor->run();
    EXPECT_TRUE(client.connected);
    EXPECT_TRUE(server.ended || server.read_error || server.handshake_error);
    EXPECT_EQ(client.readable, 0);
}

TEST_F(TlsTransportTest, CloseInsideReadable) {
    connect_and_run();
    client.when_readable = [&] { client->close(); };
    client->want_write(true);
    client.readable = client.writable = 0;
    server.send(pattern(5'000));
    reactor->run();
    EXPECT_EQ(client.readable, 1);
    EXPECT_TRUE(server.ended);
}

TEST_F(TlsTransportTest, CloseInsideReadableThatWasPosted) {
    connect_and_run();
    client.read_size = 100;
    client.when_readable = [&] {
        client.read();
        if (client.in.size() == 300) client->close();
    };
    server.send(pattern(5'000));
    reactor->run();
    EXPECT_EQ(client.in.size(), 300u);
}

TEST_F(TlsTransportTest, CloseInsideWritable) {
    connect_and_run();
    client.when_writable = [&] { client->close(); };
    client.writable = 0;
    client->want_write(true);
    reactor->run();
    EXPECT_EQ(client.writable, 1);
    EXPECT_TRUE(server.ended);
}

TEST_F(TlsTransportTest, CloseInsideTheEnd) {
    connect_and_run();
    client.when_ended = [&] { client->close(); };
    server.when_ended = [&] { server->close(); };
    server->shutdown_write();
    reactor->run();
    EXPECT_TRUE(client.ended);
    EXPECT_TRUE(server.ended);
    std::array<char, 4> room;
    EXPECT_EQ(client->read_some(room).error, Errc::closed);
}

TEST_F(TlsTransportTest, DestroyedWithAnEventPosted) {
    connect_and_run();
    client.when_readable = [&] { client.read(); };
    client.read_size = 10;
    server.send(pattern(1'000));
    client->read_some({});
    reactor->poll();
    client.drop();
    reactor->run();
}

TEST_F(TlsTransportTest, DestroyedAtEveryTurnOfTheHandshake) {
    for (int turns = 0; turns < 12; ++turns) {
        Side one;
        Side two;
        auto [first, second] = make_memory_pair(*reactor, {.max_read = 400});
        one.take(make_tls_transport(*reactor, std::move(first), client_context(), TLSRole::client,
                                    "localhost"));
        two.take(
            make_tls_transport(*reactor, std::move(second), server_context(), TLSRole::server, {}));
        for (int i = 0; i < turns; ++i)
            reactor->poll();
        one.drop();
        reactor->run();
        EXPECT_TRUE(two.handshake_error || two.read_error);
    }
}

TEST_F(TlsTransportTest, TheReactorGoesFirst) {
    connect_and_run();
    client.read_size = 10;
    server.send(pattern(1'000));
    reactor->poll();
    reactor.reset();
    client->want_read(true);
    client->want_write(true);
    client->close();
    server->abort();
}

TEST_F(TlsTransportTest, TheReactorGoesInTheMiddleOfTheHandshake) {
    connect();
    reactor->poll();
    reactor.reset();
    client->close();
}

class Accepting final : public AcceptListener {
public:
    explicit Accepting(Reactor& reactor) {
        AcceptorResult result =
            reactor.network().listen(reactor, *Address::from_ip("127.0.0.1", 0), {});
        EXPECT_FALSE(result.error) << result.error;
        acceptor = std::move(result.acceptor);
        acceptor->set_listener(this);
        acceptor->want_accept(true);
    }
    void on_acceptable() noexcept override {
        TransportResult result = acceptor->accept();
        if (result.transport) accepted = std::move(result.transport);
    }

    std::unique_ptr<Acceptor> acceptor;
    std::unique_ptr<Transport> accepted;
};

TEST_F(TlsTransportTest, MegabytesBothWaysOverSockets) {
    Accepting accepting{*reactor};
    TransportResult connecting =
        reactor->network().connect(*reactor, accepting.acceptor->local_address(), {});
    ASSERT_FALSE(connecting.error) << connecting.error;
    take_client(std::move(connecting.transport), client_context(), "127.0.0.1");
    run_until([&] { return accepting.accepted != nullptr; });
    take_server(std::move(accepting.accepted), server_context());
    const std::string sent = pattern(5'000'000);
    client.send(sent);
    server.send(sent);
    run_until([&] { return client.in.size() == sent.size() && server.in.size() == sent.size(); });
    EXPECT_TRUE(client.in == sent);
    EXPECT_TRUE(server.in == sent);
    client->close();
    run_until([&] { return server.ended; });
    EXPECT_EQ(server->local_address(), accepting.acceptor->local_address());
    EXPECT_GE(server->native_handle(), 0);
}

TEST_F(TlsTransportTest, NobodyListens) {
    std::optional<Accepting> accepting{*reactor};
    const Address address = accepting->acceptor->local_address();
    accepting.reset();
    TransportResult connecting = reactor->network().connect(*reactor, address, {});
    ASSERT_FALSE(connecting.error) << connecting.error;
    take_client(std::move(connecting.transport), client_context());
    run_until([&] { return client.writable > 0; });
    EXPECT_EQ(client.handshake_error, Errc::connection_refused);
}

TEST_F(TlsTransportTest, NoSigpipeOnASocketThatThePeerClosed) {
    Accepting accepting{*reactor};
    TransportResult connecting =
        reactor->network().connect(*reactor, accepting.acceptor->local_address(), {});
    take_client(std::move(connecting.transport), client_context());
    run_until([&] { return accepting.accepted != nullptr; });
    take_server(std::move(accepting.accepted), server_context());
    run_until([&] { return client.connected && server.connected; });
    client.read_on(false);
    server->close();
    const auto old = std::signal(SIGPIPE, SIG_DFL);
    run_until([&] {
        client.send("x");
        return static_cast<bool>(client.write_error);
    });
    std::signal(SIGPIPE, old);
    EXPECT_TRUE(client.write_error == Errc::broken_pipe ||
                client.write_error == Errc::connection_reset)
        << client.write_error;
}

/// `openssl ...` with pipes for its input and output.
class Program {
public:
    explicit Program(const std::vector<std::string>& words) {
        int in[2];
        int out[2];
        if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0) std::abort();
        std::vector<char*> arguments;
        for (const std::string& word : words)
            arguments.push_back(const_cast<char*>(word.c_str()));
        arguments.push_back(nullptr);
        pid_ = ::fork();
        if (pid_ == 0) {
            ::dup2(in[0], 0);
            ::dup2(out[1], 1);
            ::dup2(out[1], 2);
            ::execvp(arguments[0], arguments.data());
            ::_exit(127);
        }
        ::close(in[0]);
        ::close(out[1]);
        input = in[1];
        output_ = out[0];
        ::fcntl(output_, F_SETFL, O_NONBLOCK);
    }
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;
    ~Program() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        ::close(input);
        ::close(output_);
    }

    const std::string& output() {
        char bytes[4096];
        for (ssize_t got; (got = ::read(output_, bytes, sizeof bytes)) > 0;)
            text_.append(bytes, static_cast<std::size_t>(got));
        return text_;
    }
    void say(std::string_view text) const {
        if (::write(input, text.data(), text.size()) < 0) std::abort();
    }

    int input;

private:
    pid_t pid_;
    int output_;
    std::string text_;
};

class TlsProgramTest : public TlsTransportTest {
protected:
    TlsProgramTest() {
        std::string pattern_of_name = testing::TempDir() + "gyre-tls-XXXXXX";
        folder = ::mkdtemp(pattern_of_name.data());
        std::ofstream{folder + "/ca.pem"} << authority().certificate();
        std::ofstream{folder + "/own.pem"} << localhost().certificate << localhost().key;
    }
    ~TlsProgramTest() override {
        ::unlink((folder + "/ca.pem").c_str());
        ::unlink((folder + "/own.pem").c_str());
        ::rmdir(folder.c_str());
    }
    std::string folder;
};

TEST_F(TlsProgramTest, OpensslAsClient) {
    for (const char* version : {"-tls1_3", "-tls1_2"}) {
        Accepting accepting{*reactor};
        Program program{{"openssl", "s_client", "-connect",
                         accepting.acceptor->local_address().to_string(), "-CAfile",
                         folder + "/ca.pem", "-verify_return_error", "-verify_hostname",
                         "localhost", "-servername", "localhost", version, "-quiet"}};
        run_until([&] { return accepting.accepted != nullptr; });
        Side side;
        side.take(make_tls_transport(*reactor, std::move(accepting.accepted), server_context(),
                                     TLSRole::server, {}));
        run_until([&] { return side.connected; });
        program.say("from openssl\n");
        side.send("from gyre\n");
        run_until([&] { return side.in == "from openssl\n"; });
        run_until([&] { return program.output().find("from gyre\n") != std::string::npos; });
        EXPECT_EQ(side->tls_info().server_name, "localhost");
    }
}

TEST_F(TlsProgramTest, OpensslAsServer) {
    for (const char* version : {"-tls1_3", "-tls1_2"}) {
        Program program{{"openssl", "s_server", "-accept", "127.0.0.1:0", "-cert",
                         folder + "/own.pem", "-key", folder + "/own.pem", "-rev", "-alpn",
                         "http/1.1", version}};
        const auto port_in = [](const std::string& text) {
            const std::size_t found = text.find("ACCEPT 127.0.0.1:");
            const std::size_t end = text.find('\n', found);
            if (found == std::string::npos || end == std::string::npos) return 0;
            return std::atoi(text.c_str() + found + 17);
        };
        run_until([&] { return port_in(program.output()) != 0; });
        const auto port = static_cast<std::uint16_t>(port_in(program.output()));
        TransportResult connecting =
            reactor->network().connect(*reactor, *Address::from_ip("127.0.0.1", port), {});
        TLSOptions options = client_options();
        options.alpn = {"http/1.1"};
        Side side;
        side.take(make_tls_transport(*reactor, std::move(connecting.transport),
                                     client_context(options), TLSRole::client, "localhost"));
        side.send("gyre\n");
        run_until([&] { return side.in == "eryg\n" || side.handshake_error; });
        EXPECT_FALSE(side.handshake_error) << side.handshake_error;
        EXPECT_EQ(side->application_protocol(), "http/1.1");
    }
}

}  // namespace
}  // namespace gyre
