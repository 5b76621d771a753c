// run_subprocess: a child's whole life in one callback.
#include "support/subprocess_fixture.hpp"
#include <gyre/run_subprocess.hpp>

#include <csignal>
#include <optional>
#include <stdexcept>

namespace gyre::test {
namespace {

using namespace std::chrono_literals;

class RunSubprocessTest : public SubprocessFixture {
protected:
    struct Outcome {
        Error error{};
        SubprocessOutput output{};
    };

    /// Begins to run; `outcome` tells.
    void begin(SubprocessOptions options, RunSubprocessOptions run_options = {}) {
        outcome.reset();
        run_subprocess(reactor(), std::move(options), std::move(run_options),
                       [this](Error error, SubprocessOutput output) {
                           ASSERT_FALSE(outcome) << "called twice";
                           outcome.emplace(std::move(error), std::move(output));
                       });
        EXPECT_FALSE(outcome) << "called inline";
    }
    const Outcome& run(SubprocessOptions options, RunSubprocessOptions run_options = {}) {
        begin(std::move(options), std::move(run_options));
        turn_until([&] { return outcome.has_value(); });
        return *outcome;
    }
    const Outcome& run_script(const std::string& script, RunSubprocessOptions run_options = {}) {
        return run({.argv = {"/bin/sh", "-c", script}}, std::move(run_options));
    }

