#include "client_fixture.hpp"
#include <gyre/http/event_source.hpp>
#include <gyre/http/event_stream.hpp>
#include <gyre/http/http_server.hpp>
#include <gyre/testing.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <source_location>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace gyre::http::test {
namespace {

using gyre::test::Captures;
using Log = std::vector<std::string>;

constexpr std::string_view stream_head =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";

/// Begins a stream on each connection and keeps it open.
ScriptedServer::Script stream_of(std::string events) {
    return [bytes = std::string{stream_head} + std::move(events)](
               const ScriptedRequest&, const IOStream& stream) { stream.write(bytes); };
}

/// The n-th connection gets the n-th of these, and then ends; after them they stay open.
ScriptedServer::Script streams_that_end(std::vector<std::string> streams) {
    return [streams = std::move(streams)](const ScriptedRequest& request, const IOStream& stream) {
        stream.write(std::string{stream_head});
        const auto index = static_cast<std::size_t>(request.number - 1);
        if (index >= streams.size()) return;
        stream.write(streams[index]);
        stream.close();
    };
}

/// Writes down all that a source tells.
void note(const EventSource& source, Log& log) {
    source.on_open([&] { log.emplace_back("open"); });
    source.on_message([&](const MessageEvent& event) { log.push_back(event.data); });
    source.on_error([&](const Error& error, bool will_reconnect) {
        log.push_back(std::string{to_string(error.kind())} +
                      (will_reconnect ? ", again" : ", final"));
    });
    source.on_close([&](const Error& error) {
        log.push_back(error ? "closed: " + std::string{to_string(error.kind())} : "closed");
    });
}

class EventSourceTest : public ClientTest {
protected:
    /// Runs until the log has so many entries.
    bool wait_for(std::size_t entries) {
        return run_until([&] { return log.size() >= entries; });
    }
    EventSource connect(const std::string& url, EventSourceOptions options = {.retry = 5ms}) {
        EventSource source{client, url, std::move(options)};
        note(source, log);
        EXPECT_TRUE(log.empty()) << "called inline";
        return source;
    }

