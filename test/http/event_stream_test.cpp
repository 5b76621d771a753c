#include "event_stream_format.hpp"
#include "server_fixture.hpp"
#include <gyre/http/event_stream.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace gyre::http::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using detail::check_event;
using detail::format_comment;
using detail::format_event;
using gyre::test::Captures;
using gyre::test::ExpectNever;
using gyre::test::ExpectOnce;

using Request = HTTPServerRequest;
using Response = HTTPServerResponse;

// WHATWG HTML, sections 9.2.5 and 9.2.6.
TEST(EventFormat, Fields) {
    EXPECT_EQ(format_event({.data = "x"}), "data: x\n\n");
    EXPECT_EQ(format_event({.id = "7", .event = "tick", .data = "x", .retry = 1500ms}),
              "id: 7\nevent: tick\nretry: 1500\ndata: x\n\n");
    EXPECT_EQ(format_event({.id = ""}), "id:\n\n");
    EXPECT_EQ(format_event({.retry = 0ms}), "retry: 0\n\n");
}

TEST(EventFormat, DataMayHaveManyLines) {
    EXPECT_EQ(format_event({.data = "a\nb"}), "data: a\ndata: b\n\n");
    EXPECT_EQ(format_event({.data = "a\rb"}), "data: a\ndata: b\n\n");
    EXPECT_EQ(format_event({.data = "a\r\nb"}), "data: a\ndata: b\n\n");
    EXPECT_EQ(format_event({.data = "a\n\rb"}), "data: a\ndata:\ndata: b\n\n");
    EXPECT_EQ(format_event({.data = "a\n"}), "data: a\ndata:\n\n");
    EXPECT_EQ(format_event({.data = "\r\n\r\n"}), "data:\ndata:\ndata:\n\n");
    EXPECT_EQ(format_event({.data = ""}), "data:\n\n");
    EXPECT_EQ(format_event({.data = " x"}), "data:  x\n\n");
    EXPECT_EQ(format_event({.data = "id: 7\n\nevent: y"}),
              "data: id: 7\ndata:\ndata: event: y\n\n");
    EXPECT_EQ(format_event({.data = "a\0b"s}), "data: a\0b\n\n"s);
}

TEST(EventFormat, Comments) {
    EXPECT_EQ(format_comment(""), ":\n\n");
    EXPECT_EQ(format_comment("x"), ": x\n\n");
    EXPECT_EQ(format_comment("x\r\ndata: y\rz"), ": x\n: data: y\n: z\n\n");
}

TEST(EventFormat, IdAndTypeAreOfOneLine) {
    for (int byte = 0; byte < 256; ++byte) {
        const std::string text = "a"s + static_cast<char>(byte) + "b";
        const bool good = byte != 0 && byte != '\r' && byte != '\n';
        EXPECT_EQ(check_event({.id = text, .data = "x"}).empty(), good) << byte;
        EXPECT_EQ(check_event({.event = text, .data = "x"}).empty(), good) << byte;
        EXPECT_EQ(check_event({.data = text}), "") << byte;
    }
    EXPECT_NE(check_event({.retry = -1ms}), "");
    EXPECT_NE(check_event({}), "");
}

/// What a reader makes of a stream, by section 9.2.6: "type|data|last id" of each event.
std::vector<std::string> read_events(std::string_view bytes) {
    std::vector<std::string> events;
    std::string data;
    std::string type;
    std::string id;
    while (!bytes.empty()) {
        const std::string_view line = bytes.substr(0, bytes.find('\n'));
        bytes.remove_prefix(std::min(line.size() + 1, bytes.size()));
        if (line.empty()) {
            if (!data.empty())
                events.push_back(type + '|' + data.substr(0, data.size() - 1) + '|' + id);
            data.clear();
            type.clear();
            continue;
        }
        const std::string_view name = line.substr(0, line.find(':'));
        std::string_view value = line.substr(std::min(name.size() + 1, line.size()));
        if (value.starts_with(' ')) value.remove_prefix(1);
        if (name == "data") data.append(value).append("\n");
        if (name == "event") type = value;
        if (name == "id") id = value;
    }
    return events;
}

TEST(EventFormat, AReaderGetsWhatWasSent) {
    const std::string bytes = format_event({.id = "1", .event = "a", .data = " x\ny\n"}) +
                              format_comment("data: no") + format_event({.id = "2"}) +
                              format_event({.data = ""}) + format_event({.data = "z"});
    EXPECT_EQ(read_events(bytes), (std::vector<std::string>{"a| x\ny\n|1", "||2", "|z|2"}));
}

