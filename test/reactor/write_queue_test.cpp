#include "write_queue.hpp"

#include <gtest/gtest.h>

#include <array>

namespace gyre::detail {
namespace {

class WriteQueueTest : public testing::Test {
protected:
    void push(std::string text, std::size_t skip = 0) {
        queue.push(std::move(text), skip, [this](const Error&) { ++told; });
    }
    std::string front() const {
        std::array<std::string_view, 16> parts;
        const std::size_t used = queue.front(parts);
        std::string all;
        for (std::size_t i = 0; i < used; ++i) {
            EXPECT_FALSE(parts[i].empty());
            all += parts[i];
        }
        return all;
    }
    void advance(std::size_t count) {
        std::vector<Callback<void(Error)>> done;
        queue.advance(count, done);
        for (auto& callback : done) std::move(callback)({});
    }
    WriteQueue queue;
    int told = 0;
};

TEST_F(WriteQueueTest, GivesPiecesInOrder) {
    push("abc");
    push("def");
    EXPECT_EQ(front(), "abcdef");
    EXPECT_EQ(queue.bytes(), 6U);
    advance(6);
    EXPECT_TRUE(queue.empty());
    EXPECT_EQ(told, 2);
}

TEST_F(WriteQueueTest, AdvancesByteByByte) {
    push("ab");
    push("c");
    for (const int expected : {0, 1, 2}) {
        advance(1);
        EXPECT_EQ(told, expected);
    }
    EXPECT_EQ(queue.bytes(), 0U);
}

TEST_F(WriteQueueTest, SkipsWhatHasBeenSent) {
    push("abcdef", 4);
    EXPECT_EQ(queue.bytes(), 2U);
    EXPECT_EQ(front(), "ef");
    advance(2);
    EXPECT_EQ(told, 1);
}

TEST_F(WriteQueueTest, WritesOfNothingAreDoneInTheirOrder) {
    push("");
    push("a");
    push("");
    EXPECT_EQ(front(), "a");
    advance(0);
    EXPECT_EQ(told, 1);
    advance(1);
    EXPECT_EQ(told, 3);
}

TEST_F(WriteQueueTest, SharedTextIsNotCopied) {
    const auto text = std::make_shared<const std::string>(1000, 'x');
    queue.push(text, 0, {});
    std::array<std::string_view, 1> part;
    ASSERT_EQ(queue.front(part), 1U);
    EXPECT_EQ(part[0].data(), text->data());
    advance(1000);
    EXPECT_EQ(text.use_count(), 1);
}

TEST_F(WriteQueueTest, NullSharedTextIsNothing) {
    queue.push(std::shared_ptr<const std::string>{}, 0, {});
    advance(0);
    EXPECT_TRUE(queue.empty());
}

TEST_F(WriteQueueTest, TakeAllGivesUpTheCallbacks) {
    push("abc");
    push("def");
    advance(4);
    auto callbacks = queue.take_all();
    ASSERT_EQ(callbacks.size(), 1U);
    std::move(callbacks[0])({});
    EXPECT_TRUE(queue.empty());
    EXPECT_EQ(queue.bytes(), 0U);
}

}  // namespace
}  // namespace gyre::detail
