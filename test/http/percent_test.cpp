#include "percent.hpp"

#include <gtest/gtest.h>

#include <string>

namespace gyre::http::detail {
namespace {

using namespace std::string_literals;

std::string every_byte() {
    std::string all;
    for (int byte = 0; byte < 256; ++byte)
        all += static_cast<char>(byte);
    return all;
}

TEST(PercentTest, Decodes) {
    EXPECT_EQ(percent_decode(""), "");
    EXPECT_EQ(percent_decode("plain+text"), "plain+text");
    EXPECT_EQ(percent_decode("%41%6a%6A"), "Ajj");
    EXPECT_EQ(percent_decode("a%2Fb%25"), "a/b%");
    EXPECT_EQ(percent_decode("%00%ff"), "\0\xff"s);
    EXPECT_EQ(percent_decode("%2541"), "%41");
}

TEST(PercentTest, RefusesMalformedEscapes) {
    for (const char* text : {"%", "%4", "%%", "%g0", "%0g", "%4%41", "a%", "a%4", "% 1", "%+1",
                             "%0x", "%-1", "%41%"}) {
        EXPECT_EQ(percent_decode(text), std::nullopt) << text;
        EXPECT_FALSE(is_percent_encoded(text)) << text;
        EXPECT_EQ(parse_query(text), std::nullopt) << text;
        EXPECT_EQ(parse_query("a="s + text), std::nullopt) << text;
    }
    EXPECT_TRUE(is_percent_encoded(""));
    EXPECT_TRUE(is_percent_encoded("a%41%42"));
}

TEST(PercentTest, EncodesAllButUnreserved) {
    EXPECT_EQ(percent_encode("AZaz09-._~"), "AZaz09-._~");
    EXPECT_EQ(percent_encode(" /?#%\r\n\xc3\xa9"), "%20%2F%3F%23%25%0D%0A%C3%A9");
}

TEST(PercentTest, EveryByteComesBack) {
    EXPECT_EQ(percent_decode(percent_encode(every_byte())), every_byte());
    const QueryArguments arguments{{every_byte(), every_byte()}, {"", ""}, {"a", "b"}};
    EXPECT_EQ(parse_query(build_query(arguments)), arguments);
}

TEST(PercentTest, PathAndQueryKeepTheirSeparators) {
    EXPECT_EQ(percent_encode_path("/a b/c;d=1,2:@!$&'()*+%20?"), "/a%20b/c;d=1,2:@!$&'()*+%20%3F");
    EXPECT_EQ(percent_encode_query("a=b c&d=/?%41"), "a=b%20c&d=/?%41");
    EXPECT_EQ(percent_encode_path("\"<>\\^`{|}[]#\xff"), "%22%3C%3E%5C%5E%60%7B%7C%7D%5B%5D%23%FF");
}

TEST(PercentTest, EncodersLeaveNoByteThatCannotBeSent) {
    for (const std::string& encoded :
         {percent_encode(every_byte()), percent_encode_path(every_byte()),
          percent_encode_query(every_byte()), build_query({{every_byte(), every_byte()}})}) {
        for (const char byte : encoded)
            EXPECT_TRUE(byte > 32 && byte < 127 && byte != '#') << static_cast<int>(byte);
    }
}

TEST(QueryTest, Parses) {
    EXPECT_EQ(parse_query(""), QueryArguments{});
    EXPECT_EQ(parse_query("a=1"), (QueryArguments{{"a", "1"}}));
    EXPECT_EQ(parse_query("a=1&b=2&a=3"), (QueryArguments{{"a", "1"}, {"b", "2"}, {"a", "3"}}));
    EXPECT_EQ(parse_query("a"), (QueryArguments{{"a", ""}}));
    EXPECT_EQ(parse_query("a="), (QueryArguments{{"a", ""}}));
    EXPECT_EQ(parse_query("=1"), (QueryArguments{{"", "1"}}));
    EXPECT_EQ(parse_query("="), (QueryArguments{{"", ""}}));
    EXPECT_EQ(parse_query("a=b=c"), (QueryArguments{{"a", "b=c"}}));
    EXPECT_EQ(parse_query("&&a=1&&"), (QueryArguments{{"a", "1"}}));
    EXPECT_EQ(parse_query("a+b=c+d"), (QueryArguments{{"a b", "c d"}}));
    EXPECT_EQ(parse_query("a%2Bb=%26%3D"), (QueryArguments{{"a+b", "&="}}));
    EXPECT_EQ(parse_query("a;b=1"), (QueryArguments{{"a;b", "1"}}));
}

TEST(QueryTest, LimitsTheNumberOfArguments) {
    EXPECT_TRUE(parse_query("a&b&c", 4));
    EXPECT_TRUE(parse_query("a&b&c&", 3));
    EXPECT_FALSE(parse_query("a&b&c", 2));
    EXPECT_TRUE(parse_query("&&&", 0));
    std::string thousand;
    for (int i = 0; i < 1000; ++i)
        thousand += "x&";
    EXPECT_EQ(parse_query(thousand).value_or(QueryArguments{}).size(), 1000U);
    EXPECT_FALSE(parse_query(thousand + "x"));
}

}  // namespace
}  // namespace gyre::http::detail
