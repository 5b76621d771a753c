#include "client_fixture.hpp"
#include "client_hostile_replies.hpp"
#include "coding_driver.hpp"
#include "support/test_certificates.hpp"

namespace gyre::http::test {
namespace {

/// What a reply looks like in a message of the test.
std::string shown(std::string_view bytes) {
    std::string text;
    for (const char c : bytes.substr(0, 120)) {
        if (c == '\r')
            text += "\\r";
        else if (c == '\n')
            text += "\\n";
        else
            text += c >= ' ' && c <= '~' ? c : '?';
    }
    return text;
}

std::string coded(std::string_view coding, std::string_view body) {
    return with_fields("Content-Encoding: " + std::string{coding} +
                           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n",
                       body);
}

/// Bodies that are not what their Content-Encoding says. RFC 9110 section 8.4, RFC 1952
std::vector<HostileReply> bad_codings() {
    using detail::ContentCoding;
    using detail::test::encode;
    const std::string page = encode(ContentCoding::gzip, "good page");
    std::string damaged = page;
    damaged[page.size() - 6] ^= 1;  // in the checksum
    const std::string bomb = encode(ContentCoding::gzip, std::string(10 * 1024 * 1024, '0'));
    std::vector<HostileReply> all;
    for (const std::string& bytes :
         {coded("gzip", "good page"), coded("gzip", damaged), coded("gzip", page + "garbage"),
          coded("gzip", encode(ContentCoding::deflate, "x")), coded("br", page),
          coded("deflate", page)})
        all.push_back({bytes, Errc::protocol_error, "decode"});
    for (const std::size_t cut : {std::size_t{1}, std::size_t{3}, page.size() - 1})
        all.push_back({coded("gzip", page.substr(0, cut)), Errc::truncated, "decode"});
    for (const std::string& bytes :
         {coded("gzip", bomb),
          coded("br", encode(ContentCoding::brotli, std::string(10 << 20, '0'))),
          coded("gzip, gzip", page), coded("gzip\r\nContent-Encoding: gzip", page),
          coded("br, gzip", page)})
        all.push_back({bytes, Errc::limit_exceeded, "decode"});
    // One layer is taken off, and what is in it is not looked at.
    all.push_back({coded("gzip", encode(ContentCoding::gzip, bomb)), Errc::ok, "", Behind::silence,
                   "GET", bomb});
    all.push_back({coded("gzip", page) + "x", Errc::ok, "", Behind::silence, "GET", "good page"});
    all.push_back({coded("x-gzip", page), Errc::ok, "", Behind::silence, "GET", "good page"});
    all.push_back({coded("zstd", "as it is"), Errc::ok, "", Behind::silence, "GET", "as it is"});
    all.push_back({coded("gzip", ""), Errc::ok, ""});
    all.push_back({with_fields("Content-Encoding: gzip\r\nContent-Length: 99\r\n", page),
                   Errc::truncated, "receive", Behind::close});
    return all;
}

class ClientHostileTest : public ClientTest {
protected:
    /// Nothing may be left that the loop waits for, and no error that nobody was told.
    ~ClientHostileTest() override {
        const auto before = std::chrono::steady_clock::now();
        reactor->run_for(10s);
        EXPECT_LT(std::chrono::steady_clock::now() - before, 5s) << "work is left";
        EXPECT_TRUE(reports.empty()) << reports.front();
    }

    /// /good is a good page; everything else is answered as `hostile` says.
    ScriptedServer::Script script_of(const HostileReply& hostile) {
        return [this, &hostile](const ScriptedRequest& request, const IOStream& stream) {
            if (request.has(" /good ")) return stream.write(reply("good"));
            stream.write(hostile.bytes);
            if (hostile.behind == Behind::close) stream.close();
            if (hostile.behind == Behind::silence) return;
            // What was written is to arrive before the reset.
            if (hostile.bytes.empty()) return stream.abort();
            reactor->call_later(5ms, [stream] { stream.abort(); });
        };
    }

