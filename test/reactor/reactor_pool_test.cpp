// ReactorPool: many reactors, each on a thread of its own.
#include "support/reactor_fixture.hpp"
#include <gyre/iostream.hpp>
#include <gyre/log.hpp>
#include <gyre/network.hpp>
#include <gyre/reactor_pool.hpp>
#include <gyre/tcp_server.hpp>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <future>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

#include <sched.h>

namespace gyre::test {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 60s;

/// What happened, from many threads.
class Notes {
public:
    void add(std::string note) {
        const std::lock_guard lock{mutex_};
        notes_.push_back(std::move(note));
    }
    std::vector<std::string> all() const {
        const std::lock_guard lock{mutex_};
        return notes_;
    }

private:
    mutable std::mutex mutex_;
    std::vector<std::string> notes_;
};

/// Notes the thread on which it dies.
class Mark {
public:
    explicit Mark(std::atomic<std::thread::id>& died_on) : died_on_(&died_on) {}
    Mark(Mark&& other) noexcept : died_on_(std::exchange(other.died_on_, nullptr)) {}
    Mark(const Mark&) = delete;
    Mark& operator=(const Mark&) = delete;
    Mark& operator=(Mark&&) = delete;
    ~Mark() {
        if (died_on_) *died_on_ = std::this_thread::get_id();
    }

private:
    std::atomic<std::thread::id>* died_on_;
};

ReactorPoolOptions members(std::size_t threads) {
    ReactorPoolOptions options{.threads = threads};
    options.reactor.slow_callback = unlimited;
    return options;
}

Error nothing(PoolMember&) { return {}; }

std::size_t thread_count() {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator{"/proc/self/task"})
        count += entry.exists() ? 1U : 0U;
    return count;
}

/// A thread that was joined may be seen for a moment more.
bool threads_come_down_to(std::size_t count) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (thread_count() > count && std::chrono::steady_clock::now() < deadline)
        std::this_thread::yield();
    return thread_count() <= count;
}

/// Log lines go here while it lives.
class LogLines {
public:
    LogLines() {
        set_log_handler([this](LogLevel, std::string_view text) { notes.add(std::string{text}); });
    }
    LogLines(const LogLines&) = delete;
    LogLines& operator=(const LogLines&) = delete;
    ~LogLines() { set_log_handler({}); }
    bool contain(std::string_view text) const {
        const auto all = notes.all();
        return std::any_of(all.begin(), all.end(), [&](const std::string& line) {
            return line.find(text) != std::string::npos;
        });
    }

    Notes notes;
};

TEST(ReactorPoolTest, SetUpRunsInOrderOnAThreadForEachMember) {
    ReactorPool pool{members(4)};
    std::vector<std::size_t> order;
    std::set<std::thread::id> threads;
    ASSERT_FALSE(pool.start([&](PoolMember& member) -> Error {
        order.push_back(member.index());
        threads.insert(std::this_thread::get_id());
        return {};
    }));
    EXPECT_EQ(order, (std::vector<std::size_t>{0, 1, 2, 3}));
    EXPECT_EQ(threads.size(), 4U);
    EXPECT_FALSE(threads.contains(std::this_thread::get_id()));
    EXPECT_EQ(pool.size(), 4U);
    pool.stop();
    EXPECT_FALSE(pool.join());
}

TEST(ReactorPoolTest, RunMakesTheCallingThreadMember0AndReturnsWhenAllHaveEnded) {
    ReactorPool pool{members(3)};
    std::thread::id first;
    std::atomic<int> ended = 0;
    ASSERT_FALSE(pool.run([&](PoolMember& member) -> Error {
        if (member.index() == 0) first = std::this_thread::get_id();
        member.on_stop([&](Callback<void()> done) {
            ++ended;
            std::move(done)();
        });
        if (member.index() == 2) member.reactor().add_callback([&] { pool.stop(); });
        return {};
    }));
    EXPECT_EQ(first, std::this_thread::get_id());
    EXPECT_EQ(ended, 3);
}

TEST(ReactorPoolTest, APoolOfOneMemberMakesNoThread) {
    const std::size_t before = thread_count();
    std::size_t within = 0;
    ReactorPoolOptions options = members(1);
    options.reactor.watchdog = false;
    ReactorPool pool{options};
    ASSERT_FALSE(pool.run([&](PoolMember& member) -> Error {
        member.reactor().add_callback([&] {
            within = thread_count();
            pool.stop();
        });
        return {};
    }));
    EXPECT_LE(within, before);
}

