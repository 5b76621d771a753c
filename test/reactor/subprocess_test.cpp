// Subprocess: what a running child and its end come to. How one is started: subprocess_spawn_test.
#include "support/subprocess_fixture.hpp"

#include <array>
#include <csignal>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

namespace gyre::test {
namespace {

using namespace std::chrono_literals;

using SubprocessTest = SubprocessFixture;

const Stdio piped = Stdio::pipe();

TEST_F(SubprocessTest, ExitCodesAreTold) {
    EXPECT_EQ(wait_for(shell("exit 0")), (ExitStatus{.code = 0}));
    EXPECT_EQ(wait_for(shell("exit 3")), (ExitStatus{.code = 3}));
    EXPECT_EQ(wait_for(shell("exit 255")), (ExitStatus{.code = 255}));
}

TEST_F(SubprocessTest, ASignalIsTold) {
    const ExitStatus status = wait_for(shell("kill -USR1 $$"));
    EXPECT_EQ(status, (ExitStatus{.code = -1, .signal = SIGUSR1}));
    EXPECT_TRUE(status.signaled());
    EXPECT_FALSE(status.success());
}

TEST(ExitStatus, PrintsWhatItIs) {
    EXPECT_EQ(to_string(ExitStatus{}), "ended in an unknown way");
    EXPECT_EQ(to_string(ExitStatus{.code = 3}), "exited with code 3");
    EXPECT_EQ(to_string(ExitStatus{.signal = SIGTERM}), "killed by SIGTERM");
    EXPECT_EQ(to_string(ExitStatus{.signal = 40}), "killed by signal 40");
    std::ostringstream out;
    out << ExitStatus{.signal = SIGSEGV, .core_dumped = true};
    EXPECT_EQ(out.str(), "killed by SIGSEGV (core dumped)");
}

TEST(ExitStatus, OnlyACodeOfZeroIsSuccess) {
    EXPECT_TRUE(ExitStatus{.code = 0}.success());
    EXPECT_FALSE(ExitStatus{.code = 1}.success());
    EXPECT_FALSE(ExitStatus{}.success());
    EXPECT_FALSE(ExitStatus{}.exited());
    EXPECT_FALSE(ExitStatus{.signal = SIGKILL}.exited());
}

TEST_F(SubprocessTest, KillEndsTheChild) {
    const Subprocess process = spawn({.argv = {"sleep", "1000"}});
    EXPECT_TRUE(process.running());
    EXPECT_GT(process.pid(), 0);
    EXPECT_FALSE(process.kill());
    EXPECT_EQ(wait_for(process).signal, SIGKILL);
    EXPECT_FALSE(process.running());
}

TEST_F(SubprocessTest, TerminateCanBeCaught) {
    const Subprocess process =
        shell("trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done", {.stdout_to = piped});
    ExpectOnce ready;
    process.stdout_stream().read_until("\n", ready([&](const Error& error, const std::string&) {
                                           EXPECT_FALSE(error);
                                           EXPECT_FALSE(process.terminate());
                                       }));
    EXPECT_EQ(wait_for(process).code, 7);
}

TEST_F(SubprocessTest, AnotherSignalCanBeSent) {
    const Subprocess process = spawn({.argv = {"sleep", "1000"}});
    EXPECT_FALSE(process.kill(SIGINT));
    EXPECT_EQ(wait_for(process).signal, SIGINT);
}

TEST_F(SubprocessTest, WhatIsNoSignalIsRefused) {
    const Subprocess process = spawn({.argv = {"sleep", "1000"}});
    EXPECT_EQ(process.kill(0), Errc::invalid_argument);
    EXPECT_EQ(process.kill(-1), Errc::invalid_argument);
    EXPECT_EQ(process.kill(1000), Errc::invalid_argument);
    EXPECT_FALSE(process.kill());
    wait_for(process);
}

TEST_F(SubprocessTest, AfterTheEndNothingCanBeSent) {
    const Subprocess process = shell("exit 0");
    wait_for(process);
    EXPECT_EQ(process.kill(), Errc::closed);
    process.terminate();  // need not be looked at
}

TEST_F(SubprocessTest, BytesGoThroughBothWays) {
    const Subprocess process = spawn({.argv = {"cat"}, .stdin_from = piped, .stdout_to = piped});
    std::string sent(10 * 1024 * 1024, '\0');
    for (std::size_t i = 0; i < sent.size(); ++i)
        sent[i] = static_cast<char>(i * 7 + i / 1000);
    ExpectOnce written;
    process.stdin_stream().write(
        sent, written([&](const Error& error) { EXPECT_FALSE(error) << error; }));
    process.stdin_stream().close();
    EXPECT_TRUE(read_all(process.stdout_stream()) == sent);
    EXPECT_TRUE(wait_for(process).success());
}

TEST_F(SubprocessTest, StandardErrorIsAStreamOfItsOwn) {
    const Subprocess process =
        shell("echo out; echo err >&2", {.stdout_to = piped, .stderr_to = piped});
    EXPECT_EQ(read_all(process.stdout_stream()), "out\n");
    EXPECT_EQ(read_all(process.stderr_stream()), "err\n");
    wait_for(process);
}

TEST_F(SubprocessTest, StreamsThatWereNotAskedForAreInert) {
    const Subprocess process = shell("exit 0", {.stdout_to = Stdio::null()});
    EXPECT_FALSE(process.stdin_stream());
    EXPECT_FALSE(process.stdout_stream());
    EXPECT_FALSE(process.stderr_stream());
    wait_for(process);
}

TEST_F(SubprocessTest, AChildThatEndsBreaksItsInput) {
    const Subprocess process = shell("exec sleep 1000", {.stdin_from = piped});
    const IOStream input = process.stdin_stream();
    Error outcome;
    ExpectOnce written;
    ExpectOnce closed;
    input.write(std::string(1024 * 1024, 'x'),
                written([&](Error error) { outcome = std::move(error); }));
    input.set_close_callback(
        closed([](const Error& error) { EXPECT_EQ(error, Errc::broken_pipe); }));
    settle();
    EXPECT_GT(input.queued_bytes(), 0U);
    EXPECT_FALSE(process.kill());
    turn_until([&] { return written.calls() == 1 && closed.calls() == 1; });
    EXPECT_EQ(outcome, Errc::broken_pipe);
    wait_for(process);
}

TEST_F(SubprocessTest, AnIdleInputEndsInAnOrderlyWay) {
    const Subprocess process = shell("exit 0", {.stdin_from = piped});
    ExpectOnce closed;
    process.stdin_stream().set_close_callback(
        closed([](const Error& error) { EXPECT_FALSE(error) << error; }));
    turn_until([&] { return closed.calls() == 1; });
    wait_for(process);
}

TEST_F(SubprocessTest, AGrandchildKeepsTheStreamOpenButNotTheExit) {
    const Subprocess process = shell("exec 3<&0; sh -c 'read x; echo late' <&3 & exit 5",
                                     {.stdin_from = piped, .stdout_to = piped});
    ExpectOnce read;
    process.stdout_stream().read_until_close(read([](const Error& error, const std::string& bytes) {
        EXPECT_FALSE(error);
        EXPECT_EQ(bytes, "late\n");
    }));
    EXPECT_EQ(wait_for(process).code, 5);
    settle();
    EXPECT_EQ(read.calls(), 0);
    process.stdin_stream().write("now\n");
    process.stdin_stream().close();
    turn_until([&] { return read.calls() == 1; });
}

/// A process that traces another one until it is let go of.
class Tracer {
public:
    explicit Tracer(pid_t traced) {
        std::array<int, 2> told{};
        std::array<int, 2> held{};
        if (::pipe(told.data()) != 0 || ::pipe(held.data()) != 0) std::abort();
        pid_ = ::fork();
        if (pid_ == 0) {
            ::close(held[1]);
            char byte = ::ptrace(PTRACE_SEIZE, traced, nullptr, nullptr) == 0 ? 'y' : 'n';
            if (::write(told[1], &byte, 1) == 1) [[maybe_unused]]
                const auto end = ::read(held[0], &byte, 1);
            ::_exit(0);
        }
        char byte = 'n';
        traces_ = ::read(told[0], &byte, 1) == 1 && byte == 'y';
        for (const int descriptor : {told[0], told[1], held[0]})
            ::close(descriptor);
        held_ = held[1];
    }
    Tracer(const Tracer&) = delete;
    Tracer& operator=(const Tracer&) = delete;
    ~Tracer() { let_go(); }

