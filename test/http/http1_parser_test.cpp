#include "http1_parser.hpp"

#include "http1_driver.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace gyre::http::detail::test {
namespace {

class RequestParserTest : public testing::Test {
public:
    Http1Step parse(std::string_view bytes) { return parser.parse(bytes, head); }

    Http1Limits limits;
    RequestParser parser{limits};
    MessageHead head;
};

class ResponseParserTest : public testing::Test {
public:
    Http1Step parse(std::string_view bytes) { return parser.parse(bytes, head); }

    Http1Limits limits;
    ResponseParser parser{limits};
    MessageHead head;
};

TEST_F(RequestParserTest, AGetIsAHeadThenComplete) {
    const std::string_view bytes = "GET /a?b HTTP/1.1\r\nHost: x\r\nAccept:  y \r\n\r\n";
    const Http1Step step = parse(bytes);
    EXPECT_EQ(step.event, Http1Event::head);
    EXPECT_EQ(step.consumed, bytes.size());
    EXPECT_EQ(head.method, "GET");
    EXPECT_EQ(head.target, "/a?b");
    EXPECT_EQ(head.version_minor, 1);
    EXPECT_EQ(head.body_kind, BodyKind::none);
    ASSERT_EQ(head.fields.size(), 2U);
    EXPECT_EQ(head.fields[1].name, "Accept");
    EXPECT_EQ(head.fields[1].value, "y");
    EXPECT_EQ(parse("").event, Http1Event::complete);
}

TEST_F(RequestParserTest, ViewsPointIntoTheBytesGiven) {
    const std::string bytes = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    const auto inside = [&](std::string_view view) {
        return view.data() >= bytes.data() && view.data() < bytes.data() + bytes.size();
    };
    parse(std::string{bytes.substr(0, 20)});
    EXPECT_EQ(parse(bytes).event, Http1Event::head);
    EXPECT_TRUE(inside(head.method));
    EXPECT_TRUE(inside(head.target));
    EXPECT_TRUE(inside(head.fields[0].name));
    EXPECT_TRUE(inside(head.fields[0].value));
}

TEST_F(RequestParserTest, AnIncompleteHeadConsumesNothing) {
    const std::string bytes = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const Http1Step step = parse(std::string_view{bytes}.substr(0, size));
        EXPECT_EQ(step.event, Http1Event::need_more);
        EXPECT_EQ(step.consumed, 0U);
    }
    EXPECT_EQ(parse(bytes).event, Http1Event::head);
}

TEST_F(RequestParserTest, FieldsAreFoundWhateverTheirCase) {
    parse("GET / HTTP/1.1\r\nHost: x\r\nX-a: 1\r\nx-A: 2\r\n\r\n");
    ASSERT_NE(head.find("X-A"), nullptr);
    EXPECT_EQ(head.find("X-A")->value, "1");
    EXPECT_EQ(head.find("X"), nullptr);
}

TEST_F(RequestParserTest, ALongBodyComesInTheViewsOfItsPieces) {
    const std::string_view bytes = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab";
    const Http1Step step = parse(bytes);
    ASSERT_EQ(step.event, Http1Event::head);
    EXPECT_EQ(head.content_length, 5U);
    EXPECT_EQ(head.body_kind, BodyKind::length);
    const Http1Step first = parse(bytes.substr(step.consumed));
    EXPECT_EQ(first.event, Http1Event::body);
    EXPECT_EQ(first.body, "ab");
    EXPECT_EQ(parse("").event, Http1Event::need_more);
    const Http1Step second = parse("cdeGET");
    EXPECT_EQ(second.body, "cde");
    EXPECT_EQ(second.consumed, 3U);
    EXPECT_EQ(parse("GET").event, Http1Event::complete);
}

