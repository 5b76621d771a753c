#include "gyre/http/status.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace gyre::http {
namespace {

TEST(StatusTest, CodesOfEachClass) {
    EXPECT_EQ(reason_phrase(100), "Continue");
    EXPECT_EQ(reason_phrase(200), "OK");
    EXPECT_EQ(reason_phrase(304), "Not Modified");
    EXPECT_EQ(reason_phrase(404), "Not Found");
    EXPECT_EQ(reason_phrase(413), "Content Too Large");
    EXPECT_EQ(reason_phrase(422), "Unprocessable Content");
    EXPECT_EQ(reason_phrase(431), "Request Header Fields Too Large");
    EXPECT_EQ(reason_phrase(511), "Network Authentication Required");
}

TEST(StatusTest, UnassignedAndReservedCodesHaveNoPhrase) {
    for (const int status : {std::numeric_limits<int>::min(), -200, 0, 99, 105, 209, 306, 309, 418,
                             427, 430, 509, 512, 599, 600, 1200, std::numeric_limits<int>::max()})
        EXPECT_EQ(reason_phrase(status), "") << status;
}

TEST(StatusTest, AsManyCodesAsAreRegistered) {
    int count = 0;
    for (int status = 0; status < 1000; ++status)
        count += reason_phrase(status).empty() ? 0 : 1;
    EXPECT_EQ(count, 5 + 10 + 8 + 28 + 11);
}

}  // namespace
}  // namespace gyre::http
