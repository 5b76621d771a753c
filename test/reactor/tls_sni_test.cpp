// Certificates and contexts that a server chooses by the name that a client asks for.
#include "tls_fixture.hpp"
#include "tls_server_name.hpp"
#include <gyre/iostream.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace gyre {
namespace {

using testing::HasSubstr;

class TlsSniTest : public TlsTest {
protected:
    TlsSniTest() {
        reactor->on_unhandled_error(
            [this](const Error& error) { reports.push_back(error.message()); });
    }
    static TLSNamedCertificate named(const std::string& name, const std::string& subject) {
        const test::TestCertificate made = authority().issue(
            {.common_name = subject, .dns_names = {"a.test", "b.test", "*.a.test", "x.test"}});
        return {.name = name, .certificate = made.certificate, .key = made.key};
    }
    /// The server's own certificate is for "x.test" and says "default".
    static TLSOptions options(std::vector<TLSNamedCertificate> names = {}) {
        const TLSNamedCertificate own = named("", "default");
        TLSOptions options{.certificate = own.certificate, .key = own.key};
        options.certificates_by_name = std::move(names);
        return options;
    }
    static TLSOptions context_options(const std::string& subject) {
        const TLSNamedCertificate made = named("", subject);
        return {.certificate = made.certificate, .key = made.key};
    }
    /// The subject of the certificate that is shown to a client that asks for `name`.
    std::string shown(const TLSContext& serving, const std::string& name) {
        const auto ends = run_connection(
            client_context({.verify_peer = TLSVerify::none, .session_resumption = false}), serving,
            name);
        return ends->client.connected ? ends->client->tls_info().peer_subject
                                      : ends->client.handshake_error.message();
    }

