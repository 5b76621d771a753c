#include "support/reactor_fixture.hpp"
#include <gyre/reactor.hpp>
#include <gyre/reactor_ref.hpp>

#include <atomic>
#include <functional>
#include <stdexcept>
#include <thread>

#include <unistd.h>

namespace gyre::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using CoreTest = ReactorTest;

TEST_F(CoreTest, RunReturnsWhenNothingIsLeft) { reactor().run(); }

TEST_F(CoreTest, CallbacksRunInOrder) {
    std::string order;
    for (const char c : {'a', 'b', 'c'})
        reactor().add_callback([&order, c] { order += c; });
    reactor().run();
    EXPECT_EQ(order, "abc");
}

TEST_F(CoreTest, RunMayBeCalledAgain) {
    for (int i = 0; i < 2; ++i) {
        ExpectOnce once;
        reactor().add_callback(once([] {}));
        reactor().run();
    }
}

TEST_F(CoreTest, StopEndsRunAfterTheCallbackThatRuns) {
    std::string order;
    reactor().add_callback([&] {
        order += 'a';
        reactor().stop();
        order += 'b';
    });
    reactor().add_callback([&] { order += 'c'; });
    reactor().run();
    EXPECT_EQ(order, "ab");
    reactor().run();
    EXPECT_EQ(order, "abc");
}

TEST_F(CoreTest, StopBeforeRunMakesOneRunReturnAtOnce) {
    ExpectOnce once;
    reactor().add_callback(once([] {}));
    reactor().stop();
    reactor().run();
    EXPECT_EQ(once.calls(), 0);
    reactor().run();
}

TEST_F(CoreTest, StopInATimerLeavesTheOthersForLater) {
    int calls = 0;
    for (int i = 0; i < 2; ++i)
        reactor().call_later(seconds{1}, [&] {
            ++calls;
            reactor().stop();
        });
    clock->advance(seconds{1});
    reactor().run();
    EXPECT_EQ(calls, 1);
    reactor().run();
    EXPECT_EQ(calls, 2);
}

TEST_F(CoreTest, StopDoesNotKeepReportsBack) {
    reactor().add_callback([&] {
        reactor().stop();
        throw std::runtime_error{"last"};
    });
    reactor().run();
    EXPECT_EQ(take_reports().size(), 1U);
}

TEST_F(CoreTest, StopFromAnotherThreadEndsAWait) {
    make_reactor({});
    const Timeout timeout = reactor().call_later(std::chrono::hours{1}, [] {});
    std::thread stopper{[this] { reactor().stop(); }};
    reactor().run();
    stopper.join();
    timeout.cancel();
}

TEST_F(CoreTest, PollDispatchesWhatIsReadyAndWhatThatMakesReady) {
    int calls = 0;
    for (int i = 0; i < 1000; ++i)
        reactor().add_callback([&] {
            ++calls;
            reactor().add_callback([&] { ++calls; });
        });
    EXPECT_EQ(reactor().poll(), 2000U);
    EXPECT_EQ(calls, 2000);
    EXPECT_EQ(reactor().poll(), 0U);
}

TEST_F(CoreTest, PollEndsBesideAChainWithoutEnd) {
    std::function<void()> again = [&] { reactor().add_callback([&] { again(); }); };
    again();
    EXPECT_EQ(reactor().poll(), 2U);
    again = [] {};
    reactor().poll();
}

TEST_F(CoreTest, RunInsideACallbackIsRefused) {
    ExpectOnce once;
    reactor().add_callback(once([this] {
        reactor().run();
        EXPECT_EQ(reactor().poll(), 0U);
    }));
    reactor().run();
}

TEST_F(CoreTest, RunForEndsInTime) {
    make_reactor({.clock = std::make_shared<ManualClock>(true)});
    ExpectOnce once;
    ExpectNever never;
    reactor().call_later(seconds{1}, once([] {}));
    const Timeout later = reactor().call_later(seconds{3}, never([] {}));
    reactor().run_for(seconds{2});
    EXPECT_TRUE(later.active());
    later.cancel();
}

TEST_F(CoreTest, AClockThatJumpsRunsHoursInNoTime) {
    make_reactor({.clock = std::make_shared<ManualClock>(true)});
    const TimePoint start = reactor().time();
    ExpectOnce once;
    reactor().call_later(std::chrono::hours{5}, once([] {}));
    reactor().run();
    EXPECT_EQ(reactor().time() - start, std::chrono::hours{5});
}

TEST_F(CoreTest, AClockDoesNotJumpOverWhatIsReady) {
    make_reactor({.clock = std::make_shared<ManualClock>(true)});
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    ASSERT_EQ(::write(ends[1], "x", 1), 1);
    std::string order;
    reactor().call_later(seconds{1}, [&] { order += 't'; });
    ASSERT_FALSE(reactor().add_handler(ends[0], IOEvents::read, [&](int descriptor, IOEvents) {
        order += 'd';
        reactor().remove_handler(descriptor);
    }));
    reactor().run();
    EXPECT_EQ(order, "dt");
    ::close(ends[0]);
    ::close(ends[1]);
}