    std::optional<Outcome> outcome;
};

TEST_F(RunSubprocessTest, CollectsBothOutputsAndTheStatus) {
    const Outcome& result = run_script("echo out; echo err >&2; exit 3");
    EXPECT_FALSE(result.error) << result.error;
    EXPECT_EQ(result.output.status.code, 3);
    EXPECT_EQ(result.output.standard_output, "out\n");
    EXPECT_EQ(result.output.standard_error, "err\n");
}

TEST_F(RunSubprocessTest, TheShortFormRunsAProgram) {
    ExpectOnce once;
    run_subprocess(reactor(), {.argv = {"echo", "text"}},
                   once([](const Error& error, const SubprocessOutput& output) {
                       EXPECT_FALSE(error);
                       EXPECT_EQ(output.standard_output, "text\n");
                   }));
    turn_until([&] { return once.calls() == 1; });
}

TEST_F(RunSubprocessTest, WithoutInputThereIsNothingToRead) {
    EXPECT_EQ(run_script("cat; echo end").output.standard_output, "end\n");
}

TEST_F(RunSubprocessTest, FeedsTheInput) {
    const std::string input(10 * 1024 * 1024, 'x');
    const Outcome& result =
        run({.argv = {"cat"}}, {.input = input, .max_output = 10 * 1024 * 1024});
    EXPECT_FALSE(result.error) << result.error;
    EXPECT_TRUE(result.output.standard_output == input);
}

TEST_F(RunSubprocessTest, HalfOpenStreamsEndToo) {
    const Outcome& result =
        run({.argv = {"cat"}, .stream_options = {.allow_half_open = true}}, {.input = "text"});
    EXPECT_FALSE(result.error) << result.error;
    EXPECT_EQ(result.output.standard_output, "text");
}

TEST_F(RunSubprocessTest, AChildNeedNotReadItsInput) {
    const Outcome& result = run_script("exit 0", {.input = std::string(1024 * 1024, 'x')});
    EXPECT_FALSE(result.error) << result.error;
    EXPECT_TRUE(result.output.status.success());
}

TEST_F(RunSubprocessTest, OutputsMayGoElsewhere) {
    const Outcome& result = run({.argv = {"/bin/sh", "-c", "echo out; echo err >&2"},
                                 .stdout_to = Stdio::null(),
                                 .stderr_to = Stdio::null()});
    EXPECT_FALSE(result.error) << result.error;
    EXPECT_TRUE(result.output.status.success());
    EXPECT_EQ(result.output.standard_output, "");
    EXPECT_EQ(result.output.standard_error, "");
}

TEST_F(RunSubprocessTest, TheOutputsMayBeOne) {
    EXPECT_EQ(run({.argv = {"/bin/sh", "-c", "echo out; echo err >&2"},
                   .stderr_to = Stdio::standard_output()})
                  .output.standard_output,
              "out\nerr\n");
}

TEST_F(RunSubprocessTest, AProgramThatCannotBeStartedIsTold) {
    const Outcome& result = run({.argv = {"gyre-no-such-program"}});
    EXPECT_EQ(result.error.code(), ENOENT);
    EXPECT_EQ(result.output.status, ExitStatus{});
}

TEST_F(RunSubprocessTest, OutputAtTheLimitIsTaken) {
    const Outcome& result = run_script("printf 12345; printf 1234 >&2", {.max_output = 5});
    EXPECT_FALSE(result.error) << result.error;
    EXPECT_EQ(result.output.standard_output, "12345");
    EXPECT_EQ(result.output.standard_error, "1234");
}

TEST_F(RunSubprocessTest, OutputOverTheLimitEndsTheChild) {
    const Outcome& result = run_script("printf 123456; exec sleep 1000", {.max_output = 5});
    EXPECT_EQ(result.error, Errc::limit_exceeded) << result.error;
    EXPECT_EQ(result.output.standard_output, "12345");
    EXPECT_EQ(result.output.status.signal, SIGKILL);
}

TEST_F(RunSubprocessTest, TheLimitHoldsForTheStandardErrorToo) {
    const Outcome& result = run_script("exec cat /dev/zero >&2", {.max_output = 1'000'000});
    EXPECT_EQ(result.error, Errc::limit_exceeded) << result.error;
    EXPECT_EQ(result.output.standard_error.size(), 1'000'000U);
}

TEST_F(RunSubprocessTest, TheDefaultLimitIsAMegabyte) {
    EXPECT_FALSE(run_script("head -c 1048576 /dev/zero").error);
    EXPECT_EQ(run_script("head -c 1048577 /dev/zero").error, Errc::limit_exceeded);
}

TEST_F(RunSubprocessTest, TheTimeOutEndsTheChild) {
    begin({.argv = {"/bin/sh", "-c", "echo text; exec sleep 1000"}}, {.timeout = 5s});
    advance(4s);
    EXPECT_FALSE(outcome);
    clock->advance(1s);
    turn_until([&] { return outcome.has_value(); });
    EXPECT_EQ(outcome->error, Errc::timed_out) << outcome->error;
    EXPECT_EQ(outcome->output.status.signal, SIGKILL);
}

TEST_F(RunSubprocessTest, AChildThatEndsInTimeCancelsTheTimeOut) {
    EXPECT_FALSE(run_script("exit 0", {.timeout = 5s}).error);
    advance(10s);
}

TEST_F(RunSubprocessTest, AGrandchildThatHoldsTheOutputIsWaitedFor) {
    const Outcome& result = run_script("(sleep 0.1; echo late) & echo early");
    EXPECT_FALSE(result.error) << result.error;
    EXPECT_EQ(result.output.standard_output, "early\nlate\n");
}

TEST_F(RunSubprocessTest, AGrandchildIsNotWaitedForBeyondTheTimeOut) {
    begin({.argv = {"/bin/sh", "-c", "sleep 1000 & echo $!; exit 2"}}, {.timeout = 5s});
    for (int i = 0; i < 200; ++i) {
        settle();
        ::usleep(500);
    }
    EXPECT_FALSE(outcome);
    turn_until(no_children);
    clock->advance(5s);
    turn_until([&] { return outcome.has_value(); });
    EXPECT_EQ(outcome->error, Errc::timed_out) << outcome->error;
    EXPECT_EQ(outcome->output.status.code, 2);
    const int grandchild = std::atoi(outcome->output.standard_output.c_str());
    ASSERT_GT(grandchild, 1);
    ::kill(grandchild, SIGKILL);
}

TEST_F(RunSubprocessTest, AGrandchildThatHoldsTheInputIsNotWaitedFor) {
    const Outcome& result = run_script("exec 3<&0; sleep 1000 <&3 >/dev/null 2>&1 & echo $!",
                                       {.input = std::string(1 << 20, 'x')});
    EXPECT_FALSE(result.error) << result.error;
    const int grandchild = std::atoi(result.output.standard_output.c_str());
    ASSERT_GT(grandchild, 1);
    ::kill(grandchild, SIGKILL);
}

TEST_F(RunSubprocessTest, AStatusThatSomebodyElseTookIsAnError) {
    const auto before = ::signal(SIGCHLD, SIG_IGN);
    const Outcome& result = run_script("echo text");
    ::signal(SIGCHLD, before);
    EXPECT_EQ(result.error.code(), ECHILD) << result.error;
    EXPECT_EQ(result.output.standard_output, "text\n");
}

TEST_F(RunSubprocessTest, LimitsWithoutSenseAreRefused) {
    EXPECT_EQ(run_script("exit 0", {.max_output = 0}).error, Errc::invalid_argument);
    EXPECT_EQ(run_script("exit 0", {.timeout = 0s}).error, Errc::invalid_argument);
    EXPECT_EQ(run_script("exit 0", {.timeout = -1s}).error, Errc::invalid_argument);
    EXPECT_EQ(run({.argv = {"true"}, .stdin_from = Stdio::null()}, {.input = "x"}).error,
              Errc::invalid_argument);
}

TEST_F(RunSubprocessTest, ItsErrorsNameTheUsersCallback) {
    const Outcome& result = run_script("sleep 0", {.max_output = 0});
    EXPECT_NE(std::string{result.error.place().file_name()}.find("run_subprocess_test"),
              std::string::npos);
    const Outcome& over = run_script("exec cat /dev/zero", {.max_output = 1});
    EXPECT_NE(std::string{over.error.place().file_name()}.find("run_subprocess_test"),
              std::string::npos);
}

TEST_F(RunSubprocessTest, KeepsRunGoing) {
    make_reactor({});
    ExpectOnce once;
    run_subprocess(reactor(), {.argv = {"sleep", "0.05"}},
                   once([](const Error& error, const SubprocessOutput&) { EXPECT_FALSE(error); }));
    reactor().run();
}

TEST_F(RunSubprocessTest, TheCallbackMayRunAnother) {
    ExpectOnce second;
    run_subprocess(reactor(), {.argv = {"true"}}, [&](const Error&, const SubprocessOutput&) {
        run_subprocess(reactor(), {.argv = {"true"}},
                       second([](const Error&, const SubprocessOutput&) {}));
    });
    turn_until([&] { return second.calls() == 1; });
}

TEST_F(RunSubprocessTest, AnExceptionOfTheCallbackIsReported) {
    run_subprocess(reactor(), {.argv = {"true"}}, [](const Error&, const SubprocessOutput&) {
        throw std::runtime_error{"thrown on purpose"};
    });
    turn_until([&] { return !reports.empty(); });
    EXPECT_EQ(take_reports().size(), 1U);
}

TEST_F(RunSubprocessTest, AnErrorThatNobodyLooksAtIsReportedOnce) {
    run_subprocess(reactor(), {.argv = {"gyre-no-such-program"}},
                   [](const Error&, const SubprocessOutput&) {});
    settle();
    EXPECT_EQ(take_reports().size(), 1U);
    run_subprocess(reactor(), {.argv = {"cat", "/dev/zero"}}, {.max_output = 1},
                   [](const Error&, const SubprocessOutput&) {});
    turn_until([&] { return !reports.empty(); });
    EXPECT_EQ(take_reports().size(), 1U);
}

TEST_F(RunSubprocessTest, AReactorThatIsDestroyedReleasesTheCallback) {
    Captures captures;
    ExpectNever never;
    run_subprocess(reactor(), {.argv = {"cat", "/dev/zero"}},
                   {.input = std::string(1 << 20, 'x'), .max_output = 1 << 30, .timeout = 5s},
                   never([token = captures.token()](const Error&, const SubprocessOutput&) {}));
    reactor().poll();
    reactor_holder.reset();
    EXPECT_TRUE(captures.released());
    EXPECT_TRUE(no_children());
    make_reactor({.clock = clock});
}

}  // namespace
}  // namespace gyre::test
