#include "support/reactor_fixture.hpp"
#include <gyre/iostream.hpp>
#include <gyre/memory_transport.hpp>
#include <gyre/reactor_ref.hpp>
#include <gyre/tcp_server.hpp>

#include <csignal>

#include <unistd.h>

namespace gyre::test {
namespace {

// Line 11: what keeps `run` going, and what does not.
class KeepsGoingTest : public ReactorTest {
protected:
    bool has_work() { return reactor().has_work(); }
    void SetUp() override {
        auto [first, second] = make_memory_pair(reactor(), {.capacity = 1});
        stream = IOStream{reactor(), std::move(first)};
        peer = std::move(second);
    }
    IOStream stream;
    std::unique_ptr<Transport> peer;
};

TEST_F(KeepsGoingTest, ACallbackAndATimer) {
    EXPECT_FALSE(has_work());
    reactor().add_callback([] {});
    EXPECT_TRUE(has_work());
    settle();
    EXPECT_FALSE(has_work());
    const Timeout timeout = reactor().call_later(std::chrono::seconds{1}, [] {});
    EXPECT_TRUE(has_work());
    timeout.cancel();
    EXPECT_FALSE(has_work());
}

TEST_F(KeepsGoingTest, AnIdleStreamDoesNot) {
    settle();
    EXPECT_FALSE(has_work());
    reactor().run();
}

TEST_F(KeepsGoingTest, AnArmedReadDoes) {
    stream.read_bytes(1, [](const Error&, const std::string&) {});
    settle();
    EXPECT_TRUE(has_work());
    stream.close();
    settle();
    EXPECT_FALSE(has_work());
}

TEST_F(KeepsGoingTest, OnDataDoesUntilItIsTakenAway) {
    stream.on_data([](std::string_view) {});
    settle();
    EXPECT_TRUE(has_work());
    stream.on_data({});
    EXPECT_FALSE(has_work());
}

TEST_F(KeepsGoingTest, QueuedBytesDo) {
    stream.write("abc");
    settle();
    EXPECT_TRUE(has_work());
    stream.close();
    settle();
    EXPECT_TRUE(has_work()) << "they are still being sent";
    char room[1];
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(peer->read_some(room).bytes, 1U);
        settle();
    }
    EXPECT_FALSE(has_work());
}

TEST_F(KeepsGoingTest, AListenerDoes) {
    {
        TCPServer server{reactor()};
        ASSERT_FALSE(server.listen(0, "127.0.0.1"));
        EXPECT_TRUE(has_work());
    }
    settle();
    EXPECT_FALSE(has_work());
}

TEST_F(KeepsGoingTest, AnExecutorJobDoes) {
    make_reactor({});
    ExpectOnce once;
    reactor().run_in_executor([] {}, once([](const Error& error) { EXPECT_FALSE(error); }));
    EXPECT_TRUE(has_work());
    reactor().run();
    stream = {};
}

TEST_F(KeepsGoingTest, AnErrorThatIsNotYetReportedDoes) {
    {
        const Error unseen{Errc::timed_out};
    }
    EXPECT_TRUE(has_work());
    reactor().run();
    EXPECT_EQ(take_reports().size(), 1U);
}

TEST_F(KeepsGoingTest, SignalHandlersAndUnreffedTimersDoNot) {
    ASSERT_FALSE(reactor().add_signal_handler(SIGUSR2, [](int) {}));
    reactor().call_later(std::chrono::hours{1}, [] {}).unref();
    reactor().run();
}

TEST_F(KeepsGoingTest, ADescriptorHandlerDoesUntilItIsRemoved) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    ASSERT_FALSE(reactor().add_handler(ends[0], IOEvents::read, [](int, IOEvents) {}));
    EXPECT_TRUE(has_work());
    reactor().remove_handler(ends[0]);
    EXPECT_FALSE(has_work());
    ::close(ends[0]);
    ::close(ends[1]);
}

}  // namespace
}  // namespace gyre::test
