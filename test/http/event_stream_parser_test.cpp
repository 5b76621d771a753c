#include "event_stream_driver.hpp"
#include "event_stream_format.hpp"
#include <gyre/limits.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::http::detail {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using test::EventStreamDriver;

constexpr std::size_t plenty = 1 << 20;

std::string read(std::string_view stream, std::size_t limit = plenty) {
    EventStreamDriver driver{limit};
    driver.feed(stream);
    EXPECT_FALSE(driver.stuck);
    return driver.account;
}

struct Vector {
    std::string name;
    std::string stream;
    std::string account;
};

// WHATWG HTML section 9.2.6, "Interpreting an event stream", with its examples.
std::vector<Vector> vectors() {
    const std::string with_nul = "id: a\0b\ndata: y\n\n"s;
    return {
        {"lines of data", "data: YHOO\ndata: +2\ndata: 10\n\n", "message|YHOO\n+2\n10|\n"},
        {"comment, id and its reset",
         ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\n"
         "data:  third event\n\n",
         "message|first event|1\nmessage|second event|\nmessage| third event|\n"},
        {"data without a value", "data\n\ndata\ndata\n\ndata:", "message||\nmessage|\n|\n"},
        {"one space is taken off", "data:test\n\ndata: test\n\ndata:  test\n\n",
         "message|test|\nmessage|test|\nmessage| test|\n"},
        {"types", "event: add\ndata: 1\n\nevent:remove\ndata: 2\n\ndata: 3\n\n",
         "add|1|\nremove|2|\nmessage|3|\n"},
        {"the last type counts", "event: a\nevent: b\ndata: x\n\n", "b|x|\n"},
        {"an empty type is message", "event: a\nevent\ndata: x\n\n", "message|x|\n"},
        {"LF, CR and CRLF", "data: a\rdata: b\r\ndata: c\n\r\n", "message|a\nb\nc|\n"},
        {"CR CR is an empty line", "data: a\r\rdata: b\r\r", "message|a|\nmessage|b|\n"},
        {"LF CR is an empty line", "data: a\n\rdata: b\n\r", "message|a|\nmessage|b|\n"},
        {"byte order mark",
         "\xEF\xBB\xBF"
         "data: x\n\n",
         "message|x|\n"},
        {"a second one is part of the line",
         "\xEF\xBB\xBF\xEF\xBB\xBF"
         "data: x\n\ndata: y\n\n",
         "message|y|\n"},
        {"half a mark is part of the line",
         "\xEF\xBB"
         "data: x\n\ndata: y\n\n",
         "message|y|\n"},
        {"a mark is none later on",
         "\n\xEF\xBB\xBF"
         "data: x\n\n",
         ""},
        {"without data there is no event", "event: x\nid: 1\n\ndata: y\n\n", "message|y|1\n"},
        {"the id stays", "id: 1\ndata: x\n\ndata: y\n\n", "message|x|1\nmessage|y|1\n"},
        {"an id with a NUL is none", "id: 1\ndata: x\n\n" + with_nul, "message|x|1\nmessage|y|1\n"},
        {"an id may hold anything else", "id: \t: 1\ndata: x\n\n", "message|x|\t: 1\n"},
        {"retry", "retry: 1500\n\nretry:0\nretry: 007\n", "retry|1500\nretry|0\nretry|7\n"},
        {"retry of digits only",
         "retry: 1x\nretry: -1\nretry: +1\nretry: 1.5\nretry:  1\nretry: \nretry\nretry: 1 \n", ""},
        {"retry that is out of range", "retry: 99999999999999999999\n",
         "retry|9223372036854775807\n"},
        {"unknown fields", "foo: x\nDATA: x\ndata : x\n data: x\ndata: y\n\n", "message|y|\n"},
        {"a colon in the value", "data: a:b: c\n\n", "message|a:b: c|\n"},
        {"comments within an event", "data: a\n:\n: x\n:data: no\ndata: b\n\n", "message|a\nb|\n"},
        {"the end without an empty line", "data: a\n\ndata: b\n", "message|a|\n"},
        {"the end within a line", "data: a\n\ndata: b\nda", "message|a|\n"},
        {"nothing", "", ""},
        {"empty lines", "\n\r\r\n\n", ""},
        {"any bytes", "data: \xFF\x01\t\x7F\n\n", "message|\xFF\x01\t\x7F|\n"},
    };
}

TEST(EventStreamParser, ReadsAsTheStandardSays) {
    for (const Vector& vector : vectors())
        EXPECT_EQ(read(vector.stream), vector.account) << vector.name;
}

TEST(EventStreamParser, EverySplitMakesNoDifference) {
    for (const Vector& vector : vectors()) {
        const std::string_view stream = vector.stream;
        for (std::size_t first = 0; first <= stream.size(); ++first) {
            for (std::size_t second = first; second <= stream.size(); ++second) {
                EventStreamDriver driver{plenty};
                driver.feed(stream.substr(0, first));
                driver.feed(stream.substr(first, second - first));
                driver.feed(stream.substr(second));
                ASSERT_EQ(driver.account, vector.account)
                    << vector.name << ", cut at " << first << " and " << second;
            }
        }
    }
}

