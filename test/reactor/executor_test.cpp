#include "support/operations.hpp"
#include "support/reactor_fixture.hpp"
#include "thread_pool.hpp"
#include <gyre/reactor.hpp>

#include <atomic>
#include <future>
#include <thread>

namespace gyre::test {
namespace {

/// Notes on which thread it is destroyed.
struct ThreadNote {
    explicit ThreadNote(std::thread::id& into) : destroyed_on(&into) {}
    ThreadNote(ThreadNote&& other) noexcept
        : destroyed_on(std::exchange(other.destroyed_on, nullptr)) {}
    ~ThreadNote() {
        if (destroyed_on) *destroyed_on = std::this_thread::get_id();
    }
    std::thread::id* destroyed_on;
};

class ExecutorTest : public ReactorTest {
protected:
    ExecutorTest() { make_reactor({}); }
    void use_manual() { make_reactor({.clock = clock, .executor = executor}); }
    std::shared_ptr<ManualExecutor> executor = std::make_shared<ManualExecutor>();
};

TEST_F(ExecutorTest, WorksElsewhereAndTellsHere) {
    const auto home = std::this_thread::get_id();
    std::thread::id worked;
    ExpectOnce once;
    reactor().run_in_executor([&] { worked = std::this_thread::get_id(); }, once([&](Error error) {
                                  EXPECT_FALSE(error);
                                  EXPECT_EQ(std::this_thread::get_id(), home);
                              }));
    reactor().run();
    EXPECT_NE(worked, home);
}

TEST_F(ExecutorTest, ManyJobs) {
    std::atomic<int> worked{0};
    int told = 0;
    for (int i = 0; i < 500; ++i)
        reactor().run_in_executor([&] { ++worked; },
                                  [&](const Error& error) {
                                      EXPECT_FALSE(error);
                                      ++told;
                                  });
    reactor().run();
    EXPECT_EQ(worked, 500);
    EXPECT_EQ(told, 500);
}

TEST_F(ExecutorTest, AnExceptionBecomesAnError) {
    ExpectOnce once;
    reactor().run_in_executor([] { throw std::runtime_error{"in the work"}; },
                              once([](Error error) {
                                  EXPECT_EQ(error, Errc::unhandled_exception);
                                  EXPECT_NE(error.message().find("in the work"), std::string::npos);
                              }));
    reactor().run();
}

TEST_F(ExecutorTest, TheClosureDiesOnTheReactorsThread) {
    std::thread::id died;
    reactor().run_in_executor([note = ThreadNote{died}] {},
                              [](const Error& e) { EXPECT_FALSE(e); });
    reactor().run();
    EXPECT_EQ(died, std::this_thread::get_id());
}

TEST_F(ExecutorTest, AFullQueueIsTold) {
    make_reactor({.executor = std::make_shared<detail::ThreadPool>(1, 0)});
    ExpectOnce once;
    ExpectNever never;
    reactor().run_in_executor(never([] {}),
                              once([](Error error) { EXPECT_EQ(error, Errc::queue_full); }));
    EXPECT_EQ(once.calls(), 0);
    reactor().run();
}

TEST_F(ExecutorTest, AnUnseenFullQueueIsReported) {
    make_reactor({.executor = std::make_shared<detail::ThreadPool>(1, 0)});
    reactor().run_in_executor([] {}, [](const Error&) {});
    reactor().run();
    EXPECT_EQ(take_reports().size(), 1U);
}

TEST_F(ExecutorTest, AJobThatTheExecutorDropsIsTold) {
    use_manual();
    ExpectOnce once;
    reactor().run_in_executor([] {}, once([](Error error) { EXPECT_EQ(error, Errc::canceled); }));
    executor->drop_all();
    reactor().run();
}

TEST_F(ExecutorTest, AnErrorThatDiesUnseenInTheWorkIsReported) {
    reactor().run_in_executor([] { const Error unseen{Errc::timed_out}; },
                              [](const Error& error) { EXPECT_FALSE(error); });
    reactor().run();
    EXPECT_EQ(take_reports().size(), 1U);
}

TEST_F(ExecutorTest, DestroyingTheReactorWaitsForWorkThatRuns) {
    std::promise<void> begun;
    std::atomic<bool> ended{false};
    Captures captures;
    ExpectNever never;
    std::thread::id died;
    reactor().run_in_executor(
        [&, note = ThreadNote{died}] {
            begun.set_value();
            std::this_thread::sleep_for(std::chrono::milliseconds{20});
            ended = true;
        },
        never([token = captures.token()](const Error&) {}));
    begun.get_future().wait();
    reactor_holder.reset();
    EXPECT_TRUE(ended);
    EXPECT_TRUE(captures.released());
    EXPECT_EQ(died, std::this_thread::get_id());
}

TEST_F(ExecutorTest, WorkThatHasNotBegunNeverDoesAfterTheReactorsEnd) {
    use_manual();
    ExpectNever never;
    std::thread::id died;
    reactor().run_in_executor(never([note = ThreadNote{died}] {}), never([](const Error&) {}));
    reactor_holder.reset();
    EXPECT_EQ(died, std::this_thread::get_id());
    executor->run_all();
}

TEST_F(ExecutorTest, OneExecutorServesSeveralReactors) {
    const auto shared = std::make_shared<detail::ThreadPool>(2, 100);
    Reactor second{{.executor = shared}};
    make_reactor({.executor = shared});
    ExpectOnce first_once;
    ExpectOnce second_once;
    reactor().run_in_executor([] {}, first_once([](const Error& e) { EXPECT_FALSE(e); }));
    second.run_in_executor([] {}, second_once([](const Error& e) { EXPECT_FALSE(e); }));
    reactor().run();
    second.run();
}

TEST_F(ExecutorTest, EmptyWorkIsDoneAtOnce) {
    ExpectOnce once;
    reactor().run_in_executor({}, once([](const Error& error) { EXPECT_FALSE(error); }));
    reactor().run();
}

}  // namespace
}  // namespace gyre::test