TEST_F(CoreTest, AddCallbackFromManyThreads) {
    make_reactor({});
    constexpr int threads = 4;
    constexpr int each = 500;
    int calls = 0;
    const Timeout keep = reactor().call_later(std::chrono::hours{1}, [] {});
    std::vector<std::thread> posters;
    for (int i = 0; i < threads; ++i)
        posters.emplace_back([&] {
            for (int j = 0; j < each; ++j)
                reactor().add_callback([&] {
                    if (++calls == threads * each) keep.cancel();
                });
        });
    reactor().run();
    for (std::thread& poster : posters)
        poster.join();
    EXPECT_EQ(calls, threads * each);
}

TEST_F(CoreTest, AddCallbackWhileAnotherThreadBeginsToRun) {
    make_reactor({});
    std::atomic<int> calls{0};
    const Timeout keep = reactor().call_later(std::chrono::hours{1}, [] {});
    std::thread runner{[this] { reactor().run(); }};
    for (int i = 0; i < 100; ++i)
        reactor().add_callback([&] {
            if (++calls == 100) keep.cancel();
        });
    runner.join();
    EXPECT_EQ(calls, 100);
}

TEST_F(CoreTest, PostsFromAnotherThreadRaceDestruction) {
    for (int i = 0; i < 50; ++i) {
        make_reactor({});
        const detail::ReactorRef reference{reactor()};
        Captures captures;
        auto token = captures.token();
        std::thread poster{[reference, token = std::move(token)] {
            for (int j = 0; j < 20; ++j)
                reference.post_from_any_thread([reference, token, j] {
                    reference.post([token, j] { static_cast<void>(j); });
                });
        }};
        reactor().poll();
        reactor_holder.reset();
        poster.join();
        EXPECT_TRUE(captures.released());
    }
}

TEST_F(CoreTest, ReactorsOnSeveralThreads) {
    std::vector<std::thread> threads;
    std::atomic<int> calls{0};
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&calls] {
            Reactor own;
            for (int j = 0; j < 100; ++j)
                own.call_later(milliseconds{j % 3}, [&calls] { ++calls; });
            own.run();
        });
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_EQ(calls, 400);
}

TEST_F(CoreTest, ReactorsRunInsideEachOther) {
    std::string order;
    Reactor inner;
    reactor().add_callback([&] {
        inner.add_callback([&] { order += 'i'; });
        inner.run();
        order += 'o';
    });
    reactor().run();
    EXPECT_EQ(order, "io");
}

TEST_F(CoreTest, OneMayDieInsideAnothersRun) {
    auto other = std::make_unique<Reactor>();
    ExpectNever never;
    other->add_callback(never([] {}));
    reactor().add_callback([&] { other.reset(); });
    reactor().run();
}

TEST_F(CoreTest, WhatTheUnhandledHandlerThrowsIsLogged) {
    reactor().on_unhandled_error([](const Error&) { throw std::runtime_error{"again"}; });
    {
        const Error unseen{Errc::timed_out};
    }
    ExpectOnce once;
    reactor().add_callback(once([] {}));
    reactor().run();
}

TEST_F(CoreTest, TheUnhandledHandlerMayReplaceItself) {
    int first = 0;
    reactor().on_unhandled_error([&](const Error&) {
        ++first;
        reactor().on_unhandled_error([](const Error&) {});
    });
    {
        const Error unseen{Errc::timed_out};
    }
    {
        const Error unseen{Errc::timed_out};
    }
    reactor().run();
    EXPECT_EQ(first, 1);
}

TEST_F(CoreTest, CallbacksThatPostForEverDoNotStarveTimers) {
    make_reactor({});
    bool fired = false;
    std::function<void()> again = [&] {
        if (!fired) reactor().add_callback([&] { again(); });
    };
    again();
    reactor().call_later(milliseconds{1}, [&] { fired = true; });
    reactor().run();
    EXPECT_TRUE(fired);
}

TEST_F(CoreTest, CapturesMayUseTheReactorAsItGoes) {
    struct Meddler {
        Reactor* reactor;
        explicit Meddler(Reactor& r) : reactor(&r) {}
        Meddler(Meddler&& other) noexcept : reactor(std::exchange(other.reactor, nullptr)) {}
        ~Meddler() {
            if (!reactor) return;
            reactor->add_callback([] {});
            reactor->call_later(seconds{1}, [] {});
            reactor->remove_handler(0);
        }
    };
    reactor().add_callback([m = Meddler{reactor()}] {});
    reactor().call_later(seconds{1}, [m = Meddler{reactor()}] {});
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    ASSERT_FALSE(
        reactor().add_handler(ends[0], IOEvents::read, [m = Meddler{reactor()}](int, IOEvents) {}));
    reactor_holder.reset();
    ::close(ends[0]);
    ::close(ends[1]);
}

}  // namespace
}  // namespace gyre::test
