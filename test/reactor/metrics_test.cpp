#include "support/reactor_fixture.hpp"
#include <gyre/metrics.hpp>

#include <gmock/gmock.h>

#include <array>
#include <csignal>
#include <sstream>

#include <unistd.h>

namespace gyre::test {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

class MetricsTest : public ReactorTest {};

TEST_F(MetricsTest, CountsWhatTheLoopHasDone) {
    for (int i = 0; i < 3; ++i)
        reactor().add_callback([] {});
    reactor().call_later(seconds{1}, [] {});
    settle();
    advance(seconds{1});
    const ReactorMetrics metrics = reactor().metrics();
    EXPECT_EQ(metrics.callbacks, 3U);
    EXPECT_EQ(metrics.timers, 1U);
    EXPECT_GE(metrics.turns, 2U);
    EXPECT_GE(metrics.loop_lag.count(), metrics.turns);
}

TEST_F(MetricsTest, CountsWhatIsStillToDo) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    EXPECT_FALSE(reactor().add_handler(ends[0], IOEvents::read, [](int, IOEvents) {}));
    const Timeout timer = reactor().call_later(seconds{1}, [] {});
    reactor().add_callback([] {});
    const ReactorMetrics metrics = reactor().metrics();
    EXPECT_EQ(metrics.ready, 1U);
    EXPECT_EQ(metrics.timers_pending, 1U);
    EXPECT_EQ(metrics.descriptors, 1U);
    EXPECT_EQ(metrics.holds, 1U);
    reactor().remove_handler(ends[0]);
    timer.cancel();
    settle();
    ::close(ends[0]);
    ::close(ends[1]);
}

TEST_F(MetricsTest, CountsErrorsThatNobodyLookedAt) {
    reactor().add_callback([] { throw 1; });
    settle();
    EXPECT_EQ(take_reports().size(), 1U);
    EXPECT_EQ(reactor().metrics().unhandled_errors, 1U);
}

TEST_F(MetricsTest, EveryCallbackIsTimedWithChecks) {
    make_reactor({.clock = clock, .checks = true});
    for (int i = 0; i < 100; ++i)
        reactor().add_callback([] {});
    settle();
    EXPECT_EQ(reactor().metrics().callback_time.count(), 100U);
}

TEST_F(MetricsTest, OneInSixteenIsTimedWithoutChecks) {
    make_reactor({.clock = clock, .checks = false});
    for (int i = 0; i < 160; ++i)
        reactor().add_callback([] {});
    settle();
    EXPECT_EQ(reactor().metrics().callback_time.count(), 10U);
}

TEST_F(MetricsTest, TimesWhatACallbackTakes) {
    make_reactor({.clock = clock, .checks = true});
    reactor().add_callback([] { ::usleep(5'000); });
    settle();
    const ReactorMetrics metrics = reactor().metrics();
    EXPECT_GE(metrics.callback_time.max(), std::chrono::milliseconds{5});
    EXPECT_GE(metrics.loop_lag.max(), std::chrono::milliseconds{5});
}

TEST(PrometheusText, HasEveryKindOfMetric) {
    ReactorMetrics metrics;
    metrics.turns = 7;
    metrics.ready = 3;
    metrics.loop_lag.record(std::chrono::microseconds{100});
    metrics.loop_lag.record(std::chrono::milliseconds{100});
    const std::string text = prometheus_text(metrics);
    EXPECT_THAT(text, HasSubstr("# TYPE gyre_turns_total counter\ngyre_turns_total 7\n"));
    EXPECT_THAT(text, HasSubstr("# TYPE gyre_ready_callbacks gauge\ngyre_ready_callbacks 3\n"));
    EXPECT_THAT(text, HasSubstr("gyre_loop_lag_seconds_bucket{le=\"6.5536e-05\"} 0\n"));
    EXPECT_THAT(text, HasSubstr("gyre_loop_lag_seconds_bucket{le=\"0.000262144\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("gyre_loop_lag_seconds_bucket{le=\"+Inf\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("gyre_loop_lag_seconds_sum 0.1001\n"));
    EXPECT_THAT(text, HasSubstr("gyre_loop_lag_seconds_count 2\n"));
}

TEST(PrometheusText, LabelsGoIntoEveryLine) {
    std::istringstream lines{prometheus_text({}, "reactor=\"2\"")};
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with('#')) continue;
        EXPECT_THAT(line, HasSubstr("{reactor=\"2\""));
        EXPECT_THAT(line, Not(HasSubstr(",}")));
    }
}

}  // namespace
}  // namespace gyre::test
