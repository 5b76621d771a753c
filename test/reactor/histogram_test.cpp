#include <gyre/histogram.hpp>

#include <gtest/gtest.h>

#include <cstdint>

namespace gyre::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

TEST(Histogram, IsEmptyAtFirst) {
    const Histogram histogram;
    EXPECT_EQ(histogram.count(), 0U);
    EXPECT_EQ(histogram.max(), Duration::zero());
    EXPECT_EQ(histogram.mean(), Duration::zero());
    EXPECT_EQ(histogram.quantile(0.5), Duration::zero());
}

TEST(Histogram, CountsSumsAndKeepsTheLargest) {
    Histogram histogram;
    histogram.record(milliseconds{2});
    histogram.record(milliseconds{4});
    EXPECT_EQ(histogram.count(), 2U);
    EXPECT_EQ(histogram.sum(), milliseconds{6});
    EXPECT_EQ(histogram.mean(), milliseconds{3});
    EXPECT_EQ(histogram.max(), milliseconds{4});
}

TEST(Histogram, QuantilesAreAtMostAnEighthTooLarge) {
    Histogram histogram;
    for (std::int64_t value = 1; value <= 100'000; ++value)
        histogram.record(nanoseconds{value});
    for (const double q : {0.001, 0.1, 0.5, 0.9, 0.99, 0.999}) {
        const auto exact = static_cast<std::int64_t>(q * 100'000);
        EXPECT_GE(histogram.quantile(q).count(), exact);
        EXPECT_LE(histogram.quantile(q).count(), exact + exact / 8 + 1);
    }
    EXPECT_EQ(histogram.quantile(1).count(), 100'000);
}

TEST(Histogram, EveryPowerOfTwoIsTheEdgeOfABucket) {
    for (unsigned power = 0; power < 40; ++power) {
        Histogram histogram;
        const std::int64_t edge = std::int64_t{1} << power;
        histogram.record(nanoseconds{edge - 1});
        histogram.record(nanoseconds{edge});
        EXPECT_EQ(histogram.count_below(power), 1U) << power;
    }
}

TEST(Histogram, TakesTheSmallestAndTheLargest) {
    Histogram histogram;
    histogram.record(nanoseconds{-5});
    histogram.record(Duration::zero());
    histogram.record(std::chrono::hours{1000});
    EXPECT_EQ(histogram.count_below(0), 2U);
    EXPECT_EQ(histogram.quantile(1), std::chrono::hours{1000});
    EXPECT_EQ(histogram.count_below(39), 2U);
    EXPECT_EQ(histogram.count_below(40), 3U);
}

TEST(Histogram, MergesAnother) {
    Histogram one;
    Histogram other;
    one.record(milliseconds{1});
    other.record(milliseconds{3});
    one.merge(other);
    EXPECT_EQ(one.count(), 2U);
    EXPECT_EQ(one.sum(), milliseconds{4});
    EXPECT_EQ(one.max(), milliseconds{3});
}

}  // namespace
}  // namespace gyre::test
