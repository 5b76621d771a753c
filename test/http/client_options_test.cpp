// What a request may ask of the client: retries, speed, order, addresses, conditions; and pausing.
#include "client_fixture.hpp"
#include "support/fake_network.hpp"

#include <map>

namespace gyre::http::test {
namespace {

using gyre::test::FakeResolver;

std::string free_url(Reactor& reactor) {
    ScriptedServer server{reactor, always("")};
    return server.url();
}

// ---- retries ----

TEST_F(ClientTest, ARefusedConnectionIsTriedAgain) {
    const std::string url = free_url(*reactor);
    HTTPRequest request{
        .url = url, .method = "POST", .body = "x", .retries = 2, .retry_delay = 20ms};
    const HTTPResponse response = fetch(request);
    EXPECT_EQ(response.error.kind(), Errc::connection_refused);
    EXPECT_EQ(response.error.phase(), "connect");
    EXPECT_EQ(response.failure, FetchFailure::not_sent);
    EXPECT_GE(response.request_time, 60ms) << "20 and then 40 ms";
    request.retries = 0;
    EXPECT_LT(fetch(request).request_time, 1s);
    request.retries = -1;
    EXPECT_EQ(fetch(request).error.kind(), Errc::invalid_argument);
    request.retries = 1;
    request.retry_delay = 0ms;
    EXPECT_EQ(fetch(request).error.kind(), Errc::invalid_argument);
}

TEST_F(ClientTest, WhatIsIdempotentIsTriedAgainAfterALostReply) {
    const auto script = [](const ScriptedRequest& request, const IOStream& stream) {
        request.number <= 2 ? stream.close() : stream.write(reply("at last"));
    };
    ScriptedServer server{*reactor, script};
    EXPECT_EQ(fetch({.url = server.url(), .retries = 2, .retry_delay = 1ms}).body, "at last");
    EXPECT_EQ(server.requests().size(), 3u);
    ScriptedServer other{*reactor, script};
    const HTTPResponse lost = fetch(
        {.url = other.url(), .method = "POST", .body = "x", .retries = 5, .retry_delay = 1ms});
    EXPECT_EQ(lost.error.kind(), Errc::end_of_stream);
    EXPECT_EQ(lost.failure, FetchFailure::response_lost);
    EXPECT_EQ(other.requests().size(), 1u) << "it may have done what was asked";
}

TEST_F(ClientTest, AReplyThatHasBegunIsNotAskedForAgain) {
    ScriptedServer server{*reactor,
                          once_and_close("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab")};
    EXPECT_EQ(fetch({.url = server.url(), .retries = 3, .retry_delay = 1ms}).error.kind(),
              Errc::truncated);
    EXPECT_EQ(server.requests().size(), 1u);
}

TEST_F(ClientTest, RetriesEndWithTheRequestsTime) {
    const std::string url = free_url(*reactor);
    const HTTPResponse response =
        fetch({.url = url, .request_timeout = 200ms, .retries = 1000, .retry_delay = 100ms});
    EXPECT_EQ(response.error.kind(), Errc::timed_out);
    EXPECT_LT(response.request_time, 2s);
    std::optional<Errc> kind;
    const FetchHandle handle =
        client.fetch({.url = url, .retries = 1000, .retry_delay = 1h},
                     [&](const HTTPResponse& canceled) { kind = canceled.error.kind(); });
    run_for(20ms);
    handle.cancel();
    ASSERT_TRUE(run_until([&] { return kind.has_value(); }));
    EXPECT_EQ(kind, Errc::canceled);
}

// ---- how far it got ----

TEST_F(ClientTest, TheFailureTellsHowFarTheRequestGot) {
    EXPECT_EQ(get("nonsense").failure, FetchFailure::not_sent);
    EXPECT_EQ(get(free_url(*reactor)).failure, FetchFailure::not_sent);
    ScriptedServer silent{*reactor, [](const ScriptedRequest&, const IOStream&) {}};
    HTTPResponse response = fetch({.url = silent.url(), .request_timeout = 50ms});
    EXPECT_EQ(response.failure, FetchFailure::response_lost);
    EXPECT_EQ(response.error.phase(), "wait");
    ScriptedServer deaf{*reactor, always("")};
    deaf.reads = false;
    std::vector<IOStream> streams;
    deaf.on_accept = [&](const IOStream& stream) { streams.push_back(stream); };
    response = fetch({.url = deaf.url(),
                      .method = "POST",
                      .body = std::string(30u * 1024 * 1024, 'x'),
                      .request_timeout = 200ms});
    EXPECT_EQ(response.failure, FetchFailure::partly_sent);
    EXPECT_EQ(response.error.phase(), "send");
    ScriptedServer good{*reactor, always(reply("", "404 Not Found"))};
    EXPECT_EQ(get(good.url()).failure, FetchFailure::none);
}

// ---- speed ----

TEST_F(ClientTest, ASlowTransferIsGivenUp) {
    ScriptedServer server{*reactor, [this](const ScriptedRequest&, const IOStream& stream) {
                              stream.write("HTTP/1.1 200 OK\r\n\r\n");
                              for (int i = 1; i < 100; ++i)
                                  reactor->call_later(i * 30ms, [stream] { stream.write("x"); });
                          }};
    const HTTPResponse response =
        fetch({.url = server.url(), .low_speed_limit = 10'000, .low_speed_time = 200ms});
    EXPECT_EQ(response.error.kind(), Errc::timed_out);
    EXPECT_NE(response.error.message().find("low_speed_limit"), std::string::npos);
    EXPECT_EQ(response.error.phase(), "receive");
    EXPECT_EQ(
        fetch({.url = server.url(), .low_speed_limit = 1, .low_speed_time = 0ms}).error.kind(),
        Errc::invalid_argument);
}

TEST_F(ClientTest, AFastEnoughTransferIsNot) {
    ScriptedServer server{*reactor, [this](const ScriptedRequest&, const IOStream& stream) {
                              stream.write("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n");
                              for (int i = 1; i <= 12; ++i)
                                  reactor->call_later(i * 50ms, [stream] { stream.write("x"); });
                          }};
    EXPECT_EQ(fetch({.url = server.url(), .low_speed_limit = 2, .low_speed_time = 300ms}).body,
              std::string(12, 'x'));
}

// ---- order ----

TEST_F(ClientTest, HigherPriorityGoesFirst) {
    std::vector<std::string> order;
    ScriptedServer server{*reactor, [&](const ScriptedRequest& request, const IOStream& stream) {
                              order.push_back(request.line().substr(4, 2));
                              stream.write(reply("x"));
                          }};
    const AsyncHTTPClient one{*reactor, {.max_clients = 1}};
    int done = 0;
    const auto add = [&](const std::string& path, int priority) {
        one.fetch({.url = server.url(path), .priority = priority},
                  [&](const HTTPResponse& response) { done += response.error ? 100 : 1; });
    };
    add("/a", 0);
    add("/b", -1);
    add("/c", 5);
    add("/d", 5);
    add("/e", 0);
    ASSERT_TRUE(run_until([&] { return done >= 5; }));
    EXPECT_EQ(order, (std::vector<std::string>{"/a", "/c", "/d", "/e", "/b"}))
        << "the first one had the slot before the others came";
}

TEST_F(ClientTest, AFullHostDoesNotHoldUpOthers) {
    int at_once = 0;
    int most = 0;
    const auto slow = [&](const ScriptedRequest&, const IOStream& stream) {
        most = std::max(most, ++at_once);
        reactor->call_later(20ms, [&, stream] {
            --at_once;
            stream.write(reply("slow"));
        });
    };
    ScriptedServer busy{*reactor, slow};
    ScriptedServer idle{*reactor, always(reply("quick"))};
    const AsyncHTTPClient limited{*reactor, {.max_clients = 10, .max_clients_per_host = 2}};
    std::vector<std::string> order;
    for (int i = 0; i < 6; ++i)
        limited.fetch(busy.url(),
                      [&](const HTTPResponse& response) { order.push_back(response.body); });
    limited.fetch(idle.url(),
                  [&](const HTTPResponse& response) { order.push_back(response.body); });
    ASSERT_TRUE(run_until([&] { return order.size() == 7; }));
    EXPECT_EQ(order.front(), "quick");
    EXPECT_EQ(most, 2);
    EXPECT_EQ(
        fetch_with(AsyncHTTPClient{*reactor, {.max_clients_per_host = 0}}, {.url = idle.url()})
            .error.kind(),
        Errc::invalid_argument);
}

TEST_F(ClientTest, ARedirectTakesAPlaceAtTheHostItLeadsTo) {
    int at_once = 0;
    int most = 0;
    ScriptedServer target{*reactor, [&](const ScriptedRequest&, const IOStream& stream) {
                              most = std::max(most, ++at_once);
                              reactor->call_later(10ms, [&, stream] {
                                  --at_once;
                                  stream.write(reply("there"));
                              });
                          }};
    ScriptedServer first{
        *reactor, [&](const ScriptedRequest&, const IOStream& stream) {
            stream.write(reply("", "302 Found", "Location: " + target.url() + "\r\n"));
        }};
    const AsyncHTTPClient limited{*reactor, {.max_clients = 10, .max_clients_per_host = 1}};
    int done = 0;
    for (int i = 0; i < 5; ++i)
        limited.fetch(first.url(), [&](const HTTPResponse& response) {
            EXPECT_EQ(response.body, "there") << response.error;
            ++done;
        });
    ASSERT_TRUE(run_until([&] { return done == 5; }));
    EXPECT_EQ(most, 1);
}

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

// ---- pausing ----

TEST_F(ClientTest, WhilePausedNothingComes) {
    const std::string body(3u * 1024 * 1024, 'x');
    ScriptedServer server{*reactor, always(reply(body))};
    std::size_t got = 0;
    std::size_t calls = 0;
    FetchHandle handle;
    std::optional<HTTPResponse> response;
    handle = client.fetch({.url = server.url(),
                           .streaming_callback =
                               [&](std::string_view piece) {
                                   got += piece.size();
                                   if (++calls % 4 == 1) handle.pause_reading();
                               }},
                          [&](HTTPResponse whole) { response = std::move(whole); });
    while (!response) {
        const std::size_t before = calls;
        ASSERT_TRUE(run_until([&] { return calls > before || response; }));
        if (response) break;
        const std::size_t paused_at = got;
        if (calls % 4 != 1) continue;
        run_for(2ms);
        EXPECT_EQ(got, paused_at);
        handle.resume_reading();
        handle.pause_reading();
        handle.resume_reading();
    }
    EXPECT_FALSE(response->error) << response->error;
    EXPECT_EQ(got, body.size());
}

TEST_F(ClientTest, APauseInTheHeadKeepsTheWholeReply) {
    ScriptedServer server{*reactor, once_and_close("HTTP/1.1 200 OK\r\n\r\nuntil the end")};
    FetchHandle handle;
    std::optional<std::string> body;
    handle = client.fetch({.url = server.url(),
                           .head_callback = [&](const HTTPResponse&) { handle.pause_reading(); }},
                          [&](const HTTPResponse& response) { body = response.body; });
    run_for(30ms);
    EXPECT_FALSE(body.has_value());
    handle.resume_reading();
    ASSERT_TRUE(run_until([&] { return body.has_value(); }));
    EXPECT_EQ(body, "until the end");
}

TEST_F(ClientTest, APausedFetchCanBeCanceledAndTimesOut) {
    ScriptedServer server{*reactor, always(reply("body"))};
    for (const bool cancels : {true, false}) {
        FetchHandle handle;
        std::optional<Errc> kind;
        handle = client.fetch({.url = server.url(), .request_timeout = 100ms},
                              [&](const HTTPResponse& response) { kind = response.error.kind(); });
        handle.pause_reading();
        run_for(10ms);
        if (cancels) handle.cancel();
        ASSERT_TRUE(run_until([&] { return kind.has_value(); }));
        EXPECT_EQ(kind, cancels ? Errc::canceled : Errc::timed_out);
        handle.resume_reading();
    }
}

}  // namespace
}  // namespace gyre::http::test
