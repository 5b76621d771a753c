#include "support/reactor_fixture.hpp"
#include <gyre/iostream.hpp>
#include <gyre/memory_transport.hpp>
#include <gyre/reactor_ref.hpp>
#include <gyre/socket_options.hpp>
#include <gyre/tls.hpp>

#include <algorithm>
#include <functional>
#include <string>

#include <malloc.h>

namespace gyre::test {
namespace {

using std::chrono::seconds;

class IOStreamTest : public ReactorTest {
protected:
    void connect(const MemoryPairOptions& pair = {}, const IOStreamOptions& options = {}) {
        auto [first, second] = make_memory_pair(reactor(), pair);
        stream = IOStream{reactor(), std::move(first), options};
        peer = IOStream{reactor(), std::move(second)};
        peer.set_close_callback(
            [](const Error& error) { error.ignore("the test is of the other"); });
    }
    void TearDown() override {
        stream.abort();
        peer.close();
        settle();
        ReactorTest::TearDown();
    }
    /// A read callback that notes what it got.
    auto note() {
        return [this](Error error, std::string bytes) {
            kinds.push_back(error.kind());
            got += bytes;
        };
    }
    auto note_end() {
        return [this](Error error) { ends.push_back(error.kind()); };
    }

    IOStream stream;
    IOStream peer;
    std::string got;
    std::vector<Errc> kinds;
    std::vector<Errc> ends;
    using Kinds = std::vector<Errc>;
};

TEST_F(IOStreamTest, EveryReadAtOneByteATime) {
    connect({.max_read = 1, .max_write = 1});
    stream.read_until("\r\n", [this](Error error, std::string line) {
        EXPECT_FALSE(error);
        EXPECT_EQ(line, "line\r\n");
        stream.read_bytes(3, [this](Error inner, std::string bytes) {
            EXPECT_FALSE(inner);
            EXPECT_EQ(bytes, "abc");
            stream.read_until_close(note());
        });
    });
    peer.write("line\r\nabcthe rest");
    peer.close();
    settle();
    EXPECT_EQ(got, "the rest");
    EXPECT_EQ(kinds, Kinds{Errc::ok});
}

TEST_F(IOStreamTest, ReadSomeTakesWhatIsThere) {
    connect();
    peer.write("abcdef");
    settle();
    stream.read_some(4, note());
    settle();
    EXPECT_EQ(got, "abcd");
    stream.read_some(4, note());
    settle();
    EXPECT_EQ(got, "abcdef");
}

TEST_F(IOStreamTest, ReadBytesOfNothingSucceedsLater) {
    connect();
    stream.read_bytes(0, note());
    EXPECT_TRUE(kinds.empty());
    settle();
    EXPECT_EQ(kinds, Kinds{Errc::ok});
}

TEST_F(IOStreamTest, WrongArgumentsAreToldLater) {
    connect({}, {.max_read_buffer = 10});
    stream.read_until("", note());
    stream.read_some(0, note());
    stream.read_bytes(11, note());
    EXPECT_TRUE(kinds.empty());
    settle();
    EXPECT_EQ(kinds, (Kinds{Errc::invalid_argument, Errc::invalid_argument, Errc::limit_exceeded}));
}

TEST_F(IOStreamTest, ASecondReadIsRefusedAndTheFirstGoesOn) {
    connect();
    stream.read_bytes(1, note());
    stream.read_bytes(1, note());
    settle();
    EXPECT_EQ(kinds, Kinds{Errc::already_in_progress});
    peer.write("x");
    settle();
    EXPECT_EQ(got, "x");
}

TEST_F(IOStreamTest, AfterTheDelimitersLimitTheBytesStay) {
    connect();
    peer.write("abcdef\n");
    stream.read_until("\n", note(), 3);
    settle();
    EXPECT_EQ(kinds, Kinds{Errc::delimiter_not_found});
    stream.read_until("\n", note());
    settle();
    EXPECT_EQ(got, "abcdef\n");
}

TEST_F(IOStreamTest, TheEndBeforeAReadIsSatisfied) {
    connect();
    stream.set_close_callback(note_end());
    stream.read_bytes(5, note());
    peer.write("abc");
    peer.close();
    settle();
    EXPECT_EQ(kinds, Kinds{Errc::end_of_stream});
    EXPECT_EQ(ends, Kinds{Errc::ok});
    EXPECT_TRUE(stream.closed());
}

TEST_F(IOStreamTest, BytesBeforeTheEndCanStillBeRead) {
    connect();
    peer.write("abc");
    peer.close();
    settle();
    EXPECT_FALSE(stream.closed());
    stream.read_bytes(3, note());
    settle();
    EXPECT_EQ(got, "abc");
    EXPECT_TRUE(stream.closed());
}

TEST_F(IOStreamTest, ReadUntilCloseAtItsLimit) {
    for (const std::size_t size : {9U, 10U, 11U}) {
        kinds.clear();
        connect({}, {.max_read_buffer = 10});
        stream.read_until_close(note());
        peer.write(std::string(size, 'x'));
        settle();
        peer.close();
        settle();
        EXPECT_EQ(kinds, Kinds{size <= 10 ? Errc::ok : Errc::limit_exceeded}) << size;
        stream.abort();
        settle();
    }
}

TEST_F(IOStreamTest, OnDataGetsEveryPieceAndThenTheEnd) {
    connect({.max_read = 2});
    stream.on_data([this](std::string_view bytes) { got += bytes; });
    stream.set_close_callback(note_end());
    peer.write("abcdef");
    peer.close();
    settle();
    EXPECT_EQ(got, "abcdef");
    EXPECT_EQ(ends, Kinds{Errc::ok});
}

TEST_F(IOStreamTest, OnDataGetsWhatWasReadAhead) {
    connect();
    peer.write("early");
    settle();
    stream.on_data([this](std::string_view bytes) { got += bytes; });
    EXPECT_EQ(got, "");
    settle();
    EXPECT_EQ(got, "early");
}

TEST_F(IOStreamTest, AReadThatWaitsComesBeforeOnData) {
    connect();
    stream.read_bytes(3, note());
    std::string data;
    stream.set_close_callback(note_end());
    stream.on_data([&data](std::string_view bytes) { data += bytes; });
    peer.write("onetwo");
    settle();
    EXPECT_EQ(got, "one");
    EXPECT_EQ(data, "two");
    peer.write("three");
    peer.close();
    settle();
    EXPECT_EQ(data, "twothree");
    EXPECT_EQ(ends, Kinds{Errc::ok});
}

TEST_F(IOStreamTest, AReadThatWaitsBesideOnDataGetsTheEnd) {
    connect();
    stream.read_bytes(3, note());
    stream.set_close_callback(note_end());
    stream.on_line([](std::string_view) { ADD_FAILURE() << "a line"; });
    peer.write("ab");
    peer.close();
    settle();
    EXPECT_EQ(kinds, Kinds{Errc::end_of_stream});
    EXPECT_EQ(ends, Kinds{Errc::ok});
}

TEST_F(IOStreamTest, ItIsNotClosedDuringTheHandshake) {
    connect();
    stream.start_tls_client(TLSContext::client({}).context, "localhost",
                            [](const Error& error) { EXPECT_EQ(error, Errc::canceled); });
    EXPECT_FALSE(stream.closed());
    EXPECT_EQ(stream.set_socket_options({}), Errc::not_supported);
    stream.close();
    EXPECT_TRUE(stream.closed());
}

TEST_F(IOStreamTest, PausedDeliversNothingUntilResumed) {
    connect();
    stream.on_data([this](std::string_view bytes) {
        got += bytes;
        stream.pause_reading();
    });
    peer.write("a");
    settle();
    peer.write("b");
    peer.close();
    settle();
    EXPECT_EQ(got, "a");
    stream.set_close_callback(note_end());
    stream.resume_reading();
    settle();
    EXPECT_EQ(got, "ab");
    stream.resume_reading();
    settle();
    EXPECT_EQ(ends, Kinds{Errc::ok});
}

TEST_F(IOStreamTest, WritesAreToldInOrder) {
    connect({.capacity = 4});
    std::string order;
    peer.on_data([this](std::string_view bytes) { got += bytes; });
    stream.write("abc", [&](const Error& e) { order += e ? 'x' : '1'; });
    stream.write(std::string{"defgh"}, [&](const Error& e) { order += e ? 'x' : '2'; });
    stream.write("", [&](const Error& e) { order += e ? 'x' : '3'; });
    stream.write(std::make_shared<const std::string>("ij"),
                 [&](const Error& e) { order += e ? 'x' : '4'; });
    EXPECT_EQ(order, "");
    settle();
    EXPECT_EQ(order, "1234");
    EXPECT_EQ(got, "abcdefghij");
}

TEST_F(IOStreamTest, WritesWithoutEndKeepNothingOfThoseBefore) {
    connect({.capacity = std::size_t{1} << 20});
    peer.on_data([](std::string_view) {});
    const auto used = [] {
        const struct mallinfo2 memory = ::mallinfo2();
        return memory.uordblks + memory.hblkhd;
    };
    const std::size_t before = used();
    std::size_t most = 0;
    int left = 100'000;
    // Two of them, so that there is always an outcome that waits.
    const std::function<void()> again = [&] {
        most = std::max(most, used());
        if (left-- > 0) stream.write("x", [&again](const Error&) { again(); });
    };
    again();
    again();
    while (left > 0)
        settle();
    EXPECT_LT(most, before + 4 * 1024 * 1024);
}

TEST_F(IOStreamTest, CloseStillSendsWhatIsQueued) {
    connect({.capacity = 2});
    stream.set_close_callback(note_end());
    stream.write("a longer text");
    stream.close();
    EXPECT_TRUE(stream.closed());
    peer.read_until_close(note());
    settle();
    EXPECT_EQ(got, "a longer text");
    EXPECT_EQ(ends, Kinds{Errc::ok});
}

TEST_F(IOStreamTest, AbortDropsWhatIsQueued) {
    connect({.capacity = 2});
    stream.set_close_callback(note_end());
    stream.write("a longer text", [this](const Error& e) { kinds.push_back(e.kind()); });
    peer.read_bytes(5, note());
    stream.abort();
    settle();
    EXPECT_EQ(kinds, (Kinds{Errc::canceled, Errc::connection_reset}));
    EXPECT_EQ(ends, Kinds{Errc::ok});
}

TEST_F(IOStreamTest, AWriteWithoutProgressTimesOut) {
    connect({.capacity = 2}, {.write_timeout = seconds{5}});
    stream.set_close_callback(note_end());
    auto held = peer;  // it does not read
    peer.pause_reading();
    stream.write("abcdef", [this](const Error& e) { kinds.push_back(e.kind()); });
    advance(seconds{4});
    EXPECT_TRUE(kinds.empty());
    advance(seconds{2});
    EXPECT_EQ(kinds, Kinds{Errc::timed_out});
    EXPECT_EQ(ends, Kinds{Errc::timed_out});
}

TEST_F(IOStreamTest, AFailedWriteWithoutCallbackIsToldByTheCloseCallback) {
    connect();
    stream.set_close_callback(note_end());
    stream.pause_reading();
    peer.close();
    settle();
    stream.write("x");
    settle();
    EXPECT_EQ(ends, Kinds{Errc::broken_pipe});
}

TEST_F(IOStreamTest, AFailedWriteThatNobodyHearsIsReported) {
    connect();
    stream.pause_reading();
    peer.close();
    settle();
    stream.write("x");
    settle();
    const auto told = take_reports();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0], Errc::broken_pipe);
}

