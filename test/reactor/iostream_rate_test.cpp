#include "reactor_core.hpp"
#include "support/stream_pair.hpp"

#include <string>

namespace gyre::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class IOStreamRateTest : public StreamPairTest {
protected:
    bool has_work() { return detail::ReactorCore::of(reactor()).has_work(); }
    /// Lets time pass in small steps, as it does.
    void pass(Duration time) {
        for (const TimePoint end = clock->now() + time; clock->now() < end;)
            advance(milliseconds{10});
    }
};

TEST_F(IOStreamRateTest, WritingPassesTheBurstAndThenTheRate) {
    connect({}, {.write_rate = 1000, .rate_burst = 500});
    let_peer_read();
    stream.write(std::string(3000, 'x'), note_write());
    settle();
    EXPECT_EQ(peer_got.size(), 500U);
    EXPECT_EQ(stream.queued_bytes(), 2500U);
    pass(seconds{1});
    EXPECT_EQ(peer_got.size(), 1500U);
    EXPECT_TRUE(writes.empty());
    pass(milliseconds{1500});
    EXPECT_EQ(peer_got.size(), 3000U);
    EXPECT_EQ(writes, Kinds{Errc::ok});
}

TEST_F(IOStreamRateTest, ReadingPassesTheBurstAndThenTheRate) {
    connect({}, {.read_rate = 1000, .rate_burst = 500});
    stream.on_data([this](std::string_view bytes) { got += bytes; });
    peer.write(std::string(3000, 'x'));
    settle();
    EXPECT_EQ(got.size(), 500U);
    pass(seconds{1});
    EXPECT_EQ(got.size(), 1500U);
    pass(milliseconds{1500});
    EXPECT_EQ(got.size(), 3000U);
    peer.close();
    pass(milliseconds{10});
    EXPECT_EQ(ends, Kinds{Errc::ok});
}

TEST_F(IOStreamRateTest, ManySmallWritesShareTheRate) {
    connect({}, {.write_rate = 100, .rate_burst = 100});
    let_peer_read();
    for (int i = 0; i < 30; ++i)
        stream.write("0123456789", note_write());
    pass(seconds{1});
    EXPECT_EQ(peer_got.size(), 200U);
    EXPECT_EQ(writes.size(), 20U);
    pass(seconds{1});
    EXPECT_EQ(writes.size(), 30U);
}