    Log log;
};

TEST_F(EventSourceTest, TellsTheEventsInOrder) {
    ScriptedServer server{*reactor, stream_of("data: 1\n\nevent: tick\nid: 7\ndata: 2\n\n"
                                              "event: unheard\ndata: 3\n\ndata: 4\ndata: 5\n\n")};
    const EventSource source = connect(server.url());
    source.on_event("tick", [&](const MessageEvent& event) {
        log.push_back(event.type + ' ' + event.data + ' ' + event.last_event_id);
    });
    EXPECT_EQ(source.ready_state(), EventSourceState::connecting);
    ASSERT_TRUE(wait_for(4));
    EXPECT_EQ(source.ready_state(), EventSourceState::open);
    EXPECT_EQ(source.last_event_id(), "7");
    source.close();
    EXPECT_EQ(source.ready_state(), EventSourceState::closed);
    EXPECT_EQ(log, (Log{"open", "1", "tick 2 7", "4\n5"})) << "closed inline";
    ASSERT_TRUE(wait_for(5));
    EXPECT_EQ(log.back(), "closed");
    EXPECT_EQ(source.last_event_id(), "7");
}

TEST_F(EventSourceTest, SaysWhatItWants) {
    ScriptedServer server{*reactor, stream_of("")};
    HTTPRequest request{.url = server.url("/events?all")};
    request.headers.set("Authorization", "Bearer x");
    const EventSource source{client, request};
    note(source, log);
    ASSERT_TRUE(wait_for(1));
    const ScriptedRequest& got = server.requests().at(0);
    EXPECT_EQ(got.line(), "GET /events?all HTTP/1.1");
    EXPECT_TRUE(got.has("\r\nAccept: text/event-stream\r\n"));
    EXPECT_TRUE(got.has("\r\nCache-Control: no-store\r\n"));
    EXPECT_TRUE(got.has("\r\nAuthorization: Bearer x\r\n"));
    EXPECT_FALSE(got.has("Last-Event-ID"));
    source.close();
}

TEST_F(EventSourceTest, TheRequestMaySayItOtherwise) {
    ScriptedServer server{*reactor, stream_of("")};
    HTTPRequest request{.url = server.url(), .method = "POST", .body = "question"};
    request.headers.set("Accept", "text/event-stream, application/json");
    request.headers.set("Cache-Control", "no-cache");
    request.headers.set("Last-Event-ID", "41");
    const EventSource source{client, request};
    note(source, log);
    EXPECT_EQ(source.last_event_id(), "41");
    ASSERT_TRUE(wait_for(1));
    const ScriptedRequest& got = server.requests().at(0);
    EXPECT_EQ(got.body, "question");
    EXPECT_TRUE(got.has("\r\nAccept: text/event-stream, application/json\r\n"));
    EXPECT_TRUE(got.has("\r\nCache-Control: no-cache\r\n"));
    EXPECT_TRUE(got.has("\r\nLast-Event-ID: 41\r\n"));
    source.close();
}

TEST_F(EventSourceTest, AfterTheEndItConnectsAgainWhereItWas) {
    ScriptedServer server{*reactor, streams_that_end({"data: 1\nid: a\n\n", "data: 2\n\n",
                                                      "data: 3\nid\n\ndata: never whole"})};
    const EventSource source = connect(server.url(), {.retry = 5ms, .last_event_id = "before"});
    ASSERT_TRUE(wait_for(10));
    EXPECT_EQ(log, (Log{"open", "1", "end_of_stream, again", "open", "2", "end_of_stream, again",
                        "open", "3", "end_of_stream, again", "open"}));
    EXPECT_TRUE(server.requests().at(0).has("\r\nLast-Event-ID: before\r\n"));
    EXPECT_TRUE(server.requests().at(1).has("\r\nLast-Event-ID: a\r\n"));
    EXPECT_TRUE(server.requests().at(2).has("\r\nLast-Event-ID: a\r\n"));
    EXPECT_FALSE(server.requests().at(3).has("Last-Event-ID"));
    source.close();
}

TEST_F(EventSourceTest, AnIdThatNoFieldCanHoldIsNotSent) {
    ScriptedServer server{*reactor, streams_that_end({"id: a\x01\n\n", "id: b\n\n"})};
    const EventSource source = connect(server.url());
    ASSERT_TRUE(wait_for(5));
    EXPECT_FALSE(server.requests().at(1).has("Last-Event-ID"));
    EXPECT_TRUE(server.requests().at(2).has("\r\nLast-Event-ID: b\r\n"));
    source.close();
}

TEST_F(EventSourceTest, ABrokenConnectionIsTriedAgain) {
    ScriptedServer server{*reactor, [](const ScriptedRequest& request, const IOStream& stream) {
                              if (request.number == 1) return stream.close();
                              stream.write(
                                  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                                  "Transfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n");
                              if (request.number == 2) stream.close();
                          }};
    const EventSource source = connect(server.url());
    ASSERT_TRUE(wait_for(6));
    EXPECT_EQ(log, (Log{"end_of_stream, again", "open", "1", "truncated, again", "open", "1"}));
    source.close();
}

TEST_F(EventSourceTest, NobodyThereIsTriedAgain) {
    auto gone = std::make_unique<ScriptedServer>(*reactor, stream_of(""));
    const std::string url = gone->url();
    gone.reset();
    const EventSource source = connect(url);
    ASSERT_TRUE(wait_for(3));
    EXPECT_EQ(log, Log(3, "connection_refused, again"));
    EXPECT_EQ(source.ready_state(), EventSourceState::connecting);
    source.close();
    ASSERT_TRUE(wait_for(4));
    run_for(30ms);
    EXPECT_EQ(log.size(), 4U);
}

TEST_F(EventSourceTest, WhatIsNoStreamIsFinal) {
    const std::pair<std::string, std::string> replies[] = {
        {"HTTP/1.1 204 No Content\r\n\r\n", "http_status"},
        {reply("gone", "404 Not Found"), "http_status"},
        {reply("", "503 x", "Content-Type: text/event-stream\r\n"), "http_status"},
        {reply("data: x\n\n", "201 x", "Content-Type: text/event-stream\r\n"), "http_status"},
        {reply("data: x\n\n", "200 OK", "Content-Type: text/plain\r\n"), "protocol_error"},
        {reply("data: x\n\n", "200 OK", "Content-Type: text/event-streams\r\n"), "protocol_error"},
        {reply("data: x\n\n"), "protocol_error"},
        {"HTTP/1.1 302 x\r\nLocation: ftp://x/\r\nContent-Length: 0\r\n\r\n", "bad_url"},
    };
    for (const auto& [bytes, kind] : replies) {
        ScriptedServer server{*reactor, always(bytes)};
        log.clear();
        const EventSource source = connect(server.url());
        ASSERT_TRUE(wait_for(2));
        EXPECT_EQ(source.ready_state(), EventSourceState::closed);
        run_for(20ms);
        EXPECT_EQ(log, (Log{kind + ", final", "closed: " + kind})) << bytes;
        EXPECT_EQ(server.requests().size(), 1U);
    }
}

TEST_F(EventSourceTest, TheStatusIsTheErrorsCode) {
    ScriptedServer server{*reactor, always(reply("", "418 I'm a teapot"))};
    const EventSource source{client, server.url()};
    int code = 0;
    source.on_close([&](const Error& error) { code = error.code(); });
    ASSERT_TRUE(run_until([&] { return code != 0; }));
    EXPECT_EQ(code, 418);
    EXPECT_TRUE(reports.empty());
}

TEST_F(EventSourceTest, TheTypeMayHaveParametersAndAnyCase) {
    ScriptedServer server{
        *reactor, once_and_close(
                      "HTTP/1.1 200 OK\r\nContent-Type: Text/Event-Stream ;charset=utf-8\r\n\r\n")};
    const EventSource source = connect(server.url());
    ASSERT_TRUE(wait_for(1));
    EXPECT_EQ(log.at(0), "open");
    source.close();
}

TEST_F(EventSourceTest, RedirectsAreFollowed) {
    ScriptedServer server{*reactor, [](const ScriptedRequest& request, const IOStream& stream) {
                              if (request.has("GET /to "))
                                  return stream.write(std::string{stream_head} + "data: x\n\n");
                              stream.write(reply("", "307 x", "Location: /to\r\n"));
                          }};
    const EventSource source = connect(server.url());
    ASSERT_TRUE(wait_for(2));
    EXPECT_EQ(log, (Log{"open", "x"}));
    source.close();
}

TEST_F(EventSourceTest, AnEventThatIsTooLargeIsFinal) {
    ScriptedServer server{*reactor, stream_of("data: 1234\n\ndata: 12345\n\ndata: x\n\n")};
    connect(server.url(), {.max_event_size = 10});
    ASSERT_TRUE(wait_for(4));
    EXPECT_EQ(log, (Log{"open", "1234", "limit_exceeded, final", "closed: limit_exceeded"}));
}

TEST_F(EventSourceTest, WrongArgumentsAreFinalAndToldLater) {
    for (const EventSourceOptions& options :
         {EventSourceOptions{.retry = 0ms}, EventSourceOptions{.max_retry = -1ms},
          EventSourceOptions{.max_event_size = 0}, EventSourceOptions{.last_event_id = "a\nb"}}) {
        log.clear();
        connect("http://127.0.0.1/", options);
        ASSERT_TRUE(wait_for(2));
        EXPECT_EQ(log, (Log{"invalid_argument, final", "closed: invalid_argument"}));
        EXPECT_TRUE(reports.empty()) << reports.front();
    }
    log.clear();
    connect("nonsense");
    ASSERT_TRUE(wait_for(2));
    EXPECT_EQ(log, (Log{"bad_url, final", "closed: bad_url"}));
}

TEST_F(EventSourceTest, AServerThatFellSilentIsNoticedByItsSpeed) {
    ScriptedServer server{*reactor, stream_of("")};
    HTTPRequest request{.url = server.url()};
    request.low_speed_limit = 1;
    request.low_speed_time = 50ms;
    const EventSource source{client, request, {.retry = 5ms}};
    note(source, log);
    ASSERT_TRUE(wait_for(3));
    EXPECT_EQ(log, (Log{"open", "timed_out, again", "open"}));
    source.close();
}

// --- Times ---

class EventSourceTimes : public gyre::test::ReactorTest {
protected:
    bool wait_for(std::size_t entries) {
        const auto end = std::chrono::steady_clock::now() + 5s;
        while (log.size() < entries && std::chrono::steady_clock::now() < end)
            settle();
        return log.size() >= entries;
    }
    /// The next entry comes after `delay`, not before.
    void expect_after(Duration delay, std::size_t entries) {
        ASSERT_TRUE(wait_for(entries));
        advance(delay - 1ms);
        settle();
        EXPECT_EQ(log.size(), entries) << "too early";
        advance(2ms);
        ASSERT_TRUE(wait_for(entries + 1)) << "too late";
    }

