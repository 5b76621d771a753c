#include "timer_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <utility>
#include <vector>

namespace gyre::detail {
namespace {

using std::chrono::hours;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr TimePoint never = TimePoint::max();

class TimerQueueTest : public testing::Test {
protected:
    TimerRef add_at(TimePoint deadline, Callback<void()> callback = [] {}) {
        return queue.add(deadline, std::move(callback));
    }
    TimerRef add(int at) { return add_at(TimePoint{seconds{at}}); }
    TimerRef take(TimePoint now) {
        queue.begin_turn();
        TimerRef timer = queue.take_due(now);
        if (timer) timer->callback.discard();
        return timer;
    }
    TimerQueue queue;
};

TEST_F(TimerQueueTest, EmptyHasNoNext) { EXPECT_EQ(queue.next(), never); }

TEST_F(TimerQueueTest, TakesOnlyWhatIsDue) {
    const TimerRef timer = add(5);
    EXPECT_FALSE(take(TimePoint{seconds{4}}));
    EXPECT_EQ(queue.next(), TimePoint{seconds{5}});
    EXPECT_EQ(take(TimePoint{seconds{5}}), timer);
    EXPECT_EQ(timer->queue, nullptr);
}

TEST_F(TimerQueueTest, WhatIsAddedDuringATurnWaitsForTheNext) {
    queue.begin_turn();
    const TimerRef timer = add(1);
    EXPECT_FALSE(queue.take_due(never));
    EXPECT_EQ(take(never), timer);
    EXPECT_EQ(queue.size(), 0U);
}

TEST_F(TimerQueueTest, CountsOnlyThoseThatAreWaitedFor) {
    const TimerRef first = add(1);
    const TimerRef second = add(2);
    queue.unref(*first);
    queue.unref(*first);
    EXPECT_EQ(queue.counted(), 1U);
    queue.cancel(*first);
    EXPECT_EQ(queue.counted(), 1U);
    queue.cancel(*second);
    queue.cancel(*second);
    EXPECT_EQ(queue.counted(), 0U);
}

TEST_F(TimerQueueTest, ManyEqualDeadlinesComeInTheOrderTheyWereAdded) {
    std::vector<TimerRef> timers;
    for (int i = 0; i < 1000; ++i) {
        timers.push_back(add(7));
        if (i % 100 == 0) EXPECT_EQ(queue.next(), TimePoint{seconds{7}});
    }
    for (const TimerRef& timer : timers)
        ASSERT_EQ(take(TimePoint{seconds{7}}), timer);
}

TEST_F(TimerQueueTest, NextFollowsWhatIsAddedBeforeItAndTakenOut) {
    const TimerRef late = add(100);
    EXPECT_EQ(queue.next(), TimePoint{seconds{100}});
    for (int at = 99; at > 0; --at) {
        const TimerRef sooner = add(at);
        EXPECT_EQ(queue.next(), TimePoint{seconds{at}});
        if (at % 2 == 0) queue.cancel(*sooner);
    }
    EXPECT_EQ(queue.next(), TimePoint{seconds{1}});
    queue.discard();
}

TEST_F(TimerQueueTest, TheLastNanosecondAndTheFirstAreDeadlinesToo) {
    const std::vector<TimePoint> deadlines{TimePoint::min(), TimePoint{nanoseconds{-1}},
                                           TimePoint{}, never - nanoseconds{1}, never};
    std::vector<TimerRef> timers;
    for (const TimePoint deadline : deadlines)
        for (int i = 0; i < 100; ++i)
            timers.push_back(add_at(deadline));
    for (const TimerRef& timer : timers)
        ASSERT_EQ(take(queue.next()), timer);
}

TEST_F(TimerQueueTest, ALastReferenceThatGoesWhileItWaitsTakesNothingBack) {
    int calls = 0;
    add_at(TimePoint{}, [&] { ++calls; }).reset();
    queue.begin_turn();
    std::move(queue.take_due(never)->callback)();
    EXPECT_EQ(calls, 1);
}

// What a callback holds may change the queue as it goes.
struct AtEnd {
    std::function<void()> action;
    explicit AtEnd(std::function<void()> what) : action(std::move(what)) {}
    AtEnd(AtEnd&& other) noexcept : action(std::exchange(other.action, {})) {}
    ~AtEnd() {
        if (action) action();
    }
};

TEST_F(TimerQueueTest, DiscardTakesEverythingAlsoWhatIsCanceledAndAddedMeanwhile) {
    const TimerRef first = add(1);
    const TimerRef second = add(2);
    TimerRef added;
    const TimerRef third = add_at(TimePoint{seconds{3}}, [end = AtEnd{[&] {
                                                              queue.cancel(*second);
                                                              added = add(4);
                                                          }}] {});
    queue.discard();
    EXPECT_EQ(queue.size(), 0U);
    EXPECT_EQ(first->queue, nullptr);
    EXPECT_EQ(added->queue, nullptr);
}

TEST_F(TimerQueueTest, CapturesThatCancelTheirNeighboursOneAfterAnother) {
    std::vector<TimerRef> timers;
    for (int i = 0; i < 1000; ++i)
        timers.push_back(add_at(TimePoint{seconds{i % 10}},
                                [end = AtEnd{[&, i] {
                                     if (i > 0)
                                         queue.cancel(*timers[static_cast<std::size_t>(i - 1)]);
                                 }}] {}));
    EXPECT_EQ(queue.next(), TimePoint{});
    queue.cancel(*timers.back());
    EXPECT_EQ(queue.size(), 0U);
}

TEST_F(TimerQueueTest, ManyEqualDeadlinesDoNotSlowDownThoseBefore) {
    std::vector<TimerRef> equal;
    for (int i = 0; i < 100'000; ++i)
        equal.push_back(add(1'000'000));
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 20'000; ++i) {
        const TimerRef timer = add(i);
        ASSERT_EQ(take(TimePoint{seconds{i}}), timer);
        ASSERT_EQ(queue.next(), TimePoint{seconds{1'000'000}});
    }
    // Some 20 ms; more than half a minute if each looks at all of those behind it.
    EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds{10});
    for (const TimerRef& timer : equal)
        ASSERT_EQ(take(never), timer);
}

/// Random operations on a queue and on a std::multimap, which has to agree with it all the time.
/// Equal keys of a multimap are in the order of insertion, as the queue's are to be.
class TimerQueueModelTest : public TimerQueueTest, public testing::WithParamInterface<unsigned> {
protected:
    using Model = std::multimap<TimePoint, int>;

