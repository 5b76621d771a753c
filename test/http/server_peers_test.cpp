#include "server_fixture.hpp"
#include "support/test_certificates.hpp"
#include <gyre/run_subprocess.hpp>
#include <gyre/tls.hpp>

#include <string>
#include <utility>
#include <vector>

// What other programs make of the server: curl and openssl.
namespace gyre::http::test {
namespace {

using namespace std::chrono_literals;
using gyre::test::TestAuthority;
using gyre::test::TestCertificate;

class ServerPeers : public ServerTest {
protected:
    void start(HTTPServerOptions options, bool secure) {
        if (secure) {
            const TestCertificate made = authority.issue_for_localhost();
            options.tls = TLSOptions{.certificate = made.certificate, .key = made.key};
        }
        serve(std::move(options))
            .get("/", [this](const HTTPServerRequest& request, const HTTPServerResponse& to) {
                client = request.remote_address();
                to.finish(std::string{request.scheme()} + " for " + client.host() + "\n");
            });
        listen();
    }
    /// What a program writes; both outputs together, if `with_errors`.
    std::string run(std::vector<std::string> argv, bool with_errors = false) {
        std::string output;
        bool ended = false;
        run_subprocess(reactor(), {.argv = std::move(argv)}, {.input = "\n"},
                       [&](const Error& error, const SubprocessOutput& result) {
                           EXPECT_FALSE(error) << error;
                           output = result.standard_output;
                           if (with_errors) output += result.standard_error;
                           ended = true;
                       });
        for (int i = 0; i < 60'000 && !ended; ++i)
            if (reactor().poll() == 0) std::this_thread::sleep_for(500us);
        EXPECT_TRUE(ended);
        return output;
    }
    std::string url(const std::string& scheme) {
        return scheme + "://127.0.0.1:" + std::to_string(server->port()) + "/";
    }

    TestAuthority authority;
    Address client;
};

TEST_F(ServerPeers, CurlSpeaksTheProxyProtocol) {
    start({.proxy_protocol = ProxyProtocol::required}, false);
    EXPECT_EQ(run({"curl", "-sS", "--haproxy-protocol", url("http"), url("http")}),
              "http for 127.0.0.1\nhttp for 127.0.0.1\n");
    EXPECT_NE(client.port(), 0) << "of curl's header";
    EXPECT_EQ(run({"curl", "-s", url("http")}), "") << "without the header";
}

TEST_F(ServerPeers, CurlSpeaksTheProxyProtocolBeforeTLS) {
    start({.proxy_protocol = ProxyProtocol::required}, true);
    EXPECT_EQ(run({"curl", "-sSk", "--haproxy-protocol", url("https")}), "https for 127.0.0.1\n");
    EXPECT_EQ(run({"curl", "-sk", url("https")}), "");
}

TEST_F(ServerPeers, CurlAgreesOnHTTP11) {
    start({}, true);
    const std::string told = run({"curl", "-skv", "--http2", url("https")}, true);
    EXPECT_NE(told.find("ALPN: server accepted http/1.1"), std::string::npos) << told;
    EXPECT_NE(told.find("https for 127.0.0.1"), std::string::npos);
    EXPECT_EQ(run({"curl", "-sk", "--no-alpn", url("https")}), "https for 127.0.0.1\n");
}

TEST_F(ServerPeers, CurlsWishForHTTP2IsIgnored) {
    start({}, false);
    EXPECT_EQ(run({"curl", "-sS", "--http2", url("http"), url("http")}),
              "http for 127.0.0.1\nhttp for 127.0.0.1\n");
}

TEST_F(ServerPeers, OpenSSLIsToldTheProtocolOrThatThereIsNone) {
    start({}, true);
    const std::string place = "127.0.0.1:" + std::to_string(server->port());
    const auto ask = [&](const std::string& protocols) {
        return run({"openssl", "s_client", "-connect", place, "-alpn", protocols}, true);
    };
    EXPECT_NE(ask("h2,http/1.1").find("ALPN protocol: http/1.1"), std::string::npos);
    EXPECT_NE(ask("h2").find("no application protocol"), std::string::npos);
    EXPECT_NE(run({"openssl", "s_client", "-connect", place}, true).find("No ALPN negotiated"),
              std::string::npos);
}

}  // namespace
}  // namespace gyre::http::test