    /// The fetch comes to what it has to, in one callback; the client goes on.
    void expect_survived(const HostileReply& hostile, bool streams) {
        SCOPED_TRACE(shown(hostile.bytes) + (streams ? " (streamed)" : ""));
        ScriptedServer server{*reactor, script_of(hostile)};
        std::string streamed;
        HTTPRequest request{.url = server.url(), .method = std::string{hostile.method}};
        request.request_timeout = 4s;
        if (streams)
            request.streaming_callback = [&](std::string_view piece) { streamed += piece; };
        const HTTPResponse response = fetch(std::move(request));
        EXPECT_EQ(response.error.kind(), hostile.kind) << response.error;
        EXPECT_EQ(response.error.phase(), hostile.phase) << response.error;
        if (hostile.kind == Errc::ok) EXPECT_EQ(streams ? streamed : response.body, hostile.body);
        if (streams) EXPECT_EQ(response.body, "");
        const HTTPResponse next = get(server.url("/good"));
        EXPECT_FALSE(next.error) << next.error;
        EXPECT_EQ(next.body, "good") << "the next request got what was not for it";
    }
    void expect_survived(const std::vector<HostileReply>& all) {
        for (const HostileReply& hostile : all)
            for (const bool streams : {false, true})
                expect_survived(hostile, streams);
    }
};

TEST_F(ClientHostileTest, BadStatusLines) { expect_survived(bad_status_lines()); }
TEST_F(ClientHostileTest, BadFields) { expect_survived(bad_fields()); }
TEST_F(ClientHostileTest, BadChunks) { expect_survived(bad_chunks()); }
TEST_F(ClientHostileTest, CutReplies) { expect_survived(cut_replies()); }
TEST_F(ClientHostileTest, EndlessReplies) { expect_survived(endless_replies()); }
TEST_F(ClientHostileTest, BodiesWhereNoneMayBe) { expect_survived(bodies_where_none_may_be()); }
TEST_F(ClientHostileTest, BadRedirects) { expect_survived(bad_redirects()); }
TEST_F(ClientHostileTest, RedirectsWithABadRest) { expect_survived(redirects_with_a_bad_rest()); }

TEST_F(ClientHostileTest, BadCodings) { expect_survived(bad_codings()); }

TEST_F(ClientHostileTest, SilenceInTheMiddleMeetsTheRequestTimeout) {
    const std::vector<std::string> replies = silent_replies();
    ScriptedServer server{
        *reactor, [&](const ScriptedRequest& request, const IOStream& stream) {
            stream.write(replies[static_cast<std::size_t>(request.head[5] - '0')]);
        }};
    const AsyncHTTPClient wide{*reactor, {.max_clients = 20}};
    std::size_t calls = 0;
    for (std::size_t i = 0; i < replies.size(); ++i)
        wide.fetch({.url = server.url("/" + std::to_string(i)), .request_timeout = 300ms},
                   [&, i](const HTTPResponse& response) {
                       ++calls;
                       EXPECT_EQ(response.error.kind(), Errc::timed_out) << shown(replies[i]);
                       EXPECT_EQ(response.error.phase(), "receive") << shown(replies[i]);
                   });
    EXPECT_TRUE(run_until([&] { return calls == replies.size(); }));
}

TEST_F(ClientHostileTest, ARedirectLoopOfTwo) {
    ScriptedServer server{
        *reactor, [](const ScriptedRequest& request, const IOStream& stream) {
            const char* to = request.has(" /a ") ? "/b" : "/a";
            stream.write(reply("", "307 x", std::string{"Location: "} + to + "\r\n"));
        }};
    const HTTPResponse response = fetch({.url = server.url("/a"), .max_redirects = 7});
    EXPECT_EQ(response.error.kind(), Errc::too_many_redirects);
    EXPECT_EQ(response.error.phase(), "redirect");
    EXPECT_EQ(response.effective_url, server.url("/b"));
    EXPECT_EQ(server.requests().size(), 8U);
}

/// One byte every few milliseconds, for ever.
TEST_F(ClientHostileTest, ADrippingHeadMeetsTheRequestTimeout) {
    const std::string head = "HTTP/1.1 200 OK\r\n" + repeated("A: b\r\n", 50);
    std::function<void(IOStream, std::size_t)> drip = [&](const IOStream& stream, std::size_t at) {
        if (stream.closed()) return;
        stream.write(head.substr(at % head.size(), 1));
        reactor->call_later(10ms, [&drip, stream, at] { drip(stream, at + 1); });
    };
    ScriptedServer server{*reactor,
                          [&](const ScriptedRequest&, const IOStream& stream) { drip(stream, 0); }};
    const HTTPResponse response = fetch({.url = server.url(), .request_timeout = 200ms});
    EXPECT_EQ(response.error.kind(), Errc::timed_out);
    EXPECT_EQ(response.error.phase(), "receive");
    EXPECT_LT(response.request_time, 4s);
    run_for(30ms);  // until the dripping has noticed
}

TEST_F(ClientHostileTest, AConnectionThatEndsAtOnce) {
    for (const bool resets : {false, true}) {
        ScriptedServer server{*reactor, always("")};
        server.reads = false;
        server.on_accept = [resets](const IOStream& stream) {
            resets ? stream.abort() : stream.close();
        };
        const HTTPResponse response = get(server.url());
        EXPECT_EQ(response.code, 599);
        // Which one depends on whether the request was on its way already.
        EXPECT_TRUE(response.error.kind() == Errc::connection_reset ||
                    response.error.kind() == Errc::connection_aborted ||
                    (!resets && response.error.kind() == Errc::end_of_stream))
            << response.error;
        EXPECT_EQ(server.connections(), 1) << "a fresh connection is no reason to try again";
    }
}

TEST_F(ClientHostileTest, AConnectionThatEndsInTheTLSHandshake) {
    const std::string alert{"\x15\x03\x03\x00\x02\x02\x28", 7};
    for (const bool resets : {false, true})
        for (const std::string& bytes : {std::string{}, alert, alert.substr(0, 3)}) {
            ScriptedServer server{*reactor, always("")};
            server.reads = false;
            server.on_accept = [&](const IOStream& stream) {
                stream.on_data([&, stream](std::string_view) {
                    if (stream.closed()) return;
                    if (!bytes.empty()) stream.write(bytes);
                    resets ? stream.abort() : stream.close();
                });
            };
            const HTTPResponse response = get(server.secure_url("127.0.0.1"));
            EXPECT_EQ(response.code, 599);
            EXPECT_TRUE(response.error);
            EXPECT_EQ(response.error.phase(), "tls") << response.error;
        }
}

TEST_F(ClientHostileTest, AReplyToNothingOnAnIdleConnectionIsNobodysReply) {
    const std::string evil = reply("evil");
    ScriptedServer server{*reactor, [&](const ScriptedRequest& request, const IOStream& stream) {
                              stream.write(reply("good"));
                              if (request.number > 1) return;
                              reactor->call_later(5ms, [stream, evil] { stream.write(evil); });
                          }};
    // Told by the idle connection itself, or only when it is to be used again.
    for (const bool loop_runs : {true, false}) {
        EXPECT_EQ(get(server.url()).body, "good");
        if (loop_runs) run_for(15ms);
        EXPECT_EQ(get(server.url()).body, "good");
    }
    EXPECT_EQ(server.connections(), 2);
}

TEST_F(ClientHostileTest, AReplyToNothingThatCameWhileTheLoopStoodStill) {
    IOStream first;
    Reactor elsewhere;
    ScriptedServer server{elsewhere, [&](const ScriptedRequest&, const IOStream& stream) {
                              if (!first) first = stream;
                              stream.write(reply("good"));
                          }};
    const auto get_good = [&] {
        std::string body;
        client.fetch(server.url(), [&](const HTTPResponse& response) { body = response.body; });
        EXPECT_TRUE(run_until([&] {
            elsewhere.run_for(1ms);
            return !body.empty();
        }));
        return body;
    };
    EXPECT_EQ(get_good(), "good");
    first.write(reply("evil"));
    elsewhere.run_for(5ms);
    EXPECT_EQ(get_good(), "good");
    EXPECT_EQ(server.connections(), 2);
}

TEST_F(ClientHostileTest, AnEarlyReplyLeavesNoConnectionForOthers) {
    int answered = 0;
    ScriptedServer server{*reactor, always(reply("good"))};
    server.reads = false;
    server.on_accept = [&](const IOStream& stream) {
        stream.read_until("\r\n\r\n", [&, stream](const Error& error, const std::string&) {
            if (!error) stream.write(reply(++answered == 1 ? "early" : "good"));
        });
    };
    const HTTPResponse early =
        fetch({.url = server.url(), .method = "POST", .body = std::string(64 * 1024 * 1024, 'x')});
    EXPECT_EQ(early.body, "early") << early.error;
    EXPECT_EQ(get(server.url()).body, "good");
    EXPECT_EQ(server.connections(), 2) << "what was left of the body became a request";
}

TEST_F(ClientHostileTest, AChallengeForEverIsGivenUp) {
    ScriptedServer server{
        *reactor, [](const ScriptedRequest& request, const IOStream& stream) {
            stream.write(reply("", "401 x",
                               "WWW-Authenticate: Digest realm=\"r\", stale=true, "
                               "qop=\"auth\", nonce=\"n" +
                                   std::to_string(request.number) + "\"\r\n"));
        }};
    const HTTPResponse response = fetch({.url = server.url(),
                                         .auth_username = "user",
                                         .auth_password = "password",
                                         .auth_mode = AuthMode::digest});
    EXPECT_EQ(response.code, 401);
    EXPECT_EQ(response.error.kind(), Errc::http_status);
    EXPECT_LE(server.requests().size(), 10U);
}

TEST_F(ClientHostileTest, AChallengedRequestThatSaysCloseLeavesNoConnection) {
    ScriptedServer server{*reactor, [](const ScriptedRequest& request, const IOStream& stream) {
                              const bool known = request.has("\r\nAuthorization: ");
                              stream.write(known ? reply("good")
                                                 : reply("", "401 x",
                                                         "WWW-Authenticate: Digest realm=\"r\", "
                                                         "qop=\"auth\", nonce=\"n\"\r\n"));
                          }};
    const HTTPResponse response = fetch({.url = server.url(),
                                         .headers = {{"Connection", "close"}},
                                         .auth_username = "user",
                                         .auth_password = "password",
                                         .auth_mode = AuthMode::digest});
    EXPECT_EQ(response.body, "good") << response.error;
    EXPECT_EQ(server.connections(), 2);
}

/// The wait for `100 Continue` goes on behind another interim reply, also when that took long.
TEST(ClientHostileVirtualTest, AnInterimReplyInPiecesDoesNotStopTheBody) {
    Reactor reactor{{.clock = std::make_shared<ManualClock>(true)}};
    ScriptedServer server{reactor, always("")};
    server.reads = false;
    server.on_accept = [&](const IOStream& stream) {
        stream.read_until("\r\n\r\n", [&, stream](const Error& error, const std::string&) {
            EXPECT_FALSE(error);
            stream.write("HTTP/1.1 103 Ea");
            reactor.call_later(3s, [stream] { stream.write("rly Hints\r\n\r\n"); });
            stream.read_bytes(4, [stream](const Error& failure, const std::string& body) {
                if (!failure) stream.write(reply(body));
            });
        });
    };
    std::string body;
    AsyncHTTPClient{reactor}.fetch(
        {.url = server.url(), .method = "POST", .body = "good", .expect_100_continue = true},
        [&](const HTTPResponse& response) {
            EXPECT_FALSE(response.error) << response.error;
            body = response.body;
            reactor.stop();
        });
    reactor.run_for(60s);
    EXPECT_EQ(body, "good");
}

TEST_F(ClientHostileTest, HeaderLimitsAreExact) {
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nA: b\r\n\r\n";
    ScriptedServer server{*reactor, always(head + "x")};
    const auto outcome = [&](HTTPRequest request) {
        request.url = server.url();
        const HTTPResponse response = fetch(std::move(request));
        EXPECT_EQ(response.body, response.error ? "" : "x");
        return response.error.kind();
    };
    for (const std::size_t more : {0U, 1U}) {
        EXPECT_EQ(outcome({.max_header_size = head.size() + more}), Errc::ok);
        EXPECT_EQ(outcome({.max_header_line = 17 + more}), Errc::ok);
        EXPECT_EQ(outcome({.max_header_count = 2 + more}), Errc::ok);
    }
    EXPECT_EQ(outcome({.max_header_size = head.size() - 1}), Errc::limit_exceeded);
    EXPECT_EQ(outcome({.max_header_line = 16}), Errc::limit_exceeded);
    EXPECT_EQ(outcome({.max_header_count = 1}), Errc::limit_exceeded);
}

TEST_F(ClientHostileTest, BodyLimitsAreExact) {
    const std::string replies[] = {
        coded("gzip", detail::test::encode(detail::ContentCoding::gzip, "0123456789")),
        with_fields("Content-Length: 10\r\n", "0123456789"),
        chunked("4\r\n0123\r\n6\r\n456789\r\n0\r\n\r\n"),
        "HTTP/1.1 200 OK\r\n\r\n0123456789",
    };
    for (const std::string& bytes : replies)
        for (const bool streams : {false, true})
            for (const std::uint64_t limit : {9U, 10U, 11U}) {
                SCOPED_TRACE(shown(bytes) + ", limit " + std::to_string(limit));
                ScriptedServer server{*reactor, once_and_close(bytes)};
                std::string streamed;
                HTTPRequest request{.url = server.url(), .max_body_size = limit};
                if (streams)
                    request.streaming_callback = [&](std::string_view piece) { streamed += piece; };
                const HTTPResponse response = fetch(std::move(request));
                EXPECT_LE(streamed.size(), limit) << "more was shown than is allowed";
                if (limit < 10) {
                    EXPECT_EQ(response.error.kind(), Errc::limit_exceeded) << response.error;
                    continue;
                }
                EXPECT_FALSE(response.error) << response.error;
                EXPECT_EQ(streams ? streamed : response.body, "0123456789");
            }
}

}  // namespace
}  // namespace gyre::http::test
