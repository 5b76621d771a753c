#include "support/reactor_fixture.hpp"
#include <gyre/periodic_callback.hpp>
#include <gyre/random.hpp>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <thread>

namespace gyre::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class PeriodicCallbackTest : public ReactorTest {
protected:
    /// One whose ticks are noted, as the time since the test began.
    PeriodicCallback ticking(Duration period, PeriodicOptions options = {}) {
        return {reactor(), period, [this] { ticks.push_back(clock->now() - begin); }, options};
    }
    void start(const PeriodicCallback& periodic) {
        const Error error = periodic.start();
        EXPECT_FALSE(error) << error;
    }
    std::vector<Duration> take() { return std::exchange(ticks, {}); }

    TimePoint begin = clock->now();
    std::vector<Duration> ticks;
};

using Times = std::vector<Duration>;

TEST_F(PeriodicCallbackTest, TicksAfterEachPeriodAndNotBefore) {
    const PeriodicCallback periodic = ticking(seconds{1});
    start(periodic);
    settle();
    EXPECT_EQ(take(), Times{});
    for (int i = 0; i < 6; ++i)
        advance(milliseconds{500});
    EXPECT_EQ(take(), (Times{seconds{1}, seconds{2}, seconds{3}}));
    periodic.stop();
}

TEST_F(PeriodicCallbackTest, DoesNothingBeforeStartAndAfterStop) {
    const PeriodicCallback periodic = ticking(seconds{1});
    EXPECT_FALSE(periodic.is_running());
    advance(seconds{5});
    start(periodic);
    EXPECT_TRUE(periodic.is_running());
    periodic.stop();
    periodic.stop();
    EXPECT_FALSE(periodic.is_running());
    advance(seconds{5});
    EXPECT_EQ(take(), Times{});
}

TEST_F(PeriodicCallbackTest, ALateTickDoesNotMoveTheNextOnes) {
    const PeriodicCallback periodic = ticking(seconds{1});
    start(periodic);
    advance(milliseconds{1300});
    advance(milliseconds{700});
    EXPECT_EQ(take(), (Times{milliseconds{1300}, seconds{2}}));
    periodic.stop();
}

