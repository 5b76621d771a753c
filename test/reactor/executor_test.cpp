#include "support/operations.hpp"
#include "support/reactor_fixture.hpp"
#include <gyre/reactor.hpp>

#include <atomic>
#include <future>
#include <stdexcept>
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

TEST_F(ExecutorTest, AResultComesBackAsAnArgument) {
    ExpectOnce once;
    reactor().run_in_executor([] { return std::string{"computed"}; },
                              once([](const Error& error, std::string result) {
                                  EXPECT_FALSE(error);
                                  EXPECT_EQ(result, "computed");
                              }));
    reactor().run();
}

TEST_F(ExecutorTest, AResultThatCannotBeCopied) {
    ExpectOnce once;
    reactor().run_in_executor([] { return std::make_unique<int>(7); },
                              once([](const Error& error, std::unique_ptr<int> result) {
                                  EXPECT_FALSE(error);
                                  EXPECT_EQ(*result, 7);
                              }));
    reactor().run();
}

TEST_F(ExecutorTest, AnExceptionInPlaceOfAResult) {
    ExpectOnce once;
    reactor().run_in_executor([]() -> int { throw std::runtime_error{"no number"}; },
                              once([](const Error& error, int result) {
                                  EXPECT_EQ(error, Errc::unhandled_exception);
                                  EXPECT_EQ(result, 0);
                              }));
    reactor().run();
}

/// One thread, which is kept busy until `release`, and room for one job behind it.
class FullExecutorTest : public ExecutorTest {
protected:
    FullExecutorTest() {
        make_reactor({.executor_options = {.threads = 1, .queue_limit = 1}});
        std::promise<void> begun;
        reactor().run_in_executor(
            [&begun, released = released_.get_future().share()] {
                begun.set_value();
                released.wait();
            },
            done_.get());
        begun.get_future().wait();
        reactor().run_in_executor([] {}, done_.get());
    }
    void release() { released_.set_value(); }

private:
    struct Done {
        Callback<void(Error)> get() {
            return [](const Error& error) { EXPECT_FALSE(error); };
        }
    } done_;
    std::promise<void> released_;
};

TEST_F(FullExecutorTest, TheNextJobIsRefused) {
    ExpectOnce once;
    ExpectNever never;
    reactor().run_in_executor(never([] {}),
                              once([](Error error) { EXPECT_EQ(error, Errc::queue_full); }));
    EXPECT_EQ(once.calls(), 0);
    release();
    reactor().run();
}

TEST_F(FullExecutorTest, ARefusalThatNobodyLooksAtIsReported) {
    reactor().run_in_executor([] {}, [](const Error&) {});
    release();
    reactor().run();
    EXPECT_EQ(take_reports().size(), 1U);
}

TEST_F(FullExecutorTest, TheMetricsShowIt) {
    reactor().run_in_executor([] {}, [](const Error& error) { EXPECT_TRUE(error); });
    const ExecutorMetrics full = reactor().metrics().executor;
    EXPECT_EQ(full.threads, 1U);
    EXPECT_EQ(full.busy, 1U);
    EXPECT_EQ(full.queued, 1U);
    EXPECT_EQ(full.queue_limit, 1U);
    EXPECT_EQ(full.refused, 1U);
    EXPECT_EQ(full.submitted, 2U);
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
    release();
    reactor().run();
    const ExecutorMetrics after = reactor().metrics().executor;
    EXPECT_EQ(after.queue_wait.count(), 2U);
    EXPECT_GE(after.queue_wait.max(), std::chrono::milliseconds{4});
}

TEST_F(ExecutorTest, OptionsWithoutThreadsAreRefused) {
    make_reactor({.executor_options = {.threads = 0}});
    ExpectOnce once;
    reactor().run_in_executor([] {},
                              once([](Error error) { EXPECT_EQ(error, Errc::invalid_argument); }));
    reactor().run();
}

TEST_F(ExecutorTest, OptionsWithoutAQueueAreRefused) {
    make_reactor({.executor_options = {.queue_limit = 0}});
    ExpectOnce once;
    reactor().run_in_executor([] {},
                              once([](Error error) { EXPECT_EQ(error, Errc::invalid_argument); }));
    reactor().run();
}

TEST_F(ExecutorTest, StopDoesNotWaitForWork) {
    std::promise<void> released;
    std::atomic<bool> ended{false};
    reactor().run_in_executor(
        [&] {
            released.get_future().wait();
            ended = true;
        },
        [](const Error& error) { EXPECT_FALSE(error); });
    reactor().stop();
    reactor().run();
    EXPECT_FALSE(ended);
    released.set_value();
    reactor().run();
    EXPECT_TRUE(ended);
}

TEST_F(ExecutorTest, TheEndWaitsNoLongerThanItWasToldTo) {
    make_reactor({.executor_options = {.shutdown_wait = std::chrono::milliseconds{1}}});
    auto begun = std::make_shared<std::promise<void>>();
    auto released = std::make_shared<std::promise<void>>();
    auto ended = std::make_shared<std::promise<std::thread::id>>();
    std::thread::id died;
    ExpectNever never;
    reactor().run_in_executor(
        [begun, released, ended] {
            begun->set_value();
            released->get_future().wait();
            ended->set_value(std::this_thread::get_id());
        },
        never([note = ThreadNote{died}](const Error&) {}));
    begun->get_future().wait();
    reactor_holder.reset();
    EXPECT_EQ(died, std::this_thread::get_id());
    released->set_value();
    EXPECT_NE(ended->get_future().get(), std::this_thread::get_id());
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
    const auto shared = make_thread_pool({.threads = 2, .queue_limit = 100});
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

TEST_F(ExecutorTest, AJobMayLetGoOfThePoolItRunsOn) {
    auto over = std::make_shared<std::promise<void>>();
    std::future<void> is_over = over->get_future();
    {
        // The pool is the last thing that the job holds.
        auto pool = make_thread_pool({.threads = 2});
        auto released = std::make_shared<std::promise<void>>();
        const auto holds = std::make_shared<
            std::pair<std::shared_ptr<std::promise<void>>, std::shared_ptr<Executor>>>(over, pool);
        ASSERT_FALSE(pool->submit([holds, released]() mutable {
            released->get_future().wait();
            auto [last, own] = std::move(*holds);
            own.reset();
            last->set_value();
        }));
        pool.reset();
        released->set_value();
    }
    EXPECT_EQ(is_over.wait_for(std::chrono::seconds{20}), std::future_status::ready);
}

TEST_F(ExecutorTest, AnExceptionInSubmitIsARefusal) {
    struct Throwing final : Executor {
        Error submit(std::function<void()>) override { throw std::runtime_error{"no"}; }
    };
    make_reactor({.executor = std::make_shared<Throwing>()});
    ExpectOnce once;
    EXPECT_NO_THROW(reactor().run_in_executor(
        [] {}, once([](const Error& error) { EXPECT_EQ(error, Errc::unhandled_exception); })));
    reactor().run();
}

}  // namespace
}  // namespace gyre::test