TEST(ReactorPoolTest, NothingIsDispatchedBeforeAllAreSetUp) {
    ReactorPool pool{members(3)};
    std::atomic<std::size_t> set_up = 0;
    std::atomic<std::size_t> seen = 0;
    ASSERT_FALSE(pool.run([&](PoolMember& member) -> Error {
        if (member.index() == 0) member.reactor().add_callback([&] { seen = set_up.load(); });
        if (member.index() == 2) member.reactor().call_later(1ms, [&] { pool.stop(); });
        ++set_up;
        return {};
    }));
    EXPECT_EQ(seen, 3U);
}

TEST(ReactorPoolTest, AnIdleMemberWaitsForStop) {
    ReactorPool pool{members(2)};
    ASSERT_FALSE(pool.start(nothing));
    for (int round = 0; round < 3; ++round)
        for (std::size_t i = 0; i < pool.size(); ++i) {
            std::promise<std::thread::id> called;
            pool.add_callback(i, [&] { called.set_value(std::this_thread::get_id()); });
            auto result = called.get_future();
            ASSERT_EQ(result.wait_for(patience), std::future_status::ready);
            EXPECT_NE(result.get(), std::this_thread::get_id());
        }
    pool.stop();
    EXPECT_FALSE(pool.join());
}

TEST(ReactorPoolTest, ServersShareAPortAndConnectionsSpread) {
    ReactorPool pool{members(2)};
    std::uint16_t port = 0;
    ASSERT_FALSE(pool.start([&](PoolMember& member) -> Error {
        auto server =
            std::make_shared<TCPServer>(member.reactor(), TCPServerOptions{.reuse_port = true});
        server->handle_stream([index = member.index()](const IOStream& stream) {
            stream.write(std::to_string(index));
            stream.close();
        });
        if (Error error = server->listen(port, "127.0.0.1")) return error;
        port = server->port();
        member.on_stop([server](Callback<void()> done) {
            server->stop();
            std::move(done)();
        });
        return {};
    }));
    std::set<std::string> answers;
    // The system picks by a hash of the addresses: that 64 connections hit one member has a
    // probability of 2^-63.
    Reactor reactor;
    for (int i = 0; i < 64; ++i) {
        auto result = reactor.network().connect(reactor, *Address::from_ip("127.0.0.1", port), {});
        ASSERT_FALSE(result.error);
        const IOStream client{reactor, std::move(result.transport)};
        client.read_until_close([&](const Error& error, const std::string& answer) {
            EXPECT_FALSE(error);
            answers.insert(answer);
        });
        reactor.run();
    }
    EXPECT_EQ(answers, (std::set<std::string>{"0", "1"}));
    pool.stop();
    EXPECT_FALSE(pool.join());
}

TEST(ReactorPoolTest, ASetUpThatFailsEndsTheOthersAgain) {
    for (const bool run : {false, true}) {
        ReactorPool pool{members(4)};
        Captures captures;
        ExpectNever never;
        std::vector<std::size_t> order;
        const std::size_t before = thread_count();
        const auto set_up = [&](PoolMember& member) -> Error {
            order.push_back(member.index());
            member.reactor().add_callback(never([token = captures.token()] {}));
            member.on_stop([token = captures.token(), &never](Callback<void()>) {
                ADD_FAILURE() << "nothing ran that could be stopped";
            });
            if (member.index() == 2) return {Errc::address_in_use, "no port"};
            return {};
        };
        const Error error = run ? pool.run(set_up) : pool.start(set_up);
        EXPECT_EQ(error, Errc::address_in_use);
        EXPECT_EQ(order, (std::vector<std::size_t>{0, 1, 2}));
        EXPECT_TRUE(captures.released());
        EXPECT_TRUE(threads_come_down_to(before));
    }
}

TEST(ReactorPoolTest, ASetUpThatThrowsFails) {
    ReactorPool pool{members(2)};
    const Error error = pool.start([](PoolMember& member) -> Error {
        if (member.index() == 1) throw std::runtime_error{"no luck"};
        return {};
    });
    EXPECT_EQ(error, Errc::unhandled_exception);
    EXPECT_NE(error.message().find("no luck"), std::string::npos) << error;
    EXPECT_EQ(pool.run([](PoolMember&) -> Error { throw 1; }), Errc::unhandled_exception);
}

