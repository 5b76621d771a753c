// Where a request goes, and what it says and shows: addresses, proxies, credentials, heads.
#include "client_fixture.hpp"
#include "support/fake_network.hpp"

#include <stdexcept>

namespace gyre::http::test {
namespace {

using gyre::test::FakeResolver;

// ---- addresses ----

TEST_F(ClientTest, AHostIsMappedElsewhere) {
    ScriptedServer server{*reactor, always(reply("mapped"))};
    const std::uint16_t port = server.port();
    const HTTPResponse response = fetch(
        {.url = "http://Example.COM/a",
         .hostname_mapping = {{.host = "example.com", .port = 443, .to_host = "192.0.2.1"},
                              {.host = "example.com", .to_host = "127.0.0.1", .to_port = port}}});
    EXPECT_EQ(response.body, "mapped") << response.error;
    EXPECT_EQ(response.effective_url, "http://example.com/a");
    EXPECT_TRUE(server.requests().front().has("Host: example.com\r\n"));
    // Such a connection is not used for those who go there by its own name, nor by another way.
    get("http://127.0.0.1:" + std::to_string(port) + "/");
    EXPECT_EQ(server.connections(), 2);
}

TEST_F(ClientTest, TheFilterSeesEveryAddressAndEveryHop) {
    ScriptedServer inside{*reactor, always(reply("secret"))};
    ScriptedServer outside{
        *reactor, [&](const ScriptedRequest&, const IOStream& stream) {
            stream.write(reply("", "302 Found", "Location: " + inside.url() + "\r\n"));
        }};
    std::vector<std::uint16_t> asked;
    HTTPRequest request{.url = outside.url(), .address_filter = [&](const Address& address) {
                            asked.push_back(address.port());
                            return address.port() != inside.port();
                        }};
    for (int i = 0; i < 2; ++i) {
        asked.clear();
        const HTTPResponse response = fetch(request);
        EXPECT_EQ(response.error.kind(), Errc::permission_denied) << response.error;
        EXPECT_EQ(response.error.phase(), "connect");
        EXPECT_EQ(asked, (std::vector<std::uint16_t>{outside.port(), inside.port()}));
    }
    EXPECT_EQ(outside.connections(), 1) << "the second time one of the pool was asked about";
    EXPECT_EQ(inside.connections(), 0);
}

TEST_F(ClientTest, AConnectionOfThePoolIsNoWayAroundTheFilter) {
    ScriptedServer server{*reactor, always(reply("x"))};
    EXPECT_EQ(get(server.url()).body, "x");
    HTTPRequest request{.url = server.url(), .address_filter = is_public_address};
    EXPECT_EQ(fetch(request).error.kind(), Errc::permission_denied);
    request.address_filter = [](const Address&) -> bool { throw std::runtime_error{"oops"}; };
    EXPECT_EQ(get(server.url()).body, "x");
    EXPECT_EQ(fetch(request).error.kind(), Errc::permission_denied);
    EXPECT_GE(reports.size(), 1u);
    const AsyncHTTPClient guarded{*reactor, {.address_filter = is_public_address}};
    EXPECT_EQ(fetch_with(guarded, {.url = server.url()}).error.kind(), Errc::permission_denied);
    EXPECT_EQ(server.requests().size(), 2u);
}

TEST_F(ClientTest, WhatComesBeforeTheFilterHasBeenAskedIsNoReply) {
    IOStream peer;
    ScriptedServer server{*reactor, [&](const ScriptedRequest&, const IOStream& stream) {
                              peer = stream;
                              stream.write(reply("good"));
                          }};
    const HTTPRequest request{.url = server.url(),
                              .address_filter = [](const Address&) { return true; }};
    EXPECT_EQ(fetch(request).body, "good");
    std::string body;
    client.fetch(request, [&](const HTTPResponse& response) { body = response.body; });
    reactor->add_callback([&] { peer.write(reply("bad")); });
    ASSERT_TRUE(run_until([&] { return !body.empty(); }));
    EXPECT_EQ(body, "good");
}

TEST_F(ClientTest, AFilterMayCancelItsFetch) {
    ScriptedServer server{*reactor, always(reply("x"))};
    for (int i = 0; i < 2; ++i) {
        FetchHandle handle;
        std::optional<Errc> kind;
        handle = client.fetch({.url = server.url(),
                               .address_filter =
                                   [&](const Address&) {
                                       handle.cancel();
                                       return true;
                                   }},
                              [&](const HTTPResponse& response) { kind = response.error.kind(); });
        ASSERT_TRUE(run_until([&] { return kind.has_value(); }));
        EXPECT_EQ(kind, Errc::canceled);
        EXPECT_EQ(get(server.url()).body, "x");  // so that there is one in the pool
    }
}

TEST_F(ClientTest, ConnectsFromAnAddressOrAnInterface) {
    ScriptedServer server{*reactor, always(reply("x"))};
    std::string peer;
    server.on_accept = [&](const IOStream& stream) { peer = stream.peer_address().host(); };
    EXPECT_EQ(fetch({.url = server.url(), .network_interface = "127.0.0.3"}).body, "x");
    EXPECT_EQ(peer, "127.0.0.3");
    EXPECT_EQ(fetch({.url = server.url(), .network_interface = "lo"}).body, "x");
    EXPECT_EQ(peer, "127.0.0.1");
    const HTTPResponse response = fetch({.url = server.url(), .network_interface = "nothing0"});
    EXPECT_EQ(response.error.kind(), Errc::invalid_argument);
    EXPECT_EQ(server.connections(), 2);
}

TEST_F(ClientTest, AClientMayHaveAResolverOfItsOwn) {
    auto resolver = std::make_shared<FakeResolver>();
    resolver->attach(gyre::detail::ReactorRef{*reactor});
    resolver->fail_with(Errc::host_not_found);
    const AsyncHTTPClient own{*reactor, {.resolver = resolver}};
    EXPECT_EQ(fetch_with(own, {.url = "http://localhost/"}).error.kind(), Errc::host_not_found);
}

// ---- what is said ----

TEST_F(ClientTest, CredentialsOfTheRequest) {
    ScriptedServer server{*reactor, always(reply("x"))};
    const auto authorization = [&](HTTPRequest request) {
        request.url = server.url();
        const Errc kind = fetch(request).error.kind();
        if (kind != Errc::ok) return std::string{to_string(kind)};
        const std::string& head = server.requests().back().head;
        const std::size_t at = head.find("Authorization: ");
        return at == std::string::npos ? "" : head.substr(at + 15, head.find('\r', at) - at - 15);
    };
    EXPECT_EQ(authorization({.auth_username = "a", .auth_password = "b"}), "Basic YTpi");
    EXPECT_EQ(authorization({.auth_password = "tok", .auth_mode = AuthMode::bearer}), "Bearer tok");
    EXPECT_EQ(authorization({.auth_password = "t k", .auth_mode = AuthMode::bearer}),
              "invalid_argument");
    EXPECT_EQ(authorization({.headers = {{"Authorization", "Mine x"}}, .auth_username = "a"}),
              "Mine x");
    EXPECT_EQ(authorization({.auth_username = "a", .auth_mode = AuthMode::digest}), "")
        << "not before there is a challenge";
}

TEST_F(ClientTest, DigestIsAnsweredAndItsNextNonceTakenOver) {
    ScriptedServer server{*reactor, [](const ScriptedRequest& request, const IOStream& stream) {
                              constexpr std::string_view challenge =
                                  "WWW-Authenticate: Digest realm=\"r\", nonce=\"one\", "
                                  "qop=\"auth\"\r\n";
                              if (!request.has("Authorization: Digest "))
                                  return stream.write(reply("", "401 Unauthorized", challenge));
                              if (request.has("GET /next ")) return stream.write(reply("in"));
                              stream.write(reply("", "302 Found",
                                                 "Location: /next\r\nAuthentication-Info: "
                                                 "nextnonce=\"two\"\r\n"));
                          }};
    const HTTPResponse response = fetch({.url = server.url(),
                                         .auth_username = "u",
                                         .auth_password = "p",
                                         .auth_mode = AuthMode::digest});
    EXPECT_EQ(response.body, "in") << response.error;
    ASSERT_EQ(server.requests().size(), 3u);
    EXPECT_TRUE(server.requests()[1].has("nonce=\"one\""));
    EXPECT_TRUE(server.requests()[2].has("nonce=\"two\""));
    EXPECT_TRUE(server.requests()[2].has("nc=00000001"));
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(ClientTest, WhoWaitsInTheQueueSendsTheCookiesOfItsTurn) {
    ScriptedServer server{*reactor, always(reply("x", "200 OK", "Set-Cookie: a=b\r\n"))};
    const AsyncHTTPClient one{*reactor, {.max_clients = 1}};
    const HTTPRequest request{.url = server.url(), .cookie_jar = CookieJar{}};
    int done = 0;
    for (int i = 0; i < 2; ++i)
        one.fetch(request, [&](const HTTPResponse& response) { done += response.error ? 9 : 1; });
    ASSERT_TRUE(run_until([&] { return done >= 2; }));
    EXPECT_FALSE(server.requests()[0].has("Cookie:"));
    EXPECT_TRUE(server.requests()[1].has("Cookie: a=b\r\n"));
}

TEST_F(ClientTest, WhatHasNotBeenModifiedIsNotSent) {
    ScriptedServer server{*reactor, always("HTTP/1.1 304 Not Modified\r\n\r\n")};
    const auto since = std::chrono::sys_seconds{std::chrono::seconds{784'111'777}};
    const HTTPResponse response = fetch({.url = server.url(), .if_modified_since = since});
    EXPECT_EQ(response.code, 304);
    EXPECT_EQ(response.error.code(), 304);
    EXPECT_TRUE(
        server.requests().back().has("If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
}

TEST_F(ClientTest, AProxyIsAskedByTheWholeUrl) {
    ScriptedServer proxy{*reactor, always(reply("from afar"))};
    HTTPRequest request{.url = "http://far.example/a?b#c",
                        .headers = {{"Proxy-Authorization", "Mine x"}},
                        .proxy_host = "127.0.0.1",
                        .proxy_port = proxy.port(),
                        .proxy_username = "u",
                        .proxy_password = "p"};
    EXPECT_EQ(fetch(request).body, "from afar");
    const ScriptedRequest& seen = proxy.requests().back();
    EXPECT_EQ(seen.line(), "GET http://far.example/a?b HTTP/1.1");
    EXPECT_TRUE(seen.has("Host: far.example\r\n"));
    EXPECT_TRUE(seen.has("Proxy-Authorization: Basic dTpw\r\n"));
    EXPECT_FALSE(seen.has("Mine x"));
    request.proxy_password = "other";
    fetch(request);
    EXPECT_EQ(proxy.connections(), 2) << "one that was made for somebody else was used";
    request.proxy_port = 0;
    EXPECT_EQ(fetch(request).error.kind(), Errc::invalid_argument);
    request.proxy_port = proxy.port();
    request.unix_socket = "/tmp/none";
    EXPECT_EQ(fetch(request).error.kind(), Errc::invalid_argument);
    request.unix_socket.clear();
    request.proxy_auth_mode = AuthMode::bearer;
    EXPECT_EQ(fetch(request).error.kind(), Errc::invalid_argument);
}

TEST_F(ClientTest, AServerIsNoProxy) {
    ScriptedServer server{*reactor,
                          always(reply("who?", "407 No",
                                       "Proxy-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n"
                                       "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n"))};
    EXPECT_EQ(fetch({.url = server.url(),
                     .auth_username = "u",
                     .auth_password = "p",
                     .auth_mode = AuthMode::digest,
                     .proxy_username = "u",
                     .proxy_password = "p",
                     .proxy_auth_mode = AuthMode::digest})
                  .code,
              407);
    EXPECT_EQ(server.requests().size(), 1u);
}

// What an answer to a challenge of a proxy has to hold.
void expect_digest(const ScriptedRequest& request, std::string_view uri) {
    EXPECT_TRUE(request.has("Proxy-Authorization: Digest username=\"u\"")) << request.head;
    EXPECT_TRUE(request.has("uri=\"" + std::string{uri} + "\"")) << request.head;
    EXPECT_FALSE(request.has("\r\nAuthorization:")) << request.head;
}

TEST_F(ClientTest, AProxysDigestIsAnsweredWithAndWithoutATunnel) {
    for (const std::string_view more : {"", "Connection: close\r\n"}) {
        const std::string challenge =
            "Proxy-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\n" +
            std::string{more};
        ScriptedServer proxy{*reactor, [&](const ScriptedRequest& asked, const IOStream& stream) {
                                 const bool answered = asked.has("Proxy-Authorization:");
                                 stream.write(answered ? reply("", "403 Forbidden")
                                                       : reply("", "407 Who", challenge));
                                 if (!answered && !more.empty()) stream.close();
                             }};
        HTTPRequest request{.proxy_host = "127.0.0.1",
                            .proxy_port = proxy.port(),
                            .proxy_username = "u",
                            .proxy_password = "p",
                            .proxy_auth_mode = AuthMode::digest};
        request.url = "http://far.example/a";
        EXPECT_EQ(fetch(request).code, 403);
        ASSERT_EQ(proxy.requests().size(), 2u);
        expect_digest(proxy.requests()[1], request.url);
        request.url = "https://far.example/a";
        const HTTPResponse tunneled = fetch(request);
        EXPECT_EQ(tunneled.error.phase(), "proxy");
        EXPECT_EQ(tunneled.error.code(), 403) << tunneled.error;
        ASSERT_EQ(proxy.requests().size(), 4u);
        EXPECT_EQ(proxy.requests()[3].line(), "CONNECT far.example:443 HTTP/1.1");
        expect_digest(proxy.requests()[3], "far.example:443");
        EXPECT_EQ(proxy.connections(), more.empty() ? 2 : 4);
    }
}

TEST_F(ClientTest, TheHeadIsShownBeforeTheBody) {
    ScriptedServer server{*reactor, always(reply("body", "404 Not Found", "X-A: b\r\n"))};
    int heads = 0;
    std::string pieces;
    const HTTPResponse response = fetch({.url = server.url(),
                                         .streaming_callback =
                                             [&](std::string_view piece) {
                                                 EXPECT_EQ(heads, 1);
                                                 pieces += piece;
                                             },
                                         .head_callback =
                                             [&](const HTTPResponse& head) {
                                                 ++heads;
                                                 EXPECT_EQ(head.code, 404);
                                                 EXPECT_EQ(head.headers.get("X-A", ""), "b");
                                                 EXPECT_EQ(pieces, "");
                                             }});
    EXPECT_EQ(response.code, 404);
    EXPECT_EQ(pieces, "body");
    EXPECT_EQ(
        fetch({.url = server.url(),
               .head_callback = [](const HTTPResponse&) { throw std::runtime_error{"oops"}; }})
            .error.kind(),
        Errc::unhandled_exception);
}

TEST_F(ClientTest, TrailersAreKept) {
    ScriptedServer server{
        *reactor,
        always(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nSum: 1\r\n\r\n")};
    const HTTPResponse response = get(server.url());
    EXPECT_EQ(response.body, "x");
    EXPECT_EQ(response.trailers.get("sum", ""), "1");
    EXPECT_FALSE(response.headers.contains("Sum"));
}

}  // namespace
}  // namespace gyre::http::test
