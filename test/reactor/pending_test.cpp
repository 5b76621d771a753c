#include "support/operations.hpp"
#include "support/reactor_fixture.hpp"
#include <gyre/pending.hpp>
#include <gyre/subprocess.hpp>
#include <gyre/tcp_client.hpp>
#include <gyre/tcp_server.hpp>
#include <gyre/udp_socket.hpp>

#include <algorithm>
#include <array>
#include <csignal>
#include <sstream>

#include <unistd.h>

namespace gyre::test {
namespace {

// What the reactor says it waits for, each with the place where it was registered.
class PendingTest : public ReactorTest {
protected:
    const PendingOperation* find(std::string_view kind) {
        operations = reactor().pending();
        const auto found =
            std::find_if(operations.begin(), operations.end(),
                         [&](const PendingOperation& one) { return one.kind == kind; });
        return found == operations.end() ? nullptr : &*found;
    }
    static unsigned line(std::source_location place = std::source_location::current()) {
        return place.line();
    }
    PendingOperations operations;
};

TEST_F(PendingTest, NothingAtFirst) { EXPECT_TRUE(reactor().pending().empty()); }

TEST_F(PendingTest, ACallback) {
    const unsigned here = line() + 1;
    reactor().add_callback([] {});
    const PendingOperation* callback = find("callback");
    ASSERT_TRUE(callback);
    EXPECT_EQ(callback->place.line(), here);
    settle();
    EXPECT_TRUE(reactor().pending().empty());
}

TEST_F(PendingTest, ATimerAndWhenItIsDue) {
    const unsigned here = line() + 1;
    const Timeout timeout = reactor().call_later(std::chrono::milliseconds{1500}, [] {});
    const PendingOperation* timer = find("timer");
    ASSERT_TRUE(timer);
    EXPECT_EQ(timer->place.line(), here);
    EXPECT_EQ(timer->detail, "in 1500 ms");
    EXPECT_TRUE(timer->keeps_running);
    timeout.unref();
    EXPECT_FALSE(find("timer")->keeps_running);
    timeout.cancel();
    EXPECT_FALSE(find("timer"));
}

TEST_F(PendingTest, ADescriptor) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    const unsigned here = line() + 1;
    EXPECT_FALSE(reactor().add_handler(ends[0], IOEvents::read, [](int, IOEvents) {}));
    const PendingOperation* descriptor = find("descriptor");
    ASSERT_TRUE(descriptor);
    EXPECT_EQ(descriptor->detail, std::to_string(ends[0]));
    EXPECT_EQ(descriptor->place.line(), here);
    reactor().remove_handler(ends[0]);
    ::close(ends[0]);
    ::close(ends[1]);
}

TEST_F(PendingTest, ASignalDoesNotKeepItRunning) {
    EXPECT_FALSE(reactor().add_signal_handler(SIGUSR1, [](int) {}));
    const PendingOperation* signal = find("signal");
    ASSERT_TRUE(signal);
    EXPECT_EQ(signal->detail, std::to_string(SIGUSR1));
    EXPECT_FALSE(signal->keeps_running);
}

TEST_F(PendingTest, AnExecutorJob) {
    const auto executor = std::make_shared<ManualExecutor>();
    make_reactor({.clock = clock, .executor = executor});
    const unsigned here = line() + 1;
    reactor().run_in_executor([] {}, [](const Error& error) { EXPECT_FALSE(error); });
    const PendingOperation* job = find("executor job");
    ASSERT_TRUE(job);
    EXPECT_EQ(job->place.line(), here);
    executor->run_all();
    settle();
}

TEST_F(PendingTest, AReadAndAWriteOfAStream) {
    auto [first, second] = make_stream_pair(reactor());
    const unsigned here = line() + 1;
    first.read_until("\n", [](const Error& error, const std::string&) { EXPECT_TRUE(error); });
    first.write(std::string(1'000'000, 'x'), [](const Error& error) { EXPECT_TRUE(error); });
    const PendingOperation* read = find("read");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->place.line(), here);
    const PendingOperation* write = find("write");
    ASSERT_TRUE(write);
    EXPECT_EQ(write->place.line(), here + 1);
    first.abort();
    second.abort();
    settle();
    EXPECT_FALSE(find("read"));
}

TEST_F(PendingTest, AListenerAndAConnection) {
    make_reactor({});
    TCPServer server{reactor()};
    ASSERT_FALSE(server.listen(0, "127.0.0.1"));
    const PendingOperation* listener = find("listener");
    ASSERT_TRUE(listener);
    EXPECT_EQ(listener->detail, server.address().to_string());
    const TCPClient client{reactor()};
    const unsigned here = line() + 1;
    client.connect("127.0.0.1", server.port(), [](const Error& error, const IOStream& stream) {
        EXPECT_FALSE(error);
        stream.close();
    });
    const PendingOperation* connect = find("connect");
    ASSERT_TRUE(connect);
    EXPECT_EQ(connect->place.line(), here);
    server.handle_stream([&](const IOStream& stream) {
        stream.close();
        server.stop();
    });
    reactor().run();
    EXPECT_FALSE(reactor().has_work());
}

TEST_F(PendingTest, AChild) {
    make_reactor({});
    const SubprocessResult started = Subprocess::spawn(reactor(), {.argv = {"true"}});
    ASSERT_FALSE(started.error);
    EXPECT_FALSE(find("child")->keeps_running);
    const unsigned here = line() + 1;
    started.process.set_exit_callback([](const Error& e, ExitStatus) { EXPECT_FALSE(e); });
    const PendingOperation* child = find("child");
    ASSERT_TRUE(child);
    EXPECT_EQ(child->place.line(), here);
    EXPECT_TRUE(child->keeps_running);
    reactor().run();
    EXPECT_FALSE(find("child"));
}

TEST_F(PendingTest, AUdpSocket) {
    make_reactor({});
    const UDPSocket socket{reactor()};
    ASSERT_FALSE(socket.bind(0, "127.0.0.1"));
    const unsigned here = line() + 1;
    socket.on_datagram([](std::string_view, const Address&) {});
    const PendingOperation* datagrams = find("datagrams");
    ASSERT_TRUE(datagrams);
    EXPECT_EQ(datagrams->place.line(), here);
    socket.close();
    settle();
    EXPECT_FALSE(find("datagrams"));
}

TEST_F(PendingTest, IsPrintedAsALine) {
    const PendingOperation operation{
        .kind = "timer", .detail = "in 5 ms", .place = std::source_location::current()};
    std::ostringstream out;
    out << operation;
    EXPECT_TRUE(out.str().starts_with("timer in 5 ms, registered at "));
    EXPECT_TRUE(out.str().ends_with("pending_test.cpp:" + std::to_string(operation.place.line())));
}

}  // namespace
}  // namespace gyre::test