TEST(ReactorPoolTest, BadOptionsAreRefused) {
    ExpectNever never;
    const ReactorPool::SetUp set_up = never([](PoolMember&) -> Error { return {}; });
    for (const ReactorPoolOptions& options :
         {ReactorPoolOptions{.threads = 0}, ReactorPoolOptions{.stop_timeout = Duration::zero()},
          ReactorPoolOptions{.stop_timeout = -1s}}) {
        ReactorPool pool{options};
        EXPECT_EQ(pool.start(set_up), Errc::invalid_argument);
        EXPECT_EQ(pool.run(set_up), Errc::invalid_argument);
    }
    ReactorPool pool{members(1)};
    EXPECT_EQ(pool.start({}), Errc::invalid_argument);
    EXPECT_GE(ReactorPoolOptions::default_threads(), 1U);
}

TEST(ReactorPoolTest, ASecondStartIsRefusedUntilItWasJoined) {
    ReactorPool pool{members(2)};
    ASSERT_FALSE(pool.start([&](PoolMember&) -> Error {
        EXPECT_EQ(pool.start(nothing), Errc::already_in_progress);
        return {};
    }));
    EXPECT_EQ(pool.start(nothing), Errc::already_in_progress);
    EXPECT_EQ(pool.run(nothing), Errc::already_in_progress);
    for (int round = 0; round < 3; ++round) {
        pool.stop();
        EXPECT_FALSE(pool.join());
        EXPECT_FALSE(pool.start(nothing));
    }
}

TEST(ReactorPoolTest, StopFromAnotherThreadWhileItRuns) {
    ReactorPool pool{members(2)};
    std::promise<void> running;
    std::thread other{[&] {
        running.get_future().wait();
        pool.stop();
        EXPECT_FALSE(pool.join());
    }};
    EXPECT_FALSE(pool.run([&](PoolMember& member) -> Error {
        if (member.index() == 0) member.reactor().add_callback([&] { running.set_value(); });
        return {};
    }));
    other.join();
}

TEST(ReactorPoolTest, StopTwiceStopsOnce) {
    ReactorPool pool{members(2)};
    std::atomic<int> stops = 0;
    ASSERT_FALSE(pool.start([&](PoolMember& member) -> Error {
        member.on_stop([&](Callback<void()> done) {
            ++stops;
            pool.stop();
            std::move(done)();
        });
        return {};
    }));
    pool.stop();
    pool.stop();
    EXPECT_FALSE(pool.join());
    EXPECT_FALSE(pool.join());
    EXPECT_EQ(stops, 2);
}

TEST(ReactorPoolTest, StopBeforeStartCancelsThatOne) {
    ReactorPool pool{members(2)};
    ExpectNever never;
    pool.stop();
    EXPECT_EQ(pool.run(never([](PoolMember&) -> Error { return {}; })), Errc::canceled);
    pool.stop();
    EXPECT_EQ(pool.start(never([](PoolMember&) -> Error { return {}; })), Errc::canceled);
    EXPECT_FALSE(pool.start(nothing));
}

TEST(ReactorPoolTest, StopInsideASetUpCancelsTheStart) {
    for (const std::size_t stopper : {0U, 1U, 2U}) {
        ReactorPool pool{members(3)};
        std::size_t set_up = 0;
        const auto function = [&](PoolMember& member) -> Error {
            ++set_up;
            if (member.index() == stopper) pool.stop();
            return {};
        };
        EXPECT_EQ(pool.start(function), Errc::canceled);
        EXPECT_EQ(set_up, stopper + 1);
        EXPECT_EQ(pool.run(function), Errc::canceled);
    }
}

