#include "client_fixture.hpp"
#include "support/test_certificates.hpp"

#include <cstdio>
#include <fstream>

#include <unistd.h>

namespace gyre::http::test {
namespace {

using gyre::test::TestAuthority;
using gyre::test::TestCertificate;

/// PEM text in a file that goes with the object.
class TemporaryFile {
public:
    explicit TemporaryFile(const std::string& text) {
        static int count = 0;
        path_ =
            "/tmp/gyre_client_tls_" + std::to_string(::getpid()) + "_" + std::to_string(++count);
        std::ofstream{path_} << text;
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile() { std::remove(path_.c_str()); }
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

TCPServerOptions serving(const TestCertificate& certificate) {
    TLSOptions tls;
    tls.certificate = certificate.certificate;
    tls.key = certificate.key;
    return {.tls = tls};
}

class ClientTLSTest : public ClientTest {
protected:
    HTTPResponse fetch_secure(const TestCertificate& certificate,
                              std::string_view host = "127.0.0.1", bool validate = true) {
        ScriptedServer server{*reactor, always(reply("secret")), serving(certificate)};
        return fetch({.url = server.secure_url(host),
                      .validate_cert = validate,
                      .ca_certs = ca_file.path()});
    }
    static void expect_refused(const HTTPResponse& response, Errc kind) {
        EXPECT_EQ(response.error.kind(), kind) << response.error;
        EXPECT_EQ(response.error.phase(), "tls");
        EXPECT_EQ(response.code, 599);
        EXPECT_EQ(response.body, "");
        EXPECT_TRUE(response.error.message().starts_with("TLS with ")) << response.error;
    }

    TestAuthority authority;
    TemporaryFile ca_file{authority.certificate()};
};

TEST_F(ClientTLSTest, AnAuthorityOfOnesOwn) {
    const HTTPResponse response = fetch_secure(authority.issue_for_localhost());
    EXPECT_FALSE(response.error) << response.error;
    EXPECT_EQ(response.body, "secret");
    EXPECT_GT(response.time_info.tls, 0ns);
}

TEST_F(ClientTLSTest, TheClientsOptionsAreUsed) {
    ScriptedServer server{*reactor, always(reply("secret")),
                          serving(authority.issue_for_localhost())};
    AsyncHTTPClient own{*reactor, {.tls = {.ca = authority.certificate()}}};
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(fetch_with(own, {.url = server.secure_url("localhost")}).body, "secret");
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(ClientTLSTest, AnUnknownAuthority) {
    expect_refused(fetch_secure(TestAuthority{"someone else"}.issue_for_localhost()),
                   Errc::certificate_rejected);
}

TEST_F(ClientTLSTest, SelfSigned) {
    expect_refused(fetch_secure(gyre::test::make_self_signed({.ip_addresses = {"127.0.0.1"}})),
                   Errc::certificate_rejected);
}

TEST_F(ClientTLSTest, Expired) {
    expect_refused(
        fetch_secure(authority.issue(
            {.ip_addresses = {"127.0.0.1"}, .valid_from_days = -10, .valid_until_days = -1})),
        Errc::certificate_rejected);
}

TEST_F(ClientTLSTest, WrongName) {
    expect_refused(fetch_secure(authority.issue({.dns_names = {"other.test"}})),
                   Errc::host_name_mismatch);
    expect_refused(fetch_secure(authority.issue({.dns_names = {"other.test"}}), "localhost"),
                   Errc::host_name_mismatch);
}

TEST_F(ClientTLSTest, AnythingGoesWithoutValidation) {
    const HTTPResponse response =
        fetch_secure(gyre::test::make_self_signed({.dns_names = {"x"}}), "127.0.0.1", false);
    EXPECT_FALSE(response.error) << response.error;
}

TEST_F(ClientTLSTest, AnUnverifiedConnectionServesNoVerifiedFetch) {
    ScriptedServer server{*reactor, always(reply("secret")),
                          serving(gyre::test::make_self_signed({.dns_names = {"x"}}))};
    const std::string url = server.secure_url("127.0.0.1");
    EXPECT_FALSE(fetch({.url = url, .validate_cert = false}).error);
    EXPECT_FALSE(fetch({.url = url, .validate_cert = false}).error);
    EXPECT_EQ(server.connections(), 1);
    EXPECT_EQ(fetch({.url = url, .ca_certs = ca_file.path()}).error.kind(),
              Errc::certificate_rejected);
}

TEST_F(ClientTLSTest, FilesThatCannotBeLoaded) {
    const HTTPResponse response =
        fetch({.url = "https://127.0.0.1:9/", .ca_certs = "/no/such/file.pem"});
    EXPECT_TRUE(response.error);
    EXPECT_EQ(response.error.phase(), "tls");
    EXPECT_NE(response.error.message().find("/no/such/file.pem"), std::string::npos);
}

TEST_F(ClientTLSTest, PlainTextWhereTLSIsExpected) {
    ScriptedServer server{*reactor, always(reply("plain"))};
    server.reads = false;
    server.on_accept = [](const IOStream& stream) {
        stream.on_data(
            [stream](std::string_view) { stream.write("HTTP/1.1 400 Bad Request\r\n\r\n"); });
    };
    expect_refused(fetch({.url = server.secure_url("127.0.0.1")}), Errc::tls_failed);
}

TEST_F(ClientTLSTest, ASilentHandshakeMeetsTheConnectTimeout) {
    ScriptedServer server{*reactor, always("")};
    const HTTPResponse response =
        fetch({.url = server.secure_url("127.0.0.1"), .connect_timeout = 1500ms});
    EXPECT_EQ(response.error.kind(), Errc::timed_out);
    EXPECT_EQ(response.error.phase(), "tls");
    EXPECT_NE(response.error.message().find("connect_timeout (1.5 s)"), std::string::npos)
        << response.error;
}

TEST_F(ClientTLSTest, ABodyUntilCloseEndsWithTLS) {
    ScriptedServer server{*reactor, once_and_close("HTTP/1.1 200 OK\r\n\r\nwhole"),
                          serving(authority.issue_for_localhost())};
    const HTTPResponse response =
        fetch({.url = server.secure_url("127.0.0.1"), .ca_certs = ca_file.path()});
    EXPECT_FALSE(response.error) << response.error;
    EXPECT_EQ(response.body, "whole");
}

TEST_F(ClientTLSTest, ABodyUntilCloseThatIsCutIsTruncated) {
    ScriptedServer server{*reactor,
                          [&](const ScriptedRequest&, const IOStream& stream) {
                              stream.write("HTTP/1.1 200 OK\r\n\r\npart");
                              reactor->call_later(20ms, [stream] { stream.abort(); });
                          },
                          serving(authority.issue_for_localhost())};
    const HTTPResponse response =
        fetch({.url = server.secure_url("127.0.0.1"), .ca_certs = ca_file.path()});
    EXPECT_TRUE(response.error.kind() == Errc::truncated ||
                response.error.kind() == Errc::connection_reset)
        << response.error;
}

TEST_F(ClientTLSTest, ALongBodyBothWays) {
    const std::string body(5 * 1024 * 1024, 'y');
    ScriptedServer server{*reactor,
                          [](const ScriptedRequest& request, const IOStream& stream) {
                              stream.write(reply(request.body));
                          },
                          serving(authority.issue_for_localhost())};
    const HTTPResponse response = fetch({.url = server.secure_url("127.0.0.1"),
                                         .method = "POST",
                                         .body = body,
                                         .ca_certs = ca_file.path()});
    EXPECT_FALSE(response.error) << response.error;
    EXPECT_TRUE(response.body == body);
}

TEST_F(ClientTLSTest, HttpsToHttpIsNotFollowed) {
    ScriptedServer plain{*reactor, always(reply("plain"))};
    ScriptedServer server{*reactor, always(reply("", "302 x", "Location: " + plain.url() + "\r\n")),
                          serving(authority.issue_for_localhost())};
    const HTTPResponse response =
        fetch({.url = server.secure_url("127.0.0.1"), .ca_certs = ca_file.path()});
    EXPECT_EQ(response.error.kind(), Errc::bad_url);
    EXPECT_EQ(response.error.phase(), "redirect");
    EXPECT_EQ(plain.connections(), 0);
}

TEST_F(ClientTLSTest, TheClientCertificateStaysBehindAcrossOrigins) {
    const TestCertificate mine = authority.issue({.common_name = "me", .for_clients = true});
    TemporaryFile certificate{mine.certificate};
    TemporaryFile key{mine.key};
    TCPServerOptions wants = serving(authority.issue_for_localhost());
    wants.tls->ca = authority.certificate();
    wants.tls->verify_peer = TLSVerify::require;
    ScriptedServer other{*reactor, always(reply("other")), wants};
    ScriptedServer server{
        *reactor,
        [&](const ScriptedRequest& request, const IOStream& stream) {
            if (request.has(" /leave "))
                return stream.write(
                    reply("", "302 x", "Location: " + other.secure_url("127.0.0.1") + "\r\n"));
            stream.write(reply("known"));
        },
        wants};
    HTTPRequest request{.url = server.secure_url("127.0.0.1"),
                        .ca_certs = ca_file.path(),
                        .client_cert = certificate.path(),
                        .client_key = key.path()};
    EXPECT_EQ(fetch(request).body, "known");
    request.url = server.secure_url("127.0.0.1", "/leave");
    EXPECT_TRUE(fetch(request).error) << "the other server got the certificate";
    EXPECT_TRUE(other.requests().empty());
    request.url = other.secure_url("127.0.0.1");
    EXPECT_EQ(fetch(request).body, "other");
}

}  // namespace
}  // namespace gyre::http::test