// The packet after a CR may never come.
TEST(EventStreamParser, ACarriageReturnEndsALineAtOnce) {
    EventStreamDriver driver{plenty};
    driver.feed("data: x\r\n\r");
    EXPECT_EQ(driver.account, "message|x|\n");
    driver.feed("\n");
    driver.feed("data: y\r");
    driver.feed("\ndata: z\r");
    driver.feed("\r");
    EXPECT_EQ(driver.account, "message|x|\nmessage|y\nz|\n");
}

TEST(EventStreamParser, TheLastIdIsThatOfTheLastEmptyLine) {
    EventStreamDriver driver{plenty, "earlier"};
    EXPECT_EQ(driver.parser.last_event_id(), "earlier");
    driver.feed("data: x\n\n");
    EXPECT_EQ(driver.account, "message|x|earlier\n");
    driver.feed("id: 7\ndata: y\n");
    EXPECT_EQ(driver.parser.last_event_id(), "earlier");
    driver.feed("\n");
    EXPECT_EQ(driver.parser.last_event_id(), "7");
    driver.feed("id: 8\n\n");
    EXPECT_EQ(driver.parser.last_event_id(), "8");
    driver.feed("id\n\n");
    EXPECT_EQ(driver.parser.last_event_id(), "");
}

TEST(EventStreamParser, ALineIsLimited) {
    EXPECT_EQ(read("data: 1234\n\n", 10), "message|1234|\n");
    EXPECT_EQ(read("data: 12345\n\n", 10), "too large\n");
    EXPECT_EQ(read("data: 12345", 10), "too large\n") << "before its end has come";
    EXPECT_EQ(read("data: x\n\n: 34567890\n: 345678901\n", 10), "message|x|\ntoo large\n");
}

TEST(EventStreamParser, TheDataOfAnEventIsLimited) {
    EXPECT_EQ(read("data: 1234\ndata: 6789\ndata\n\n", 10), "message|1234\n6789\n|\n");
    EXPECT_EQ(read("data: 1234\ndata: 6789\ndata: 1\n\n", 10), "too large\n");
    EXPECT_EQ(read("data: 1234\ndata: 6789\ndata\ndata\n\n", 10), "too large\n");
    EXPECT_EQ(read("data: 1234\n\ndata: 6789\n\ndata: 1234\n\n", 10),
              "message|1234|\nmessage|6789|\nmessage|1234|\n")
        << "the next event begins at none";
}

TEST(EventStreamParser, LimitsAtEverySplit) {
    for (const std::string_view stream :
         {"data: 12345\n\n", "x: 45678901", "data: 1234\ndata: 6789\ndata: 1\n\n",
          "\xEF\xBB\xBF"
          "data: 1234\n\n",
          "\xEF\xBB"
          "345678901\n"}) {
        const std::string whole = read(stream, 10);
        for (std::size_t at = 0; at <= stream.size(); ++at) {
            EventStreamDriver driver{10};
            if (driver.feed(stream.substr(0, at))) driver.feed(stream.substr(at));
            EXPECT_EQ(driver.account, whole) << stream << ", cut at " << at;
        }
    }
}

TEST(EventStreamParser, AfterAnErrorThereIsNothing) {
    EventStreamDriver driver{4};
    EXPECT_FALSE(driver.feed("12345\n"));
    EXPECT_FALSE(driver.feed("data\n\n"));
    EXPECT_EQ(driver.account, "too large\ntoo large\n");
}

TEST(EventStreamParser, WithoutALimit) {
    EventStreamDriver driver{gyre::unlimited};
    driver.feed("data: x");
    driver.feed("y\n\n");
    EXPECT_EQ(driver.account, "message|xy|\n");
}

TEST(EventStreamParser, ALongIdDoesNotMakeShortEventsExpensive) {
    EventStreamParser parser{plenty};
    std::string stream = "id: " + std::string(1'000'000, 'x') + "\ndata\n\n";
    for (int i = 0; i < 200'000; ++i)
        stream += i % 2 == 0 ? "data\n\n" : "\n";
    std::string_view input = stream;
    int events = 0;
    while (parser.parse(input) == EventStreamParser::Step::message)
        ++events;
    EXPECT_EQ(events, 100'001);
}

TEST(EventStreamParser, LongLinesInSmallPiecesAreLinear) {
    EventStreamDriver driver{std::size_t{16} << 20};
    const std::string piece(16, 'x');
    driver.feed("data: ");
    for (int i = 0; i < 500'000; ++i)
        driver.feed(piece);
    driver.feed("\n\n");
    EXPECT_EQ(driver.account.size(), 8'000'000 + "message||\n"s.size());
}

TEST(EventStreamParser, ReadsWhatTheServerWrites) {
    const std::string stream =
        format_event({.id = {}, .event = {}, .data = {}, .retry = 1500ms}) + format_comment("x") +
        format_event({.id = "7", .event = "tick", .data = " a\n\nb\n", .retry = {}}) +
        format_event({.id = "", .event = {}, .data = "", .retry = {}});
    EXPECT_EQ(read(stream), "retry|1500\ntick| a\n\nb\n|7\nmessage||\n");
}

}  // namespace
}  // namespace gyre::http::detail