TEST(ReactorPoolTest, StopHandlersRunLatestFirstEachWhenTheOneBeforeIsDone) {
    ReactorPool pool{members(1)};
    std::vector<std::string> notes;
    ASSERT_FALSE(pool.run([&](PoolMember& member) -> Error {
        Reactor& reactor = member.reactor();
        for (const std::string name : {"a", "b", "c"})
            member.on_stop([&, name](Callback<void()> done) {
                notes.push_back(name);
                reactor.call_later(1ms, [&, name, done = std::move(done)]() mutable {
                    notes.push_back(name + " done");
                    std::move(done)();
                });
            });
        reactor.add_callback([&] {
            pool.stop();
            notes.emplace_back("stop returned");
        });
        return {};
    }));
    EXPECT_EQ(notes, (std::vector<std::string>{"stop returned", "c", "c done", "b", "b done", "a",
                                               "a done"}));
}

TEST(ReactorPoolTest, DoneMayBeCalledOnAnotherThread) {
    ReactorPool pool{members(2)};
    std::vector<std::thread> others(2);
    ASSERT_FALSE(pool.start([&](PoolMember& member) -> Error {
        member.on_stop([&other = others[member.index()]](Callback<void()> done) {
            other = std::thread{[done = std::move(done)]() mutable { std::move(done)(); }};
        });
        return {};
    }));
    pool.stop();
    EXPECT_FALSE(pool.join());
    for (std::thread& thread : others)
        thread.join();
}

TEST(ReactorPoolTest, AStopHandlerThatThrowsOrLetsGoOfItsArgumentIsReportedAndDone) {
    ReactorPool pool{members(1)};
    std::vector<Errc> reports;
    ASSERT_FALSE(pool.run([&](PoolMember& member) -> Error {
        member.reactor().on_unhandled_error(
            [&](const Error& error) { reports.push_back(error.kind()); });
        member.on_stop([](Callback<void()> done) {
            done.discard();
            throw std::runtime_error{"no"};
        });
        member.on_stop([](const Callback<void()>&) {});
        member.reactor().add_callback([&] { pool.stop(); });
        return {};
    }));
    EXPECT_EQ(reports, (std::vector{Errc::callback_dropped, Errc::unhandled_exception}));
}

TEST(ReactorPoolTest, AStopHandlerThatIsAddedWhileStoppingIsTheNext) {
    ReactorPool pool{members(1)};
    std::vector<std::string> notes;
    ASSERT_FALSE(pool.run([&](PoolMember& member) -> Error {
        const auto add = [&](std::string name) {
            member.on_stop([&, name](Callback<void()> done) {
                notes.push_back(name);
                std::move(done)();
            });
        };
        add("first");
        member.on_stop([&notes, add](Callback<void()> done) {
            notes.emplace_back("second");
            add("third");
            std::move(done)();
        });
        member.reactor().add_callback([&] { pool.stop(); });
        return {};
    }));
    EXPECT_EQ(notes, (std::vector<std::string>{"second", "third", "first"}));
}

TEST(ReactorPoolTest, WhatIsNotDoneInTimeIsCutOffAndReported) {
    ReactorPoolOptions options = members(2);
    options.stop_timeout = 20ms;
    ReactorPool pool{options};
    Captures captures;
    std::vector<Error> reports;
    ASSERT_FALSE(pool.run([&](PoolMember& member) -> Error {
        if (member.index() == 1) {
            member.on_stop([](Callback<void()> done) { std::move(done)(); });
            return {};
        }
        member.reactor().on_unhandled_error([&](const Error& error) { reports.push_back(error); });
        member.on_stop([token = captures.token()](Callback<void()>) {
            ADD_FAILURE() << "its turn did not come";
        });
        member.on_stop([token = captures.token(), kept = Callback<void()>{}](
                           Callback<void()> done) mutable { kept = std::move(done); });
        member.reactor().add_callback([&] { pool.stop(); });
        return {};
    }));
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0], Errc::timed_out);
    EXPECT_NE(std::string_view{reports[0].place().file_name()}.find("reactor_pool_test"),
              std::string_view::npos);
    EXPECT_TRUE(captures.released());
}

TEST(ReactorPoolTest, ADoneThatComesAfterTheEndIsHarmless) {
    ReactorPoolOptions options = members(1);
    options.stop_timeout = 1ms;
    ReactorPool pool{options};
    Callback<void()> late;
    ASSERT_FALSE(pool.run([&](PoolMember& member) -> Error {
        member.reactor().on_unhandled_error([](const Error& error) { error.ignore("expected"); });
        member.on_stop([&](Callback<void()> done) { late = std::move(done); });
        member.reactor().add_callback([&] { pool.stop(); });
        return {};
    }));
    std::move(late)();
}

