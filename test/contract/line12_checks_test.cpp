#include "support/reactor_fixture.hpp"
#include <gyre/log.hpp>

#include <thread>

namespace gyre::test {
namespace {

// Line 12: checks for calls on the wrong thread and second calls; a drop is always reported.
class ChecksTest : public ReactorTest {
protected:
    ChecksTest() {
        set_log_handler([this](LogLevel, std::string_view line) { lines += line; });
    }
    ~ChecksTest() override { set_log_handler({}); }
    bool logged(std::string_view text) const { return lines.find(text) != std::string::npos; }
    void run_beside_another_thread() {
        reactor().add_callback([this] {
            std::thread{[this] { reactor().call_later(Duration::zero(), [] {}); }}.join();
        });
        settle();
    }
    std::string lines;
};

TEST_F(ChecksTest, ACallOnTheWrongThreadIsLogged) {
    make_reactor({.clock = clock, .checks = true});
    run_beside_another_thread();
    EXPECT_TRUE(logged("Reactor::call_later was called on another thread"));
}

TEST_F(ChecksTest, NotWithoutChecks) {
    make_reactor({.clock = clock, .checks = false});
    run_beside_another_thread();
    EXPECT_EQ(lines, "");
}

TEST_F(ChecksTest, SetUpHereAndRunThereIsRight) {
    make_reactor({.clock = clock, .checks = true});
    std::thread{[this] { reactor().run(); }}.join();
    reactor().call_later(Duration::zero(), [] {});
    settle();
    EXPECT_EQ(lines, "");
}

TEST_F(ChecksTest, ASecondCallDoesNothingAndIsLogged) {
    int calls = 0;
    Callback<void()> callback = [&] { ++calls; };
    std::move(callback)();
    std::move(callback)();  // NOLINT(bugprone-use-after-move)
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(logged("was called again"), ReactorOptions::default_checks());
}

TEST_F(ChecksTest, ADropIsReportedAlsoWithoutChecks) {
    make_reactor({.clock = clock, .checks = false});
    {
        const Callback<void()> dropped = [] {};
    }
    settle();
    const auto told = take_reports();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0], Errc::callback_dropped);
}

}  // namespace
}  // namespace gyre::test
