#include "log_text.hpp"

#include "request_trail.hpp"
#include "server_sight.hpp"
#include <gyre/http/access_log.hpp>
#include <gyre/log.hpp>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace gyre::http::test {
namespace {

using namespace std::chrono_literals;

AccessLogEntry example() {
    return {.time = std::chrono::sys_days{std::chrono::year{2000} / 10 / 10} + 13h + 55min + 36s +
                    123ms,
            .remote_address = *Address::from_ip("127.0.0.1", 5000),
            .user = "frank",
            .method = "GET",
            .target = "/apache_pb.gif",
            .version = "HTTP/1.0",
            .status = 200,
            .body_bytes = 2326,
            .referer = "http://www.example.com/start.html",
            .user_agent = "Mozilla/4.08",
            .host = "example.com",
            .request_id = "abc",
            .duration = 1234us,
            .time_to_first_byte = 1ms};
}

TEST(CombinedLog, IsApachesFormatWithTheDuration) {
    EXPECT_EQ(combined_log_line(example()),
              "127.0.0.1 - frank [10/Oct/2000:13:55:36 +0000] \"GET /apache_pb.gif HTTP/1.0\" 200 "
              "2326 \"http://www.example.com/start.html\" \"Mozilla/4.08\" 0.001234");
}

TEST(CombinedLog, WhatIsUnknownIsADash) {
    AccessLogEntry entry;
    EXPECT_EQ(combined_log_line(entry),
              "- - - [01/Jan/1970:00:00:00 +0000] \"-\" - 0 \"-\" \"-\" 0.000000");
    entry.method = "GARBAGE";
    EXPECT_NE(combined_log_line(entry).find("\"GARBAGE\" - 0"), std::string::npos);
}

TEST(CombinedLog, KeepsItsFieldsWhateverTheClientSent) {
    AccessLogEntry entry = example();
    entry.user = "a b\" [x]";
    entry.target = "/\"\\\r\n\t\x7f\x80";
    entry.user_agent = "\xc3\xa9\nGET";
    const std::string line = combined_log_line(entry);
    EXPECT_NE(line.find(" - a\\x20b\\\"\\x20[x] ["), std::string::npos) << line;
    EXPECT_NE(line.find("GET /\\\"\\\\\\x0d\\x0a\\x09\\x7f\\x80 HTTP"), std::string::npos) << line;
    EXPECT_NE(line.find("\"\\xc3\\xa9\\x0aGET\""), std::string::npos) << line;
}

TEST(JsonLog, HasEveryField) {
    EXPECT_EQ(json_log_line(example()),
              "{\"time\":\"2000-10-10T13:55:36.123Z\",\"remote\":\"127.0.0.1\",\"user\":\"frank\","
              "\"method\":\"GET\",\"target\":\"/apache_pb.gif\",\"version\":\"HTTP/1.0\","
              "\"status\":200,\"body_bytes\":2326,"
              "\"referer\":\"http://www.example.com/start.html\",\"user_agent\":\"Mozilla/4.08\","
              "\"host\":\"example.com\",\"request_id\":\"abc\",\"duration\":0.001234,"
              "\"time_to_first_byte\":0.001000,\"outcome\":\"completed\"}");
}

TEST(JsonLog, LeavesOutWhatIsUnknown) {
    EXPECT_EQ(json_log_line({.outcome = RequestOutcome::client_aborted}),
              "{\"time\":\"1970-01-01T00:00:00.000Z\",\"remote\":\"-\",\"body_bytes\":0,"
              "\"duration\":0.000000,\"outcome\":\"client_aborted\"}");
}

std::string json_of(std::string_view text) {
    std::string out;
    detail::append_json(out, "k", text);
    return out;
}

TEST(JsonLog, EscapesWhatIsNoPlainCharacter) {
    EXPECT_EQ(json_of("a\"b\\c"), ",\"k\":\"a\\\"b\\\\c\"");
    EXPECT_EQ(json_of("\r\n\x7f"), ",\"k\":\"\\u000d\\u000a\\u007f\"");
    EXPECT_EQ(json_of("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"),
              ",\"k\":\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"");
    EXPECT_EQ(json_of("\xc2\x85\xe2\x80\xa8\xe2\x80\xa9"), ",\"k\":\"\\u0085\\u2028\\u2029\"");
}

TEST(JsonLog, TakesBytesThatAreNoUtf8AsLatin1) {
    EXPECT_EQ(json_of("caf\xe9"), ",\"k\":\"caf\\u00e9\"");
    EXPECT_EQ(json_of("\xc3"), ",\"k\":\"\\u00c3\"");                        // truncated
    EXPECT_EQ(json_of("\xc0\xaf"), ",\"k\":\"\\u00c0\\u00af\"");             // overlong
    EXPECT_EQ(json_of("\xed\xa0\x80"), ",\"k\":\"\\u00ed\\u00a0\\u0080\"");  // a surrogate
    EXPECT_EQ(json_of("\xf4\x90\x80\x80"), ",\"k\":\"\\u00f4\\u0090\\u0080\\u0080\"");
    EXPECT_EQ(json_of("\xe0\x80\x80"), ",\"k\":\"\\u00e0\\u0080\\u0080\"");
}

TEST(AccessLogLines, AreOneLineForEveryPairOfBytes) {
    for (int first = 0; first < 256; ++first) {
        for (int second = 0; second < 256; ++second) {
            const char bytes[] = {static_cast<char>(first), static_cast<char>(second)};
            const std::string_view text{bytes, sizeof bytes};
            AccessLogEntry entry = example();
            entry.user = entry.target = entry.user_agent = text;
            for (const std::string& line : {combined_log_line(entry), json_log_line(entry)})
                for (const char c : line)
                    ASSERT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) << line;
            boost::json::error_code error;
            const auto value = boost::json::parse(json_log_line(entry), error);
            ASSERT_FALSE(error) << first << ' ' << second;
            ASSERT_EQ(value.at("status").as_int64(), 200);
        }
    }
}

TEST(AccessLogLines, GoThroughTheLog) {
    std::vector<std::string> lines;
    set_log_handler([&](LogLevel level, std::string_view line) {
        EXPECT_EQ(level, LogLevel::info);
        lines.emplace_back(line);
    });
    access_log_to_log()(example());
    access_log_to_log(AccessLogFormat::json)(example());
    set_log_handler({});
    EXPECT_EQ(lines, (std::vector{combined_log_line(example()), json_log_line(example())}));
}

TEST(AccessLogLines, GoToStderr) {
    ::testing::internal::CaptureStderr();
    access_log_to_stderr(AccessLogFormat::json)(example());
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), json_log_line(example()) + '\n');
}

TEST(FirstLine, EndsWithTheLineOrTheBytes) {
    EXPECT_EQ(detail::first_line("GET / HTTP/1.1\r\nHost"), "GET / HTTP/1.1");
    EXPECT_EQ(detail::first_line("\r\nGET /\nHost"), "GET /");
    EXPECT_EQ(detail::first_line("GET"), "GET");
    EXPECT_EQ(detail::first_line("\r\n"), "");
    EXPECT_EQ(detail::first_line(std::string(100'000, 'x')).size(), 8192u);
}

TEST(RequestId, IsOfAFewSafeCharacters) {
    EXPECT_TRUE(detail::ServerSight::is_id("aZ09._-"));
    EXPECT_TRUE(detail::ServerSight::is_id(std::string(127, 'x')));
    EXPECT_TRUE(detail::ServerSight::is_id(std::string(128, 'x')));
    EXPECT_FALSE(detail::ServerSight::is_id(std::string(129, 'x')));
    for (const char* bad : {"", " ", "a b", "a\"", "a\n", "\xc3\xa9", "a,b", "a:b"})
        EXPECT_FALSE(detail::ServerSight::is_id(bad)) << bad;
}

}  // namespace
}  // namespace gyre::http::test
