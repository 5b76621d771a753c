#include "chain_node.hpp"
#include "support/reactor_fixture.hpp"
#include <gyre/log.hpp>
#include <gyre/periodic_callback.hpp>
#include <gyre/slow_callback.hpp>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace gyre::test {
namespace {

using std::chrono::milliseconds;

/// Sleeps as long as a callback must not, on the real clock.
class SlowCallbackTest : public ReactorTest {
protected:
    void make(bool checks, bool watchdog = false) {
        make_reactor({.checks = checks, .slow_callback = milliseconds{20}, .watchdog = watchdog});
        reactor().on_slow_callback([this](const SlowCallback& slow) { told.push_back(slow); });
    }
    static void block() { std::this_thread::sleep_for(milliseconds{30}); }
    std::vector<SlowCallback> told;
};

TEST_F(SlowCallbackTest, IsToldAfterItsEndWithItsPlaceAndDuration) {
    make(true);
    const unsigned here = std::source_location::current().line() + 1;
    reactor().add_callback(&block);
    reactor().run();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_GE(told[0].duration, milliseconds{30});
    ASSERT_EQ(told[0].places.size(), 1U);
    EXPECT_EQ(told[0].places[0].line(), here);
    EXPECT_EQ(reactor().metrics().slow_callbacks, 1U);
}

TEST_F(SlowCallbackTest, WithoutChecksItIsAmongThoseThatRanInThatTime) {
    make(false);
    reactor().add_callback([] {});
    const unsigned here = std::source_location::current().line() + 1;
    reactor().add_callback(&block);
    reactor().run();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_GE(told[0].duration, milliseconds{30});
    ASSERT_EQ(told[0].places.size(), 2U);
    EXPECT_EQ(told[0].places[1].line(), here);
    EXPECT_EQ(reactor().metrics().slow_callbacks, 1U);
}

TEST_F(SlowCallbackTest, ATimersToo) {
    make(false);
    reactor().call_later(milliseconds{1}, &block);
    reactor().run();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].places.size(), 1U);
}

TEST_F(SlowCallbackTest, AmongManyAtMostSixteenPlacesAreNamed) {
    make(false);
    for (int i = 0; i < 100; ++i)
        reactor().add_callback([] {});
    reactor().add_callback(&block);
    reactor().run();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_LE(told[0].places.size(), 2U);  // those of the loop have one place
}

TEST_F(SlowCallbackTest, HasItsChainWhenTraced) {
    make_reactor({.checks = true, .trace = true, .slow_callback = milliseconds{20}});
    reactor().on_slow_callback([this](const SlowCallback& slow) { told.push_back(slow); });
    reactor().add_callback([this] { reactor().add_callback(&block); });
    reactor().run();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].trace.size(), 2U);
    detail::set_tracing(false);
}

TEST_F(SlowCallbackTest, WaitingIsNotBlocking) {
    make(false);
    reactor().call_later(milliseconds{50}, [] {});
    reactor().run();
    EXPECT_EQ(told.size(), 0U);
}

TEST_F(SlowCallbackTest, NobodyIsToldWithoutALimit) {
    make_reactor({.checks = true, .slow_callback = unlimited});
    ExpectNever never;
    reactor().on_slow_callback(never([](const SlowCallback&) {}));
    reactor().add_callback(&block);
    reactor().run();
}

TEST_F(SlowCallbackTest, ALimitOfNothingIsRefused) {
    std::string lines;
    set_log_handler([&](LogLevel, std::string_view line) { lines += line; });
    make_reactor({.slow_callback = Duration::zero()});
    set_log_handler({});
    EXPECT_NE(lines.find("slow_callback must be positive"), std::string::npos);
}

TEST_F(SlowCallbackTest, TheHandlerMayReplaceItself) {
    make(true);
    ExpectOnce once;
    reactor().on_slow_callback(once(
        [this](const SlowCallback&) { reactor().on_slow_callback([](const SlowCallback&) {}); }));
    reactor().add_callback(&block);
    reactor().run();
}

/// Keeps what is logged, on whatever thread, and lets one wait for it.
class LogLines {
public:
    LogLines() {
        set_log_handler([this](LogLevel, std::string_view line) {
            const std::lock_guard lock{mutex_};
            text_.append(line).append("\n");
            changed_.notify_all();
        });
    }
    LogLines(const LogLines&) = delete;
    LogLines& operator=(const LogLines&) = delete;
    ~LogLines() { set_log_handler({}); }

