#include "support/reactor_fixture.hpp"
#include <gyre/reactor.hpp>

#include <thread>

namespace gyre::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using TimerTest = ReactorTest;

TEST_F(TimerTest, RunsWhenItsTimeHasComeAndNotBefore) {
    ExpectOnce once;
    const Timeout timeout = reactor().call_later(seconds{1}, once([] {}));
    advance(milliseconds{999});
    EXPECT_EQ(once.calls(), 0);
    EXPECT_TRUE(timeout.active());
    advance(milliseconds{1});
    EXPECT_EQ(once.calls(), 1);
    EXPECT_FALSE(timeout.active());
}

TEST_F(TimerTest, SoonestFirst) {
    std::string order;
    reactor().call_later(seconds{3}, [&] { order += 'c'; });
    reactor().call_later(seconds{1}, [&] { order += 'a'; });
    reactor().call_later(seconds{2}, [&] { order += 'b'; });
    advance(seconds{5});
    EXPECT_EQ(order, "abc");
}

TEST_F(TimerTest, EqualDeadlinesInOrderOfRegistration) {
    std::string order;
    for (const char c : {'a', 'b', 'c', 'd', 'e'})
        reactor().call_later(seconds{1}, [&order, c] { order += c; });
    advance(seconds{1});
    EXPECT_EQ(order, "abcde");
}

TEST_F(TimerTest, CanceledNeverRunsAndReleasesItsCaptures) {
    Captures captures;
    ExpectNever never;
    const Timeout timeout = reactor().call_later(seconds{1}, never([token = captures.token()] {}));
    reactor().cancel_timeout(timeout);
    EXPECT_TRUE(captures.released());
    timeout.cancel();
    advance(seconds{2});
}

TEST_F(TimerTest, AnExpiredOneCanceledByAnEarlierOneOnTheSameTurnNeverRuns) {
    ExpectNever never;
    Timeout second;
    reactor().call_later(seconds{1}, [&] { second.cancel(); });
    second = reactor().call_later(seconds{1}, never([] {}));
    advance(seconds{5});
}

TEST_F(TimerTest, CancelsItselfInside) {
    ExpectOnce once;
    Timeout timeout;
    timeout = reactor().call_later(seconds{1}, once([&] {
                                       EXPECT_FALSE(timeout.active());
                                       timeout.cancel();
                                   }));
    advance(seconds{1});
}

