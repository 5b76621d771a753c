#include "support/reactor_fixture.hpp"
#include <gyre/iostream.hpp>
#include <gyre/memory_transport.hpp>
#include <gyre/reactor_ref.hpp>

#include <csignal>
#include <utility>

namespace gyre::test {
namespace {

// Line 5: owners end their work when destroyed; everything else is a reference, inert when its
// reactor is gone. (Tests of TCPServer as an owner: the matrix and tcp_server_test.)
using OwnersTest = ReactorTest;

TEST_F(OwnersTest, AReactorNeverCallsAfterItsEnd) {
    Captures captures;
    ExpectNever never;
    reactor().add_callback(never([token = captures.token()] {}));
    reactor().call_later(std::chrono::seconds{1}, never([token = captures.token()] {}));
    // The work may have begun by then; its outcome is not told.
    reactor().run_in_executor([token = captures.token()] {},
                              never([token = captures.token()](const Error&) {}));
    reactor_holder.reset();
    EXPECT_TRUE(captures.released());
}

TEST_F(OwnersTest, HandlesThatOutliveItAreInert) {
    auto [first, second] = make_memory_pair(reactor());
    const IOStream stream{reactor(), std::move(first)};
    const Timeout timeout = reactor().call_later(std::chrono::seconds{1}, [] {});
    reactor_holder.reset();
    EXPECT_TRUE(stream.closed());
    EXPECT_FALSE(stream);
    stream.close();
    stream.abort();
    stream.write("x");
    stream.pause_reading();
    stream.resume_reading();
    EXPECT_EQ(stream.queued_bytes(), 0U);
    timeout.cancel();
    EXPECT_FALSE(timeout.active());
}

TEST_F(OwnersTest, LettingGoOfHandlesEndsNothing) {
    ExpectOnce read;
    auto [first, second] = make_memory_pair(reactor());
    const IOStream peer{reactor(), std::move(second)};
    {
        const IOStream stream{reactor(), std::move(first)};
        stream.read_bytes(1, read([stream](const Error& error, const std::string&) {
                              EXPECT_FALSE(error);
                              stream.close();
                          }));
    }
    peer.write("x");
    settle();
}

TEST_F(OwnersTest, WhatACaptureAsksOfAReactorThatEndsIsRefused) {
    struct Asks {
        explicit Asks(Reactor& of) : reactor(&of) {}
        Asks(Asks&& other) noexcept : reactor(std::exchange(other.reactor, nullptr)) {}
        ~Asks() {
            if (!reactor) return;
            EXPECT_EQ(reactor->add_handler(0, IOEvents::read, [](int, IOEvents) {}), Errc::closed);
            EXPECT_EQ(reactor->add_signal_handler(SIGUSR1, [](int) {}), Errc::closed);
        }
        Reactor* reactor;
    };
    reactor().call_later(std::chrono::seconds{1}, [asks = Asks{reactor()}] {});
    reactor_holder.reset();
}

TEST(OwnersDeathTest, DestroyingAReactorInsideItsRunEndsTheProgramWithAMessage) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_DEATH(
        {
            auto reactor = std::make_unique<Reactor>();
            reactor->add_callback([&] { reactor.reset(); });
            reactor->run();
        },
        "destroyed inside its own run");
}

}  // namespace
}  // namespace gyre::test