    bool traces() const { return traces_; }
    void let_go() {
        if (held_ < 0) return;
        ::close(std::exchange(held_, -1));
        ::waitpid(pid_, nullptr, 0);
    }

private:
    pid_t pid_ = 0;
    int held_ = -1;
    bool traces_ = false;
};

TEST_F(SubprocessTest, AnEndThatADebuggerHoldsBackDoesNotKeepTheLoopBusy) {
    const Subprocess process = shell("exec sleep 60");
    Tracer tracer{process.pid()};
    if (!tracer.traces()) GTEST_SKIP() << "the system forbids tracing";
    EXPECT_FALSE(process.kill());
    pollfd dead{.fd = static_cast<int>(::syscall(SYS_pidfd_open, process.pid(), 0U)),
                .events = POLLIN,
                .revents = 0};
    EXPECT_EQ(::poll(&dead, 1, 10'000), 1);
    ::close(dead.fd);
    for (int i = 0; i < 10; ++i)
        reactor().poll();
    EXPECT_EQ(reactor().poll(), 0U);
    EXPECT_TRUE(process.running());
    tracer.let_go();
    EXPECT_EQ(wait_for(process).signal, SIGKILL);
}

TEST_F(SubprocessTest, TheExitCallbackMayBeSetAfterTheEnd) {
    const Subprocess process = shell("exit 4");
    turn_until([&] { return !process.running(); });
    ExpectOnce once;
    bool returned = false;
    process.set_exit_callback(once([&](const Error& error, ExitStatus status) {
        EXPECT_TRUE(returned);
        EXPECT_FALSE(error);
        EXPECT_EQ(status.code, 4);
    }));
    returned = true;
    settle();
}

TEST_F(SubprocessTest, TheExitCallbackIsNeverCalledInline) {
    const Subprocess process = shell("exit 0");
    ::usleep(50'000);  // the child has probably ended; the loop has not noticed
    ExpectOnce once;
    bool returned = false;
    process.set_exit_callback(once([&](const Error&, ExitStatus) { EXPECT_TRUE(returned); }));
    returned = true;
    turn_until([&] { return once.calls() == 1; });
}

TEST_F(SubprocessTest, ASecondExitCallbackReplacesTheFirst) {
    const Subprocess process = shell("exit 0");
    ExpectNever never;
    Captures captures;
    process.set_exit_callback(never([token = captures.token()](const Error&, ExitStatus) {}));
    EXPECT_TRUE(wait_for(process).success());
    EXPECT_TRUE(captures.released());
}

TEST_F(SubprocessTest, TheExitCallbackMayStartAnother) {
    ExpectOnce second;
    shell("exit 0").set_exit_callback([&](const Error&, ExitStatus) {
        shell("exit 1").set_exit_callback(
            second([](const Error&, ExitStatus status) { EXPECT_EQ(status.code, 1); }));
    });
    turn_until([&] { return second.calls() == 1; });
}

TEST_F(SubprocessTest, TheExitCallbackMayLetGoOfTheLastReference) {
    auto process = std::make_unique<Subprocess>(shell("exit 0", {.stdout_to = piped}));
    ExpectOnce once;
    process->set_exit_callback(once([&](const Error&, ExitStatus) {
        process->kill();
        process.reset();
    }));
    turn_until([&] { return once.calls() == 1; });
}

TEST_F(SubprocessTest, AnExceptionOfTheExitCallbackIsReported) {
    shell("exit 0").set_exit_callback(
        [](const Error&, ExitStatus) { throw std::runtime_error{"thrown on purpose"}; });
    turn_until([&] { return !reports.empty(); });
    const std::vector<Error> all = take_reports();
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0], Errc::unhandled_exception);
}

TEST_F(SubprocessTest, CapturesAreReleasedAfterTheExit) {
    Captures captures;
    const Subprocess process = shell("exit 0");
    process.set_exit_callback([process, token = captures.token()](const Error&, ExitStatus) {});
    turn_until([&] { return captures.released(); });
}

TEST_F(SubprocessTest, AHandleThatIsDroppedAtOnceLeavesNoZombie) {
    shell("echo text; exit 0", {.stdin_from = piped, .stdout_to = piped, .stderr_to = piped});
    turn_until(no_children);
    settle();
    EXPECT_EQ(open_descriptors(), descriptors_before + 2);  // the reactor's own
}

TEST_F(SubprocessTest, TheLastReferenceMayGoOnAnotherThread) {
    auto process = std::make_unique<Subprocess>(shell("echo text", {.stdout_to = piped}));
    turn_until([&] { return !process->running(); });
    settle();
    std::thread{[&] { process.reset(); }}.join();
    settle();
    EXPECT_EQ(open_descriptors(), descriptors_before + 2);
}

TEST_F(SubprocessTest, TwoHundredChildrenAtOnce) {
    constexpr int count = 200;
    int right = 0;
    for (int i = 0; i < count; ++i) {
        const Subprocess process =
            shell("exit " + std::to_string(i), {.stdin_from = piped, .stdout_to = piped});
        process.set_exit_callback([&right, i](const Error& error, ExitStatus status) {
            if (!error && status.code == i) ++right;
        });
    }
    turn_until([&] { return right == count; });
    settle();
    EXPECT_TRUE(no_children());
    EXPECT_EQ(open_descriptors(), descriptors_before + 2);
}

TEST_F(SubprocessTest, OtherChildrenAreLeftAlone) {
    const pid_t own = ::fork();
    ASSERT_GE(own, 0);
    if (own == 0) ::_exit(9);
    wait_for(shell("exit 0"));
    int status = 0;
    EXPECT_EQ(::waitpid(own, &status, 0), own);
    EXPECT_EQ(WEXITSTATUS(status), 9);
}

TEST_F(SubprocessTest, AStatusThatSomebodyElseTookIsAnError) {
    const Subprocess process = shell("exit 0");
    ASSERT_EQ(::waitpid(process.pid(), nullptr, 0), process.pid());
    ExpectOnce first;
    ExpectOnce second;
    auto check = [](const Error& error, ExitStatus status) {
        EXPECT_EQ(error.code(), ECHILD);
        EXPECT_NE(error.message().find("/bin/sh"), std::string::npos) << error;
        EXPECT_EQ(status, ExitStatus{});
    };
    process.set_exit_callback(first(check));
    turn_until([&] { return first.calls() == 1; });
    process.set_exit_callback(second(check));
    settle();
}

TEST_F(SubprocessTest, AStatusThatNobodyAskedForMayBeTaken) {
    const Subprocess process = shell("exit 0");
    ASSERT_EQ(::waitpid(process.pid(), nullptr, 0), process.pid());
    turn_until([&] { return !process.running(); });
}

TEST_F(SubprocessTest, WithSigchldIgnoredTheStatusIsLost) {
    const auto before = ::signal(SIGCHLD, SIG_IGN);
    std::string text;
    ExpectOnce once;
    {
        const Subprocess process = shell("echo text; trap '' CHLD", {.stdout_to = piped});
        process.set_exit_callback(once([](const Error& error, ExitStatus) {
            EXPECT_EQ(error.code(), ECHILD);
            EXPECT_NE(error.message().find("SIGCHLD"), std::string::npos) << error;
        }));
        text = read_all(process.stdout_stream());
        turn_until([&] { return once.calls() == 1; });
    }
    ::signal(SIGCHLD, before);
    EXPECT_EQ(text, "text\n");
}

TEST_F(SubprocessTest, AnExitCallbackKeepsRunGoing) {
    make_reactor({});
    ExpectOnce once;
    shell("sleep 0.05").set_exit_callback(once([](const Error&, ExitStatus) {}));
    reactor().run();
}

TEST_F(SubprocessTest, AChildWithoutAnExitCallbackDoesNot) {
    make_reactor({});
    const Subprocess process = spawn({.argv = {"sleep", "1000"}});
    reactor().run();
    EXPECT_TRUE(process.running());
}

TEST_F(SubprocessTest, UnrefLetsRunReturn) {
    make_reactor({});
    ExpectNever never;
    const Subprocess process = spawn({.argv = {"sleep", "1000"}});
    process.set_exit_callback(never([](const Error&, ExitStatus) {}));
    process.unref();
    reactor().run();
    // Also for one that is set later.
    process.set_exit_callback(never([](const Error&, ExitStatus) {}));
    reactor().run();
    EXPECT_TRUE(process.running());
}

TEST_F(SubprocessTest, AReactorThatIsDestroyedEndsItsChildren) {
    Captures captures;
    ExpectNever never;
    // It would not heed a polite request.
    const Subprocess process = shell("trap '' TERM INT HUP; while :; do sleep 1; done",
                                     {.stdin_from = piped, .stdout_to = piped});
    process.set_exit_callback(
        never([token = captures.token(), process](const Error&, ExitStatus) {}));
    process.stdout_stream().read_until_close(
        never([token = captures.token(), process](const Error&, const std::string&) {}));
    const int pid = process.pid();
    ASSERT_EQ(::kill(pid, 0), 0);
    reactor_holder.reset();
    EXPECT_TRUE(captures.released());
    EXPECT_TRUE(no_children());
    EXPECT_EQ(::kill(pid, 0), -1);
    EXPECT_EQ(errno, ESRCH);
    EXPECT_FALSE(process);
    EXPECT_FALSE(process.running());
    EXPECT_EQ(process.pid(), pid);
    EXPECT_EQ(process.kill(), Errc::closed);
    EXPECT_TRUE(process.stdin_stream().closed());
    make_reactor({.clock = clock});
}

TEST_F(SubprocessTest, AStoppedChildIsEndedToo) {
    const Subprocess process = spawn({.argv = {"sleep", "1000"}});
    EXPECT_FALSE(process.kill(SIGSTOP));
    reactor_holder.reset();
    EXPECT_TRUE(no_children());
    make_reactor({.clock = clock});
}

TEST_F(SubprocessTest, AnOutcomeThatIsOnItsWayIsReleasedWithTheReactor) {
    const Subprocess process = shell("exit 0");
    turn_until([&] { return !process.running(); });
    Captures captures;
    ExpectNever never;
    process.set_exit_callback(never([token = captures.token()](const Error&, ExitStatus) {}));
    reactor_holder.reset();
    EXPECT_TRUE(captures.released());
    make_reactor({.clock = clock});
}

TEST_F(SubprocessTest, AChildMayOutliveTheReactor) {
    const Subprocess process = spawn({.argv = {"sleep", "1000"}, .outlive_reactor = true});
    const int pid = process.pid();
    reactor_holder.reset();
    EXPECT_EQ(::waitpid(pid, nullptr, WNOHANG), 0) << "it should still run";
    EXPECT_EQ(process.kill(), Errc::closed);
    ::kill(pid, SIGKILL);
    EXPECT_EQ(::waitpid(pid, nullptr, 0), pid);
    make_reactor({.clock = clock});
}

TEST_F(SubprocessTest, ADefaultConstructedHandleIsInert) {
    const Subprocess process;
    EXPECT_FALSE(process);
    EXPECT_FALSE(process.running());
    EXPECT_EQ(process.pid(), 0);
    EXPECT_EQ(process.kill(), Errc::closed);
    EXPECT_FALSE(process.stdout_stream());
    process.unref();
    process.set_exit_callback(nullptr);
}

}  // namespace
}  // namespace gyre::test
