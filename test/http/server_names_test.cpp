#include "peer_info.hpp"
#include "server_fixture.hpp"
#include "support/test_certificates.hpp"
#include <gyre/iostream.hpp>
#include <gyre/tcp_client.hpp>
#include <gyre/tls.hpp>

#include <string>
#include <vector>

// What TLS agrees on before the first request: the protocol (ALPN), and the name (SNI).
namespace gyre::http::test {
namespace {

using namespace std::chrono_literals;
using gyre::test::TestAuthority;
using gyre::test::TestCertificate;

using Request = HTTPServerRequest;
using Response = HTTPServerResponse;

TEST(Misdirected, ARequestIsForTheNameThatItsConnectionAskedFor) {
    EXPECT_FALSE(detail::is_misdirected("a.example", "a.example"));
    EXPECT_FALSE(detail::is_misdirected("A.Example:443", "a.example"));
    EXPECT_FALSE(detail::is_misdirected("a.example.:443", "a.example"));
    EXPECT_TRUE(detail::is_misdirected("b.example", "a.example"));
    EXPECT_TRUE(detail::is_misdirected("", "a.example"));
    EXPECT_TRUE(detail::is_misdirected("127.0.0.1", "a.example"));
    EXPECT_TRUE(detail::is_misdirected("[::1]:443", "a.example"));
}

TEST(Misdirected, WithoutANameOnlyAnAddressCanBeMeant) {
    EXPECT_FALSE(detail::is_misdirected("127.0.0.1:443", ""));
    EXPECT_FALSE(detail::is_misdirected("[::1]:443", ""));
    EXPECT_FALSE(detail::is_misdirected("", ""));
    EXPECT_TRUE(detail::is_misdirected("a.example", ""));
}

class ServerNames : public ServerTest {
protected:
    TLSOptions options_for(const std::string& subject) {
        const TestCertificate made =
            authority.issue({.common_name = subject, .dns_names = {"public.test", "private.test"}});
        return {.certificate = made.certificate, .key = made.key};
    }
    void start(const TLSOptions& tls) {
        serve({.tls = tls}).get("/", [](const Request&, const Response& to) { to.finish("END"); });
        listen();
    }
    /// The answer to a request for `host` on a connection for `name`, or why there is none.
    std::string ask(const std::string& name, const std::string& host, TLSOptions trust = {}) {
        trust.ca = authority.certificate();
        trust.verify_peer = TLSVerify::none;
        const auto context = TLSContext::client(trust);
        std::string received;
        bool ended = false;
        TCPClient client{reactor()};
        client.connect(
            "127.0.0.1", server->port(), [&](const Error& error, const IOStream& stream) {
                ASSERT_FALSE(error) << error;
                stream.start_tls_client(context.context, name, [&, stream](const Error& failed) {
                    if (failed) {
                        received = failed.message();
                        ended = true;
                        return;
                    }
                    protocol = stream.tls_info().application_protocol;
                    stream.write("GET / HTTP/1.1\r\nHost: " + host +
                                 "\r\nConnection: close\r\n\r\n");
                    stream.read_until_close([&](const Error& why, const std::string& all) {
                        received = why ? why.message() : all;
                        ended = true;
                    });
                });
            });
        for (int i = 0; i < 20'000 && !ended; ++i)
            if (reactor().poll() == 0) std::this_thread::sleep_for(200us);
        return received;
    }

    TestAuthority authority;
    std::string protocol;
};

TEST_F(ServerNames, HTTP11IsOffered) {
    start(options_for("server"));
    EXPECT_EQ(status_of(ask("public.test", "public.test")), 200);
    EXPECT_EQ(protocol, "") << "to a client that offers nothing";
    EXPECT_EQ(status_of(ask("public.test", "public.test", {.alpn = {"h2", "http/1.1"}})), 200);
    EXPECT_EQ(protocol, "http/1.1");
    EXPECT_NE(ask("public.test", "public.test", {.alpn = {"h2"}}).find("no application protocol"),
              std::string::npos);
}

TEST_F(ServerNames, AListOfOnesOwnIsOfferedInstead) {
    TLSOptions tls = options_for("server");
    tls.alpn = {"mine"};
    start(tls);
    EXPECT_EQ(status_of(ask("public.test", "public.test", {.alpn = {"mine"}})), 200);
    EXPECT_EQ(protocol, "mine");
    EXPECT_FALSE(server->set_tls(options_for("server")));
    EXPECT_EQ(status_of(ask("public.test", "public.test", {.alpn = {"http/1.1"}})), 200);
}

TEST_F(ServerNames, AStricterRuleCannotBeEvadedByAnotherHost) {
    TLSOptions strict = options_for("private");
    strict.verify_peer = TLSVerify::require;
    strict.ca = authority.certificate();
    const TLSContextResult chosen = TLSContext::server(strict);
    ASSERT_FALSE(chosen.error) << chosen.error;
    TLSOptions tls = options_for("public");
    tls.select_context = TLSNameSelector{[context = chosen.context](std::string_view name) {
        return name == "private.test" ? context : TLSContext{};
    }};
    start(tls);
    EXPECT_EQ(status_of(ask("public.test", "public.test")), 200);
    EXPECT_EQ(status_of(ask("public.test", "Public.Test:443")), 200);
    EXPECT_EQ(status_of(ask("public.test", "private.test")), 421);
    EXPECT_EQ(status_of(ask("127.0.0.1", "127.0.0.1")), 200);
    EXPECT_EQ(status_of(ask("127.0.0.1", "private.test")), 421);
    const TestCertificate mine = authority.issue({.common_name = "me", .for_clients = true});
    const TLSOptions with_certificate{.certificate = mine.certificate, .key = mine.key};
    EXPECT_EQ(status_of(ask("private.test", "private.test", with_certificate)), 200);
    EXPECT_FALSE(ask("private.test", "private.test").starts_with("HTTP"));
}

TEST_F(ServerNames, WhereOneRuleHoldsForAllAnyHostWillDo) {
    start(options_for("server"));
    EXPECT_EQ(status_of(ask("public.test", "private.test")), 200);
}

TEST_F(ServerNames, WhatIsAskedForByHttpsMustComeOverTLS) {
    const auto ask_plainly = [this](const std::string& target) {
        return status_of(connect().send(get(target)).until("\r\n\r\n"));
    };
    const auto end = [](const Request&, const Response& to) { to.finish("END"); };
    serve().get("/", end);
    listen();
    EXPECT_EQ(ask_plainly("https://test/"), 421);
    EXPECT_EQ(ask_plainly("HTTPS://test/"), 421);
    EXPECT_EQ(ask_plainly("http://test/"), 200);
    serve({.trusted_proxies = {"127.0.0.1"}}).get("/", end);
    listen();
    EXPECT_EQ(ask_plainly("https://test/"), 200) << "from a proxy that has ended TLS";
}

}  // namespace
}  // namespace gyre::http::test
