#include "timer_queue.hpp"

#include <gtest/gtest.h>

#include <random>

namespace gyre::detail {
namespace {

using std::chrono::seconds;

class TimerQueueTest : public testing::Test {
protected:
    std::shared_ptr<Timer> add(int at) {
        auto timer = std::make_shared<Timer>();
        timer->callback = [] {};
        queue.add(timer, TimePoint{seconds{at}});
        return timer;
    }
    void take_all() {
        queue.begin_turn();
        while (const auto timer = queue.take_due(TimePoint::max()))
            timer->callback.discard();
    }
    TimerQueue queue;
};

TEST_F(TimerQueueTest, EmptyHasNoNext) { EXPECT_EQ(queue.next(), TimePoint::max()); }

TEST_F(TimerQueueTest, TakesOnlyWhatIsDue) {
    const auto timer = add(5);
    queue.begin_turn();
    EXPECT_FALSE(queue.take_due(TimePoint{seconds{4}}));
    EXPECT_EQ(queue.next(), TimePoint{seconds{5}});
    EXPECT_EQ(queue.take_due(TimePoint{seconds{5}}), timer);
    EXPECT_EQ(timer->queue, nullptr);
    timer->callback.discard();
}

TEST_F(TimerQueueTest, WhatIsAddedDuringATurnWaitsForTheNext) {
    queue.begin_turn();
    const auto timer = add(1);
    EXPECT_FALSE(queue.take_due(TimePoint::max()));
    take_all();
    EXPECT_EQ(queue.size(), 0U);
}

TEST_F(TimerQueueTest, CountsOnlyThoseThatAreWaitedFor) {
    const auto first = add(1);
    const auto second = add(2);
    queue.unref(*first);
    EXPECT_EQ(queue.counted(), 1U);
    queue.cancel(*first);
    EXPECT_EQ(queue.counted(), 1U);
    queue.cancel(*second);
    queue.cancel(*second);
    EXPECT_EQ(queue.counted(), 0U);
}

TEST_F(TimerQueueTest, StaysInOrderUnderRandomCancelling) {
    std::mt19937 random{1};
    std::vector<std::shared_ptr<Timer>> timers;
    for (int i = 0; i < 2000; ++i) {
        timers.push_back(add(static_cast<int>(random() % 500)));
        if (random() % 3 == 0) queue.cancel(*timers[random() % timers.size()]);
    }
    queue.begin_turn();
    TimePoint last{};
    while (queue.size() > 0) {
        const TimePoint next = queue.next();
        EXPECT_GE(next, last);
        last = next;
        queue.take_due(next)->callback.discard();
    }
    EXPECT_EQ(queue.counted(), 0U);
}

TEST_F(TimerQueueTest, DiscardTakesEverythingAlsoWhatWasJustAdded) {
    const auto first = add(1);
    const auto second = add(2);
    // The first one's captures cancel the second as they go.
    struct Canceller {
        TimerQueue* queue;
        std::shared_ptr<Timer> other;
        Canceller(TimerQueue* q, std::shared_ptr<Timer> o) : queue(q), other(std::move(o)) {}
        Canceller(Canceller&&) = default;
        ~Canceller() {
            if (other) queue->cancel(*other);
        }
    };
    const auto third = std::make_shared<Timer>();
    third->callback = [c = Canceller{&queue, second}] {};
    queue.add(third, TimePoint{seconds{3}});
    queue.discard();
    EXPECT_EQ(queue.size(), 0U);
    EXPECT_EQ(first->queue, nullptr);
}

}  // namespace
}  // namespace gyre::detail
