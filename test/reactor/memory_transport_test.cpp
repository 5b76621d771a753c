#include <gyre/memory_transport.hpp>
#include <gyre/reactor.hpp>
#include <gyre/reactor_ref.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>

namespace gyre {
namespace {

/// Counts events, and does what a test says on each.
struct Listener final : TransportListener {
    void on_readable() noexcept override {
        ++readable;
        if (when_readable) when_readable();
    }
    void on_writable() noexcept override {
        ++writable;
        if (when_writable) when_writable();
    }
    void on_hangup() noexcept override {
        ++hangups;
        if (when_hangup) when_hangup();
    }

    int readable = 0;
    int writable = 0;
    int hangups = 0;
    std::function<void()> when_readable;
    std::function<void()> when_writable;
    std::function<void()> when_hangup;
};

class MemoryTransportTest : public testing::Test {
protected:
    void connect(const MemoryPairOptions& options = {}) {
        std::tie(first, second) = make_memory_pair(*reactor, options);
        first->set_listener(&first_events);
        second->set_listener(&second_events);
    }

    static IOResult write(Transport& transport, std::string_view bytes) {
        return transport.write_some({&bytes, 1});
    }
    static IOResult read(Transport& transport, std::string& into, std::size_t room = 1024) {
        into.resize(room);
        IOResult result = transport.read_some(into);
        into.resize(result.bytes);
        return result;
    }