    std::vector<std::string> reports;
};

TEST_F(TlsSniTest, ACertificateForTheNameIsShown) {
    const TLSContext serving =
        server_context(options({named("a.test", "a"), named("b.test", "b")}));
    EXPECT_EQ(shown(serving, "a.test"), "CN=a");
    EXPECT_EQ(shown(serving, "b.test"), "CN=b");
    EXPECT_EQ(shown(serving, "other.test"), "CN=default");
    EXPECT_EQ(shown(serving, ""), "CN=default");
    EXPECT_EQ(shown(serving, "127.0.0.1"), "CN=default");
}

TEST_F(TlsSniTest, NamesAreVerifiedAsBefore) {
    const TLSContext serving = server_context(options({named("a.test", "a")}));
    const auto ends = run_connection(client_context(), serving, "a.test");
    EXPECT_TRUE(ends->client.connected) << ends->client.handshake_error;
    EXPECT_EQ(ends->server->tls_info().server_name, "a.test");
}

TEST_F(TlsSniTest, CaseAndFinalDotDoNotMatter) {
    const TLSContext serving = server_context(options({named("A.Test.", "a")}));
    EXPECT_EQ(shown(serving, "a.tEST"), "CN=a");
    EXPECT_EQ(shown(serving, "a.test."), "CN=a");
}

TEST_F(TlsSniTest, AWildcardIsForOneLabelMore) {
    const TLSContext serving =
        server_context(options({named("*.a.test", "wild"), named("one.a.test", "one")}));
    EXPECT_EQ(shown(serving, "two.a.test"), "CN=wild");
    EXPECT_EQ(shown(serving, "one.a.test"), "CN=one");
    EXPECT_EQ(shown(serving, "a.test"), "CN=default");
    EXPECT_EQ(shown(serving, "x.two.a.test"), "CN=default");
}

TEST_F(TlsSniTest, UnknownNamesMayBeRefused) {
    TLSOptions refusing = options({named("a.test", "a")});
    refusing.refuse_unknown_names = true;
    const TLSContext serving = server_context(refusing);
    EXPECT_EQ(shown(serving, "a.test"), "CN=a");
    EXPECT_EQ(shown(serving, ""), "CN=default");
    // The server's own certificate has this name.
    EXPECT_EQ(shown(serving, "x.test"), "CN=default");
    const auto ends = run_connection(client_context(), serving, "other.test");
    EXPECT_EQ(ends->client.handshake_error, Errc::tls_failed);
    EXPECT_THAT(ends->client.handshake_error.message(), HasSubstr("unrecognized name"));
    EXPECT_EQ(ends->server.handshake_error, Errc::tls_failed);
    EXPECT_THAT(ends->server.handshake_error.message(),
                HasSubstr("\"other.test\", which is unknown"));
}

TEST_F(TlsSniTest, AFunctionChoosesWhatTheTableDoesNot) {
    TLSOptions choosing = options({named("a.test", "a")});
    std::vector<std::string> asked;
    choosing.select_context = TLSNameSelector{[&](std::string_view name) {
        asked.emplace_back(name);
        // Nobody else keeps it.
        return name == "b.test" ? server_context(context_options("chosen")) : TLSContext{};
    }};
    const TLSContext serving = server_context(choosing);
    EXPECT_EQ(shown(serving, "B.TEST"), "CN=chosen");
    EXPECT_EQ(shown(serving, "a.test"), "CN=a");
    EXPECT_EQ(shown(serving, "other.test"), "CN=default");
    EXPECT_EQ(shown(serving, ""), "CN=default");
    EXPECT_EQ(asked, (std::vector<std::string>{"b.test", "other.test"}));
}

TEST_F(TlsSniTest, AChosenContextLivesAsLongAsItsConnections) {
    TLSOptions choosing = options();
    choosing.select_context = TLSNameSelector{[](std::string_view) {
        TLSOptions chosen = context_options("chosen");
        chosen.alpn = {"h2"};
        return server_context(chosen);
    }};
    auto ends = run_connection(client_context(), server_context(choosing), "a.test");
    ASSERT_TRUE(ends->client.connected) << ends->client.handshake_error;
    ends->client.send("hello");
    reactor->run();
    EXPECT_EQ(ends->server.in, "hello");
}

TEST_F(TlsSniTest, AnExceptionRefusesTheHandshakeAndIsReported) {
    TLSOptions choosing = options();
    choosing.select_context = TLSNameSelector{
        [](std::string_view) -> TLSContext { throw std::runtime_error{"no disk"}; }};
    const auto ends = run_connection(client_context(), server_context(choosing), "a.test");
    EXPECT_EQ(ends->client.handshake_error, Errc::tls_failed);
    EXPECT_EQ(ends->server.handshake_error, Errc::tls_failed);
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_THAT(reports[0], HasSubstr("no disk"));
}

TEST_F(TlsSniTest, AFunctionMayCloseTheStream) {
    for (const bool abort : {false, true}) {
        auto [first, second] = make_memory_pair(*reactor);
        const IOStream stream{*reactor, std::move(second)};
        TLSOptions choosing = options();
        choosing.select_context = TLSNameSelector{[&](std::string_view) {
            abort ? stream.abort() : stream.close();
            return TLSContext{};
        }};
        std::string events;
        stream.start_tls_server(server_context(choosing), [&](const Error& error) {
            EXPECT_EQ(error, Errc::canceled) << error;
            events += "handshake ";
        });
        stream.set_close_callback([&](const Error& error) {
            EXPECT_FALSE(error) << error;
            events += "closed";
        });
        Side peer;
        peer.take(make_tls_transport(*reactor, std::move(first), client_context(), TLSRole::client,
                                     "a.test"));
        reactor->run();
        EXPECT_EQ(events, "handshake closed");
        EXPECT_TRUE(peer.handshake_error);
    }
    EXPECT_TRUE(reports.empty());
}

TEST_F(TlsSniTest, AClientsContextIsNoChoice) {
    TLSOptions choosing = options();
    choosing.select_context = TLSNameSelector{[](std::string_view) { return client_context(); }};
    const auto ends = run_connection(client_context(), server_context(choosing), "a.test");
    EXPECT_EQ(ends->server.handshake_error, Errc::tls_failed);
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_THAT(reports[0], HasSubstr("client's context"));
}

TEST_F(TlsSniTest, OptionsWithAFunctionAreComparedByIt) {
    const auto choose = [](std::string_view) { return TLSContext{}; };
    const TLSOptions one{.select_context = choose};
    const TLSOptions copy = one;
    EXPECT_EQ(one, copy);
    EXPECT_NE(one, TLSOptions{.select_context = choose});
    EXPECT_NE(one, TLSOptions{});
}

class TlsChosenTest : public TlsSniTest {
protected:
    /// The server's own context has none of what the chosen one has.
    static TLSContext choosing(const TLSOptions& chosen) {
        TLSOptions all = options();
        all.alpn = {"default"};
        all.select_context =
            TLSNameSelector{[context = server_context(chosen)](std::string_view name) {
                return name == "a.test" ? context : TLSContext{};
            }};
        return server_context(all);
    }
};

TEST_F(TlsChosenTest, ItsProtocolsHold) {
    TLSOptions chosen = context_options("chosen");
    chosen.alpn = {"h2"};
    TLSOptions of_client = client_options();
    of_client.alpn = {"default", "h2"};
    const TLSContext serving = choosing(chosen);
    EXPECT_EQ(run_connection(client_context(of_client), serving, "a.test")
                  ->client->application_protocol(),
              "h2");
    EXPECT_EQ(run_connection(client_context(of_client), serving, "x.test")
                  ->client->application_protocol(),
              "default");
}

TEST_F(TlsChosenTest, ItsVerificationOfClientsHolds) {
    TLSOptions chosen = context_options("chosen");
    chosen.verify_peer = TLSVerify::require;
    chosen.ca = authority().certificate();
    const TLSContext serving = choosing(chosen);
    EXPECT_TRUE(run_connection(client_context(), serving, "x.test")->server.connected);
    EXPECT_EQ(run_connection(client_context(), serving, "a.test")->server.handshake_error,
              Errc::certificate_rejected);
    const test::TestCertificate stranger =
        test::TestAuthority{"another"}.issue({.for_clients = true});
    EXPECT_EQ(run_connection(client_context(client_with(stranger)), serving, "a.test")
                  ->server.handshake_error,
              Errc::certificate_rejected);
    const test::TestCertificate alice =
        authority().issue({.common_name = "alice", .for_clients = true});
    EXPECT_EQ(run_connection(client_context(client_with(alice)), serving, "a.test")
                  ->server->tls_info()
                  .peer_subject,
              "CN=alice");
}

TEST_F(TlsChosenTest, ItsVersionsAndCiphersHold) {
    TLSOptions chosen = context_options("chosen");
    chosen.min_version = TLSVersion::tls_1_3;
    chosen.ciphers = "TLS_CHACHA20_POLY1305_SHA256";
    const TLSContext serving = choosing(chosen);
    const auto ends = run_connection(client_context(), serving, "a.test");
    EXPECT_EQ(ends->client->tls_info().cipher, "TLS_CHACHA20_POLY1305_SHA256");
    for (const std::string name : {"a.test", "x.test"}) {
        Side side;
        auto [first, second] = make_memory_pair(*reactor);
        RawPeer old{std::move(first), TLS_client_method()};
        old.server_name = name;
        SSL_CTX_set_max_proto_version(old.context.get(), TLS1_2_VERSION);
        side.take(make_tls_transport(*reactor, std::move(second), serving, TLSRole::server, {}));
        old.start(true);
        reactor->run();
        EXPECT_EQ(side.connected, name == "x.test");
    }
}

TEST_F(TlsSniTest, AClientThatIsAskedForAnotherHelloGetsTheSameCertificate) {
    const detail::TlsCall call;
    const TLSContext serving = server_context(options({named("a.test", "a")}));
    const auto of_server = detail::TlsContext::of(serving)->new_connection(TLSRole::server, {});
    const auto of_client =
        detail::TlsContext::of(client_context())->new_connection(TLSRole::client, "a.test");
    SSL* const ends[] = {of_client.ssl.get(), of_server.ssl.get()};
    // The client guesses the wrong key exchange.
    ASSERT_EQ(SSL_set1_groups_list(ends[0], "X25519:P-384"), 1);
    ASSERT_EQ(SSL_set1_groups_list(ends[1], "P-384"), 1);
    BIO* one = nullptr;
    BIO* other = nullptr;
    ASSERT_EQ(BIO_new_bio_pair(&one, 0, &other, 0), 1);
    SSL_set_bio(ends[0], one, one);
    SSL_set_bio(ends[1], other, other);
    for (int i = 0; i < 6; ++i)
        SSL_do_handshake(ends[i % 2]);
    EXPECT_EQ(SSL_is_init_finished(ends[0]), 1);
    EXPECT_EQ(SSL_is_init_finished(ends[1]), 1);
}

TEST_F(TlsSniTest, NamesAndTheirCertificatesAreChecked) {
    const auto expect_error = [](const TLSNamedCertificate& bad, Errc kind, const char* text) {
        const TLSContextResult result = TLSContext::server(options({named("a.test", "a"), bad}));
        EXPECT_EQ(result.error, kind);
        EXPECT_THAT(result.error.message(),
                    HasSubstr("certificates_by_name \"" + bad.name + "\": " + text));
    };
    for (const char* bad : {"", ".", "*", "*.", "a.*.test", ".a.test", "a..test", "a b", "*.*.x"})
        expect_error(named(bad, "x"), Errc::invalid_argument, "not a host name");
    expect_error(named("A.test", "x"), Errc::invalid_argument, "the name is there already");
    expect_error({.name = "b.test"}, Errc::invalid_argument, "a TLS server needs certificate");
    expect_error({.name = "b.test", .certificate_file = "/none.pem"}, Errc::system,
                 "certificate_file /none.pem");
}

TEST_F(TlsSniTest, AClientHasNoNames) {
    TLSOptions named_client;
    named_client.certificates_by_name = {named("a.test", "a")};
    EXPECT_EQ(TLSContext::client(named_client).error, Errc::invalid_argument);
    EXPECT_EQ(TLSContext::client({.refuse_unknown_names = true}).error, Errc::invalid_argument);
}

std::optional<std::string> parse(const std::string& bytes) {
    return detail::parse_server_name(
        {reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()});
}

std::string extension(const std::string& name, char type = 0) {
    const auto two_bytes = [](std::size_t number) {
        return std::string{static_cast<char>(number >> 8), static_cast<char>(number & 255)};
    };
    return two_bytes(name.size() + 3) + type + two_bytes(name.size()) + name;
}

TEST(TlsServerNameTest, IsRead) {
    EXPECT_EQ(parse(extension("a.test")), "a.test");
    EXPECT_EQ(parse(extension("A.Test.")), "a.test");
    EXPECT_EQ(parse(extension(std::string(255, 'a'))), std::string(255, 'a'));
}

TEST(TlsServerNameTest, IsMalformed) {
    EXPECT_EQ(parse(""), std::nullopt);
    EXPECT_EQ(parse(extension("")), std::nullopt);
    EXPECT_EQ(parse(extension(std::string(256, 'a'))), std::nullopt);
    EXPECT_EQ(parse(extension("a b")), std::nullopt);
    EXPECT_EQ(parse(extension(std::string{"a\0b", 3})), std::nullopt);
    EXPECT_EQ(parse(extension("\xc3\xa4.test")), std::nullopt);
    EXPECT_EQ(parse(extension("a.test", 1)), std::nullopt);
    EXPECT_EQ(parse(extension("a.test") + "x"), std::nullopt);
    const std::string whole = extension("a.test");
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_EQ(parse(whole.substr(0, size)), std::nullopt);
}

}  // namespace
}  // namespace gyre