class EventStreamTest : public ServerTest {
protected:
    void SetUp() override {
        serve().get("/", [this](const Request& request, const Response& response) {
            stream.emplace(request, response, options);
        });
        listen();
    }
    RawClient open(std::string_view fields = {}) {
        RawClient client = connect();
        client.send(get("/", fields)).until("\r\n\r\n");
        return client;
    }
    void TearDown() override {
        if (stream) stream->close();
        stream.reset();
        ServerTest::TearDown();
    }

    EventStreamOptions options;
    std::optional<EventStream> stream;
};

TEST_F(EventStreamTest, TheHeadGoesAtOnce) {
    RawClient client = open();
    EXPECT_EQ(status_of(client.received), 200);
    EXPECT_EQ(count(client.received, "Content-Type: text/event-stream\r\n"), 1u);
    EXPECT_EQ(count(client.received, "Cache-Control: no-store\r\n"), 1u);
    EXPECT_EQ(count(client.received, "X-Accel-Buffering: no\r\n"), 1u);
    EXPECT_EQ(body_of(client.received), "");
    EXPECT_FALSE(stream->closed());
}

TEST_F(EventStreamTest, EventsAndCommentsAreSent) {
    RawClient client = open();
    ExpectOnce once;
    stream->send({.id = "1", .event = "tick", .data = "a\nb"},
                 once([](Error error) { EXPECT_FALSE(error) << error; }));
    client.until("id: 1\nevent: tick\ndata: a\ndata: b\n\n");
    stream->comment("hello");
    client.until(": hello\n\n");
    stream->close();
    client.until("\r\n0\r\n\r\n");
    EXPECT_TRUE(stream->closed());
}

TEST_F(EventStreamTest, RetryGoesFirst) {
    options.retry = 2500ms;
    RawClient client = open();
    client.until("retry: 2500\n\n");
}

TEST_F(EventStreamTest, TheLastEventIdIsKnown) {
    RawClient client = open("Last-Event-ID: 41\r\n");
    EXPECT_EQ(stream->last_event_id(), "41");
    stream->close();
    RawClient first = open();
    EXPECT_EQ(stream->last_event_id(), "");
}

TEST_F(EventStreamTest, WhatIsRefusedSendsNothing) {
    RawClient client = open();
    const std::string before = client.settled();
    for (const std::string& bad : {"a\nb"s, "a\rb"s, "a\0b"s, "1\n\ndata: evil"s}) {
        ExpectOnce id;
        ExpectOnce type;
        stream->send({.id = bad, .data = "x"},
                     id([](Error error) { EXPECT_EQ(error, Errc::invalid_argument); }));
        stream->send({.event = bad, .data = "x"},
                     type([](Error error) { EXPECT_EQ(error, Errc::invalid_argument); }));
        EXPECT_EQ(id.calls(), 0);  // never inline
        settle();
    }
    ExpectOnce empty;
    stream->send({}, empty([](Error error) { EXPECT_EQ(error, Errc::invalid_argument); }));
    EXPECT_EQ(client.settled(), before);
    EXPECT_FALSE(stream->closed());
}

TEST_F(EventStreamTest, ARefusalThatNobodyTakesIsReported) {
    RawClient client = open();
    stream->send({.id = "a\nb"});
    settle();
    const auto reported = take_reports();
    ASSERT_EQ(reported.size(), 1u);
    EXPECT_EQ(reported[0], Errc::invalid_argument);
}

TEST_F(EventStreamTest, KeepAliveCommentsComeWhenNothingElseDoes) {
    RawClient client = open();
    client.take();
    advance(14s);
    EXPECT_EQ(client.settled(), "");
    advance(2s);
    client.until(":\n\n");
    advance(16s);
    client.wait_for([&] { return count(client.received, ":\n\n") == 2; });
}

TEST_F(EventStreamTest, AnEventPutsTheKeepAliveOff) {
    RawClient client = open();
    client.take();
    advance(10s);
    stream->send({.data = "x"});
    advance(10s);
    client.until("data: x\n\n");
    EXPECT_EQ(count(client.settled(), ":\n\n"), 0u);
    advance(6s);
    client.until(":\n\n");
}

TEST_F(EventStreamTest, ItsTimeIsAnOption) {
    options.keep_alive = 3s;
    RawClient client = open();
    client.take();
    advance(4s);
    client.until(":\n\n");
}

TEST_F(EventStreamTest, ThereMayBeNone) {
    options.keep_alive = gyre::unlimited;
    RawClient client = open();
    client.take();
    advance(200s);
    EXPECT_EQ(client.settled(), "");
}