TEST(ReactorPoolTest, CapturesDieOnTheirMembersThreadLatestFirstBeforeItsReactor) {
    ReactorPool pool{members(3)};
    std::vector<std::thread::id> homes(3);
    std::vector<std::atomic<std::thread::id>> stop_died(3);
    std::vector<std::atomic<std::thread::id>> callback_died(3);
    std::vector<std::vector<int>> order(3);
    ASSERT_FALSE(pool.start([&](PoolMember& member) -> Error {
        const std::size_t i = member.index();
        homes[i] = std::this_thread::get_id();
        for (int number = 0; number < 3; ++number) {
            const auto note = [&order = order[i], number](Reactor* reactor) {
                EXPECT_GE(reactor->metrics().turns, 1U);  // it still lives
                order.push_back(number);
            };
            member.on_stop([mark = Mark{stop_died[i]},
                            noted = std::shared_ptr<Reactor>{&member.reactor(), note}](
                               Callback<void()> done) { std::move(done)(); });
        }
        member.reactor().call_later(1h, [mark = Mark{callback_died[i]}] {});
        return {};
    }));
    pool.stop();
    EXPECT_FALSE(pool.join());
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(stop_died[i].load(), homes[i]);
        EXPECT_EQ(callback_died[i].load(), homes[i]);
        EXPECT_EQ(order[i], (std::vector<int>{2, 1, 0}));
    }
}

TEST(ReactorPoolTest, Member0EndsLast) {
    ReactorPool pool{members(2)};
    Notes notes;
    ASSERT_FALSE(pool.run([&](PoolMember& member) -> Error {
        if (member.index() == 0) {
            member.on_stop([&](Callback<void()> done) {
                notes.add("0 done");
                std::move(done)();
            });
            return {};
        }
        Reactor& reactor = member.reactor();
        member.on_stop([&](Callback<void()> done) {
            // Member 0 has long been done, and still runs callbacks.
            reactor.call_later(20ms, [&, done = std::move(done)]() mutable {
                pool.add_callback(0, [&, done = std::move(done)]() mutable {
                    notes.add("0 still runs");
                    std::move(done)();
                });
            });
        });
        reactor.add_callback([&] { pool.stop(); });
        return {};
    }));
    EXPECT_EQ(notes.all(), (std::vector<std::string>{"0 done", "0 still runs"}));
}

TEST(ReactorPoolTest, AMemberWhoseReactorIsStoppedStopsThePool) {
    ReactorPool pool{members(3)};
    std::mutex mutex;
    std::set<std::size_t> stopped;
    ASSERT_FALSE(pool.run([&](PoolMember& member) -> Error {
        member.on_stop([&, i = member.index()](Callback<void()> done) {
            const std::lock_guard lock{mutex};
            stopped.insert(i);
            std::move(done)();
        });
        if (member.index() == 1)
            member.reactor().add_callback([&reactor = member.reactor()] { reactor.stop(); });
        return {};
    }));
    EXPECT_EQ(stopped, (std::set<std::size_t>{0, 2}));
}

TEST(ReactorPoolTest, JoinInsideAMemberIsRefused) {
    ReactorPool pool{members(2)};
    Errc in_set_up = Errc::ok;
    Errc in_callback = Errc::ok;
    ASSERT_FALSE(pool.run([&](PoolMember& member) -> Error {
        if (member.index() == 0) in_set_up = pool.join().kind();
        if (member.index() == 1)
            member.reactor().add_callback([&] {
                in_callback = pool.join().kind();
                pool.stop();
            });
        return {};
    }));
    EXPECT_EQ(in_set_up, Errc::not_supported);
    EXPECT_EQ(in_callback, Errc::not_supported);
}

TEST(ReactorPoolTest, JoinOfAPoolThatDoesNotRunReturnsAtOnce) {
    ReactorPool pool{members(2)};
    EXPECT_FALSE(pool.join());
}

TEST(ReactorPoolTest, ManyMayJoin) {
    ReactorPool pool{members(2)};
    ASSERT_FALSE(pool.start(nothing));
    std::vector<std::thread> joiners;
    for (int i = 0; i < 3; ++i)
        joiners.emplace_back([&] { EXPECT_FALSE(pool.join()); });
    pool.stop();
    for (std::thread& thread : joiners)
        thread.join();
    EXPECT_FALSE(pool.start(nothing));
}

