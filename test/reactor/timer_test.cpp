#include "support/reactor_fixture.hpp"
#include <gyre/reactor.hpp>

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
