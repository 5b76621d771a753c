#include "token_bucket.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <limits>

namespace gyre::detail {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr TimePoint start{seconds{1000}};

TokenBucket bucket(std::size_t rate, std::size_t burst) {
    TokenBucket made;
    made.set(rate, burst, start);
    return made;
}

TEST(TokenBucketTest, TheBurstIsThereAtOnceAndThenTheRate) {
    TokenBucket made = bucket(1000, 500);
    EXPECT_EQ(made.available(start), 500U);
    made.take(500, start);
    EXPECT_EQ(made.available(start), 0U);
    EXPECT_EQ(made.available(start + milliseconds{1}), 1U);
    EXPECT_EQ(made.available(start + milliseconds{100}), 100U);
    EXPECT_EQ(made.available(start + seconds{100}), 500U);
}

TEST(TokenBucketTest, MoreThanIsThereIsOwed) {
    TokenBucket made = bucket(1000, 500);
    made.take(1500, start);
    EXPECT_EQ(made.available(start + seconds{1}), 0U);
    EXPECT_EQ(made.available(start + milliseconds{1001}), 1U);
}

TEST(TokenBucketTest, WaitingIsWorthIt) {
    TokenBucket made = bucket(100'000, 2000);
    made.take(2000, start);
    const Duration wait = made.wait(start);
    EXPECT_EQ(wait, milliseconds{10});
    EXPECT_EQ(made.available(start + wait), 1000U);
    TokenBucket slow = bucket(2, 1);
    slow.take(1, start);
    EXPECT_EQ(slow.wait(start), milliseconds{500});
}

TEST(TokenBucketTest, TheBurstIsAtLeastTenMilliseconds) {
    EXPECT_EQ(bucket(100'000, 1).available(start), 1000U);
}

TEST(TokenBucketTest, WhatIsOwedStaysWhenTheRateChanges) {
    TokenBucket made = bucket(1000, 1000);
    made.take(1000, start);
    made.set(10, 1000, start);
    EXPECT_EQ(made.available(start), 0U);
    EXPECT_EQ(made.available(start + seconds{10}), 100U);
    made.set(1000, 50, start + seconds{10});
    EXPECT_EQ(made.available(start + seconds{10}), 0U);
}

TEST(TokenBucketTest, UnlimitedAndVeryLargeRates) {
    const std::size_t most = std::numeric_limits<std::size_t>::max();
    TokenBucket made = bucket(most, 1);
    made.take(most, start);
    EXPECT_EQ(made.available(start), most);
    EXPECT_EQ(made.wait(start), Duration::zero());
    TokenBucket large = bucket(std::size_t{1} << 49, most);
    large.take(std::size_t{1} << 40, start);
    EXPECT_GT(large.available(start), 0U);
    TokenBucket slow = bucket(1, 1);
    slow.take(most, start);
    EXPECT_EQ(slow.available(start + seconds{1'000'000}), 0U);
}

}  // namespace
}  // namespace gyre::detail