TEST_F(IOStreamTest, ACongestedQueueRefusesAndDrains) {
    connect({.capacity = 1}, {.write_high_water = 10, .write_low_water = 4, .max_write_buffer = 5});
    int drains = 0;
    peer.pause_reading();
    stream.set_drain_callback([&] { ++drains; });
    stream.write(std::string(20, 'a'));
    const auto note_write = [this](const Error& e) { kinds.push_back(e.kind()); };
    stream.write(std::string(5, 'b'), note_write);
    stream.write("c", note_write);
    settle();
    EXPECT_EQ(kinds, Kinds{Errc::limit_exceeded});
    EXPECT_EQ(drains, 0);
    peer.resume_reading();
    peer.on_data([this](std::string_view bytes) { got += bytes; });
    settle();
    EXPECT_EQ(drains, 1);
    EXPECT_EQ(got, std::string(20, 'a') + std::string(5, 'b'));
    EXPECT_EQ(kinds, (Kinds{Errc::limit_exceeded, Errc::ok}));
}

TEST_F(IOStreamTest, TheCapCountsOnlyWhatIsStillQueued) {
    connect({.capacity = 1000}, {.write_high_water = 10, .max_write_buffer = 100});
    peer.on_data([](std::string_view) {});
    peer.pause_reading();
    stream.write(std::string(1015, 'a'));
    for (int i = 0; i < 50; ++i) {  // far more than the cap in all, never more at a time
        stream.write(std::string(50, 'b'), [this](const Error& e) { kinds.push_back(e.kind()); });
        peer.resume_reading();
        settle();
        peer.pause_reading();
        stream.write(std::string(1000, 'a'));
    }
    peer.resume_reading();
    settle();
    EXPECT_EQ(kinds, Kinds(50, Errc::ok));
}