    unsigned random() { return static_cast<unsigned>(engine()); }
    /// Never before those that are due, as the reactor sees to.
    TimePoint any_deadline() { return std::max(now, any_time()); }
    TimePoint any_time() {
        constexpr Duration spans[] = {nanoseconds{10},
                                      std::chrono::microseconds{1},
                                      std::chrono::milliseconds{30},
                                      seconds{60},
                                      hours{2},
                                      hours{24 * 365}};
        const unsigned kind = random() % 16;
        if (kind == 0) return never;
        if (kind == 1) return now;
        if (kind == 2 && !model.empty()) return model.rbegin()->first;  // equal to another
        if (kind == 3 && !model.empty()) return model.begin()->first;
        if (kind == 4) return now + seconds{1 + random() % 8};
        return now + Duration{static_cast<Duration::rep>(random()) % spans[random() % 6].count()};
    }
    void add_any() {
        const TimePoint deadline = any_deadline();
        const int id = static_cast<int>(timers.size());
        timers.push_back(add_at(deadline, [this, id] { fired = id; }));
        places.push_back(model.emplace(deadline, id));
    }
    void cancel_any() {
        const auto id = static_cast<std::size_t>(random() % timers.size());
        if (!timers[id]) return;
        if (timers[id]->queue) model.erase(places[id]);
        queue.cancel(*timers[id]);
        if (random() % 2 == 0) timers[id].reset();
    }
    void advance() {
        if (model.empty()) return;
        // To the next one, a little or far beyond it.
        const TimePoint next = std::max(now, model.begin()->first);
        if (next == never) return;
        const Duration more{
            static_cast<Duration::rep>(random() % (random() % 4 == 0 ? 1U << 30 : 3U))};
        now = next + more;
        queue.begin_turn();
        while (TimerRef timer = queue.take_due(now)) {
            ASSERT_FALSE(model.empty());
            const int expected = model.begin()->second;
            ASSERT_LE(model.begin()->first, now);
            model.erase(model.begin());
            std::move(timer->callback)();
            ASSERT_EQ(fired, expected);
            // What is set inside comes on the next turn.
            if (random() % 4 == 0) add_any_later();
        }
        ASSERT_TRUE(model.empty() || model.begin()->first > now || added_inside);
        added_inside = false;
    }
    void add_any_later() {
        add_any();
        added_inside = true;
    }

    std::minstd_rand engine{GetParam()};
    TimePoint now{hours{1000}};
    Model model;
    std::vector<TimerRef> timers;
    std::vector<Model::iterator> places;
    int fired = -1;
    bool added_inside = false;
};

TEST_P(TimerQueueModelTest, AgreesWithAMultimap) {
    // Periods of growing, of shrinking and of either.
    for (int period = 0; period < 20; ++period) {
        const unsigned adding = 1 + random() % 9;
        for (int step = 0; step < 500; ++step) {
            const unsigned what = random() % 10;
            if (what < adding || timers.empty())
                add_any();
            else if (what % 3 != 0)
                cancel_any();
            else
                advance();
            if (HasFatalFailure()) return;
            ASSERT_EQ(queue.size(), model.size());
            if (random() % 3 == 0)
                ASSERT_EQ(queue.next(), model.empty() ? never : model.begin()->first);
        }
    }
    queue.discard();
    EXPECT_EQ(queue.size(), 0U);
    EXPECT_EQ(queue.counted(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, TimerQueueModelTest, testing::Range(1U, 41U));

}  // namespace
}  // namespace gyre::detail