TEST(ReactorPoolTest, DestroyedWhileItRunsEndsAtOnceWithoutStopHandlers) {
    Captures captures;
    std::promise<void> running;
    {
        ReactorPool pool{members(2)};
        ASSERT_FALSE(pool.start([&](PoolMember& member) -> Error {
            member.on_stop([token = captures.token()](const Callback<void()>&) { ADD_FAILURE(); });
            member.reactor().call_later(1h, [token = captures.token()] { ADD_FAILURE(); });
            if (member.index() == 0) member.reactor().add_callback([&] { running.set_value(); });
            return {};
        }));
        running.get_future().wait();
    }
    EXPECT_TRUE(captures.released());
}

TEST(ReactorPoolTest, DestroyedWhileAnotherThreadIsInRun) {
    auto pool = std::make_unique<ReactorPool>(members(2));
    std::promise<void> running;
    std::thread runner{[&pool = *pool, &running] {
        EXPECT_FALSE(pool.run([&](PoolMember& member) -> Error {
            if (member.index() == 1) member.reactor().add_callback([&] { running.set_value(); });
            return {};
        }));
    }};
    running.get_future().wait();
    pool.reset();
    runner.join();
}

TEST(ReactorPoolDeathTest, DestroyedOnAMembersThreadEndsTheProgram) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto destroy_inside = [] {
        auto pool = std::make_unique<ReactorPool>(members(1));
        const Error error = pool->run([&](PoolMember& member) -> Error {
            member.reactor().add_callback([&] { pool.reset(); });
            return {};
        });
        error.ignore("it does not return");
    };
    EXPECT_DEATH(destroy_inside(), "destroyed on the thread of one of its members");
}

TEST(ReactorPoolTest, CallbacksWithoutAMemberAreDroppedAndReported) {
    const LogLines log;
    ReactorPool pool{members(1)};
    ExpectNever never;
    Captures captures;
    pool.add_callback(0, never([token = captures.token()] {}));
    EXPECT_TRUE(captures.released());
    EXPECT_TRUE(log.contain("dropped"));
}

TEST(ReactorPoolTest, CallbacksForAMemberThatHasEndedAreReleased) {
    const LogLines log;
    ReactorPool pool{members(2)};
    Captures captures;
    ExpectNever never;
    std::atomic<bool> ended = false;
    ASSERT_FALSE(pool.start([&](PoolMember& member) -> Error {
        // Of what belongs to the reactor, this goes last.
        if (member.index() == 1)
            member.reactor().on_unhandled_error([note = std::shared_ptr<int>{nullptr, [&](int*) {
                                                                                 ended = true;
                                                                             }}](const Error&) {});
        return {};
    }));
    pool.stop();
    while (!ended)
        std::this_thread::yield();
    pool.add_callback(1, never([token = captures.token()] {}));
    EXPECT_TRUE(captures.released());
    EXPECT_FALSE(pool.join());
    EXPECT_TRUE(log.notes.all().empty());
}

TEST(ReactorPoolTest, MembersHaveEverySignalBlocked) {
    ReactorPool pool{members(1)};
    bool blocked = false;
    ASSERT_FALSE(pool.start([&](PoolMember&) -> Error {
        sigset_t set;
        ::pthread_sigmask(SIG_SETMASK, nullptr, &set);
        blocked = sigismember(&set, SIGTERM) == 1 && sigismember(&set, SIGINT) == 1;
        return {};
    }));
    EXPECT_TRUE(blocked);
}