    Log log;
};

TEST_F(EventSourceTimes, WaitsThreeSecondsAndTwiceAsLongEachTime) {
    ScriptedServer server{reactor(), [](const ScriptedRequest& request, const IOStream& stream) {
                              if (request.number == 5)
                                  stream.write(std::string{stream_head} + "data: x\n\n");
                              stream.close();
                          }};
    const EventSource source{AsyncHTTPClient{reactor()}, server.url(), {.max_retry = 10s}};
    note(source, log);
    expect_after(3s, 1);
    expect_after(6s, 2);
    expect_after(10s, 3);
    expect_after(10s, 4);
    ASSERT_TRUE(wait_for(7));
    EXPECT_EQ(log.at(4), "open");
    expect_after(3s, 7);
    source.close();
    settle();
}

TEST_F(EventSourceTimes, TheServerSaysHowLongToWait) {
    ScriptedServer server{reactor(), [](const ScriptedRequest& request, const IOStream& stream) {
                              const char* const retries[] = {"1500", "0", "99999999999999999999"};
                              stream.write(std::string{stream_head} +
                                           "retry: " + retries[(request.number - 1) % 3] + "\n");
                              stream.close();
                          }};
    const EventSource source{AsyncHTTPClient{reactor()}, server.url()};
    note(source, log);
    expect_after(1500ms, 2);
    expect_after(100ms, 4);
    expect_after(5min, 6);
    source.close();
    settle();
}

TEST_F(EventSourceTimes, NoTimeOutEndsASilentStream) {
    ScriptedServer server{reactor(), stream_of("")};
    const EventSource source{AsyncHTTPClient{reactor()}, server.url()};
    note(source, log);
    ASSERT_TRUE(wait_for(1));
    advance(24h);
    settle();
    EXPECT_EQ(log, Log{"open"});
    source.close();
    settle();
}

// --- The contract ---

TEST_F(EventSourceTest, CloseInsideEveryHandler) {
    const std::pair<std::string, Log> cases[] = {
        {"open", {"open", "closed"}},
        {"message", {"open", "1", "closed"}},
        {"error", {"open", "1", "2", "end_of_stream", "closed"}},
    };
    for (const auto& [where, expected] : cases) {
        ScriptedServer server{*reactor, streams_that_end({"data: 1\n\ndata: 2\n\n"})};
        log.clear();
        const EventSource source = connect(server.url());
        const auto tell = [&, closes_in = where, source](std::string_view what,
                                                         std::string_view here) {
            log.emplace_back(what);
            if (closes_in == here) source.close();
        };
        source.on_open([tell] { tell("open", "open"); });
        source.on_message([tell](const MessageEvent& event) { tell(event.data, "message"); });
        source.on_error(
            [tell](const Error& error, bool) { tell(to_string(error.kind()), "error"); });
        source.on_close([&, source](const Error& error) {
            log.emplace_back(error ? "failed" : "closed");
            source.close();
        });
        ASSERT_TRUE(wait_for(expected.size())) << where;
        run_for(20ms);
        EXPECT_EQ(log, expected) << where;
    }
}

TEST_F(EventSourceTest, CloseInsideTheErrorThatIsFinal) {
    ScriptedServer server{*reactor, always(reply("", "404 x"))};
    const EventSource source = connect(server.url());
    source.on_error([&](const Error& error, bool again) {
        log.emplace_back(error && !again ? "final" : "?");
        source.close();
    });
    ASSERT_TRUE(wait_for(2));
    run_for(20ms);
    EXPECT_EQ(log, (Log{"final", "closed: http_status"}));
}

TEST_F(EventSourceTest, AThrowInsideEveryHandlerIsReportedAndItGoesOn) {
    ScriptedServer server{*reactor, streams_that_end({"data: 1\n\ndata: 2\n\n"})};
    const EventSource source = connect(server.url());
    const auto tell = [&](const std::string& what) {
        log.push_back(what);
        throw std::runtime_error{"on purpose"};
    };
    source.on_open([&] { tell("open"); });
    source.on_message([&](const MessageEvent& event) { tell(event.data); });
    source.on_error([&](const Error& error, bool) { tell(error ? "error" : "?"); });
    source.on_close([&](const Error& error) { tell(error ? "?" : "closed"); });
    ASSERT_TRUE(wait_for(5));
    source.close();
    ASSERT_TRUE(wait_for(6));
    ASSERT_TRUE(run_until([&] { return reports.size() == 6; }));
    EXPECT_EQ(log, (Log{"open", "1", "2", "error", "open", "closed"}));
    for (const Error& error : reports)
        EXPECT_EQ(error.kind(), Errc::unhandled_exception);
}

TEST_F(EventSourceTest, AnotherOneInsideTheLastHandler) {
    ScriptedServer server{*reactor, stream_of("data: x\n\n")};
    int left = 5;
    std::function<void()> begin = [&] {
        const EventSource source{client, server.url()};
        source.on_message([source](const MessageEvent&) { source.close(); });
        source.on_close([&](const Error&) {
            if (--left > 0) begin();
        });
    };
    begin();
    EXPECT_TRUE(run_until([&] { return left == 0; }));
    EXPECT_EQ(server.connections(), 5);
}

TEST_F(EventSourceTest, HandlersMayBeReplacedInsideThemselves) {
    ScriptedServer server{*reactor,
                          stream_of("data: 1\n\ndata: 2\n\ndata: 3\n\nevent: x\ndata: 4\n\n")};
    const EventSource source = connect(server.url());
    source.on_message([&, source](const MessageEvent& event) {
        log.push_back("first " + event.data);
        source.on_message([&, source](const MessageEvent& next) {
            log.push_back("second " + next.data);
            source.on_message({});
            source.on_event("x", [&](const MessageEvent& last) { log.push_back(last.data); });
        });
    });
    ASSERT_TRUE(wait_for(4));
    EXPECT_EQ(log, (Log{"open", "first 1", "second 2", "4"}));
    source.close();
}

TEST_F(EventSourceTest, CloseReleasesAllCaptures) {
    ScriptedServer server{*reactor, stream_of("data: x\n\n")};
    Captures captures;
    const EventSource source{client, server.url()};
    source.on_open([source, token = captures.token()] {});
    source.on_message([source, token = captures.token()](const MessageEvent&) { source.close(); });
    source.on_event("x", [source, token = captures.token()](const MessageEvent&) {});
    source.on_error([source, token = captures.token()](const Error&, bool) {});
    bool closed = false;
    source.on_close([&, source, token = captures.token()](const Error&) {
        closed = true;
        EXPECT_FALSE(captures.released());
    });
    ASSERT_TRUE(run_until([&] { return closed; }));
    EXPECT_TRUE(captures.released());
    source.on_message([source](const MessageEvent&) {});
}

TEST_F(EventSourceTest, DestroyingTheReactorReleasesAllAndCallsNothing) {
    ScriptedServer server{*reactor, stream_of("data: x\n\n")};
    ScriptedServer ending{*reactor, streams_that_end({""})};
    const std::pair<std::string, std::size_t> cases[] = {
        {server.url(), 0}, {server.url(), 2}, {ending.url(), 2}};
    for (const auto& [url, entries] : cases) {
        auto own = std::make_unique<Reactor>();
        Captures captures;
        log.clear();
        const EventSource source{AsyncHTTPClient{*own}, url, {.retry = 1h}};
        note(source, log);
        source.on_event("x", [source, token = captures.token()](const MessageEvent&) {});
        source.on_close([source, token = captures.token()](const Error&) { ADD_FAILURE(); });
        ASSERT_TRUE(run_until([&, enough = entries] {
            own->poll();
            return log.size() >= enough;
        }));
        own.reset();
        EXPECT_TRUE(captures.released());
        EXPECT_EQ(log.size(), entries);
        EXPECT_FALSE(source);
        EXPECT_EQ(source.ready_state(), EventSourceState::closed);
        source.close();
        source.on_open([] {});
    }
}

TEST_F(EventSourceTest, CloseAtAnyTimeIsToldOnce) {
    ScriptedServer server{*reactor, stream_of("data: x\n\n")};
    ScriptedServer ending{*reactor, streams_that_end({""})};
    const std::pair<std::string, std::size_t> cases[] = {
        {server.url(), 0}, {server.url(), 2}, {ending.url(), 2}};
    for (const auto& [url, entries] : cases) {
        log.clear();
        const EventSource source = connect(url, {.retry = 1h});
        ASSERT_TRUE(wait_for(entries));
        source.close();
        source.close();
        EXPECT_EQ(log.size(), entries) << "closed inline";
        ASSERT_TRUE(wait_for(entries + 1));
        run_for(10ms);
        EXPECT_EQ(log.size(), entries + 1);
        EXPECT_EQ(log.back(), "closed");
    }
    EXPECT_TRUE(reports.empty());
}

TEST_F(EventSourceTest, ACloseHandlerSetAfterTheEndIsCalledToo) {
    ScriptedServer server{*reactor, always(reply("", "404 x"))};
    const EventSource source = connect(server.url());
    ASSERT_TRUE(wait_for(2));
    source.on_close([&](const Error& error) { log.push_back(std::to_string(error.code())); });
    EXPECT_EQ(log.size(), 2U) << "called inline";
    ASSERT_TRUE(wait_for(3));
    EXPECT_EQ(log.back(), "404");
}

TEST_F(EventSourceTest, TheReactorRunsUntilItIsClosed) {
    auto own = std::make_unique<Reactor>();
    std::optional<ScriptedServer> server{std::in_place, *own, streams_that_end({"data: 1\n\n"})};
    const EventSource source{AsyncHTTPClient{*own}, server->url(), {.retry = 5ms}};
    source.on_open([&, opened = 0]() mutable {
        if (++opened < 2) return;
        server.reset();
        source.close();
    });
    source.on_close([&](const Error& error) { log.emplace_back(error ? "failed" : "closed"); });
    own->run();
    EXPECT_EQ(log, Log{"closed"});
}

TEST_F(EventSourceTest, ItIsAmongWhatThePendingWorkIs) {
    ScriptedServer server{*reactor, stream_of("")};
    const unsigned line = std::source_location::current().line() + 1;
    const EventSource source{client, "http://user:secret@" + server.url().substr(7)};
    int found = 0;
    for (const PendingOperation& operation : reactor->pending())
        if (operation.kind == "event source" && operation.detail == server.url())
            found += operation.place.line() == line ? 1 : 0;
    EXPECT_EQ(found, 1);
    source.close();
}

TEST_F(EventSourceTest, InertOnesDoNothing) {
    for (const EventSource& source : {EventSource{}, EventSource{AsyncHTTPClient{}, "http://x/"}}) {
        EXPECT_FALSE(source);
        EXPECT_EQ(source.ready_state(), EventSourceState::closed);
        EXPECT_EQ(source.last_event_id(), "");
        note(source, log);
        source.close();
    }
    run_for(10ms);
    EXPECT_TRUE(log.empty());
    EXPECT_EQ(reports.size(), 2U) << "the callbacks of on_close were dropped";
}

TEST_F(EventSourceTest, ErrorsNobodyLooksAtAreReportedWithItsLine) {
    ScriptedServer server{*reactor, [](const ScriptedRequest& request, const IOStream& stream) {
                              if (request.number == 1) return stream.close();
                              if (request.number == 3) return stream.write(reply("", "404 x"));
                              stream.write(std::string{stream_head});
                              stream.close();
                          }};
    const unsigned line = std::source_location::current().line() + 1;
    const EventSource source{client, server.url(), {.retry = 5ms}};
    ASSERT_TRUE(run_until([&] { return reports.size() >= 2; }));
    run_for(20ms);
    ASSERT_EQ(reports.size(), 2U) << "an orderly end is no news";
    EXPECT_EQ(reports[0].kind(), Errc::end_of_stream);
    EXPECT_EQ(reports[0].phase(), "wait");
    EXPECT_EQ(reports[1].code(), 404);
    for (const Error& error : reports)
        EXPECT_EQ(error.place().line(), line);
}

TEST_F(EventSourceTest, ReferencesMayBeDestroyedOnAnotherThread) {
    ScriptedServer server{*reactor, stream_of("data: x\n\n")};
    auto source = std::make_unique<EventSource>(connect(server.url()));
    auto copy = std::make_unique<EventSource>(*source);
    ASSERT_TRUE(wait_for(2));
    std::thread{[copy = std::move(copy)]() mutable { copy.reset(); }}.join();
    source->close();
    ASSERT_TRUE(wait_for(3));
    std::thread{[source = std::move(source)]() mutable { source.reset(); }}.join();
}

// --- With the server of gyre ---

class EventSourceAndServer : public EventSourceTest {
protected:
    void begin(HTTPServerOptions options = {}) {
        server = std::make_unique<HTTPServer>(*reactor, std::move(options));
        server->get("/events",
                    [this](const HTTPServerRequest& request, const HTTPServerResponse& response) {
                        streams.emplace_back(request, response, EventStreamOptions{.retry = 100ms});
                    });
        ASSERT_FALSE(server->listen(0, "127.0.0.1"));
    }
    std::string url() const {
        return "http://127.0.0.1:" + std::to_string(server->port()) + "/events";
    }

