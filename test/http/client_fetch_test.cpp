#include "client_fixture.hpp"
#include <gyre/block.hpp>

#include <unistd.h>

namespace gyre::http::test {
namespace {

TEST_F(ClientTest, ASuccessfulFetch) {
    ScriptedServer server{*reactor,
                          always(reply("hello", "200 Fine", "X-Thing: a\r\nX-Thing: b\r\n"))};
    const HTTPResponse response = get(server.url("/path?q=1"));
    EXPECT_FALSE(response.error);
    EXPECT_EQ(response.code, 200);
    EXPECT_EQ(response.reason, "Fine");
    EXPECT_EQ(response.body, "hello");
    EXPECT_EQ(response.http_version, "HTTP/1.1");
    EXPECT_EQ(response.request.url, server.url("/path?q=1"));
    EXPECT_EQ(response.effective_url, server.url("/path?q=1"));
    EXPECT_EQ(response.redirect_count(), 0);
    EXPECT_EQ(response.headers.get_list("x-thing").size(), 2U);
    EXPECT_EQ(response.request_time, response.time_info.total);
    EXPECT_GT(response.time_info.total, 0ns);
    EXPECT_GE(response.time_info.total, response.time_info.starttransfer);
    ASSERT_EQ(server.requests().size(), 1U);
    EXPECT_EQ(server.requests()[0].line(), "GET /path?q=1 HTTP/1.1");
}

TEST_F(ClientTest, EveryFormOfCallbackCompilesAndRuns) {
    ScriptedServer server{*reactor, always(reply("x"))};
    int calls = 0;
    const auto by_reference = [&](const HTTPResponse& response) { calls += response.code == 200; };
    auto by_value = [&](HTTPResponse response) { calls += response.code == 200; };
    auto by_move = [&](HTTPResponse&& response) { calls += response.code == 200; };
    const std::string url = server.url();
    client.fetch(url, by_reference);
    client.fetch(url.c_str(), by_value);
    client.fetch(std::string_view{url}, by_move);
    client.fetch({.url = url}, by_reference);
    client.fetch({.url = url, .method = "POST", .body = "x"}, by_value);
    client.fetch(HTTPRequest{.url = url}, by_move);
    AsyncHTTPClient{*reactor}.fetch(url, [&](const HTTPResponse&) { ++calls; });
    client.fetch(url, [&, owned = std::make_unique<int>(1)](auto&& response) {
        calls += response.code == 200 ? *owned : 0;
    });
    EXPECT_TRUE(run_until([&] { return calls == 8; }));
}

TEST_F(ClientTest, RunReturnsWhenTheFetchesAreDone) {
    ScriptedServer server{*reactor, always(reply("x"))};
    const std::string url = server.url();
    Reactor other;
    AsyncHTTPClient other_client{other};
    bool served = false;
    other_client.fetch(url, [&](const HTTPResponse& response) { served = !response.error; });
    // Two loops on one thread take turns.
    EXPECT_TRUE(run_until([&] {
        other.run_for(1ms);
        return served;
    }));
    const auto before = std::chrono::steady_clock::now();
    other.run_for(5s);
    EXPECT_LT(std::chrono::steady_clock::now() - before, 1s) << "an idle connection kept run going";
}

TEST_F(ClientTest, ConnectionsAreKeptAlive) {
    ScriptedServer server{*reactor, always(reply("x"))};
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(get(server.url()).body, "x");
    EXPECT_EQ(server.connections(), 1);
    EXPECT_EQ(server.requests().size(), 5U);
}

TEST_F(ClientTest, AllSharedClientsUseOnePool) {
    ScriptedServer server{*reactor, always(reply("x"))};
    get(server.url());
    EXPECT_EQ(fetch_with(AsyncHTTPClient{*reactor}, {.url = server.url()}).body, "x");
    EXPECT_EQ(server.connections(), 1);
    EXPECT_EQ(fetch_with(AsyncHTTPClient{*reactor, {}}, {.url = server.url()}).body, "x");
    EXPECT_EQ(server.connections(), 2);
}

TEST_F(ClientTest, ConnectionCloseIsHonoured) {
    ScriptedServer server{*reactor, always(reply("x", "200 OK", "Connection: close\r\n"))};
    get(server.url());
    EXPECT_EQ(get(server.url()).body, "x");
    EXPECT_EQ(server.connections(), 2);
}

TEST_F(ClientTest, ARequestThatSaysCloseIsNotPooled) {
    ScriptedServer server{*reactor, always(reply("x"))};
    for (int i = 0; i < 2; ++i)
        fetch({.url = server.url(), .headers = {{"Connection", "close"}}});
    EXPECT_EQ(server.connections(), 2);
}

TEST_F(ClientTest, AtMostMaxClientsRunAtOnceAndTheRestInOrder) {
    std::vector<IOStream> waiting;
    ScriptedServer server{*reactor, [&](const ScriptedRequest&, const IOStream& stream) {
                              waiting.push_back(stream);
                          }};
    AsyncHTTPClient limited{*reactor, {.max_clients = 2}};
    std::vector<int> done;
    for (int i = 0; i < 6; ++i)
        limited.fetch(server.url("/" + std::to_string(i)), [&, i](const HTTPResponse& response) {
            EXPECT_FALSE(response.error);
            done.push_back(i);
        });
    while (done.size() < 6) {
        ASSERT_TRUE(run_until([&] { return !waiting.empty(); }));
        run_for(20ms);
        ASSERT_LE(waiting.size(), 2U);
        const IOStream stream = waiting.front();
        waiting.erase(waiting.begin());
        stream.write(reply("x"));
        const std::size_t before = done.size();
        ASSERT_TRUE(run_until([&] { return done.size() > before; }));
    }
    EXPECT_TRUE(std::is_sorted(done.begin(), done.end()));
    EXPECT_EQ(server.connections(), 2);
}

TEST_F(ClientTest, TimeInTheQueueIsTold) {
    ScriptedServer server{*reactor, [&](const ScriptedRequest& request, const IOStream& stream) {
                              reactor->call_later(request.number == 1 ? 50ms : 0ms,
                                                  [stream] { stream.write(reply("x")); });
                          }};
    AsyncHTTPClient limited{*reactor, {.max_clients = 1}};
    std::vector<TimeInfo> times;
    for (int i = 0; i < 2; ++i)
        limited.fetch(server.url(), [&](const HTTPResponse& response) {
            EXPECT_FALSE(response.error);
            times.push_back(response.time_info);
        });
    ASSERT_TRUE(run_until([&] { return times.size() == 2; }));
    EXPECT_LT(times[0].queue, 40ms);
    EXPECT_GE(times[0].starttransfer, 50ms);
    EXPECT_GE(times[1].queue, 50ms);
    EXPECT_EQ(times[1].connect, 0ns) << "a pooled connection";
}

TEST_F(ClientTest, OptionsOfZeroOrLessAreRefused) {
    for (const AsyncHTTPClientOptions& options :
         {AsyncHTTPClientOptions{.max_clients = 0}, AsyncHTTPClientOptions{.max_clients = -1},
          AsyncHTTPClientOptions{.max_idle_per_host = 0}, AsyncHTTPClientOptions{.max_idle = 0},
          AsyncHTTPClientOptions{.idle_timeout = 0s}}) {
        const HTTPResponse response =
            fetch_with(AsyncHTTPClient{*reactor, options}, {.url = "http://127.0.0.1:9/"});
        EXPECT_EQ(response.error.kind(), Errc::invalid_argument);
        EXPECT_EQ(response.code, 599);
    }
}

TEST_F(ClientTest, DefaultsAreUsedForUrlsAndOffered) {
    ScriptedServer server{*reactor, always(reply("x"))};
    AsyncHTTPClient own{*reactor, {.defaults = {.user_agent = "mine/1"}}};
    int calls = 0;
    own.fetch(server.url(), [&](const HTTPResponse& response) { calls += !response.error; });
    HTTPRequest request = own.request(server.url());
    request.method = "POST";
    own.fetch(request, [&](const HTTPResponse& response) { calls += !response.error; });
    ASSERT_TRUE(run_until([&] { return calls == 2; }));
    for (const ScriptedRequest& seen : server.requests())
        EXPECT_TRUE(seen.has("User-Agent: mine/1\r\n"));
}

TEST_F(ClientTest, BodiesAreSent) {
    ScriptedServer server{*reactor, always(reply("x"))};
    const std::string body(3 * 1024 * 1024, 'b');
    for (const char* method : {"POST", "PUT", "PATCH"}) {
        const HTTPResponse response = fetch({.url = server.url(), .method = method, .body = body});
        EXPECT_FALSE(response.error) << response.error;
        EXPECT_TRUE(server.requests().back().body == body);
    }
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(ClientTest, HeadHasNoBody) {
    ScriptedServer server{*reactor, always("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")};
    const HTTPResponse response = fetch({.url = server.url(), .method = "HEAD"});
    EXPECT_FALSE(response.error);
    EXPECT_EQ(response.body, "");
    EXPECT_EQ(response.headers.get("Content-Length"), "500");
    fetch({.url = server.url(), .method = "HEAD"});
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(ClientTest, BodyUntilClose) {
    ScriptedServer server{*reactor, once_and_close("HTTP/1.0 200 OK\r\n\r\nold ways")};
    const HTTPResponse response = get(server.url());
    EXPECT_FALSE(response.error);
    EXPECT_EQ(response.body, "old ways");
    EXPECT_EQ(response.http_version, "HTTP/1.0");
}

TEST_F(ClientTest, StatusesOtherThan2xxAreErrors) {
    for (const auto& [status, message] :
         {std::pair{"404 Not Found", "HTTP 404: Not Found"},
          std::pair{"500 Oops", "HTTP 500: Oops"},
          std::pair{"503 ", "HTTP 503: Service Unavailable"}, std::pair{"499 ", "HTTP 499"},
          std::pair{"300 Multiple Choices", "HTTP 300: Multiple Choices"}}) {
        ScriptedServer server{*reactor, always(reply("why", status))};
        const HTTPResponse response = get(server.url());
        EXPECT_EQ(response.error.kind(), Errc::http_status);
        EXPECT_EQ(response.error.category(), "http");
        EXPECT_EQ(response.error.code(), response.code);
        EXPECT_EQ(response.error.message(), message);
        EXPECT_EQ(response.body, "why");
    }
}

TEST_F(ClientTest, NotModifiedIsAnErrorWithItsStatus) {
    ScriptedServer server{*reactor, always("HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n")};
    const HTTPResponse response = get(server.url());
    EXPECT_EQ(response.code, 304);
    EXPECT_EQ(response.error.code(), 304);
    EXPECT_EQ(response.headers.get("ETag"), "\"x\"");
}

TEST_F(ClientTest, StreamingAndHeaderCallbacks) {
    ScriptedServer server{*reactor,
                          always("HTTP/1.1 200 OK\r\nX-A: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
                                 "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")};
    std::string streamed;
    std::vector<std::string> lines;
    HTTPRequest request{.url = server.url()};
    request.streaming_callback = [&](std::string_view piece) { streamed += piece; };
    request.header_callback = [&](std::string_view line) { lines.emplace_back(line); };
    for (int i = 0; i < 2; ++i) {
        const HTTPResponse response = fetch(request);
        EXPECT_FALSE(response.error);
        EXPECT_EQ(response.body, "");
    }
    EXPECT_EQ(streamed, "abcdeabcde");
    ASSERT_EQ(lines.size(), 8U);
    EXPECT_EQ(lines[0], "HTTP/1.1 200 OK");
    EXPECT_EQ(lines[1], "X-A: 1");
    EXPECT_EQ(lines[3], "");
}

TEST_F(ClientTest, BodyLimitIsExact) {
    for (const bool chunked : {false, true}) {
        ScriptedServer server{
            *reactor, always(chunked ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                       "64\r\n" +
                                           std::string(100, 'x') + "\r\n0\r\n\r\n"
                                     : reply(std::string(100, 'x')))};
        EXPECT_FALSE(fetch({.url = server.url(), .max_body_size = 101}).error);
        EXPECT_FALSE(fetch({.url = server.url(), .max_body_size = 100}).error);
        const HTTPResponse over = fetch({.url = server.url(), .max_body_size = 99});
        EXPECT_EQ(over.error.kind(), Errc::limit_exceeded);
        EXPECT_EQ(over.error.phase(), "receive");
        EXPECT_EQ(over.error.message(), "the body of the reply is larger than max_body_size (99)");
        EXPECT_EQ(over.code, 599);
        EXPECT_EQ(over.body, "");
        EXPECT_TRUE(over.headers.empty());
    }
}

TEST_F(ClientTest, RedirectsAreFollowed) {
    ScriptedServer server{*reactor, [](const ScriptedRequest& request, const IOStream& stream) {
                              if (request.has("GET /end "))
                                  stream.write(reply("arrived"));
                              else if (request.has(" /middle "))
                                  stream.write(reply("go on", "307 x", "Location: end\r\n"));
                              else
                                  stream.write(reply("go on", "302 x", "Location: /middle\r\n"));
                          }};
    std::string streamed;
    const HTTPResponse response =
        fetch({.url = server.url("/start"),
               .method = "POST",
               .body = "x",
               .streaming_callback = [&](std::string_view piece) { streamed += piece; }});
    EXPECT_FALSE(response.error) << response.error;
    EXPECT_EQ(streamed, "arrived") << "bodies of redirects are not shown";
    EXPECT_EQ(response.effective_url, server.url("/end"));
    EXPECT_EQ(response.request.url, server.url("/start"));
    EXPECT_EQ(response.redirects,
              (std::vector<std::string>{server.url("/middle"), server.url("/end")}));
    EXPECT_EQ(response.redirect_count(), 2);
    EXPECT_EQ(server.connections(), 1) << "the body of a redirect is drained";
    ASSERT_EQ(server.requests().size(), 3U);
    EXPECT_EQ(server.requests()[0].body, "x");
    EXPECT_EQ(server.requests()[1].line(), "GET /middle HTTP/1.1");
    EXPECT_FALSE(server.requests()[1].has("Content-Length"));
}

TEST_F(ClientTest, ALongBodyOfARedirectIsNotDrained) {
    for (const bool known : {true, false}) {
        const std::string rest(200 * 1024, 'x');
        ScriptedServer server{
            *reactor, [&](const ScriptedRequest& request, const IOStream& stream) {
                if (request.has(" /end ")) return stream.write(reply("arrived"));
                if (known) return stream.write(reply(rest, "302 x", "Location: /end\r\n"));
                stream.write(
                    "HTTP/1.1 302 x\r\nLocation: /end\r\nTransfer-Encoding: "
                    "chunked\r\n\r\n32000\r\n" +
                    rest + "\r\n0\r\n\r\n");
            }};
        EXPECT_EQ(fetch({.url = server.url(), .max_body_size = 100}).body, "arrived");
        EXPECT_EQ(server.connections(), 2);
    }
}

TEST_F(ClientTest, ARedirectWhoseConnectionClosesIsFollowed) {
    ScriptedServer server{*reactor, [](const ScriptedRequest& request, const IOStream& stream) {
                              if (request.has(" /end ")) return stream.write(reply("arrived"));
                              stream.write("HTTP/1.1 302 x\r\nLocation: /end\r\n\r\nuntil close");
                              stream.close();
                          }};
    EXPECT_EQ(get(server.url()).body, "arrived");
}

TEST_F(ClientTest, RedirectLimitIsExact) {
    ScriptedServer server{
        *reactor, [](const ScriptedRequest& request, const IOStream& stream) {
            const int left = request.head[5] - '0';
            if (left == 0) return stream.write(reply("end"));
            stream.write(reply("", "302 x", "Location: /" + std::to_string(left - 1) + "\r\n"));
        }};
    EXPECT_FALSE(get(server.url("/4")).error);
    EXPECT_FALSE(get(server.url("/5")).error);
    const HTTPResponse over = get(server.url("/6"));
    EXPECT_EQ(over.error.kind(), Errc::too_many_redirects);
    EXPECT_EQ(over.error.phase(), "redirect");
    EXPECT_EQ(over.error.message(), "more redirects than max_redirects (5)");
    EXPECT_EQ(over.code, 599);
    EXPECT_EQ(over.redirect_count(), 5);
    EXPECT_FALSE(fetch({.url = server.url("/0"), .max_redirects = 0}).error);
    EXPECT_EQ(fetch({.url = server.url("/1"), .max_redirects = 0}).error.kind(),
              Errc::too_many_redirects);
}

TEST_F(ClientTest, RedirectsThatAreNotFollowedAreOrdinaryResponses) {
    ScriptedServer server{*reactor, [](const ScriptedRequest& request, const IOStream& stream) {
                              stream.write(reply("body", "302 Found",
                                                 request.has(" /none ") ? "" : "Location: /x\r\n"));
                          }};
    const HTTPResponse unfollowed = fetch({.url = server.url(), .follow_redirects = false});
    EXPECT_EQ(unfollowed.code, 302);
    EXPECT_EQ(unfollowed.error.kind(), Errc::http_status);
    EXPECT_EQ(unfollowed.body, "body");
    const HTTPResponse without_location = get(server.url("/none"));
    EXPECT_EQ(without_location.code, 302);
    EXPECT_EQ(without_location.error.code(), 302);
}

TEST_F(ClientTest, CredentialsStayBehindAcrossOriginsOnTheWire) {
    ScriptedServer other{*reactor, always(reply("other"))};
    ScriptedServer server{*reactor, [&](const ScriptedRequest&, const IOStream& stream) {
                              stream.write(reply("", "302 x", "Location: " + other.url() + "\r\n"));
                          }};
    const HTTPResponse response =
        fetch({.url = "http://me:secret@127.0.0.1:" + std::to_string(server.port()) + "/",
               .headers = {{"Cookie", "a=b"}, {"X-Keep", "1"}}});
    EXPECT_EQ(response.body, "other");
    EXPECT_TRUE(server.requests().at(0).has("Authorization: Basic bWU6c2VjcmV0\r\n"));
    EXPECT_FALSE(other.requests().at(0).has("Authorization"));
    EXPECT_FALSE(other.requests().at(0).has("Cookie"));
    EXPECT_TRUE(other.requests().at(0).has("X-Keep: 1"));
    EXPECT_EQ(response.effective_url.find("secret"), std::string::npos);
}

TEST_F(ClientTest, BadRedirectLocation) {
    ScriptedServer server{*reactor, always(reply("", "302 x", "Location: gopher://x/\r\n"))};
    const HTTPResponse response = get(server.url());
    EXPECT_EQ(response.error.kind(), Errc::bad_url);
    EXPECT_EQ(response.error.phase(), "redirect");
    EXPECT_EQ(response.code, 599);
}

TEST_F(ClientTest, UnsolicitedBytesEndAnIdleConnection) {
    std::vector<IOStream> streams;
    ScriptedServer server{*reactor, [&](const ScriptedRequest&, const IOStream& stream) {
                              streams.push_back(stream);
                              stream.write(reply("x"));
                          }};
    get(server.url());
    streams.at(0).write(reply("not asked for"));
    run_for(50ms);
    EXPECT_EQ(get(server.url()).body, "x");
    EXPECT_EQ(server.connections(), 2);
}

TEST_F(ClientTest, UnsolicitedBytesThatNobodyReadYetAreFoundToo) {
    std::vector<IOStream> streams;
    ScriptedServer server{*reactor, [&](const ScriptedRequest&, const IOStream& stream) {
                              streams.push_back(stream);
                              stream.write(reply("x"));
                          }};
    get(server.url());
    streams.at(0).write(reply("not asked for"));
    EXPECT_EQ(get(server.url()).body, "x");
    EXPECT_EQ(server.connections(), 2);
}

TEST_F(ClientTest, BytesBehindAReplyEndTheConnection) {
    ScriptedServer server{*reactor, always(reply("x") + reply("smuggled"))};
    EXPECT_EQ(get(server.url()).body, "x");
    EXPECT_EQ(get(server.url()).body, "x");
    EXPECT_EQ(server.connections(), 2);
}

TEST_F(ClientTest, IdleConnectionsAreClosedAfterTheirTime) {
    std::vector<IOStream> streams;
    ScriptedServer server{*reactor, [&](const ScriptedRequest&, const IOStream& stream) {
                              streams.push_back(stream);
                              stream.write(reply("x"));
                          }};
    AsyncHTTPClient own{*reactor, {.idle_timeout = 50ms}};
    fetch_with(own, {.url = server.url()});
    EXPECT_FALSE(streams.at(0).closed());
    EXPECT_TRUE(run_until([&] { return streams.at(0).closed(); }, 2s));
    fetch_with(own, {.url = server.url()});
    EXPECT_EQ(server.connections(), 2);
}

TEST_F(ClientTest, IdleConnectionsPerHostAreLimited) {
    std::vector<IOStream> streams;
    ScriptedServer server{*reactor, [&](const ScriptedRequest&, const IOStream& stream) {
                              streams.push_back(stream);
                              if (streams.size() < 4) return;
                              for (const IOStream& each : streams)
                                  each.write(reply("x"));
                          }};
    AsyncHTTPClient own{*reactor, {.max_idle_per_host = 2}};
    int done = 0;
    for (int i = 0; i < 4; ++i)
        own.fetch(server.url(), [&](const HTTPResponse& response) { done += !response.error; });
    ASSERT_TRUE(run_until([&] { return done == 4; }));
    const auto open = [&] {
        return std::ranges::count_if(streams, [](const IOStream& each) { return !each.closed(); });
    };
    EXPECT_TRUE(run_until([&] { return open() == 2; }));
}

TEST_F(ClientTest, TheLastReferenceToAnOwnClientClosesItsConnections) {
    std::vector<IOStream> streams;
    ScriptedServer server{*reactor, [&](const ScriptedRequest&, const IOStream& stream) {
                              streams.push_back(stream);
                              stream.write(reply("x"));
                          }};
    bool done = false;
    AsyncHTTPClient{*reactor, {}}.fetch(server.url(), [&](const HTTPResponse& response) {
        EXPECT_EQ(response.body, "x") << "a fetch in flight keeps its client alive";
        done = true;
    });
    ASSERT_TRUE(run_until([&] { return done; }));
    EXPECT_TRUE(run_until([&] { return streams.at(0).closed(); }));
}

TEST_F(ClientTest, AUnixSocket) {
    const std::string path = "/tmp/gyre_client_test_" + std::to_string(::getpid());
    TCPServer server{*reactor};
    server.handle_stream([](IOStream stream) {
        stream.read_until("\r\n\r\n", [stream](const Error& error, const std::string& head) {
            if (!error) stream.write(reply(head.substr(0, head.find("User-Agent"))));
        });
    });
    ASSERT_FALSE(server.listen(0, "unix:" + path));
    const HTTPResponse response = fetch({.url = "http://service/x", .unix_socket = path});
    EXPECT_FALSE(response.error) << response.error;
    EXPECT_EQ(response.body, "GET /x HTTP/1.1\r\nHost: service\r\n");
    ::unlink(path.c_str());
    const HTTPResponse gone = fetch({.url = "http://other/x", .unix_socket = path});
    EXPECT_TRUE(gone.error);
    EXPECT_EQ(gone.error.phase(), "connect");
}

// A Unix socket, because there all of it can be read as soon as it was written.
TEST_F(ClientTest, BytesBehindAReplyThatFillsAReadEndTheConnectionToo) {
    constexpr std::size_t whole_read = BlockPool::read_size;
    const std::size_t head_size =
        reply(std::string(whole_read - 100, 'x')).size() + 100 - whole_read;
    const std::string whole = reply(std::string(whole_read - head_size, 'x'));
    ASSERT_EQ(whole.size(), whole_read);
    const std::string path = "/tmp/gyre_client_rest_test_" + std::to_string(::getpid());
    TCPServer server{*reactor};
    server.handle_stream([&](IOStream stream) {
        stream.read_until("\r\n\r\n", [&, stream](const Error& error, const std::string&) {
            if (!error) stream.write(whole + reply("smuggled"));
        });
    });
    ASSERT_FALSE(server.listen(0, "unix:" + path));
    AsyncHTTPClient one{*reactor, {.max_clients = 1}};
    std::vector<std::string> bodies;
    for (int i = 0; i < 3; ++i)
        one.fetch({.url = "http://service/", .unix_socket = path},
                  [&](const HTTPResponse& response) { bodies.push_back(response.body); });
    EXPECT_TRUE(run_until([&] { return bodies.size() == 3; }));
    EXPECT_EQ(std::ranges::count(bodies, "smuggled"), 0) << "the rest became the next reply";
    ::unlink(path.c_str());
}

}  // namespace
}  // namespace gyre::http::test