TEST(ReactorPoolTest, PinnedThreadsStayOnTheirCpu) {
    const std::vector<int> all = [] {
        cpu_set_t set;
        ::sched_getaffinity(0, sizeof set, &set);
        std::vector<int> cpus;
        for (int i = 0; i < CPU_SETSIZE; ++i)
            if (CPU_ISSET(static_cast<std::size_t>(i), &set)) cpus.push_back(i);
        return cpus;
    }();
    if (all.empty()) GTEST_SKIP() << "more CPUs than a cpu_set_t has room for";
    ReactorPoolOptions options = members(all.size() + 1);
    options.pin_threads = true;
    ReactorPool pool{options};
    std::vector<int> expected = all;
    expected.push_back(all.front());
    std::vector<int> cpus(expected.size());
    std::vector<int> widths(expected.size());
    ASSERT_FALSE(pool.run([&](PoolMember& member) -> Error {
        cpu_set_t set;
        ::sched_getaffinity(0, sizeof set, &set);
        widths[member.index()] = CPU_COUNT(&set);
        member.reactor().add_callback([&, i = member.index()] { cpus[i] = ::sched_getcpu(); });
        if (member.index() + 1 == pool.size())
            member.reactor().call_later(1ms, [&] { pool.stop(); });
        return {};
    }));
    EXPECT_EQ(cpus, expected);
    EXPECT_EQ(widths, std::vector<int>(expected.size(), 1));
    cpu_set_t after;
    ::sched_getaffinity(0, sizeof after, &after);
    EXPECT_EQ(static_cast<std::size_t>(CPU_COUNT(&after)), all.size()) << "run takes it back";
}

TEST(ReactorPoolTest, PartsOfTheOptionsAreShared) {
    class SharedClock final : public Clock {
    public:
        TimePoint now() noexcept override { return now_; }
        bool skip_to(TimePoint deadline) noexcept override {
            now_ = deadline;
            return true;
        }

    private:
        std::atomic<TimePoint> now_{TimePoint{} + 1h};
    };
    const auto clock = std::make_shared<SharedClock>();
    ReactorPoolOptions options = members(2);
    options.reactor.clock = clock;
    options.stop_timeout = unlimited;
    ReactorPool pool{options};
    TimePoint at_stop{};
    ASSERT_FALSE(pool.run([&](PoolMember& member) -> Error {
        EXPECT_EQ(member.reactor().time(), TimePoint{} + 1h);
        if (member.index() == 1) member.reactor().call_later(24h, [&] { pool.stop(); });
        if (member.index() == 0)
            member.on_stop([&, &reactor = member.reactor()](Callback<void()> done) {
                at_stop = reactor.time();
                std::move(done)();
            });
        return {};
    }));
    EXPECT_EQ(at_stop, TimePoint{} + 25h);
}

TEST(ReactorPoolTest, TheMetricsOfAllMembersComeHome) {
    ReactorPool pool{members(3)};
    std::vector<ReactorMetrics> got;
    std::thread::id where;
    std::thread::id home;
    ASSERT_FALSE(pool.run([&](PoolMember& member) -> Error {
        if (member.index() != 1) return {};
        home = std::this_thread::get_id();
        Reactor& reactor = member.reactor();
        reactor.call_later(1h, [] {});
        reactor.add_callback([&] {
            pool.gather_metrics(reactor, [&](std::vector<ReactorMetrics> metrics) {
                got = std::move(metrics);
                where = std::this_thread::get_id();
                pool.stop();
            });
            EXPECT_TRUE(got.empty());
        });
        return {};
    }));
    EXPECT_EQ(where, home);
    ASSERT_EQ(got.size(), 3U);
    EXPECT_EQ(got[0].timers_pending, 0U);
    EXPECT_EQ(got[1].timers_pending, 1U);
    for (const ReactorMetrics& metrics : got)
        EXPECT_GE(metrics.turns, 1U);
}

TEST(ReactorPoolTest, MetricsForAReactorOutsideAndWithoutARunningPool) {
    ReactorPool pool{members(2)};
    Reactor reactor;
    ExpectCalls calls{2};
    pool.gather_metrics(reactor, calls([](const std::vector<ReactorMetrics>& metrics) {
                            EXPECT_TRUE(metrics.empty());
                        }));
    reactor.run();
    ASSERT_FALSE(pool.start(nothing));
    pool.gather_metrics(reactor, calls([](const std::vector<ReactorMetrics>& metrics) {
                            EXPECT_EQ(metrics.size(), 2U);
                        }));
    reactor.run();
}

TEST(ReactorPoolTest, MetricsWhoseHomeIsGoneAreReleased) {
    Captures captures;
    ExpectNever never;
    {
        ReactorPool pool{members(2)};
        ASSERT_FALSE(pool.start(nothing));
        Reactor reactor;
        pool.gather_metrics(
            reactor, never([token = captures.token()](const std::vector<ReactorMetrics>&) {}));
    }
    EXPECT_TRUE(captures.released());
}

}  // namespace
}  // namespace gyre::test
