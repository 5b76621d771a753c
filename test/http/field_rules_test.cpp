#include "field_rules.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace gyre::http::detail {
namespace {

constexpr std::string_view token_marks = "!#$%&'*+-.^_`|~";

bool is_letter_or_digit(int byte) {
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= 'a' && byte <= 'z');
}

/// Calls check(text, byte) with each byte at the start, in the middle and at the end of a text
/// that is long enough for word-wise code.
template <class Check>
void at_every_position(Check check) {
    for (int byte = 0; byte < 256; ++byte) {
        for (const std::size_t size : {1U, 7U, 8U, 9U, 17U}) {
            for (std::size_t at = 0; at < size; ++at) {
                std::string text(size, 'a');
                text[at] = static_cast<char>(byte);
                check(text, byte);
            }
        }
    }
}

TEST(FieldRulesTest, TokenOfEveryByte) {
    at_every_position([](const std::string& text, int byte) {
        const bool mark = byte != 0 && byte < 128 &&
                          token_marks.find(static_cast<char>(byte)) != std::string::npos;
        const bool expected = is_letter_or_digit(byte) || mark;
        EXPECT_EQ(is_token(text), expected) << byte;
        EXPECT_EQ(is_field_name(text), expected) << byte;
        EXPECT_EQ(is_method(text), expected) << byte;
    });
    EXPECT_FALSE(is_token(""));
}

TEST(FieldRulesTest, FieldValueOfEveryByte) {
    at_every_position([](const std::string& text, int byte) {
        const bool expected = byte == '\t' || (byte >= 32 && byte != 127);
        EXPECT_EQ(is_field_value(text), expected) << byte;
        EXPECT_EQ(is_reason(text), expected) << byte;
    });
    EXPECT_TRUE(is_field_value(""));
    EXPECT_TRUE(is_field_value(" a b\t"));
}

TEST(FieldRulesTest, FieldValueOfEveryPairOfBytes) {
    std::string text(8, 'a');
    for (int first = 0; first < 256; ++first) {
        for (int second = 0; second < 256; ++second) {
            text[3] = static_cast<char>(first);
            text[4] = static_cast<char>(second);
            const auto allowed = [](int byte) {
                return byte == '\t' || (byte >= 32 && byte != 127);
            };
            ASSERT_EQ(is_field_value(text), allowed(first) && allowed(second))
                << first << ' ' << second;
        }
    }
}

TEST(FieldRulesTest, TargetOfEveryByte) {
    at_every_position([](const std::string& text, int byte) {
        EXPECT_EQ(is_target(text), byte > 32 && byte < 127 && byte != '#') << byte;
    });
    EXPECT_FALSE(is_target(""));
    EXPECT_TRUE(is_target("/a?b=c"));
    EXPECT_TRUE(is_target("*"));
}

TEST(FieldRulesTest, CookieValueOfEveryByte) {
    at_every_position([](const std::string& text, int byte) {
        const bool excluded = byte == '"' || byte == ',' || byte == ';' || byte == '\\';
        EXPECT_EQ(is_cookie_value(text), byte > 32 && byte < 127 && !excluded) << byte;
    });
    EXPECT_TRUE(is_cookie_value(""));
    EXPECT_TRUE(is_cookie_value("\"quoted\""));
    EXPECT_TRUE(is_cookie_value("\"\""));
    EXPECT_FALSE(is_cookie_value("\""));
    EXPECT_FALSE(is_cookie_value("\"half"));
    EXPECT_FALSE(is_cookie_value("\"a b\""));
    EXPECT_FALSE(is_cookie_value("a\"b\"c"));
}

TEST(FieldRulesTest, HostOfEveryByte) {
    at_every_position([](const std::string& text, int byte) {
        const bool separator =
            byte == ' ' || (byte != 0 && byte < 128 &&
                            std::string_view{"\"#,/<>?@\\^`{|}"}.find(static_cast<char>(byte)) !=
                                std::string_view::npos);
        const bool visible = byte > 32 && byte < 127;
        EXPECT_EQ(is_host(text), visible && !separator && text.front() != ':') << byte;
    });
    EXPECT_FALSE(is_host(""));
    EXPECT_FALSE(is_host(":80"));
    EXPECT_TRUE(is_host("example.com:8080"));
    EXPECT_TRUE(is_host("[::1]:80"));
}

TEST(FieldRulesTest, EqualityIgnoresTheCaseOfAsciiOnly) {
    EXPECT_TRUE(iequals("", ""));
    EXPECT_TRUE(iequals("Content-Type", "cONTENT-tYPE"));
    EXPECT_FALSE(iequals("a", "ab"));
    EXPECT_FALSE(iequals("[", "{"));
    EXPECT_FALSE(iequals("@", "`"));
    EXPECT_FALSE(iequals("\xc4", "\xe4"));
}

TEST(FieldRulesTest, OrderAgreesWithEquality) {
    EXPECT_EQ(icompare("Host", "hOST"), 0);
    EXPECT_LT(icompare("a", "B"), 0);
    EXPECT_GT(icompare("b", "A"), 0);
    EXPECT_LT(icompare("a", "aa"), 0);
    EXPECT_GT(icompare("aa", "A"), 0);
    EXPECT_LT(icompare("z", "\xff"), 0);
}

TEST(FieldRulesTest, TrimTakesSpacesAndTabs) {
    EXPECT_EQ(trim(" \t a b\t "), "a b");
    EXPECT_EQ(trim(" \t "), "");
    EXPECT_EQ(trim(""), "");
    EXPECT_EQ(trim("\ra\n"), "\ra\n");
}

std::vector<std::string_view> tokens(std::string_view value) {
    std::vector<std::string_view> found;
    for_each_token(value, [&](std::string_view token) { found.push_back(token); });
    return found;
}

TEST(FieldRulesTest, ListElements) {
    using List = std::vector<std::string_view>;
    EXPECT_EQ(tokens(""), List{});
    EXPECT_EQ(tokens(" , ,\t,"), List{});
    EXPECT_EQ(tokens("close"), List{"close"});
    EXPECT_EQ(tokens("keep-alive,\tUpgrade ,, x"), (List{"keep-alive", "Upgrade", "x"}));
    EXPECT_EQ(tokens("a b, c;q=0.5"), (List{"a b", "c;q=0.5"}));
    EXPECT_EQ(tokens(R"(no-cache="a, b", x)"), (List{R"(no-cache="a, b")", "x"}));
    EXPECT_EQ(tokens(R"("a\", b", c)"), (List{R"("a\", b")", "c"}));
    EXPECT_EQ(tokens(R"(a, "b, c)"), (List{"a", R"("b, c)"}));
    EXPECT_EQ(tokens(R"("\)"), List{R"("\)"});
}

TEST(FieldRulesTest, AFunctionThatReturnsFalseStopsTheWalk) {
    int calls = 0;
    for_each_token("a, b, c", [&](std::string_view token) {
        ++calls;
        return token != "b";
    });
    EXPECT_EQ(calls, 2);
}

TEST(FieldRulesTest, HasTokenIgnoresCaseAndNeedsTheWholeElement) {
    EXPECT_TRUE(has_token("keep-alive, Close", "close"));
    EXPECT_FALSE(has_token("not-close", "close"));
    EXPECT_FALSE(has_token("close x", "close"));
    EXPECT_FALSE(has_token("", "close"));
}

}  // namespace
}  // namespace gyre::http::detail
