#include "read_request.hpp"

#include <gtest/gtest.h>

namespace gyre::detail {
namespace {

using State = ReadRequest::State;

TEST(ReadRequestTest, UntilAtEverySplitPoint) {
    const std::string text = "one\r\n\r\ntwo";
    for (std::size_t split = 0; split <= text.size(); ++split) {
        auto request = ReadRequest::until("\r\n\r\n", 100);
        auto match = request.match(std::string_view{text}.substr(0, split));
        if (match.state == State::waiting) match = request.match(text);
        EXPECT_EQ(match.state, State::satisfied) << split;
        EXPECT_EQ(match.size, 7U);
    }
}

TEST(ReadRequestTest, UntilByteByByte) {
    const std::string text = "aabaab";
    auto request = ReadRequest::until("aab", 100);
    EXPECT_EQ(request.match(text.substr(0, 1)).state, State::waiting);
    EXPECT_EQ(request.match(text.substr(0, 2)).state, State::waiting);
    EXPECT_EQ(request.match(text.substr(0, 3)).size, 3U);
}

TEST(ReadRequestTest, UntilAtItsLimit) {
    EXPECT_EQ(ReadRequest::until("\n", 4).match("abc\n").state, State::satisfied);
    EXPECT_EQ(ReadRequest::until("\n", 3).match("abc\n").state, State::overflow);
    EXPECT_EQ(ReadRequest::until("\n", 3).match("ab").state, State::waiting);
    EXPECT_EQ(ReadRequest::until("\n", 3).match("abc").state, State::overflow);
    EXPECT_TRUE(ReadRequest::until("\n", 3).searches());
}

ReadRequest until_match(std::string_view pattern, std::size_t max_bytes) {
    return ReadRequest::until_match(std::make_unique<StreamPattern>(pattern), max_bytes);
}

TEST(ReadRequestTest, UntilAMatchAtEverySplitPoint) {
    const std::string text = "one\r\n\ntwo\n\n";
    for (std::size_t split = 0; split <= text.size(); ++split) {
        auto request = until_match("\\r?\\n\\r?\\n", 100);
        auto match = request.match(std::string_view{text}.substr(0, split));
        if (match.state == State::waiting) match = request.match(text);
        EXPECT_EQ(match.state, State::satisfied) << split;
        EXPECT_EQ(match.size, 6U);
    }
}

TEST(ReadRequestTest, UntilAMatchAtItsLimit) {
    EXPECT_EQ(until_match("\\n", 4).match("abc\n").state, State::satisfied);
    EXPECT_EQ(until_match("\\n", 3).match("abc\n").state, State::overflow);
    EXPECT_EQ(until_match("\\n", 3).match("ab").state, State::waiting);
    EXPECT_EQ(until_match("\\n", 3).match("abc").state, State::overflow);
    EXPECT_TRUE(until_match("\\n", 3).searches());
}

TEST(ReadRequestTest, ALineGoesWithoutItsEnd) {
    auto request = ReadRequest::line(100);
    EXPECT_EQ(request.match("abc").state, State::waiting);
    EXPECT_EQ(request.match("abc\r\nd").size, 5U);
    EXPECT_EQ(request.answer("abc\r\n"), "abc");
    EXPECT_EQ(request.answer("abc\n"), "abc");
    EXPECT_EQ(request.answer("abc\r"), "abc\r");
    EXPECT_EQ(request.answer("\n"), "");
    EXPECT_EQ(request.answer("\r\n"), "");
}

TEST(ReadRequestTest, TheLastLineNeedsNoEnd) {
    EXPECT_EQ(ReadRequest::line(100).match_at_end("abc").size, 3U);
    EXPECT_EQ(ReadRequest::line(100).match_at_end("").state, State::waiting);
    EXPECT_EQ(ReadRequest::line(3).match_at_end("abc").state, State::overflow);
}

TEST(ReadRequestTest, Exactly) {
    auto request = ReadRequest::exactly(3);
    EXPECT_EQ(request.match("ab").state, State::waiting);
    EXPECT_EQ(request.match("abcd").size, 3U);
    EXPECT_EQ(request.match_at_end("ab").state, State::waiting);
}

TEST(ReadRequestTest, Some) {
    EXPECT_EQ(ReadRequest::some(3).match("").state, State::waiting);
    EXPECT_EQ(ReadRequest::some(3).match("ab").size, 2U);
    EXPECT_EQ(ReadRequest::some(3).match("abcd").size, 3U);
}

TEST(ReadRequestTest, UntilClose) {
    auto request = ReadRequest::until_close(4);
    EXPECT_EQ(request.match("abcd").state, State::waiting);
    EXPECT_EQ(request.match_at_end("abcd").size, 4U);
    EXPECT_EQ(request.match("abcde").state, State::overflow);
    EXPECT_EQ(ReadRequest::until_close(4).match_at_end("").state, State::satisfied);
}

}  // namespace
}  // namespace gyre::detail
