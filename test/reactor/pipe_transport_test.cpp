// PipeTransport: the two ends of a pipe as transports.
#include "pipe_transport.hpp"

#include "reactor_core.hpp"
#include "support/reactor_fixture.hpp"
#include <gyre/iostream.hpp>

#include <array>
#include <csignal>

#include <fcntl.h>
#include <unistd.h>

namespace gyre::test {
namespace {

using detail::PipeTransport;

class Events final : public TransportListener {
public:
    void on_readable() noexcept override { ++readable; }
    void on_writable() noexcept override { ++writable; }
    void on_hangup() noexcept override { ++hangups; }

    int readable = 0;
    int writable = 0;
    int hangups = 0;
};

class PipeTransportTest : public ReactorTest {
protected:
    PipeTransportTest() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC) != 0) std::abort();
        reader = make(ends[0], PipeTransport::End::reading);
        writer = make(ends[1], PipeTransport::End::writing);
    }
    void TearDown() override {
        // Their listeners were the test's own.
        reader.reset();
        writer.reset();
        ReactorTest::TearDown();
    }
    std::unique_ptr<PipeTransport> make(int descriptor, PipeTransport::End end) {
        return std::make_unique<PipeTransport>(
            reactor(), detail::ReactorCore::of(reactor()).poller(), descriptor, end);
    }
    static IOResult write(Transport& transport, std::string_view text) {
        return transport.write_some({&text, 1});
    }
    /// Fills the pipe until nothing goes in any more.
    static void fill(Transport& transport) {
        const std::string block(4096, 'x');
        for (int i = 0; i < 10'000; ++i)
            if (write(transport, block).status != IOStatus::ok) return;
        FAIL() << "a pipe without end";
    }
    IOResult read() { return reader->read_some(room); }

    std::unique_ptr<PipeTransport> reader;
    std::unique_ptr<PipeTransport> writer;
    std::array<char, 65536> room{};
};

TEST_F(PipeTransportTest, BytesGoThrough) {
    const std::array<std::string_view, 3> parts{"one", "", "two"};
    EXPECT_EQ(writer->write_some(parts).bytes, 6U);
    const IOResult result = read();
    EXPECT_EQ(result.status, IOStatus::ok);
    EXPECT_EQ(std::string_view(room.data(), result.bytes), "onetwo");
}

TEST_F(PipeTransportTest, NothingToReadWouldBlock) {
    EXPECT_EQ(read().status, IOStatus::would_block);
    EXPECT_EQ(reader->read_some({}).status, IOStatus::ok);
}

TEST_F(PipeTransportTest, AFullPipeWouldBlock) {
    fill(*writer);
    EXPECT_EQ(write(*writer, "x").status, IOStatus::would_block);
}

TEST_F(PipeTransportTest, BytesAreToldToTheReader) {
    Events events;
    reader->set_listener(&events);
    reader->want_read(true);
    settle();
    EXPECT_EQ(events.readable, 0);
    EXPECT_EQ(write(*writer, "x").bytes, 1U);
    reactor().poll();
    EXPECT_GE(events.readable, 1);
}

TEST_F(PipeTransportTest, RoomIsToldToTheWriter) {
    Events events;
    writer->set_listener(&events);
    fill(*writer);
    writer->want_write(true);
    settle();
    EXPECT_EQ(events.writable, 0);
    while (read().status == IOStatus::ok) {
    }
    reactor().poll();
    EXPECT_GE(events.writable, 1);
}

TEST_F(PipeTransportTest, TheWritersEndIsTheEndOfReading) {
    EXPECT_EQ(write(*writer, "x").bytes, 1U);
    writer->close();
    EXPECT_EQ(read().bytes, 1U);
    EXPECT_EQ(read().status, IOStatus::end);
}

TEST_F(PipeTransportTest, ShutdownEndsTheWriter) {
    reader->shutdown_write();
    EXPECT_EQ(write(*writer, "x").bytes, 1U);
    writer->shutdown_write();
    EXPECT_EQ(read().bytes, 1U);
    EXPECT_EQ(read().status, IOStatus::end);
    EXPECT_EQ(write(*writer, "x").error, Errc::closed);
}

TEST_F(PipeTransportTest, TheReadersEndIsToldToTheWriter) {
    Events events;
    writer->set_listener(&events);
    writer->want_read(true);
    EXPECT_EQ(writer->read_some(room).status, IOStatus::would_block);
    settle();
    EXPECT_EQ(events.readable, 0);
    reader->close();
    reactor().poll();
    EXPECT_GE(events.readable, 1);
    EXPECT_EQ(writer->read_some(room).status, IOStatus::end);
}

TEST_F(PipeTransportTest, AHangUpIsToldOnceIfNothingIsWanted) {
    Events events;
    writer->set_listener(&events);
    writer->want_read(true);
    writer->want_read(false);
    reader->close();
    settle();
    EXPECT_EQ(events.hangups, 1);
}

TEST_F(PipeTransportTest, AWriteWithoutAReaderIsBroken) {
    reader->close();
    EXPECT_EQ(write(*writer, "x").error, Errc::broken_pipe);
    EXPECT_EQ(write(*writer, "x").error, Errc::broken_pipe);
}