    bool wait_for(std::string_view text) {
        std::unique_lock lock{mutex_};
        return changed_.wait_for(lock, std::chrono::seconds{20},
                                 [&] { return text_.find(text) != std::string::npos; });
    }
    std::string text() {
        const std::lock_guard lock{mutex_};
        return text_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::string text_;
};

TEST_F(SlowCallbackTest, TheWatchdogNamesItWhileItBlocks) {
    LogLines lines;
    make(true, true);
    const unsigned here = std::source_location::current().line() + 1;
    reactor().add_callback([&] {
        EXPECT_TRUE(lines.wait_for("slow_callback_test.cpp:" + std::to_string(here)));
        EXPECT_TRUE(lines.wait_for("which still runs"));
    });
    reactor().run();
}

TEST_F(SlowCallbackTest, TheWatchdogGivesTheChain) {
    LogLines lines;
    make_reactor({.trace = true, .slow_callback = milliseconds{20}, .watchdog = true});
    reactor().on_slow_callback([](const SlowCallback&) {});
    reactor().add_callback([&] {
        reactor().add_callback([&] { EXPECT_TRUE(lines.wait_for(", registered by the one at ")); });
    });
    reactor().run();
    detail::set_tracing(false);
}

TEST_F(SlowCallbackTest, TheWatchdogSleepsBesideALoopThatWaitsAndWakesWithIt) {
    LogLines lines;
    make(true, true);
    reactor().call_later(milliseconds{100}, [&] {
        EXPECT_EQ(lines.text(), "");
        EXPECT_TRUE(lines.wait_for("which still runs"));
    });
    reactor().run();
}

TEST_F(SlowCallbackTest, TheWatchdogSeesSeveralLoops) {
    LogLines lines;
    make(true, true);
    std::atomic<bool> both{false};
    std::thread other{[&] {
        Reactor second{{.slow_callback = milliseconds{20}, .watchdog = true}};
        second.on_slow_callback([](const SlowCallback&) {});
        second.add_callback([&] {
            while (!both)
                std::this_thread::sleep_for(milliseconds{1});
        });
        second.run();
    }};
    reactor().add_callback([&] { EXPECT_TRUE(lines.wait_for("which still runs")); });
    reactor().run();
    both = true;
    other.join();
}

TEST_F(SlowCallbackTest, TheWatchdogIsNotHeldByTheLongerLimitOfAnotherLoop) {
    LogLines lines;
    make(true, true);
    std::atomic<bool> busy{false};
    std::atomic<bool> over{false};
    std::thread other{[&] {
        Reactor second{{.slow_callback = std::chrono::hours{1}, .watchdog = true}};
        second.add_callback([&] {
            busy = true;
            while (!over)
                std::this_thread::sleep_for(milliseconds{1});
        });
        second.run();
    }};
    while (!busy)
        std::this_thread::sleep_for(milliseconds{1});
    reactor().call_later(milliseconds{200},
                         [&] { EXPECT_TRUE(lines.wait_for("which still runs")); });
    reactor().run();
    over = true;
    other.join();
}

TEST_F(SlowCallbackTest, WhatItsHandlerPostsAtTheEndIsRunToo) {
    make(true);
    ExpectOnce once;
    reactor().on_slow_callback([&](const SlowCallback&) { reactor().add_callback(once([] {})); });
    reactor().call_later(milliseconds{1}, &block);
    reactor().run();
}

TEST_F(SlowCallbackTest, ASlowTickIsToldOnce) {
    make(true);
    const PeriodicCallback periodic{reactor(), milliseconds{1}, [this] {
                                        block();
                                        reactor().stop();
                                    }};
    ASSERT_FALSE(periodic.start());
    reactor().run();
    periodic.stop();
    EXPECT_EQ(told.size(), 1U);
}

TEST_F(SlowCallbackTest, InPlaceOfALimitOfNothingThereIsTheUsualOne) {
    set_log_handler([](LogLevel, std::string_view) {});
    make_reactor({.checks = true, .slow_callback = Duration::zero()});
    set_log_handler({});
    reactor().on_slow_callback([this](const SlowCallback& slow) { told.push_back(slow); });
    reactor().add_callback([] {});
    reactor().run();
    EXPECT_EQ(told.size(), 0U);
}

}  // namespace
}  // namespace gyre::test