TEST_F(IOStreamRateTest, ReadIntoAndReadBytesKeepTheRate) {
    connect({}, {.read_rate = 20'000, .rate_burst = 20'000});
    std::string room(50'000, '.');
    std::size_t filled = 0;
    stream.read_into(room, [&](const Error& error, std::size_t size) {
        EXPECT_FALSE(error);
        filled = size;
    });
    peer.write(std::string(60'000, 'x'));
    settle();
    pass(milliseconds{1490});
    EXPECT_EQ(filled, 0U);
    pass(milliseconds{10});
    EXPECT_EQ(filled, 50'000U);
    stream.read_bytes(10'000, note());
    pass(milliseconds{490});
    EXPECT_EQ(got.size(), 0U);
    pass(milliseconds{10});
    EXPECT_EQ(got.size(), 10'000U);
}

TEST_F(IOStreamRateTest, HeldBackNothingTurnsTheLoop) {
    connect({}, {.read_rate = 100, .write_rate = 100, .rate_burst = 100});
    stream.on_data([](std::string_view) {});
    stream.write(std::string(1000, 'x'));
    peer.write(std::string(1000, 'x'));
    settle();
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(reactor().poll(), 0U);
    EXPECT_TRUE(has_work()) << "bytes are queued";
}

TEST_F(IOStreamRateTest, ItsTimerAloneDoesNotKeepRunGoing) {
    connect({}, {.read_rate = 100, .rate_burst = 100});
    peer.write(std::string(1000, 'x'));
    settle();
    EXPECT_FALSE(has_work());
}

TEST_F(IOStreamRateTest, TheWriteTimeoutDoesNotCountTheRate) {
    connect({}, {.write_timeout = seconds{5}, .write_rate = 1, .rate_burst = 10});
    let_peer_read();
    stream.write(std::string(70, 'x'), note_write());
    pass(seconds{59});
    EXPECT_TRUE(writes.empty());
    pass(seconds{2});
    EXPECT_EQ(writes, Kinds{Errc::ok});
    pass(seconds{30});
    EXPECT_FALSE(stream.closed());
}

TEST_F(IOStreamRateTest, TheWriteTimeoutStillFindsAPeerThatDoesNotRead) {
    connect({.capacity = 20}, {.write_timeout = seconds{5}, .write_rate = 10, .rate_burst = 10},
            {.read_ahead = 1});
    peer.pause_reading();
    stream.write(std::string(70, 'x'), note_write());
    pass(seconds{4});
    EXPECT_TRUE(writes.empty());
    pass(seconds{5});
    EXPECT_EQ(writes, Kinds{Errc::timed_out});
    EXPECT_EQ(ends, Kinds{Errc::timed_out});
}

TEST_F(IOStreamRateTest, CloseStillSendsTheQueueAtTheRate) {
    connect({}, {.write_rate = 100, .rate_burst = 100});
    let_peer_read();
    stream.write(std::string(300, 'x'), note_write());
    stream.close();
    pass(milliseconds{1900});
    EXPECT_LT(peer_got.size(), 300U);
    EXPECT_TRUE(ends.empty());
    pass(milliseconds{200});
    EXPECT_EQ(peer_got.size(), 300U);
    EXPECT_EQ(ends, Kinds{Errc::ok});
    EXPECT_EQ(peer_ends, Kinds{Errc::ok});
}

TEST_F(IOStreamRateTest, AbortWhileHeldBack) {
    connect({}, {.read_rate = 100, .write_rate = 100, .rate_burst = 100});
    stream.write(std::string(300, 'x'), note_write());
    stream.read_bytes(300, note());
    peer.write(std::string(300, 'x'));
    settle();
    stream.abort();
    pass(seconds{5});
    EXPECT_EQ(writes, Kinds{Errc::canceled});
    EXPECT_EQ(kinds, Kinds{Errc::canceled});
}

TEST_F(IOStreamRateTest, AResetWhileHeldBackIsFound) {
    connect({}, {.read_rate = 100, .write_rate = 100, .rate_burst = 100});
    stream.write(std::string(300, 'x'), note_write());
    settle();
    peer.abort();
    pass(seconds{1});
    EXPECT_EQ(writes, Kinds{Errc::connection_reset});
    EXPECT_EQ(ends, Kinds{Errc::connection_reset});
}

TEST_F(IOStreamRateTest, TheReactorIsDestroyedWhileHeldBack) {
    connect({}, {.read_rate = 100, .write_rate = 100, .rate_burst = 100});
    Captures captures;
    stream.write(std::string(300, 'x'), [token = captures.token()](const Error&) { FAIL(); });
    stream.on_data([](std::string_view) {});
    peer.write(std::string(300, 'x'));
    settle();
    reactor_holder.reset();
    EXPECT_TRUE(captures.released());
}

TEST_F(IOStreamRateTest, PausingAndRatesGoTogether) {
    connect({}, {.read_rate = 100, .rate_burst = 100});
    stream.on_data([this](std::string_view bytes) { got += bytes; });
    peer.write(std::string(300, 'x'));
    settle();
    stream.pause_reading();
    pass(seconds{1});
    EXPECT_EQ(got.size(), 100U);
    stream.resume_reading();
    settle();
    EXPECT_EQ(got.size(), 200U);
    pass(seconds{1});
    EXPECT_EQ(got.size(), 300U);
}

TEST_F(IOStreamRateTest, RatesMayBeSetAndLiftedLater) {
    connect();
    let_peer_read();
    EXPECT_FALSE(stream.set_rate_limits(unlimited, 100, 100));
    stream.write(std::string(1000, 'x'));
    pass(seconds{1});
    EXPECT_EQ(peer_got.size(), 200U);
    EXPECT_FALSE(stream.set_rate_limits(unlimited, 200, 100));
    pass(seconds{1});
    EXPECT_EQ(peer_got.size(), 400U);
    EXPECT_FALSE(stream.set_rate_limits(unlimited, unlimited));
    settle();
    EXPECT_EQ(peer_got.size(), 1000U);
}

TEST_F(IOStreamRateTest, ZeroIsRefused) {
    connect();
    EXPECT_EQ(stream.set_rate_limits(0, 1), Errc::invalid_argument);
    EXPECT_EQ(stream.set_rate_limits(1, 0), Errc::invalid_argument);
    EXPECT_EQ(stream.set_rate_limits(1, 1, 0), Errc::invalid_argument);
    for (const IOStreamOptions& options :
         {IOStreamOptions{.read_rate = 0}, IOStreamOptions{.write_rate = 0},
          IOStreamOptions{.rate_burst = 0}, IOStreamOptions{.linger = seconds{-1}}}) {
        connect({}, options);
        EXPECT_TRUE(stream.closed());
        stream.write("x", note_write());
        settle();
        EXPECT_EQ(writes.back(), Errc::invalid_argument);
        peer.abort();
    }
    EXPECT_FALSE(IOStream{}.set_rate_limits(1, 1));
}

TEST_F(IOStreamRateTest, OverTlsThatBlocks) {
    connect({.capacity = 1000, .max_read = 300, .max_write = 70}, {},
            {.read_rate = 100'000, .rate_burst = 5000});
    start_tls();
    EXPECT_FALSE(stream.set_rate_limits(unlimited, 50'000, 2000));
    let_peer_read();
    const std::string text(60'000, 'x');
    stream.write(text);
    pass(milliseconds{100});
    EXPECT_FALSE(stream.set_rate_limits(unlimited, 50'000, 600)) << "less than TLS was offered";
    pass(seconds{2});
    EXPECT_TRUE(peer_got == text) << peer_got.size();
}

}  // namespace
}  // namespace gyre::test