TEST_F(IOStreamTest, OperationsOnAClosedStreamAreToldLater) {
    connect();
    stream.close();
    settle();
    stream.read_bytes(1, note());
    stream.write("x", [this](const Error& e) { kinds.push_back(e.kind()); });
    stream.set_close_callback(note_end());
    EXPECT_TRUE(kinds.empty());
    settle();
    EXPECT_EQ(kinds, (Kinds{Errc::closed, Errc::closed}));
    EXPECT_EQ(ends, Kinds{Errc::ok});
}

TEST_F(IOStreamTest, ACloseCallbackThatComesLateGetsTheReason) {
    connect();
    peer.abort();
    stream.read_bytes(1, note());
    settle();
    EXPECT_EQ(kinds, Kinds{Errc::connection_reset});
    stream.set_close_callback(note_end());
    settle();
    EXPECT_EQ(ends, Kinds{Errc::connection_reset});
}

TEST_F(IOStreamTest, TheCloseCallbackComesLast) {
    connect({.capacity = 1});
    std::string order;
    stream.set_close_callback([&](const Error& e) { order += e ? 'x' : 'c'; });
    stream.read_bytes(1, [&](const Error& e, const std::string&) { order += e ? 'r' : 'x'; });
    stream.write("abc", [&](const Error& e) { order += e ? 'w' : 'x'; });
    stream.abort();
    settle();
    EXPECT_EQ(order, "rwc");
}

