#include <gyre/block.hpp>

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

namespace gyre {
namespace {

TEST(BlockTest, ARoomIsFromSixteenToSixtyFourKilobytes) {
    BlockPool pool;
    EXPECT_EQ(pool.reserve().size(), BlockPool::read_size);
    std::vector<ReadSlice> kept;
    for (int i = 0; i < 100; ++i) {
        const auto room = pool.reserve();
        EXPECT_GE(room.size(), 16U * 1024);
        EXPECT_LE(room.size(), BlockPool::read_size);
        kept.push_back(pool.commit(5000));
    }
}

TEST(BlockTest, WhatIsNotKeptIsUsedAgain) {
    BlockPool pool;
    const char* first = pool.reserve().data();
    pool.commit(100);
    EXPECT_EQ(pool.reserve().data(), first);
}

TEST(BlockTest, AKeptSliceIsNotOverwritten) {
    BlockPool pool;
    auto room = pool.reserve();
    std::memcpy(room.data(), "hello", 5);
    const ReadSlice kept = pool.commit(5);
    for (int i = 0; i < 50; ++i) {
        room = pool.reserve();
        std::memset(room.data(), 'x', room.size());
        pool.commit(room.size());
    }
    EXPECT_EQ(kept.bytes, "hello");
}

TEST(BlockTest, ManySmallKeptReadsShareABlock) {
    BlockPool pool;
    pool.reserve();
    const ReadSlice first = pool.commit(10);
    pool.reserve();
    const ReadSlice second = pool.commit(10);
    EXPECT_EQ(first.block.data(), second.block.data());
    EXPECT_EQ(second.bytes.data(), first.bytes.data() + 10);
}

TEST(BlockTest, ASliceOutlivesThePool) {
    ReadSlice kept;
    {
        BlockPool pool;
        std::memcpy(pool.reserve().data(), "abc", 3);
        kept = pool.commit(3);
    }
    EXPECT_EQ(kept.bytes, "abc");
    EXPECT_TRUE(kept.block.unique());
}

TEST(BlockTest, ReferencesCount) {
    BlockRef first = BlockPool::allocate(100);
    EXPECT_TRUE(first.unique());
    EXPECT_GE(first.capacity(), 100U);
    BlockRef second = first;
    EXPECT_FALSE(first.unique());
    second = {};
    EXPECT_TRUE(first.unique());
    const BlockRef moved = std::move(first);
    EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move)
    EXPECT_TRUE(moved);
}

}  // namespace
}  // namespace gyre