TEST_F(EventStreamTest, KeepAliveOutlivesTheServersTimeOuts) {
    RawClient client = open();
    for (int i = 0; i < 60; ++i) {
        advance(16s);
        client.read_some();
    }
    EXPECT_FALSE(stream->closed());
    EXPECT_FALSE(client.ended);
}

TEST_F(EventStreamTest, KeepAliveEndsWithTheStream) {
    RawClient client = open();
    stream->close();
    client.until("\r\n0\r\n\r\n");
    client.take();
    advance(60s - 16s);
    EXPECT_EQ(client.settled(), "");
}

TEST_F(EventStreamTest, OnCloseTellsThatTheClientWent) {
    RawClient client = open();
    ExpectOnce once;
    stream->on_close(once([] {}));
    client.reset();
    client.wait_for([&] { return once.calls() == 1; });
    EXPECT_TRUE(stream->closed());
    ExpectOnce write;
    stream->send({.data = "x"}, write([](Error error) { EXPECT_EQ(error, Errc::closed); }));
    settle();
    advance(60s);
}

TEST_F(EventStreamTest, OnCloseIsReleasedByClose) {
    RawClient client = open();
    Captures captures;
    ExpectNever never;
    stream->on_close(never([token = captures.token(), self = *stream] {}));
    stream->close();
    settle();
    EXPECT_TRUE(captures.released());
}

TEST_F(EventStreamTest, ASlowReaderIsTold) {
    RawClient client = connect(4096);
    client.send(get("/"));
    client.wait_for([&] { return stream.has_value(); });
    const std::string big(512 * 1024, 'x');
    Error last;
    for (int i = 0; i < 20 && !gyre::detail::ErrorAccess::failed(last); ++i) {
        stream->send({.data = big}, [&](Error error) {
            if (error == Errc::limit_exceeded) last = error;
        });
        settle();
    }
    EXPECT_EQ(last, Errc::limit_exceeded);
    EXPECT_GT(stream->queued_bytes(), 64u * 1024);
    EXPECT_FALSE(stream->closed());
    const std::size_t queued = stream->queued_bytes();
    advance(16s);  // no comment on top
    EXPECT_LE(stream->queued_bytes(), queued);
    client.close();
    advance(60s);
}

TEST_F(EventStreamTest, ItsLastReferenceEndsTheResponseAsAlways) {
    RawClient client = open();
    stream.reset();
    client.until_end();
    const auto reported = take_reports();
    ASSERT_EQ(reported.size(), 1u);
    EXPECT_EQ(reported[0], Errc::callback_dropped);
    advance(60s);
}

TEST_F(EventStreamTest, MayBeDestroyedOnAnotherThread) {
    RawClient client = open();
    std::thread([last = std::exchange(stream, std::nullopt)]() mutable { last.reset(); }).join();
    client.until_end();
    EXPECT_EQ(take_reports().size(), 1u);
}

TEST_F(EventStreamTest, OutlivesItsServerAndReactor) {
    RawClient client = open();
    EventStream kept = *stream;
    server.reset();
    settle();
    EXPECT_TRUE(kept.closed());
    kept.close();
    client.close();
    stream.reset();
    advance(60s);
    reactor_holder.reset();
    kept.close();
    EXPECT_EQ(kept.queued_bytes(), 0u);
}

TEST_F(EventStreamTest, OptionsThatMakeNoSenseAreAnswered500) {
    options.keep_alive = 0s;
    EXPECT_EQ(status_of(open().received), 500);
    EXPECT_TRUE(stream->closed());
    options = {.retry = -1ms};
    EXPECT_EQ(status_of(open().received), 500);
}

TEST_F(EventStreamTest, BehindTheHeadThereIsNoStream) {
    server->get("/late", [this](const Request& request, const Response& response) {
        response.write("begun");
        response.flush();
        stream.emplace(request, response);
    });
    RawClient client = connect();
    client.send(get("/late")).until_end();
    EXPECT_TRUE(stream->closed());
    EXPECT_EQ(client.received.find("event-stream"), std::string::npos);
}

TEST_F(EventStreamTest, DefaultConstructedIsInert) {
    const EventStream none;
    none.send({.data = "x"});
    none.comment("x");
    none.close();
    none.on_close([] {});
    EXPECT_TRUE(none.closed());
    EXPECT_EQ(none.queued_bytes(), 0u);
    EXPECT_EQ(none.last_event_id(), "");
    const EventStream of_nothing{Request{}, Response{}};
    EXPECT_TRUE(of_nothing.closed());
}

}  // namespace
}  // namespace gyre::http::test