TEST_F(RequestParserTest, AMessageAfterCompleteStartsCleanly) {
    parse("POST /1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    ASSERT_EQ(parse("0\r\nT: 1\r\n\r\n").event, Http1Event::complete);
    ASSERT_EQ(head.trailers.size(), 1U);
    EXPECT_EQ(head.trailers[0].value, "1");
    parser.reset();
    ASSERT_EQ(parse("GET /2 HTTP/1.0\r\n\r\n").event, Http1Event::head);
    EXPECT_EQ(head.target, "/2");
    EXPECT_FALSE(head.chunked);
    EXPECT_TRUE(head.fields.empty());
    EXPECT_TRUE(head.trailers.empty());
    EXPECT_EQ(head.body_kind, BodyKind::none);
    EXPECT_EQ(parse("").event, Http1Event::complete);
}

TEST_F(RequestParserTest, CompleteStaysUntilReset) {
    parse("GET / HTTP/1.0\r\n\r\n");
    for (int i = 0; i < 2; ++i) {
        const Http1Step step = parse("GET / HTTP/1.0\r\n\r\n");
        EXPECT_EQ(step.event, Http1Event::complete);
        EXPECT_EQ(step.consumed, 0U);
    }
}

TEST_F(RequestParserTest, AnErrorStaysUntilReset) {
    EXPECT_EQ(parse("\x01").event, Http1Event::error);
    EXPECT_EQ(parse("GET / HTTP/1.0\r\n\r\n").event, Http1Event::error);
    EXPECT_EQ(parser.error(), Http1Error::bad_method);
    EXPECT_EQ(parser.finish_eof(), Http1Eof::error);
    EXPECT_EQ(parser.error(), Http1Error::bad_method);
    parser.reset();
    EXPECT_EQ(parser.error(), Http1Error::none);
    EXPECT_EQ(parse("GET / HTTP/1.0\r\n\r\n").event, Http1Event::head);
}

bool keeps_alive(std::string_view version, std::string_view connection) {
    const Http1Limits limits;
    RequestParser parser{limits};
    MessageHead head;
    std::string bytes = "GET / HTTP/";
    bytes.append(version).append("\r\nHost: x\r\n").append(connection).append("\r\n");
    EXPECT_EQ(parser.parse(bytes, head).event, Http1Event::head);
    return head.keep_alive;
}

TEST(KeepAlive, FollowsTheVersionAndTheConnectionTokens) {
    EXPECT_TRUE(keeps_alive("1.1", ""));
    EXPECT_FALSE(keeps_alive("1.0", ""));
    EXPECT_FALSE(keeps_alive("1.1", "Connection: Close\r\n"));
    EXPECT_FALSE(keeps_alive("1.1", "Connection: x,close\r\n"));
    EXPECT_FALSE(keeps_alive("1.1", "Connection: x\r\nConnection: close\r\n"));
    EXPECT_TRUE(keeps_alive("1.0", "Connection: Keep-Alive\r\n"));
    EXPECT_FALSE(keeps_alive("1.0", "Connection: keep-alive, close\r\n"));
    EXPECT_TRUE(keeps_alive("1.1", "Connection: closed\r\n"));
    EXPECT_FALSE(keeps_alive("1.0", "Proxy-Connection: keep-alive\r\n"));
}

TEST_F(RequestParserTest, AnUpgradeTakesTheTokenAndTheField) {
    parse("GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: a, Upgrade\r\n\r\n");
    EXPECT_TRUE(head.upgrade);
    parser.reset();
    parse("GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n");
    EXPECT_FALSE(head.upgrade);
    parser.reset();
    parse("GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\n\r\n");
    EXPECT_FALSE(head.upgrade);
    parser.reset();
    parse("GET / HTTP/1.0\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n");
    EXPECT_FALSE(head.upgrade);
}

TEST_F(RequestParserTest, ExpectContinueNeedsABodyAndHttp11) {
    parse("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n");
    EXPECT_TRUE(head.expect_continue);
    parser.reset();
    parse("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n");
    EXPECT_FALSE(head.expect_continue);
    parser.reset();
    parse("GET / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_FALSE(head.expect_continue);
}

TEST_F(RequestParserTest, TheEndOfTheStreamBetweenMessagesIsClean) {
    EXPECT_EQ(parser.finish_eof(), Http1Eof::clean);
    parse("");
    EXPECT_EQ(parser.finish_eof(), Http1Eof::clean);
    parse("GET / HTTP/1.0\r\n\r\n");
    EXPECT_EQ(parse("").event, Http1Event::complete);
    EXPECT_EQ(parser.finish_eof(), Http1Eof::clean);
}

TEST_F(RequestParserTest, TheEndOfTheStreamAfterAnEmptyLineIsClean) {
    parse("\r\n");
    EXPECT_EQ(parser.finish_eof(), Http1Eof::clean);
}

TEST_F(RequestParserTest, TheEndOfTheStreamInAHeadTruncatesIt) {
    parse("G");
    EXPECT_EQ(parser.finish_eof(), Http1Eof::error);
    EXPECT_EQ(parser.error(), Http1Error::truncated);
    EXPECT_EQ(parse("ET").event, Http1Event::error);
}

TEST_F(RequestParserTest, TheEndOfTheStreamInABodyTruncatesIt) {
    parse("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n");
    EXPECT_EQ(parser.finish_eof(), Http1Eof::error);
    EXPECT_EQ(parser.error(), Http1Error::truncated);
}

TEST_F(RequestParserTest, ALengthOverTheLimitIsRefusedAtTheHead) {
    const std::string_view bytes = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n";
    for (const std::uint64_t max : {std::uint64_t{11}, std::uint64_t{10}}) {
        limits.max_body = max;
        EXPECT_EQ(parse(bytes).event, Http1Event::head);
        parser.reset();
    }
    limits.max_body = 9;
    EXPECT_EQ(parse(bytes).event, Http1Event::error);
    EXPECT_EQ(parser.error(), Http1Error::body_too_large);
}

TEST_F(RequestParserTest, ChunksOverTheLimitAreRefusedAtTheirSize) {
    limits.max_body = 5;
    const std::string_view head_bytes =
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    ASSERT_EQ(parse(head_bytes).event, Http1Event::head);
    EXPECT_EQ(parse("3\r\nabc").body, "abc");
    EXPECT_EQ(parse("\r\n2\r\nde").body, "de");
    EXPECT_EQ(parse("\r\n1\r").event, Http1Event::need_more);
    EXPECT_EQ(parse("\n").event, Http1Event::error);
    EXPECT_EQ(parser.error(), Http1Error::body_too_large);
}

TEST_F(RequestParserTest, ABodyLimitMayBeSetAfterTheHead) {
    const std::string_view bytes = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n";
    parse(bytes);
    EXPECT_TRUE(parser.limit_body(10));
    EXPECT_FALSE(parser.limit_body(9));
    EXPECT_EQ(parser.error(), Http1Error::body_too_large);
    parser.reset();
    parse("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    EXPECT_TRUE(parser.limit_body(2));
    EXPECT_EQ(parse("3\r\n").event, Http1Event::error);
    EXPECT_EQ(parser.error(), Http1Error::body_too_large);
}

TEST_F(RequestParserTest, ALimitWithoutABodyIsKept) {
    parse("GET / HTTP/1.0\r\n\r\n");
    EXPECT_TRUE(parser.limit_body(0));
}

TEST_F(RequestParserTest, SixteenPipelinedRequestsComeOneByOne) {
    std::string bytes;
    for (int i = 0; i < 16; ++i)
        bytes += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n";
    std::string_view rest = bytes;
    for (int i = 0; i < 16; ++i) {
        const Http1Step step = parse(rest);
        ASSERT_EQ(step.event, Http1Event::head);
        EXPECT_EQ(head.target, "/" + std::to_string(i));
        rest.remove_prefix(step.consumed);
        ASSERT_EQ(parse(rest).event, Http1Event::complete);
        parser.reset();
    }
    EXPECT_TRUE(rest.empty());
}

TEST_F(ResponseParserTest, GivesStatusAndReason) {
    ASSERT_EQ(parse("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").event, Http1Event::head);
    EXPECT_EQ(head.status, 404);
    EXPECT_EQ(head.reason, "Not Found");
    EXPECT_TRUE(head.method.empty());
    EXPECT_TRUE(head.keep_alive);
    EXPECT_EQ(parse("").event, Http1Event::complete);
}

TEST_F(ResponseParserTest, ABodyWithoutLengthEndsWithTheStream) {
    ASSERT_EQ(parse("HTTP/1.1 200 OK\r\n\r\n").event, Http1Event::head);
    EXPECT_EQ(head.body_kind, BodyKind::until_close);
    EXPECT_FALSE(head.keep_alive);
    EXPECT_EQ(parse("abc").body, "abc");
    EXPECT_EQ(parse("").event, Http1Event::need_more);
    EXPECT_EQ(parser.finish_eof(), Http1Eof::complete);
    EXPECT_EQ(parse("").event, Http1Event::complete);
}

TEST_F(ResponseParserTest, ABodyUntilTheEndOfTheStreamKeepsToTheLimit) {
    limits.max_body = 4;
    parse("HTTP/1.1 200 OK\r\n\r\n");
    EXPECT_EQ(parse("abc").body, "abc");
    const Http1Step step = parse("de");
    EXPECT_EQ(step.body, "d");
    EXPECT_EQ(step.consumed, 1U);
    EXPECT_EQ(parse("").event, Http1Event::need_more);
    EXPECT_EQ(parse("e").event, Http1Event::error);
    EXPECT_EQ(parser.error(), Http1Error::body_too_large);
}

TEST_F(ResponseParserTest, ALimitSetInABodyUntilTheEndCountsWhatWasTaken) {
    parse("HTTP/1.1 200 OK\r\n\r\n");
    parse("abc");
    EXPECT_TRUE(parser.limit_body(4));
    EXPECT_EQ(parse("de").body, "d");
    EXPECT_EQ(parse("e").event, Http1Event::error);
    parser.reset();
    parse("HTTP/1.1 200 OK\r\n\r\n");
    parse("abc");
    EXPECT_FALSE(parser.limit_body(2));
}

TEST_F(ResponseParserTest, AnInterimResponseIsAMessageOfItsOwn) {
    parser.expect_response_to("HEAD");
    const std::string_view bytes =
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n";
    const Http1Step step = parse(bytes);
    ASSERT_EQ(step.event, Http1Event::head);
    EXPECT_EQ(head.status, 100);
    EXPECT_EQ(head.body_kind, BodyKind::none);
    const std::string_view rest = bytes.substr(step.consumed);
    EXPECT_EQ(parse(rest).event, Http1Event::complete);
    parser.reset();
    EXPECT_EQ(parse(rest).event, Http1Event::head);
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.content_length, 3U);
    EXPECT_EQ(head.body_kind, BodyKind::none) << "the method holds over reset()";
    EXPECT_EQ(parse("").event, Http1Event::complete);
}

TEST_F(ResponseParserTest, ATunnelBeginsBehindTheHead) {
    parser.expect_response_to("CONNECT");
    const std::string_view bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\x16\x03";
    const Http1Step step = parse(bytes);
    EXPECT_EQ(step.event, Http1Event::head);
    EXPECT_EQ(step.consumed, bytes.size() - 2);
    EXPECT_EQ(parse("\x16\x03").event, Http1Event::complete);
    EXPECT_EQ(parse("\x16\x03").consumed, 0U);
}

TEST_F(ResponseParserTest, AnotherMethodEndsTheHeadRule) {
    parser.expect_response_to("HEAD");
    parser.expect_response_to("GET");
    parse("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n");
    EXPECT_EQ(head.body_kind, BodyKind::length);
}

TEST_F(ResponseParserTest, ASwitchOfProtocolsIsComplete) {
    parse("HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81");
    EXPECT_TRUE(head.upgrade);
    const Http1Step step = parse("\x81");
    EXPECT_EQ(step.event, Http1Event::complete);
    EXPECT_EQ(step.consumed, 0U);
}

TEST_F(ResponseParserTest, TheLimitDoesNotCountABodyThatDoesNotCome) {
    limits.max_body = 1;
    parser.expect_response_to("HEAD");
    EXPECT_EQ(parse("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n").event, Http1Event::head);
}

TEST_F(ResponseParserTest, TheEndOfTheStreamBeforeAByteIsClean) {
    EXPECT_EQ(parser.finish_eof(), Http1Eof::clean);
    parse("H");
    EXPECT_EQ(parser.finish_eof(), Http1Eof::error);
    EXPECT_EQ(parser.error(), Http1Error::truncated);
}

TEST(MessageHead, KeepsItsMemoryFromMessageToMessage) {
    const Http1Limits limits;
    RequestParser parser{limits};
    MessageHead head;
    const std::string_view bytes = "GET / HTTP/1.1\r\nHost: x\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n";
    parser.parse(bytes, head);
    const Field* const memory = head.fields.data();
    const std::size_t capacity = head.fields.capacity();
    for (int i = 0; i < 3; ++i) {
        parser.reset();
        ASSERT_EQ(parser.parse(bytes, head).event, Http1Event::head);
        EXPECT_EQ(head.fields.data(), memory);
        EXPECT_EQ(head.fields.capacity(), capacity);
    }
}

}  // namespace
}  // namespace gyre::http::detail::test