TEST_F(PipeTransportTest, AWriteWithoutAReaderLeavesNoSignalBehind) {
    sigset_t mask;
    reader->close();
    EXPECT_EQ(write(*writer, "x").error, Errc::broken_pipe);
    ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    EXPECT_EQ(::sigismember(&mask, SIGPIPE), 0);
    // With SIGPIPE held back by the program too.
    sigset_t blocked;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &blocked, &mask);
    EXPECT_EQ(write(*writer, "x").error, Errc::broken_pipe);
    sigset_t pending;
    ::sigpending(&pending);
    EXPECT_EQ(::sigismember(&pending, SIGPIPE), 0);
    ::pthread_sigmask(SIG_SETMASK, &mask, nullptr);
}

TEST_F(PipeTransportTest, ASignalOfTheProgramsOwnIsLeftToIt) {
    sigset_t blocked;
    sigset_t mask;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &blocked, &mask);
    ::pthread_kill(::pthread_self(), SIGPIPE);
    reader->close();
    EXPECT_EQ(write(*writer, "x").error, Errc::broken_pipe);
    const timespec now{};
    EXPECT_EQ(::sigtimedwait(&blocked, nullptr, &now), SIGPIPE);
    ::pthread_sigmask(SIG_SETMASK, &mask, nullptr);
}

TEST_F(PipeTransportTest, AReadingEndCannotBeWrittenTo) {
    EXPECT_EQ(write(*reader, "x").error, Errc::not_supported);
}

TEST_F(PipeTransportTest, AfterClosingNothingWorks) {
    reader->close();
    writer->abort();
    EXPECT_EQ(read().error, Errc::closed);
    EXPECT_EQ(write(*writer, "x").error, Errc::closed);
    EXPECT_EQ(reader->native_handle(), -1);
    reader->close();
    writer->close();
}

TEST_F(PipeTransportTest, AStreamOverAWritingEndEndsWithItsReader) {
    const IOStream stream{reactor(), std::move(writer)};
    ExpectOnce closed;
    stream.set_close_callback(closed([](const Error& error) { EXPECT_FALSE(error) << error; }));
    settle();
    reader->close();
    settle();
}

TEST_F(PipeTransportTest, AStreamWithBytesQueuedFailsWithItsReader) {
    const IOStream stream{reactor(), std::move(writer)};
    ExpectOnce closed;
    ExpectOnce written;
    stream.write(std::string(1024 * 1024, 'x'),
                 written([](const Error& error) { EXPECT_EQ(error, Errc::broken_pipe); }));
    stream.set_close_callback(
        closed([](const Error& error) { EXPECT_EQ(error, Errc::broken_pipe); }));
    settle();
    reader->close();
    settle();
}

TEST_F(PipeTransportTest, AReadOfAWritingEndWaitsForItsEnd) {
    const IOStream stream{reactor(), std::move(writer)};
    ExpectOnce read;
    stream.read_some(1, read([](const Error& error, const std::string&) {
                         EXPECT_EQ(error, Errc::end_of_stream);
                     }));
    settle();
    EXPECT_EQ(read.calls(), 0);
    reader->close();
    settle();
}

TEST_F(PipeTransportTest, AStreamOverAWritingEndEndsWithShutdown) {
    const IOStream stream{reactor(), std::move(writer)};
    ExpectOnce closed;
    ExpectOnce read;
    stream.set_close_callback(closed([](const Error& error) { EXPECT_FALSE(error) << error; }));
    stream.read_some(1, read([](const Error& error, const std::string&) {
                         EXPECT_EQ(error, Errc::end_of_stream);
                     }));
    stream.write("last words");
    stream.shutdown_write();
    settle();
    EXPECT_EQ(this->read().bytes, 10U);
    EXPECT_EQ(this->read().status, IOStatus::end);
}

TEST_F(PipeTransportTest, AfterShutdownTheEndIsToldWhenReadingIsWanted) {
    Events events;
    writer->set_listener(&events);
    writer->shutdown_write();
    settle();
    EXPECT_EQ(events.readable, 0);
    writer->want_read(true);
    EXPECT_EQ(events.readable, 0) << "inline";
    settle();
    EXPECT_EQ(events.readable, 1);
    EXPECT_EQ(writer->read_some(room).status, IOStatus::end);
    writer->want_read(false);
    writer->want_read(true);
    writer->close();
    settle();
    EXPECT_EQ(events.readable, 1);
    EXPECT_EQ(events.hangups, 0);
}

TEST_F(PipeTransportTest, DestroyedAfterShutdown) {
    Events events;
    writer->set_listener(&events);
    writer->want_read(true);
    writer->shutdown_write();
    writer.reset();
    settle();
    EXPECT_EQ(events.readable, 0);
}

TEST_F(PipeTransportTest, BytesThatCameBeforeTheEndAreRead) {
    const IOStream stream{reactor(), std::move(reader)};
    EXPECT_EQ(write(*writer, "last words").bytes, 10U);
    writer->close();
    ExpectOnce read;
    stream.read_until_close(read([](const Error& error, const std::string& bytes) {
        EXPECT_FALSE(error) << error;
        EXPECT_EQ(bytes, "last words");
    }));
    settle();
}

TEST_F(PipeTransportTest, ADescriptorThatCannotBeWatchedIsTold) {
    std::string path = "/tmp/gyre-pipe-XXXXXX";
    const int regular = ::mkstemp(path.data());  // epoll refuses it
    ASSERT_GE(regular, 0);
    ::unlink(path.c_str());
    const IOStream stream{reactor(), make(regular, PipeTransport::End::reading)};
    ExpectOnce closed;
    stream.set_close_callback(
        closed([](const Error& error) { EXPECT_EQ(error, Errc::permission_denied); }));
    settle();
}

}  // namespace
}  // namespace gyre::test