TEST_F(IOStreamTest, BadOptionsFailEverything) {
    const std::vector<IOStreamOptions> bad{{.max_read_buffer = 0},
                                           {.write_high_water = 0},
                                           {.max_write_buffer = 0},
                                           {.write_timeout = Duration::zero()},
                                           {.write_timeout = seconds{-1}}};
    for (const IOStreamOptions& options : bad) {
        kinds.clear();
        ends.clear();
        connect({}, options);
        stream.set_close_callback(note_end());
        stream.read_some(1, note());
        stream.write("x", [this](const Error& e) { kinds.push_back(e.kind()); });
        settle();
        EXPECT_EQ(kinds, (Kinds{Errc::invalid_argument, Errc::invalid_argument}));
        EXPECT_EQ(ends, Kinds{Errc::invalid_argument});
    }
}

TEST_F(IOStreamTest, UnlimitedWorksEverywhere) {
    connect({.capacity = 10}, {.max_read_buffer = unlimited,
                               .read_ahead = unlimited,
                               .write_high_water = unlimited,
                               .write_low_water = unlimited,
                               .max_write_buffer = unlimited,
                               .write_timeout = unlimited});
    stream.write(std::string(1000, 'x'));
    peer.read_bytes(1000, note());
    advance(std::chrono::hours{100});
    EXPECT_EQ(got.size(), 1000U);
    stream.read_until_close(note());
    peer.write("abc");
    peer.close();
    settle();
    EXPECT_EQ(kinds, (Kinds{Errc::ok, Errc::ok}));
}

TEST_F(IOStreamTest, ADefaultStreamIsInert) {
    stream.read_bytes(1, note());
    stream.close();
    stream.abort();
    EXPECT_TRUE(stream.closed());
    EXPECT_FALSE(stream);
    settle();
    EXPECT_EQ(take_reports().size(), 1U);  // the callback was dropped
    EXPECT_FALSE((IOStream{reactor(), nullptr}));
}

TEST_F(IOStreamTest, ItsReactorKeepsItAliveWithoutHandles) {
    connect();
    stream.read_bytes(3, note());
    stream = {};
    peer.write("abc");
    settle();
    EXPECT_EQ(got, "abc");
}

TEST_F(IOStreamTest, TheEndReleasesEveryCallback) {
    connect();
    Captures captures;
    stream.on_data([token = captures.token(), handle = stream](std::string_view) {});
    stream.set_drain_callback([token = captures.token(), handle = stream] {});
    stream.set_close_callback([token = captures.token(), handle = stream](const Error&) {});
    stream.close();
    settle();
    EXPECT_TRUE(captures.released());
    stream.set_drain_callback([token = captures.token(), handle = stream] {});
    stream.on_data([token = captures.token(), handle = stream](std::string_view) {});
    EXPECT_TRUE(captures.released());
}

}  // namespace
}  // namespace gyre::test