    std::vector<EventStream> streams;  // outlive the server, which ends them quietly
    std::unique_ptr<HTTPServer> server;
};

TEST_F(EventSourceAndServer, EventsArriveAndTheIdComesBack) {
    begin();
    const EventSource source = connect(url());
    ASSERT_TRUE(wait_for(1));
    streams.at(0).send({.id = "1", .event = {}, .data = "a\nb", .retry = {}});
    streams.at(0).comment("nothing");
    streams.at(0).send({.id = {}, .event = {}, .data = "", .retry = {}});
    ASSERT_TRUE(wait_for(3));
    streams.at(0).close();
    ASSERT_TRUE(wait_for(5));
    EXPECT_EQ(log, (Log{"open", "a\nb", "", "end_of_stream, again", "open"}));
    EXPECT_EQ(streams.at(1).last_event_id(), "1");
    streams.at(1).send({.id = {}, .event = {}, .data = "c", .retry = {}});
    ASSERT_TRUE(wait_for(6));
    EXPECT_EQ(log.back(), "c");
    source.close();
    EXPECT_TRUE(run_until([&] { return streams.at(1).closed(); })) << "the server is not told";
}

TEST_F(EventSourceAndServer, CompressedEventsArriveAtOnce) {
    begin({.compress_response = true});
    const EventSource source = connect(url());
    ASSERT_TRUE(wait_for(1));
    for (std::size_t i = 0; i < 3; ++i) {
        streams.at(0).send({.id = {}, .event = {}, .data = std::string(2000, 'x'), .retry = {}});
        ASSERT_TRUE(wait_for(2 + i));
    }
    source.close();
}

TEST_F(EventSourceAndServer, AStatusThatSaysEnough) {
    server = std::make_unique<HTTPServer>(*reactor);
    server->get("/events", [](const HTTPServerRequest&, const HTTPServerResponse& response) {
        response.set_status(204);
        response.finish();
    });
    ASSERT_FALSE(server->listen(0, "127.0.0.1"));
    connect(url());
    ASSERT_TRUE(wait_for(2));
    EXPECT_EQ(log, (Log{"http_status, final", "closed: http_status"}));
}

}  // namespace
}  // namespace gyre::http::test