TEST_F(PeriodicCallbackTest, MissedTicksAreSkipped) {
    const PeriodicCallback periodic = ticking(seconds{1});
    start(periodic);
    advance(milliseconds{10'500});
    advance(milliseconds{499});
    EXPECT_EQ(take(), Times{milliseconds{10'500}});
    advance(milliseconds{1});
    EXPECT_EQ(take(), Times{seconds{11}});
    periodic.stop();
}

TEST_F(PeriodicCallbackTest, TicksMissedWhileItsHandlerRanAreSkipped) {
    Times times;
    const PeriodicCallback periodic{reactor(), seconds{1}, [&] {
                                        times.push_back(clock->now() - begin);
                                        clock->advance(milliseconds{2500});
                                    }};
    start(periodic);
    advance(seconds{1});
    EXPECT_EQ(times, Times{seconds{1}});
    advance(milliseconds{500});  // it is 4.0 s, where the grid has a point
    EXPECT_EQ(times, (Times{seconds{1}, seconds{4}}));
    periodic.stop();
}

TEST_F(PeriodicCallbackTest, StartAgainBeginsANewGrid) {
    const PeriodicCallback periodic = ticking(seconds{1});
    start(periodic);
    advance(milliseconds{1700});
    periodic.stop();
    start(periodic);
    advance(seconds{1});
    EXPECT_EQ(take(), (Times{milliseconds{1700}, milliseconds{2700}}));
    periodic.stop();
}

TEST_F(PeriodicCallbackTest, StartingARunningOneChangesNothing) {
    const PeriodicCallback periodic = ticking(seconds{1});
    start(periodic);
    advance(milliseconds{600});
    start(periodic);
    advance(milliseconds{400});
    EXPECT_EQ(take(), Times{seconds{1}});
    periodic.stop();
}

TEST_F(PeriodicCallbackTest, StopsFromWithinItsHandler) {
    ExpectOnce once;
    PeriodicCallback periodic;
    periodic = {reactor(), seconds{1}, once([&] { periodic.stop(); })};
    start(periodic);
    advance(seconds{1});
    advance(seconds{5});
    EXPECT_FALSE(periodic.is_running());
}

TEST_F(PeriodicCallbackTest, StartsAgainFromWithinItsHandlerAndTicksOncePerPeriod) {
    int calls = 0;
    PeriodicCallback periodic;
    periodic = {reactor(), seconds{1}, [&] {
                    ++calls;
                    periodic.stop();
                    start(periodic);
                }};
    start(periodic);
    for (int i = 0; i < 5; ++i)
        advance(seconds{1});
    EXPECT_EQ(calls, 5);
    periodic.stop();
}

TEST_F(PeriodicCallbackTest, LettingGoOfTheHandleWithinItsHandlerTakesNothingAway) {
    int calls = 0;
    PeriodicCallback periodic;
    periodic = {reactor(), seconds{1}, [&] {
                    ++calls;
                    periodic = {};
                }};
    const PeriodicCallback copy = periodic;
    start(periodic);
    advance(seconds{1});
    advance(seconds{1});
    EXPECT_EQ(calls, 2);
    copy.stop();
}

TEST_F(PeriodicCallbackTest, StoppedAndLetGoOfWithinItsHandlerItIsReleased) {
    Captures captures;
    PeriodicCallback periodic;
    periodic = {reactor(), seconds{1}, [&, token = captures.token()] {
                    periodic.stop();
                    periodic = {};
                    EXPECT_FALSE(captures.released());
                }};
    start(periodic);
    advance(seconds{1});
    EXPECT_TRUE(captures.released());
}

TEST_F(PeriodicCallbackTest, TheReactorKeepsItWhileItTicks) {
    int calls = 0;
    bool go_on = true;
    {
        const auto inner = std::make_shared<PeriodicCallback>();
        *inner = {reactor(), seconds{1}, [&, weak = std::weak_ptr{inner}] {
                      ++calls;
                      EXPECT_TRUE(weak.expired());
                      go_on = calls < 3;
                  }};
        start(*inner);
    }
    while (go_on)
        advance(seconds{1});
    EXPECT_EQ(calls, 3);
    reactor_holder.reset();
}

TEST_F(PeriodicCallbackTest, AThrownExceptionIsReportedAndItGoesOn) {
    int calls = 0;
    const PeriodicCallback periodic{reactor(), seconds{1}, [&] {
                                        ++calls;
                                        throw std::runtime_error{"every time"};
                                    }};
    start(periodic);
    advance(seconds{1});
    advance(seconds{1});
    EXPECT_EQ(calls, 2);
    const std::vector<Error> reported = take_reports();
    ASSERT_EQ(reported.size(), 2U);
    EXPECT_EQ(reported[0], Errc::unhandled_exception);
    periodic.stop();
}

TEST_F(PeriodicCallbackTest, RefusesWhatIsOutOfRange) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    for (const PeriodicCallback& periodic :
         {ticking(Duration::zero()), ticking(seconds{-1}), ticking(seconds{1}, {.jitter = -0.1}),
          ticking(seconds{1}, {.jitter = 1.1}), ticking(seconds{1}, {.jitter = nan}),
          PeriodicCallback{reactor(), seconds{1}, {}}}) {
        EXPECT_EQ(periodic.start(), Errc::invalid_argument);
        EXPECT_FALSE(periodic.is_running());
    }
}

TEST_F(PeriodicCallbackTest, TheLongestPeriodIsNever) {
    const PeriodicCallback periodic = ticking(Duration::max());
    start(periodic);
    advance(std::chrono::hours{10'000});
    EXPECT_EQ(take(), Times{});
    periodic.stop();
}

TEST_F(PeriodicCallbackTest, TheShortestPeriodDoesNotStarveTheLoop) {
    const PeriodicCallback periodic = ticking(Duration{1});
    start(periodic);
    ExpectOnce once;
    reactor().call_later(seconds{1}, once([] {}));
    clock->advance(seconds{1});
    reactor().poll();
    reactor().poll();
    EXPECT_EQ(once.calls(), 1);
    periodic.stop();
}

TEST_F(PeriodicCallbackTest, KeepsRunGoing) {
    int left = 3;
    make_reactor({.clock = std::make_shared<ManualClock>(true)});
    PeriodicCallback periodic;
    periodic = {reactor(), seconds{1}, [&] {
                    if (--left == 0) periodic.stop();
                }};
    start(periodic);
    reactor().run();
    EXPECT_EQ(left, 0);
}

TEST_F(PeriodicCallbackTest, UnrefDoesNotKeepRunGoingAlsoAfterTicksAndStarts) {
    make_reactor({.clock = std::make_shared<ManualClock>(true)});
    const PeriodicCallback periodic = ticking(seconds{1});
    start(periodic);
    periodic.unref();
    reactor().run();
    reactor().call_later(seconds{3}, [] {});
    reactor().run();
    EXPECT_GE(take().size(), 2U);
    periodic.stop();
    start(periodic);
    reactor().run();
    EXPECT_TRUE(periodic.is_running());
}

TEST_F(PeriodicCallbackTest, DestroyingTheReactorReleasesTheHandlerOfARunningOne) {
    Captures captures;
    // Its handler owns a copy, which only the end of the reactor can undo.
    const auto shared = std::make_shared<PeriodicCallback>();
    *shared = {reactor(), seconds{1}, [shared, token = captures.token()] {}};
    const PeriodicCallback periodic = *shared;
    start(periodic);
    reactor_holder.reset();
    EXPECT_TRUE(captures.released());
    EXPECT_FALSE(periodic.is_running());
    EXPECT_EQ(periodic.start(), Errc::closed);
    periodic.stop();
    periodic.unref();
}

TEST_F(PeriodicCallbackTest, ADefaultOneIsInert) {
    const PeriodicCallback periodic;
    EXPECT_EQ(periodic.start(), Errc::closed);
    EXPECT_FALSE(periodic.is_running());
    periodic.stop();
    periodic.unref();
}

TEST_F(PeriodicCallbackTest, ALastHandleThatGoesOnAnotherThreadReleasesTheHandlerAtHome) {
    struct Note {
        std::thread::id* where;
        explicit Note(std::thread::id& into) : where(&into) {}
        Note(Note&& other) noexcept : where(std::exchange(other.where, nullptr)) {}
        ~Note() {
            if (where) *where = std::this_thread::get_id();
        }
    };
    std::thread::id died;
    PeriodicCallback periodic{reactor(), seconds{1}, [note = Note{died}] {}};
    std::thread{[moved = std::exchange(periodic, {})] {}}.join();
    settle();
    EXPECT_EQ(died, std::this_thread::get_id());
}

/// Gives the bytes it is told, again and again.
class FixedRandom final : public Random {
public:
    explicit FixedRandom(unsigned char byte) : byte_(byte) {}
    void fill(std::span<std::byte> bytes) override { std::ranges::fill(bytes, std::byte{byte_}); }

private:
    unsigned char byte_;
};

TEST_F(PeriodicCallbackTest, JitterMovesTicksToEitherSideAndNeverTheGrid) {
    for (const auto& [byte, early] : {std::pair{0x00, true}, std::pair{0xff, false}}) {
        make_reactor({.clock = clock,
                      .random = std::make_shared<FixedRandom>(static_cast<unsigned char>(byte))});
        begin = clock->now();
        const PeriodicCallback periodic = ticking(seconds{1}, {.jitter = 0.5});
        start(periodic);
        for (int i = 0; i < 44; ++i)
            advance(milliseconds{50});
        const Times times = take();
        EXPECT_EQ(times, early ? (Times{milliseconds{750}, milliseconds{1750}})
                               : (Times{milliseconds{1250}}));
        periodic.stop();
    }
}

TEST_F(PeriodicCallbackTest, WithFullJitterItStillTicksOncePerPeriod) {
    const PeriodicCallback periodic = ticking(milliseconds{100}, {.jitter = 1});
    start(periodic);
    for (int i = 0; i < 100'500; ++i) {
        clock->advance(std::chrono::microseconds{1000});
        reactor().poll();
        if (ticks.size() == 1000) break;
    }
    const Times times = take();
    EXPECT_EQ(times.size(), 1000U);
    for (std::size_t i = 0; i < times.size(); ++i) {
        const Duration grid = milliseconds{100} * static_cast<int>(i + 1);
        EXPECT_GE(times[i], grid - milliseconds{50});
        EXPECT_LE(times[i], grid + milliseconds{51});
    }
    periodic.stop();
}

}  // namespace
}  // namespace gyre::test
