#include "http_date.hpp"

#include <gtest/gtest.h>

#include <string>

namespace gyre::http::detail {
namespace {

using std::chrono::sys_days;
using std::chrono::sys_seconds;
using namespace std::chrono_literals;

constexpr sys_seconds example{784111777s};  // 6 November 1994, 08:49:37
constexpr sys_seconds now = sys_days{std::chrono::July / 1 / 2026};

std::optional<sys_seconds> parse(std::string_view text) { return parse_http_date(text, now); }

TEST(HttpDateTest, Formats) {
    EXPECT_EQ(format_http_date(example), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(format_http_date(sys_seconds{0s}), "Thu, 01 Jan 1970 00:00:00 GMT");
    EXPECT_EQ(format_http_date(sys_seconds{-1s}), "Wed, 31 Dec 1969 23:59:59 GMT");
    EXPECT_EQ(format_http_date(sys_days{std::chrono::February / 29 / 2024} + 86399s),
              "Thu, 29 Feb 2024 23:59:59 GMT");
}

TEST(HttpDateTest, FormatsTheEndsOfTheRange) {
    EXPECT_EQ(format_http_date(sys_seconds::min()), "Sat, 01 Jan 0000 00:00:00 GMT");
    EXPECT_EQ(format_http_date(sys_seconds::max()), "Fri, 31 Dec 9999 23:59:59 GMT");
}

TEST(HttpDateTest, ParsesTheThreeForms) {
    EXPECT_EQ(parse("Sun, 06 Nov 1994 08:49:37 GMT"), example);
    EXPECT_EQ(parse("Sunday, 06-Nov-94 08:49:37 GMT"), example);
    EXPECT_EQ(parse("Sun Nov  6 08:49:37 1994"), example);
    EXPECT_EQ(parse("Wed Nov 16 08:49:37 1994"), example + 240h);
}

TEST(HttpDateTest, EveryDayOfFourCenturiesComesBack) {
    for (sys_days day = std::chrono::January / 1 / 1800; day < std::chrono::January / 1 / 2200;
         day += std::chrono::days{1}) {
        const sys_seconds time = day + 12h + 34min + 56s;
        ASSERT_EQ(parse(format_http_date(time)), time);
    }
}

TEST(HttpDateTest, TwoDigitYearsLieAtMostFiftyYearsAhead) {
    EXPECT_EQ(parse("Friday, 03-Jul-26 00:00:00 GMT"), now + 48h);
    EXPECT_EQ(parse("Wednesday, 01-Jul-76 00:00:00 GMT"), sys_days{std::chrono::July / 1 / 2076});
    EXPECT_EQ(parse("Friday, 01-Jul-77 00:00:00 GMT"), sys_days{std::chrono::July / 1 / 1977});
    EXPECT_EQ(parse("Thursday, 01-Jul-99 00:00:00 GMT"), sys_days{std::chrono::July / 1 / 1999});
    const sys_seconds in_1995 = sys_days{std::chrono::May / 1 / 1995};
    EXPECT_EQ(parse_http_date("Wednesday, 01-May-30 00:00:00 GMT", in_1995),
              sys_days{std::chrono::May / 1 / 2030});
    EXPECT_EQ(parse_http_date("Wednesday, 01-May-95 00:00:00 GMT", in_1995), in_1995);
}

TEST(HttpDateTest, LeapSecondsAndLeapDays) {
    EXPECT_EQ(parse("Sat, 31 Dec 2016 23:59:60 GMT"), sys_days{std::chrono::January / 1 / 2017});
    EXPECT_TRUE(parse("Thu, 29 Feb 2024 00:00:00 GMT"));
    EXPECT_FALSE(parse("Wed, 29 Feb 2023 00:00:00 GMT"));
    EXPECT_FALSE(parse("Thu, 29 Feb 1900 00:00:00 GMT"));
}

TEST(HttpDateTest, RefusesWhatIsNotADate) {
    for (const std::string_view text : {"",
                                        " ",
                                        ",",
                                        "Sun",
                                        "Sun,",
                                        "Sun, ",
                                        "0",
                                        "-1",
                                        "now",
                                        "Son, 06 Nov 1994 08:49:37 GMT",
                                        "sun, 06 Nov 1994 08:49:37 GMT",
                                        "Sun,06 Nov 1994 08:49:37 GMT",
                                        "Sun, 6 Nov 1994 08:49:37 GMT",
                                        "Sun, 06 nov 1994 08:49:37 GMT",
                                        "Sun, 06 Nov 94 08:49:37 GMT",
                                        "Sun, 06 Nov 1994 08:49:37 UTC",
                                        "Sun, 06 Nov 1994 08:49:37",
                                        "Sun, 06 Nov 1994 08:49:37 GMT ",
                                        " Sun, 06 Nov 1994 08:49:37 GMT",
                                        "Sun, 06 Nov 1994 8:49:37 GMT",
                                        "Sun, 06 Nov 1994 24:00:00 GMT",
                                        "Sun, 06 Nov 1994 08:60:00 GMT",
                                        "Sun, 06 Nov 1994 08:49:61 GMT",
                                        "Sun, 00 Nov 1994 08:49:37 GMT",
                                        "Sun, 31 Nov 1994 08:49:37 GMT",
                                        "Sun, 06 ovD 1994 08:49:37 GMT",
                                        "Sun, 06  Nov 1994 08:49:37 GMT",
                                        "Sun, +6 Nov 1994 08:49:37 GMT",
                                        "Sun, 06 Nov -994 08:49:37 GMT",
                                        "Sunday, 06 Nov 1994 08:49:37 GMT",
                                        "Sun, 06-Nov-94 08:49:37 GMT",
                                        "Sunday, 06-Nov-1994 08:49:37 GMT",
                                        "Sun Nov 6 08:49:37 1994",
                                        "Sun Nov 06 08:49:37 1994 GMT",
                                        "Sunday Nov  6 08:49:37 1994",
                                        "Sun Nov  6 08:49:37 94"})
        EXPECT_FALSE(parse(text)) << text;
}

TEST(HttpDateTest, RefusesEveryPrefixAndEveryControlByte) {
    const std::string text = "Sun, 06 Nov 1994 08:49:37 GMT";
    for (std::size_t size = 0; size < text.size(); ++size)
        EXPECT_FALSE(parse(text.substr(0, size)));
    for (std::size_t at = 0; at < text.size(); ++at) {
        for (int byte = 0; byte < 32; ++byte) {
            std::string changed = text;
            changed[at] = static_cast<char>(byte);
            EXPECT_FALSE(parse(changed));
        }
    }
}

TEST(DateCacheTest, FollowsTheSecondsItIsGiven) {
    DateCache cache;
    EXPECT_EQ(cache.get(example), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(cache.get(example), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(cache.get(example + 1s), "Sun, 06 Nov 1994 08:49:38 GMT");
    EXPECT_EQ(cache.get(example - 1s), "Sun, 06 Nov 1994 08:49:36 GMT");
}

TEST(DateCacheTest, FirstSecondMayBeAnyEvenTheSmallest) {
    DateCache cache;
    EXPECT_EQ(cache.get(sys_seconds::min()), "Sat, 01 Jan 0000 00:00:00 GMT");
}

}  // namespace
}  // namespace gyre::http::detail
