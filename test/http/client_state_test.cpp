// What the user's callbacks, the end of a connection and an earlier request of the same fetch must
// not lead to, in states that are rarely met.
#include "client_fixture.hpp"
#include "speed_watch.hpp"

namespace gyre::http::test {
namespace {

/// A URL that nobody listens at.
std::string refused_url(Reactor& reactor) {
    TCPServer server{reactor};
    EXPECT_FALSE(server.listen(0, "127.0.0.1"));
    return "http://127.0.0.1:" + std::to_string(server.port()) + "/";
}

/// Does something when the captures that hold it are released.
std::shared_ptr<void> when_released(std::function<void()> action) {
    return {nullptr, [action = std::move(action)](std::nullptr_t) { action(); }};
}

// ---- what an earlier request leaves behind ----

TEST_F(ClientTest, ABodyThatWasBeingFedDoesNotGoToWhereARedirectLeads) {
    ScriptedServer server{*reactor, [](const ScriptedRequest& request, const IOStream& stream) {
                              if (request.has("POST "))
                                  stream.write(
                                      "HTTP/1.1 303 See Other\r\nLocation: /there\r\n"
                                      "Content-Length: 1000000\r\n\r\n");
                              else
                                  stream.read_until(
                                      "SMUGGLED", [](const Error& error, const std::string&) {
                                          EXPECT_TRUE(error) << "the body of the first request";
                                      });
                          }};
    HTTPRequestBody kept;
    bool closed = false;
    std::optional<HTTPResponse> got;
    client.fetch({.url = server.url(),
                  .method = "POST",
                  .body_producer =
                      [&](const HTTPRequestBody& body) {
                          kept = body;
                          body.on_close([&] { closed = true; });
                      },
                  .request_timeout = 200ms},
                 [&](HTTPResponse response) { got = std::move(response); });
    ASSERT_TRUE(run_until([&] { return server.requests().size() == 2 || got; }));
    EXPECT_TRUE(kept.finished());
    kept.write("SMUGGLED");
    ASSERT_TRUE(run_until([&] { return got.has_value(); }));
    EXPECT_TRUE(closed);
    EXPECT_EQ(got->error.kind(), Errc::timed_out);
}

TEST_F(ClientTest, WhatARedirectLedToWasNotSentIfNobodyIsThere) {
    const std::string refused = refused_url(*reactor);
    ScriptedServer server{*reactor, always(reply("", "307 Go", "Location: " + refused + "\r\n"))};
    const HTTPResponse response = fetch({.url = server.url(), .method = "POST", .body = "x"});
    EXPECT_EQ(response.error.kind(), Errc::connection_refused) << response.error;
    EXPECT_EQ(response.failure, FetchFailure::not_sent);
}

TEST_F(ClientTest, TheTimeOfAStepThatWasGivenUpIsTold) {
    ScriptedServer deaf{*reactor, always("")};
    deaf.reads = false;
    std::vector<IOStream> streams;
    deaf.on_accept = [&](const IOStream& stream) { streams.push_back(stream); };
    AsyncHTTPClient single{*reactor, {.max_clients = 1}};
    std::optional<HTTPResponse> queued;
    std::optional<HTTPResponse> secure;
    single.fetch({.url = deaf.secure_url("127.0.0.1"), .connect_timeout = 300ms},
                 [&](HTTPResponse response) { secure = std::move(response); });
    single.fetch({.url = deaf.url(), .request_timeout = 50ms},
                 [&](HTTPResponse response) { queued = std::move(response); });
    ASSERT_TRUE(run_until([&] { return queued && secure; }));
    EXPECT_EQ(queued->error.phase(), "queue");
    EXPECT_GE(queued->time_info.queue, 50ms);
    EXPECT_EQ(secure->error.phase(), "tls");
    EXPECT_GT(secure->time_info.tls, 0ns);
}

// ---- pausing ----

TEST_F(ClientTest, APauseThatIsTakenBackAtOnceIsForgottenByTheConnection) {
    ScriptedServer server{*reactor, always(reply("x"))};
    FetchHandle handle;
    bool done = false;
    handle = client.fetch({.url = server.url(),
                           .streaming_callback =
                               [&](std::string_view) {
                                   handle.pause_reading();
                                   handle.resume_reading();
                               }},
                          [&](const HTTPResponse&) { done = true; });
    ASSERT_TRUE(run_until([&] { return done; }));
    EXPECT_EQ(fetch({.url = server.url(), .request_timeout = 1s}).body, "x");
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(ClientTest, APauseInTheMiddleOfALine) {
    IOStream peer;
    ScriptedServer server{*reactor, [&](const ScriptedRequest&, const IOStream& stream) {
                              peer = stream;
                              stream.write("HTTP/1.1 200 OK\r\nTransfer-Enc");
                          }};
    const std::vector<std::string> parts{"oding: chunked\r", "\n\r\n1", "0\r\n0123456789abcdef\r",
                                         "\n0\r\nX-End: ye", "s\r\n\r\n"};
    std::optional<HTTPResponse> got;
    const FetchHandle handle =
        client.fetch(server.url(), [&](HTTPResponse response) { got = std::move(response); });
    ASSERT_TRUE(run_until([&] { return static_cast<bool>(peer); }));
    for (const std::string& part : parts) {
        run_for(5ms);
        handle.pause_reading();
        handle.resume_reading();
        run_for(2ms);
        peer.write(part);
    }
    ASSERT_TRUE(run_until([&] { return got.has_value(); }));
    EXPECT_FALSE(got->error) << got->error;
    EXPECT_EQ(got->body, "0123456789abcdef");
    EXPECT_EQ(got->trailers.get("X-End"), "yes");
}

TEST_F(ClientTest, APauseInTheLinesOfTheHeadHoldsTheOthersBack) {
    ScriptedServer server{*reactor, always(reply("x"))};
    FetchHandle handle;
    std::vector<std::string> lines;
    bool head_shown = false;
    std::optional<HTTPResponse> got;
    handle = client.fetch({.url = server.url(),
                           .head_callback = [&](const HTTPResponse&) { head_shown = true; },
                           .header_callback =
                               [&](std::string_view line) {
                                   lines.emplace_back(line);
                                   handle.pause_reading();
                               }},
                          [&](HTTPResponse response) { got = std::move(response); });
    for (std::size_t shown = 1; shown <= 3; ++shown) {
        ASSERT_TRUE(run_until([&] { return lines.size() >= shown; }));
        run_for(5ms);
        EXPECT_EQ(lines.size(), shown);
        EXPECT_FALSE(head_shown);
        handle.resume_reading();
    }
    ASSERT_TRUE(run_until([&] { return got.has_value(); }));
    EXPECT_EQ(lines, (std::vector<std::string>{"HTTP/1.1 200 OK", "Content-Length: 1", ""}));
    EXPECT_TRUE(head_shown);
    EXPECT_EQ(got->body, "x");
}

TEST_F(ClientTest, AResetWhilePausedCostsNothingOfWhatHadArrived) {
    ScriptedServer server{*reactor, [](const ScriptedRequest&, const IOStream& stream) {
                              stream.write(reply("whole"),
                                           [stream](const Error&) { stream.abort(); });
                          }};
    std::optional<HTTPResponse> got;
    const FetchHandle handle =
        client.fetch(server.url(), [&](HTTPResponse response) { got = std::move(response); });
    handle.pause_reading();
    ASSERT_TRUE(run_until([&] { return server.requests().size() == 1; }));
    run_for(20ms);
    EXPECT_FALSE(got.has_value());
    handle.resume_reading();
    ASSERT_TRUE(run_until([&] { return got.has_value(); }));
    EXPECT_FALSE(got->error) << got->error;
    EXPECT_EQ(got->body, "whole");
}

TEST_F(ClientTest, AResetWhilePausedAndWaitingForContinue) {
    ScriptedServer server{*reactor, always("")};
    server.reads = false;
    server.on_accept = [](const IOStream& stream) {
        stream.read_until("\r\n\r\n",
                          [stream](const Error&, const std::string&) { stream.abort(); });
    };
    std::optional<HTTPResponse> got;
    const FetchHandle handle = client.fetch(
        {.url = server.url(), .method = "POST", .body = "x", .expect_100_continue = true},
        [&](HTTPResponse response) { got = std::move(response); });
    handle.pause_reading();
    run_for(1300ms);
    handle.resume_reading();
    ASSERT_TRUE(run_until([&] { return got.has_value(); }));
    EXPECT_TRUE(got->error);
}

TEST_F(ClientTest, AStaleConnectionIsReplacedAlsoAfterAPause) {
    ScriptedServer server{*reactor, [](const ScriptedRequest& request, const IOStream& stream) {
                              if (request.number == 2) return stream.abort();
                              stream.write(reply("x"));
                          }};
    get(server.url());
    std::optional<HTTPResponse> got;
    const FetchHandle handle =
        client.fetch(server.url(), [&](HTTPResponse response) { got = std::move(response); });
    handle.pause_reading();
    ASSERT_TRUE(run_until([&] { return server.requests().size() == 2; }));
    run_for(10ms);
    handle.resume_reading();
    ASSERT_TRUE(run_until([&] { return got.has_value(); }));
    EXPECT_EQ(got->body, "x") << got->error;
}

TEST_F(ClientTest, WhatCameBehindAReplyWhilePausedIsNoAnswerToTheNextRequest) {
    IOStream first;
    ScriptedServer server{*reactor, [&](const ScriptedRequest& request, const IOStream& stream) {
                              if (request.number == 1) first = stream;
                              stream.write(reply(request.number == 1 ? "one" : "two"));
                          }};
    AsyncHTTPClient single{*reactor, {.max_clients = 1}};
    FetchHandle handle;
    bool paused = false;
    std::string second;
    handle = single.fetch({.url = server.url(),
                           .streaming_callback =
                               [&](std::string_view) {
                                   handle.pause_reading();
                                   paused = true;
                               }},
                          [](const HTTPResponse& response) { EXPECT_FALSE(response.error); });
    single.fetch(server.url(), [&](const HTTPResponse& response) { second = response.body; });
    ASSERT_TRUE(run_until([&] { return paused; }));
    first.write(reply("injected"));
    run_for(10ms);
    handle.resume_reading();
    ASSERT_TRUE(run_until([&] { return !second.empty(); }));
    EXPECT_EQ(second, "two");
}

TEST(SpeedWatch, TimeThatIsSpentPausedDoesNotCount) {
    detail::SpeedWatch watch;
    const TimePoint start = TimePoint{} + 1h;
    watch.begin(100, 5s, start);
    for (int second = 1; second <= 20; ++second) {
        const TimePoint now = start + second * 1s;
        watch.skip(900ms, now);
        EXPECT_FALSE(watch.is_too_slow(static_cast<std::uint64_t>(second) * 20, now)) << second;
    }
    bool slow = false;
    for (int second = 21; second <= 120 && !slow; ++second) {
        watch.skip(900ms, start + second * 1s);
        slow = watch.is_too_slow(400, start + second * 1s);
        if (slow) EXPECT_GE(second, 70);
    }
    EXPECT_TRUE(slow) << "it is slow also when it is not paused";
}

// ---- what callbacks do ----

TEST_F(ClientTest, TheHeadStaysGoodWhenItsCallbackCancels) {
    ScriptedServer server{
        *reactor, always(reply("x", "200 OK", "X-Long: " + std::string(100, 'v') + "\r\n"))};
    FetchHandle handle;
    std::string seen;
    std::optional<HTTPResponse> got;
    handle = client.fetch({.url = server.url(),
                           .head_callback =
                               [&](const HTTPResponse& response) {
                                   for (const HTTPField& field : response.headers) {
                                       handle.cancel();
                                       EXPECT_EQ(response.code, 200);
                                       seen += field.name;
                                       seen += field.value;
                                   }
                               }},
                          [&](HTTPResponse response) { got = std::move(response); });
    ASSERT_TRUE(run_until([&] { return got.has_value(); }));
    EXPECT_EQ(seen, "X-Long" + std::string(100, 'v') + "Content-Length1");
    EXPECT_EQ(got->code, 599);
    EXPECT_EQ(got->headers.size(), 0U);
}

TEST_F(ClientTest, BytesThatComeWhileTheFilterIsAskedAreNoAnswer) {
    IOStream idle;
    ScriptedServer server{*reactor, [&](const ScriptedRequest&, const IOStream& stream) {
                              idle = stream;
                              stream.write(reply("x"));
                          }};
    HTTPRequest request{.url = server.url(), .request_timeout = 1s};
    request.address_filter = [](const Address&) { return true; };
    for (const bool ends : {false, true}) {
        fetch(request);
        bool done = false;
        client.fetch(request, [&](const HTTPResponse& response) {
            done = true;
            EXPECT_EQ(response.body, "x") << response.error;
        });
        // The connection is taken before these, and the filter asked behind them, in another turn.
        reactor->add_callback([&] { ends ? idle.close() : idle.write(reply("injected")); });
        for (int i = 0; i < 1000; ++i)
            reactor->add_callback([] {});
        ASSERT_TRUE(run_until([&] { return done; }));
    }
}

TEST_F(ClientTest, ReplacingOnCloseIsNoDroppedCallback) {
    ScriptedServer server{*reactor, always(reply("early", "413 No"))};
    int first = 0;
    int second = 0;
    const HTTPResponse response = fetch(
        {.url = server.url(), .method = "POST", .body_producer = [&](const HTTPRequestBody& body) {
             body.on_close([&] { ++first; });
             body.on_close([&, body] { ++second; });
         }});
    EXPECT_EQ(response.code, 413);
    ASSERT_TRUE(run_until([&] { return second > 0; }));
    EXPECT_EQ(first, 0);
    fetch(
        {.url = server.url(), .method = "POST", .body_producer = [&](const HTTPRequestBody& body) {
             body.on_close([] {});
             body.finish();
             body.on_close([] {});
         }});
    run_for(5ms);
    EXPECT_EQ(std::ranges::count(reports, Errc::callback_dropped, &Error::kind), 0);
}

TEST_F(ClientTest, ABodyThatIsTooLongIsReportedIfNobodyLooks) {
    ScriptedServer server{*reactor, always(reply("x"))};
    bool done = false;
    client.fetch({.url = server.url(),
                  .method = "POST",
                  .headers = {{"Content-Length", "1"}},
                  .body_producer = [](const HTTPRequestBody& body) { body.write("12"); }},
                 [&](const HTTPResponse&) { done = true; });
    ASSERT_TRUE(run_until([&] { return done; }));
    run_for(5ms);
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0].kind(), Errc::invalid_argument);
}

TEST_F(ClientTest, AFetchThatIsCanceledAsItsBodyIsReleasedIsNotSentAgain) {
    ScriptedServer server{*reactor, always(reply("x"))};
    get(server.url());  // a connection that will turn out to be dead
    FetchHandle handle;
    HTTPRequestBody kept;
    int calls = 0;
    HTTPRequest request{.url = server.url(), .method = "PUT"};
    request.headers.set("Content-Length", "1");
    IOStream peer;
    ScriptedServer dying{*reactor, [&](const ScriptedRequest& got, const IOStream& stream) {
                             if (got.number == 1) return stream.write(reply("x"));
                         }};
    dying.on_accept = [&](const IOStream& stream) { peer = stream; };
    get(dying.url());
    request.url = dying.url();
    request.body_producer = [&](const HTTPRequestBody& body) {
        kept = body;
        body.on_drain([guard = when_released([&] { handle.cancel(); })] {});
        peer.abort();
    };
    handle = client.fetch(request, [&](const HTTPResponse& response) {
        ++calls;
        EXPECT_EQ(response.error.kind(), Errc::canceled);
    });
    ASSERT_TRUE(run_until([&] { return calls > 0; }));
    run_for(20ms);
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(dying.connections(), 1) << "a fetch that had ended went on";
}

TEST_F(ClientTest, ABodyThatFailsWhileTheReactorGoesStartsNothing) {
    ScriptedServer server{*reactor, [](const ScriptedRequest& request, const IOStream& stream) {
                              if (!request.has(" /silent ")) stream.write(reply("x"));
                          }};
    auto own = std::make_unique<Reactor>();
    AsyncHTTPClient one{*own, {.max_clients = 1}};
    const auto spin_until = [&](const std::function<bool()>& condition) {
        return run_until([&] {
            own->poll();
            return condition();
        });
    };
    bool parked = false;
    one.fetch(server.url(), [&](const HTTPResponse& response) { parked = !response.error; });
    ASSERT_TRUE(spin_until([&] { return parked; }));
    ScriptedServer silent{*reactor, [](const ScriptedRequest&, const IOStream&) {}};
    HTTPRequestBody body;
    one.fetch({.url = silent.url(),
               .method = "POST",
               .body_producer = [&](const HTTPRequestBody& given) { body = given; }},
              [](const HTTPResponse&) {});
    one.fetch(server.url("/queued"), [guard = when_released([&] {
                                          body.fail({Errc::system, "gone"});
                                      })](const HTTPResponse&) {});
    ASSERT_TRUE(spin_until([&] { return !body.finished(); }));
    own.reset();
    run_for(50ms);
    EXPECT_EQ(server.requests().size(), 1U) << "a fetch began on a reactor that was going";
}

}  // namespace
}  // namespace gyre::http::test