    std::optional<Reactor> reactor{std::in_place};
    Listener first_events;
    Listener second_events;
    std::unique_ptr<Transport> first;
    std::unique_ptr<Transport> second;
    std::string got;
};

TEST_F(MemoryTransportTest, BytesArriveAndAreToldOnALaterTurn) {
    connect();
    second->want_read(true);
    EXPECT_EQ(write(*first, "hello").bytes, 5u);
    EXPECT_EQ(second_events.readable, 0);
    second_events.when_readable = [&] {
        EXPECT_EQ(read(*second, got).status, IOStatus::ok);
        EXPECT_EQ(got, "hello");
    };
    reactor->run();
    EXPECT_EQ(second_events.readable, 1);
    EXPECT_EQ(read(*second, got).status, IOStatus::would_block);
}

TEST_F(MemoryTransportTest, ReadableComesAgainUntilEverythingIsRead) {
    connect({.max_read = 1});
    write(*first, "abc");
    second->want_read(true);
    std::string all;
    second_events.when_readable = [&] {
        read(*second, got);
        all += got;
    };
    reactor->run();
    EXPECT_EQ(all, "abc");
    EXPECT_EQ(second_events.readable, 3);
}

TEST_F(MemoryTransportTest, NoEventThatIsNotWanted) {
    connect();
    write(*first, "x");
    reactor->run();
    EXPECT_EQ(second_events.readable + second_events.writable, 0);
    second->want_read(true);
    second->want_read(false);
    reactor->run();
    EXPECT_EQ(second_events.readable, 0);
}

TEST_F(MemoryTransportTest, WritesAreCutAtTheLimitOfACall) {
    connect({.max_write = 2});
    const std::string_view buffers[] = {"a", "bc", "d"};
    EXPECT_EQ(first->write_some(buffers).bytes, 2u);
    read(*second, got);
    EXPECT_EQ(got, "ab");
}

TEST_F(MemoryTransportTest, BuffersAreTakenInOrder) {
    connect();
    const std::string_view buffers[] = {"a", "", "bc", "d"};
    EXPECT_EQ(first->write_some(buffers).bytes, 4u);
    read(*second, got);
    EXPECT_EQ(got, "abcd");
}

TEST_F(MemoryTransportTest, AFullPipeBlocksUntilThePeerReads) {
    connect({.capacity = 4});
    EXPECT_EQ(write(*first, "123456").bytes, 4u);
    EXPECT_EQ(write(*first, "56").status, IOStatus::would_block);
    first->want_write(true);
    reactor->run();
    EXPECT_EQ(first_events.writable, 0);

    read(*second, got, 2);
    first_events.when_writable = [&] {
        EXPECT_EQ(write(*first, "56").bytes, 2u);
        first->want_write(false);
    };
    reactor->run();
    EXPECT_EQ(first_events.writable, 1);
    read(*second, got);
    EXPECT_EQ(got, "3456");
}

TEST_F(MemoryTransportTest, CloseLetsThePeerReadTheRestAndThenTheEnd) {
    connect();
    write(*first, "last");
    first->close();
    EXPECT_EQ(write(*first, "x").error, Errc::closed);
    second->want_read(true);
    second_events.when_readable = [&] {
        if (read(*second, got).status == IOStatus::end) second->close();
    };
    reactor->run();
    EXPECT_EQ(second_events.readable, 2);
}

TEST_F(MemoryTransportTest, AWriteAfterThePeerClosedIsABrokenPipe) {
    connect({.capacity = 1});
    write(*first, "x");
    first->want_write(true);
    second.reset();
    first_events.when_writable = [&] {
        EXPECT_EQ(write(*first, "y").error, Errc::broken_pipe);
        first->close();
    };
    reactor->run();
    EXPECT_EQ(first_events.writable, 1);
}

TEST_F(MemoryTransportTest, ShutdownEndsOneDirectionOnly) {
    connect();
    first->shutdown_write();
    EXPECT_EQ(read(*second, got).status, IOStatus::end);
    EXPECT_EQ(write(*first, "x").error, Errc::broken_pipe);
    EXPECT_EQ(write(*second, "reply").bytes, 5u);
    EXPECT_EQ(read(*first, got).status, IOStatus::ok);
    EXPECT_EQ(got, "reply");
}

TEST_F(MemoryTransportTest, AbortIsAResetAndLosesWhatWasUnderWay) {
    connect();
    write(*first, "lost");
    second->want_read(true);
    first->abort();
    second_events.when_readable = [&] {
        EXPECT_EQ(read(*second, got).error, Errc::connection_reset);
        EXPECT_EQ(write(*second, "x").error, Errc::connection_reset);
        second->close();
    };
    reactor->run();
    EXPECT_EQ(second_events.readable, 1);
    EXPECT_EQ(second_events.hangups, 0);
}

TEST_F(MemoryTransportTest, AnAbortThatNobodyWaitsForIsToldOnceAsHangup) {
    connect();
    first->abort();
    reactor->run();
    EXPECT_EQ(second_events.hangups, 1);
}

TEST_F(MemoryTransportTest, CloseInsideAnEventIsTheLastOne) {
    connect();
    write(*first, "x");
    second->want_read(true);
    second->want_write(true);
    second_events.when_readable = [&] { second->close(); };
    reactor->run();
    EXPECT_EQ(second_events.readable, 1);
    EXPECT_EQ(second_events.writable, 0);
}

TEST_F(MemoryTransportTest, CloseInsideAHangup) {
    connect();
    first->abort();
    second_events.when_hangup = [&] { second->close(); };
    reactor->run();
    EXPECT_EQ(second_events.hangups, 1);
}

TEST_F(MemoryTransportTest, ThePeerMayGoInsideAnEvent) {
    connect();
    write(*first, "x");
    second->want_read(true);
    second_events.when_readable = [&] {
        first.reset();
        second->want_read(false);
    };
    reactor->run();
    EXPECT_EQ(second_events.readable, 1);
}

TEST_F(MemoryTransportTest, DestructionBeforeAPostedEventCancelsIt) {
    connect();
    write(*first, "x");
    second->want_read(true);
    second.reset();
    first.reset();
    reactor->run();
    EXPECT_EQ(second_events.readable, 0);
}

TEST_F(MemoryTransportTest, BothOutliveTheReactor) {
    connect();
    second->want_read(true);
    write(*first, "x");
    reactor.reset();
    first->want_write(true);
    EXPECT_EQ(read(*second, got).status, IOStatus::ok);
    first->abort();
}

TEST_F(MemoryTransportTest, AWriterAndAReaderOfOneByteEachMoveAMegabyteInOrder) {
    connect({.capacity = 3, .max_read = 1, .max_write = 2});
    constexpr std::size_t total = 1 << 20;
    std::size_t sent = 0;
    std::size_t received = 0;
    first->want_write(true);
    second->want_read(true);
    const auto byte_at = [](std::size_t i) { return static_cast<char>(i % 251); };
    first_events.when_writable = [&] {
        const char bytes[] = {byte_at(sent), byte_at(sent + 1)};
        sent += write(*first, {bytes, std::min<std::size_t>(2, total - sent)}).bytes;
        if (sent == total) first->close();
    };
    second_events.when_readable = [&] {
        if (read(*second, got).status == IOStatus::end) return second->close();
        for (const char c : got)
            ASSERT_EQ(c, byte_at(received++));
    };
    reactor->run();
    EXPECT_EQ(received, total);
}

TEST_F(MemoryTransportTest, AddressesAreWhatTheOptionsSay) {
    connect({.first_address = *Address::from_ip("10.0.0.1", 1234)});
    EXPECT_EQ(first->local_address().to_string(), "10.0.0.1:1234");
    EXPECT_EQ(second->peer_address(), first->local_address());
    EXPECT_EQ(first->peer_address().family(), Address::Family::none);
    EXPECT_EQ(first->native_handle(), -1);
    EXPECT_FALSE(first->is_secure());
}

}  // namespace
}  // namespace gyre
