#include "support/reactor_fixture.hpp"
#include <gyre/reactor.hpp>

#include <csignal>
#include <functional>
#include <thread>

#include <unistd.h>

namespace gyre::test {
namespace {

class SignalTest : public ReactorTest {
protected:
    void SetUp() override { std::signal(SIGUSR1, SIG_IGN); }
    static bool is_ignored(int signal) {
        struct sigaction now{};
        ::sigaction(signal, nullptr, &now);
        return now.sa_handler == SIG_IGN;
    }
};

TEST_F(SignalTest, IsDeliveredOnATurnOfTheLoop) {
    ExpectOnce once;
    ASSERT_FALSE(reactor().add_signal_handler(
        SIGUSR1, once([](int signal) { EXPECT_EQ(signal, SIGUSR1); })));
    std::raise(SIGUSR1);
    EXPECT_EQ(once.calls(), 0);
    settle();
}

TEST_F(SignalTest, DoesNotKeepRunGoing) {
    ASSERT_FALSE(reactor().add_signal_handler(SIGUSR1, [](int) {}));
    reactor().run();
}

TEST_F(SignalTest, EndsAWaitOfTheLoop) {
    make_reactor({});
    const Timeout keep = reactor().call_later(std::chrono::hours{1}, [] {});
    ASSERT_FALSE(reactor().add_signal_handler(SIGUSR1, [&](int) { keep.cancel(); }));
    std::thread killer{[] { ::kill(::getpid(), SIGUSR1); }};
    reactor().run();
    killer.join();
}

TEST_F(SignalTest, SeveralBeforeATurnAreToldOnce) {
    ExpectOnce once;
    ASSERT_FALSE(reactor().add_signal_handler(SIGUSR1, once([](int) {})));
    std::raise(SIGUSR1);
    std::raise(SIGUSR1);
    settle();
}

TEST_F(SignalTest, SeveralSignals) {
    std::string order;
    ASSERT_FALSE(reactor().add_signal_handler(SIGUSR1, [&](int) { order += '1'; }));
    ASSERT_FALSE(reactor().add_signal_handler(SIGUSR2, [&](int) { order += '2'; }));
    std::raise(SIGUSR1);
    std::raise(SIGUSR2);
    settle();
    EXPECT_EQ(order, "12");
}

TEST_F(SignalTest, EachReactorIsTold) {
    Reactor second;
    ExpectOnce first_once;
    ExpectOnce second_once;
    ASSERT_FALSE(reactor().add_signal_handler(SIGUSR1, first_once([](int) {})));
    ASSERT_FALSE(second.add_signal_handler(SIGUSR1, second_once([](int) {})));
    std::raise(SIGUSR1);
    settle();
    second.poll();
}

TEST_F(SignalTest, TheDispositionComesBackWhenTheLastOneLetsGo) {
    {
        Reactor second;
        ASSERT_FALSE(reactor().add_signal_handler(SIGUSR1, [](int) {}));
        ASSERT_FALSE(second.add_signal_handler(SIGUSR1, [](int) {}));
        reactor().remove_signal_handler(SIGUSR1);
        EXPECT_FALSE(is_ignored(SIGUSR1));
    }
    EXPECT_TRUE(is_ignored(SIGUSR1));
}

TEST_F(SignalTest, AnothersHandlerOverOursStays) {
    ASSERT_FALSE(reactor().add_signal_handler(SIGUSR1, [](int) {}));
    std::signal(SIGUSR1, SIG_DFL);
    reactor().remove_signal_handler(SIGUSR1);
    EXPECT_FALSE(is_ignored(SIGUSR1));
}

TEST_F(SignalTest, RemovedBeforeTheTurnIsNotToldAndReleasesItsCaptures) {
    Captures captures;
    ExpectNever never;
    ASSERT_FALSE(reactor().add_signal_handler(SIGUSR1, never([token = captures.token()](int) {})));
    std::raise(SIGUSR1);
    reactor().remove_signal_handler(SIGUSR1);
    EXPECT_TRUE(captures.released());
    settle();
    reactor().remove_signal_handler(SIGUSR1);
}

TEST_F(SignalTest, OneMayRemoveAnotherOfTheSameTurn) {
    ExpectNever never;
    ASSERT_FALSE(reactor().add_signal_handler(
        SIGUSR1, [&](int) { reactor().remove_signal_handler(SIGUSR2); }));
    ASSERT_FALSE(reactor().add_signal_handler(SIGUSR2, never([](int) {})));
    std::raise(SIGUSR2);
    std::raise(SIGUSR1);
    settle();
}

TEST_F(SignalTest, MayRemoveAndAddItselfInside) {
    int calls = 0;
    std::function<void()> add = [&] {
        ASSERT_FALSE(reactor().add_signal_handler(SIGUSR1, [&](int signal) {
            ++calls;
            reactor().remove_signal_handler(signal);
            add();
        }));
    };
    add();
    for (int i = 0; i < 2; ++i) {
        std::raise(SIGUSR1);
        settle();
    }
    EXPECT_EQ(calls, 2);
}

TEST_F(SignalTest, ASecondHandlerAndWhatCannotBeHandledAreRefused) {
    ASSERT_FALSE(reactor().add_signal_handler(SIGUSR1, [](int) {}));
    EXPECT_EQ(reactor().add_signal_handler(SIGUSR1, [](int) {}), Errc::already_in_progress);
    for (const int signal : {0, -1, 65, SIGKILL, SIGSTOP, SIGSEGV})
        EXPECT_EQ(reactor().add_signal_handler(signal, [](int) {}), Errc::invalid_argument);
    EXPECT_EQ(reactor().add_signal_handler(SIGUSR2, {}), Errc::invalid_argument);
}

TEST_F(SignalTest, AReactorUsedAfterAnotherGetsNoOldSignal) {
    {
        Reactor second;
        ASSERT_FALSE(second.add_signal_handler(SIGUSR1, [](int) {}));
        std::raise(SIGUSR1);
    }
    ExpectNever never;
    ASSERT_FALSE(reactor().add_signal_handler(SIGUSR1, never([](int) {})));
    settle();
}

}  // namespace
}  // namespace gyre::test
