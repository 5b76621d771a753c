#include "conditional.hpp"

#include "http_date.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <ostream>
#include <string>
#include <vector>

namespace gyre::http::detail {

void PrintTo(Condition condition, std::ostream* out) { *out << static_cast<int>(condition); }

namespace {

using std::chrono::seconds;
using Time = std::chrono::sys_seconds;

constexpr auto proceed = Condition::proceed;
constexpr auto not_modified = Condition::not_modified;
constexpr auto failed = Condition::failed;

// Sun, 06 Nov 1994 08:49:37 GMT, when the resource changed last; it is an hour later now.
constexpr Time changed{seconds{784'111'777}};
constexpr Time now = changed + seconds{3600};
const std::string then = "Sun, 06 Nov 1994 08:49:37 GMT";
const std::string before = "Sun, 06 Nov 1994 08:49:36 GMT";
const std::string after = "Sun, 06 Nov 1994 08:49:38 GMT";

Validators strong() { return {.etag = ETag{"abc"}, .last_modified = changed}; }
Validators weak() { return {.etag = ETag{"abc", true}, .last_modified = changed}; }
Validators unknown() { return {}; }
Validators none() { return {.exists = false}; }

struct Vector {
    const char* clause;  // of RFC 9110
    const char* method;
    HTTPHeaders fields;
    Validators current;
    Condition expected;
};

void PrintTo(const Vector& vector, std::ostream* out) {
    *out << vector.clause << ' ' << vector.method << ' ' << vector.fields;
}

class ConditionTest : public testing::TestWithParam<Vector> {};

TEST_P(ConditionTest, ComesToWhatItsClauseSays) {
    const Vector& v = GetParam();
    EXPECT_EQ(evaluate_conditions(v.method, v.fields, v.current, now), v.expected);
}

const std::vector<Vector> vectors{
    {"13", "GET", {}, strong(), proceed},
    // If-Match compares strongly.
    {"13.1.1", "PUT", {{"If-Match", "\"abc\""}}, strong(), proceed},
    {"13.1.1", "PUT", {{"If-Match", "\"other\""}}, strong(), failed},
    {"13.1.1", "GET", {{"If-Match", "\"other\""}}, strong(), failed},
    {"13.1.1", "PUT", {{"If-Match", "W/\"abc\""}}, strong(), failed},
    {"13.1.1", "PUT", {{"If-Match", "\"abc\""}}, weak(), failed},
    {"13.1.1", "PUT", {{"If-Match", "\"x\", \"abc\""}}, strong(), proceed},
    {"13.1.1", "PUT", {{"If-Match", "\"x\""}, {"If-Match", "\"abc\""}}, strong(), proceed},
    {"13.1.1", "PUT", {{"If-Match", "*"}}, strong(), proceed},
    {"13.1.1", "PUT", {{"If-Match", "*"}}, unknown(), proceed},
    {"13.1.1", "PUT", {{"If-Match", "*"}}, none(), failed},
    {"13.1.1", "PUT", {{"If-Match", "\"abc\""}}, unknown(), failed},
    {"13.1.1", "PUT", {{"If-Match", "\"abc\""}}, none(), failed},
    {"13.1.1", "PUT", {{"If-Match", "abc"}}, strong(), failed},
    {"13.1.1", "PUT", {{"If-Match", ""}}, strong(), failed},
    {"13.1.1", "PUT", {{"If-Match", "\"ABC\""}}, strong(), failed},
    // If-None-Match compares weakly.
    {"13.1.2", "GET", {{"If-None-Match", "\"abc\""}}, strong(), not_modified},
    {"13.1.2", "HEAD", {{"If-None-Match", "\"abc\""}}, strong(), not_modified},
    {"13.1.2", "GET", {{"If-None-Match", "W/\"abc\""}}, strong(), not_modified},
    {"13.1.2", "GET", {{"If-None-Match", "\"abc\""}}, weak(), not_modified},
    {"13.1.2", "GET", {{"If-None-Match", "W/\"abc\""}}, weak(), not_modified},
    {"13.1.2", "GET", {{"If-None-Match", "\"other\""}}, strong(), proceed},
    {"13.1.2", "GET", {{"If-None-Match", "\"x\",\"y\" ,, \"abc\""}}, strong(), not_modified},
    {"13.1.2", "GET", {{"If-None-Match", "\"a,b\", \"abc\""}}, strong(), not_modified},
    {"13.1.2", "GET", {{"If-None-Match", "\"a\\\", \"abc\""}}, strong(), not_modified},
    {"13.1.2", "GET", {{"If-None-Match", "*"}}, strong(), not_modified},
    {"13.1.2", "GET", {{"If-None-Match", "*"}}, none(), proceed},
    {"13.1.2", "PUT", {{"If-None-Match", "*"}}, strong(), failed},
    {"13.1.2", "PUT", {{"If-None-Match", "*"}}, none(), proceed},
    {"13.1.2", "DELETE", {{"If-None-Match", "\"abc\""}}, strong(), failed},
    {"13.1.2", "GET", {{"If-None-Match", "abc"}}, strong(), proceed},
    {"13.1.2", "GET", {{"If-None-Match", "w/\"abc\""}}, strong(), proceed},
    {"13.1.2", "GET", {{"If-None-Match", "\"abc"}}, strong(), proceed},
    {"13.1.2", "GET", {{"If-None-Match", "\"x\" \"abc\""}}, strong(), proceed},
    {"13.1.2", "GET", {{"If-None-Match", "\"\""}}, strong(), proceed},
    {"13.1.2", "GET", {{"If-None-Match", "\"\""}}, {.etag = ETag{""}}, not_modified},
    // If-Modified-Since, in all three forms of a date (5.6.7).
    {"13.1.3", "GET", {{"If-Modified-Since", then}}, strong(), not_modified},
    {"13.1.3", "GET", {{"If-Modified-Since", after}}, strong(), not_modified},
    {"13.1.3", "GET", {{"If-Modified-Since", before}}, strong(), proceed},
    {"13.1.3", "HEAD", {{"If-Modified-Since", then}}, strong(), not_modified},
    {"13.1.3", "PUT", {{"If-Modified-Since", then}}, strong(), proceed},
    {"13.1.3", "GET", {{"If-Modified-Since", "yesterday"}}, strong(), proceed},
    {"13.1.3", "GET", {{"If-Modified-Since", then}}, unknown(), proceed},
    {"13.1.3",
     "GET",
     {{"If-Modified-Since", then}, {"If-Modified-Since", then}},
     strong(),
     proceed},
    {"5.6.7",
     "GET",
     {{"If-Modified-Since", "Sunday, 06-Nov-94 08:49:37 GMT"}},
     strong(),
     not_modified},
    {"5.6.7", "GET", {{"If-Modified-Since", "Sun Nov  6 08:49:37 1994"}}, strong(), not_modified},
    {"5.6.7", "GET", {{"If-Modified-Since", "Sun Nov  6 08:49:36 1994"}}, strong(), proceed},
    // If-Unmodified-Since.
    {"13.1.4", "PUT", {{"If-Unmodified-Since", then}}, strong(), proceed},
    {"13.1.4", "PUT", {{"If-Unmodified-Since", after}}, strong(), proceed},
    {"13.1.4", "PUT", {{"If-Unmodified-Since", before}}, strong(), failed},
    {"13.1.4", "GET", {{"If-Unmodified-Since", before}}, strong(), failed},
    {"13.1.4", "PUT", {{"If-Unmodified-Since", "never"}}, strong(), proceed},
    {"13.1.4", "PUT", {{"If-Unmodified-Since", before}}, unknown(), proceed},
    // Which one counts.
    {"13.2.2",
     "PUT",
     {{"If-Match", "\"abc\""}, {"If-Unmodified-Since", before}},
     strong(),
     proceed},
    {"13.2.2", "PUT", {{"If-Match", "\"x\""}, {"If-Unmodified-Since", after}}, strong(), failed},
    {"13.2.2",
     "GET",
     {{"If-None-Match", "\"x\""}, {"If-Modified-Since", after}},
     strong(),
     proceed},
    {"13.2.2",
     "GET",
     {{"If-None-Match", "\"abc\""}, {"If-Modified-Since", before}},
     strong(),
     not_modified},
    {"13.2.2",
     "GET",
     {{"If-Match", "\"abc\""}, {"If-None-Match", "\"abc\""}},
     strong(),
     not_modified},
    {"13.2.2", "GET", {{"If-Match", "\"x\""}, {"If-None-Match", "\"abc\""}}, strong(), failed},
    {"13.2.2",
     "GET",
     {{"If-Unmodified-Since", before}, {"If-None-Match", "\"abc\""}},
     strong(),
     failed},
    {"13.2.2",
     "GET",
     {{"If-Unmodified-Since", after}, {"If-Modified-Since", then}},
     strong(),
     not_modified},
};

INSTANTIATE_TEST_SUITE_P(Vectors, ConditionTest, testing::ValuesIn(vectors));

TEST(IfRangeTest, WithoutItTheRangeCounts) {
    EXPECT_TRUE(range_may_be_used(HTTPHeaders{}, strong(), now));
}

TEST(IfRangeTest, ATagHasToMatchStrongly) {
    const auto counts = [](const char* tag, const Validators& current) {
        return range_may_be_used(HTTPHeaders{{"If-Range", tag}}, current, now);
    };
    EXPECT_TRUE(counts("\"abc\"", strong()));
    EXPECT_FALSE(counts("\"abd\"", strong()));
    EXPECT_FALSE(counts("W/\"abc\"", strong()));
    EXPECT_FALSE(counts("\"abc\"", weak()));
    EXPECT_FALSE(counts("\"abc\", \"abd\"", strong()));
    EXPECT_FALSE(counts("*", strong()));
    EXPECT_FALSE(counts("\"abc\"", unknown()));
}

TEST(IfRangeTest, ADateHasToBeTheSameAndOld) {
    const auto counts = [](const std::string& date, Time time) {
        return range_may_be_used(HTTPHeaders{{"If-Range", date}}, strong(), time);
    };
    EXPECT_TRUE(counts(then, now));
    EXPECT_TRUE(counts("Sunday, 06-Nov-94 08:49:37 GMT", now));
    EXPECT_FALSE(counts(after, now));
    EXPECT_FALSE(counts(before, now));
    EXPECT_TRUE(counts(then, changed + seconds{1}));
    EXPECT_FALSE(counts(then, changed));
    EXPECT_FALSE(range_may_be_used(HTTPHeaders{{"If-Range", then}}, unknown(), now));
}

TEST(IfRangeTest, TwiceItMatchesNothing) {
    const HTTPHeaders twice{{"If-Range", "\"abc\""}, {"If-Range", "\"abc\""}};
    EXPECT_FALSE(range_may_be_used(twice, strong(), now));
}

TEST(ETagTest, WhatIsWrittenIsReadAgain) {
    for (const char* text : {"\"abc\"", "W/\"abc\"", "\"\"", "\"a,b\\\"", "\"\xe4!#~\""}) {
        const auto tag = ETag::parse(text);
        ASSERT_TRUE(tag) << text;
        EXPECT_EQ(tag->to_string(), text);
    }
    EXPECT_TRUE(ETag::parse("W/\"x\"")->weak);
}

TEST(ETagTest, AnythingElseIsNone) {
    for (const char* text :
         {"", "abc", "\"", "\"a", "a\"", "w/\"a\"", "W\"a\"", "W/a", "\"a\"b", "\"a b\"",
          "\"a\", \"b\"", " \"a\"", "\"a\" ", "\"\x7f\"", "\"\x01\"", "W/"})
        EXPECT_FALSE(ETag::parse(text)) << text;
}

TEST(ETagTest, IsMadeOfTheContent) {
    EXPECT_EQ(ETag::of("hello").to_string(), "\"2cf24dba5fb0a30e26e83b2ac5b9e29e\"");
    EXPECT_NE(ETag::of("hello"), ETag::of("hello "));
    const std::array<std::string_view, 3> pieces{"he", "", "llo"};
    EXPECT_EQ(etag_of(pieces), ETag::of("hello"));
}

}  // namespace
}  // namespace gyre::http::detail