TEST_F(TimerTest, TenThousandCanceledFromWithinATimer) {
    ExpectNever never;
    std::vector<Timeout> timeouts;
    reactor().call_later(seconds{1}, [&] {
        for (const Timeout& timeout : timeouts)
            timeout.cancel();
    });
    for (int i = 0; i < 10'000; ++i)
        timeouts.push_back(reactor().call_later(milliseconds{1000 + i % 7}, never([] {})));
    advance(seconds{5});
}

TEST_F(TimerTest, ThousandsThatSetAndCancelOthersFromWithin) {
    std::vector<Timeout> timeouts(3'000);
    std::size_t calls = 0;
    for (std::size_t i = 0; i < timeouts.size(); ++i)
        timeouts[i] = reactor().call_later(milliseconds{i % 50}, [&, i] {
            ++calls;
            Timeout& other = timeouts[(i * 7 + 1) % timeouts.size()];
            if (!other.active()) return;
            other.cancel();
            other = reactor().call_later(milliseconds{i % 3}, [&] { ++calls; });
        });
    advance(seconds{1});
    for (int i = 0; i < 10; ++i)
        advance(seconds{1});
    EXPECT_EQ(calls, timeouts.size());
}

TEST_F(TimerTest, AVirtualClockStandsAtEachDeadlineExactly) {
    const auto jumping = std::make_shared<ManualClock>(true);
    make_reactor({.clock = jumping});
    const TimePoint start = jumping->now();
    std::vector<Duration> delays;
    for (const Duration base : {Duration{1}, Duration{milliseconds{5}}, Duration{seconds{3600}},
                                Duration{std::chrono::hours{24 * 365 * 10}}})
        for (int i = 0; i < 50; ++i)
            delays.push_back(base + i * (base / 3 + Duration{1}));
    std::size_t calls = 0;
    for (const Duration delay : delays)
        reactor().call_at(start + delay, [&, delay] {
            EXPECT_EQ(jumping->now() - start, delay);
            ++calls;
        });
    reactor().run();
    EXPECT_EQ(calls, delays.size());
}

TEST_F(TimerTest, AClockThatJumpsFarAheadFiresAllInOrder) {
    std::vector<int> order;
    for (int i = 0; i < 1000; ++i)
        reactor().call_later(seconds{(i * 7919) % 1000}, [&order, i] { order.push_back(i); });
    advance(std::chrono::hours{24 * 365 * 50});
    ASSERT_EQ(order.size(), 1000U);
    for (std::size_t i = 1; i < order.size(); ++i)
        EXPECT_LE((order[i - 1] * 7919) % 1000, (order[i] * 7919) % 1000);
}

TEST_F(TimerTest, CopiesComeAndGoOnOtherThreadsWhileItIsCanceledAndFires) {
    for (int round = 0; round < 50; ++round) {
        Captures captures;
        const Timeout fires = reactor().call_later(milliseconds{1}, [t = captures.token()] {});
        const Timeout canceled = reactor().call_later(milliseconds{1}, [t = captures.token()] {});
        std::vector<std::thread> threads;
        for (int i = 0; i < 2; ++i)
            threads.emplace_back([one = fires, other = canceled] {
                std::vector<Timeout> copies;
                for (int j = 0; j < 100; ++j) {
                    copies.push_back(one);
                    copies.push_back(other);
                }
            });
        canceled.cancel();
        advance(milliseconds{1});
        EXPECT_TRUE(captures.released());
        for (std::thread& thread : threads)
            thread.join();
    }
}

TEST_F(TimerTest, AHandleOutlivesTheReactorAndTheThreadItWasMadeOn) {
    Timeout left;
    std::thread{[&left] {
        Reactor other;
        left = other.call_later(seconds{1}, [] {});
    }}.join();
    EXPECT_FALSE(left.active());
    const Timeout copy = left;
    copy.cancel();
}

TEST_F(TimerTest, ANegativeDelayIsZeroAndNeverInline) {
    ExpectOnce once;
    reactor().call_later(seconds{-5}, once([] {}));
    EXPECT_EQ(once.calls(), 0);
    settle();
}

TEST_F(TimerTest, APastDeadlineComesAtOnceInOrderOfRegistration) {
    std::string order;
    reactor().call_at(reactor().time() - seconds{1}, [&] { order += 'a'; });
    reactor().call_at(reactor().time() - seconds{2}, [&] { order += 'b'; });
    settle();
    EXPECT_EQ(order, "ab");
}

TEST_F(TimerTest, OneThatRenewsItselfForThePastStarvesNobody) {
    bool other = false;
    std::function<void()> again = [&] {
        if (!other) reactor().call_at(TimePoint{}, [&] { again(); });
    };
    again();
    reactor().call_later(milliseconds{1}, [&] { other = true; });
    for (int i = 0; i < 10; ++i) {
        clock->advance(milliseconds{1});
        reactor().poll();
    }
    EXPECT_TRUE(other);
    settle();
}

TEST_F(TimerTest, UnrefDoesNotKeepRunGoing) {
    const Timeout timeout = reactor().call_later(std::chrono::hours{1}, [] {});
    timeout.unref();
    timeout.unref();
    reactor().run();
    EXPECT_TRUE(timeout.active());
    timeout.cancel();
}

TEST_F(TimerTest, AnUnreffedOneStillRunsBesideOthers) {
    ExpectOnce once;
    reactor().call_later(seconds{1}, once([] {})).unref();
    reactor().call_later(seconds{2}, [] {});
    advance(seconds{2});
}

TEST_F(TimerTest, TheLargestDelayIsNever) {
    ExpectNever never;
    const Timeout timeout = reactor().call_later(Duration::max(), never([] {}));
    advance(std::chrono::hours{10000});
    timeout.cancel();
}

TEST_F(TimerTest, DestroyingAReactorThatNeverRanReleasesThem) {
    Captures captures;
    Timeout timeout = reactor().call_later(seconds{1}, [token = captures.token()] {});
    reactor_holder.reset();
    EXPECT_TRUE(captures.released());
    EXPECT_FALSE(timeout.active());
    timeout.cancel();
    timeout.unref();
}

TEST_F(TimerTest, ADefaultTimeoutIsInert) {
    const Timeout timeout;
    timeout.cancel();
    timeout.unref();
    EXPECT_FALSE(timeout.active());
}

TEST_F(TimerTest, OnTheRealClockNotEarly) {
    make_reactor({});
    const TimePoint start = reactor().time();
    TimePoint end{};
    reactor().call_later(milliseconds{20}, [&] { end = reactor().time(); });
    reactor().run();
    EXPECT_GE(end - start, milliseconds{20});
}

}  // namespace
}  // namespace gyre::test
