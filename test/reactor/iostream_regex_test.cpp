#include "support/stream_pair.hpp"

#include <string>

namespace gyre::test {
namespace {

class IOStreamRegexTest : public StreamPairTest {};

TEST_F(IOStreamRegexTest, EndsAtTheSameByteHoweverTheBytesArrive) {
    for (std::size_t piece = 1; piece < 12; ++piece) {
        connect({.max_read = piece});
        got.clear();
        stream.read_until_regex("a+b?", note());
        stream.set_end_callback([] {});
        peer.write("xxaaabyy");
        settle();
        EXPECT_EQ(got, "xxa") << piece;
        stream.read_until_regex("a+b", note());
        settle();
        EXPECT_EQ(got, "xxaaab") << piece;
        stream.read_some(2, note());
        settle();
        stream.abort();
    }
}

TEST_F(IOStreamRegexTest, WhatIsThereAlreadyIsSearched) {
    connect();
    peer.write("GET / HTTP/1.1\r\nHost: x\r\n\r\nbody");
    settle();
    stream.read_until_regex("\\r?\\n\\r?\\n", note());
    EXPECT_TRUE(kinds.empty()) << "called inline";
    settle();
    EXPECT_EQ(got, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
}

TEST_F(IOStreamRegexTest, AtTheLimitTheBytesStay) {
    connect();
    peer.write("abcdef\n");
    stream.read_until_regex("\\n", note(), 6);
    settle();
    EXPECT_EQ(kinds, Kinds{Errc::delimiter_not_found});
    stream.read_until_regex("\\n", note(), 7);
    settle();
    EXPECT_EQ(got, "abcdef\n");
}

TEST_F(IOStreamRegexTest, ABadPatternIsToldLater) {
    connect();
    std::string message;
    stream.read_until_regex("ab$", [&](const Error& error, const std::string&) {
        EXPECT_EQ(error, Errc::invalid_argument);
        message = error.message();
    });
    EXPECT_TRUE(message.empty()) << "called inline";
    settle();
    EXPECT_NE(message.find("position 2"), std::string::npos) << message;
}

TEST_F(IOStreamRegexTest, TheEndBeforeAMatch) {
    connect();
    stream.read_until_regex("\\d+;", note());
    peer.write("123");
    peer.close();
    settle();
    EXPECT_EQ(kinds, Kinds{Errc::end_of_stream});
    EXPECT_EQ(got, "");
}

TEST_F(IOStreamRegexTest, BytesThatDripInAreLookedAtOnce) {
    connect({.max_read = 1});
    stream.read_until_regex("(a+)+(a|aa)*;", note());
    const std::string bytes(30'000, 'a');
    peer.write(bytes + ';');
    for (int i = 0; i < 10 && kinds.empty(); ++i)
        settle();
    EXPECT_EQ(got.size(), bytes.size() + 1);
}

}  // namespace
}  // namespace gyre::test
