#include <gyre/output_queue.hpp>

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <malloc.h>

namespace gyre::detail {
namespace {

class OutputQueueTest : public testing::Test {
protected:
    /// Sends `count` bytes; returns them.
    std::string send(std::size_t count) {
        std::array<std::string_view, 3> parts;
        std::string sent;
        do {
            const std::size_t used = queue.front(parts);
            std::size_t size = 0;
            for (std::size_t i = 0; i < used && sent.size() < count; ++i) {
                const std::string_view part = parts[i].substr(0, count - sent.size());
                sent += part;
                size += part.size();
            }
            std::vector<Callback<void(Error)>> done;
            queue.advance(size, done);
            for (auto& callback : done)
                std::move(callback)(Error{});
        } while (sent.size() < count);
        return sent;
    }
    Callback<void(Error)> note(int number) {
        return [this, number](const Error& error) {
            EXPECT_FALSE(error);
            called.push_back(number);
        };
    }

    OutputQueue queue;
    std::vector<int> called;
};

TEST_F(OutputQueueTest, PiecesOfEveryKindComeOutInOrder) {
    queue.append("a");
    queue.append(std::string(5000, 'b'));
    queue.append(std::make_shared<const std::string>("c"));
    queue.append("d");
    queue.append(std::string{"e"});
    queue.append(std::shared_ptr<const std::string>{});
    EXPECT_EQ(queue.bytes(), 5004u);
    EXPECT_EQ(send(queue.bytes()), "a" + std::string(5000, 'b') + "cde");
    EXPECT_TRUE(queue.empty());
    EXPECT_EQ(queue.bytes(), 0u);
}

TEST_F(OutputQueueTest, LargeAndSharedPiecesAreNotCopied) {
    std::string large(10'000, 'x');
    const auto shared = std::make_shared<const std::string>("y");
    const char* place = large.data();
    queue.append(std::move(large));
    queue.append(shared);
    std::array<std::string_view, 4> parts;
    ASSERT_EQ(queue.front(parts), 2u);
    EXPECT_EQ(parts[0].data(), place);
    EXPECT_EQ(parts[1].data(), shared->data());
    send(queue.bytes());
    EXPECT_EQ(shared.use_count(), 1);
}

TEST_F(OutputQueueTest, CallbacksComeWhenTheirPieceIsSent) {
    queue.append("ab");
    queue.when_sent(note(1));
    queue.append("cd");
    queue.when_sent(note(2));
    queue.when_sent(note(3));
    queue.when_sent({});
    send(1);
    EXPECT_TRUE(called.empty());
    send(1);
    EXPECT_EQ(called, std::vector{1});
    send(2);
    EXPECT_EQ(called, (std::vector{1, 2, 3}));
    EXPECT_TRUE(queue.empty());
}

TEST_F(OutputQueueTest, ACallbackWithoutBytesIsGivenUpByAdvance) {
    queue.when_sent(note(1));
    EXPECT_FALSE(queue.empty());
    EXPECT_EQ(queue.bytes(), 0u);
    std::array<std::string_view, 2> parts;
    EXPECT_EQ(queue.front(parts), 0u);
    send(0);
    EXPECT_EQ(called, std::vector{1});
    EXPECT_TRUE(queue.empty());
}

TEST_F(OutputQueueTest, SpliceKeepsOrderCallbacksAndCount) {
    OutputQueue other;
    queue.append("a");
    queue.when_sent(note(1));
    other.append("b");
    other.when_sent(note(2));
    other.append(std::string(5000, 'c'));
    other.when_sent(note(3));
    other.append("d");
    queue.splice(other);
    EXPECT_TRUE(other.empty());
    EXPECT_EQ(queue.bytes(), 5003u);
    EXPECT_EQ(send(5003), "ab" + std::string(5000, 'c') + "d");
    EXPECT_EQ(called, (std::vector{1, 2, 3}));
}

TEST_F(OutputQueueTest, SpliceIntoAnEmptyOneAndMove) {
    OutputQueue other;
    other.append("a");
    other.append("b");
    queue.splice(other);
    OutputQueue third{std::move(queue)};
    EXPECT_TRUE(queue.empty());
    EXPECT_EQ(queue.bytes(), 0u);
    queue = std::move(third);
    EXPECT_EQ(send(2), "ab");
}

TEST_F(OutputQueueTest, WhatIsNotSentGivesUpItsCallbacks) {
    queue.append("ab");
    queue.when_sent(note(1));
    queue.append("cd");
    queue.when_sent(note(2));
    send(2);
    std::vector<Callback<void(Error)>> left = queue.take_callbacks();
    ASSERT_EQ(left.size(), 1u);
    left[0].discard();
    EXPECT_TRUE(queue.empty());
    EXPECT_EQ(called, std::vector{1});
}

TEST_F(OutputQueueTest, BytesAreCountedRightAtEveryStep) {
    unsigned state = 1;
    const auto random = [&](unsigned below) {
        state = state * 1664525 + 1013904223;
        return state / 65536 % below;
    };
    std::string expected;
    for (int i = 0; i < 20'000; ++i) {
        const std::string piece(random(100) * random(100), static_cast<char>('a' + i % 26));
        switch (random(5)) {
            case 0:
                queue.append(piece);
                break;
            case 1:
                queue.append(std::string{piece});
                break;
            case 2:
                queue.append(std::make_shared<const std::string>(piece));
                break;
            case 3: {
                OutputQueue other;
                other.append(piece);
                queue.splice(other);
                break;
            }
            default:
                queue.when_sent([](const Error&) {});
                const std::size_t count = std::min<std::size_t>(random(20'000), expected.size());
                ASSERT_EQ(send(count), expected.substr(0, count));
                expected.erase(0, count);
                ASSERT_EQ(queue.bytes(), expected.size());
                continue;
        }
        expected += piece;
        ASSERT_EQ(queue.bytes(), expected.size());
    }
    for (auto& callback : queue.take_callbacks())
        callback.discard();
}

// A slow reader that is never quite up to date.
TEST_F(OutputQueueTest, AQueueThatNeverGetsEmptyDoesNotGrow) {
    const auto stream = [&](std::size_t piece, bool joined) {
        queue.append(std::string(100'000, 'x'));
        const std::size_t before = ::mallinfo2().uordblks;
        for (std::size_t sent = 0; sent < 32 * 1024 * 1024; sent += piece) {
            if (joined)
                queue.append(std::string_view{std::string(piece, 'y')});
            else
                queue.append(std::string(piece, 'y'));
            send(piece);
        }
        EXPECT_LT(::mallinfo2().uordblks, before + 1024 * 1024) << piece;
        EXPECT_EQ(queue.bytes(), 100'000u);
        send(queue.bytes());
    };
    stream(1000, true);
    stream(50'000, true);
    stream(50'000, false);
}

TEST_F(OutputQueueTest, ManySmallPiecesCostNoMoreThanTheirBytes) {
    // Counting must not look at every piece: this would take minutes if it did.
    for (int i = 0; i < 300'000; ++i) {
        queue.append("x");
        queue.when_sent([](const Error&) {});
        ASSERT_EQ(queue.bytes(), static_cast<std::size_t>(i) + 1);
    }
    for (auto& callback : queue.take_callbacks())
        callback.discard();
}

}  // namespace
}  // namespace gyre::detail
