#include "reactor_core.hpp"
#include "support/stream_pair.hpp"

#include <stdexcept>
#include <string>

namespace gyre::test {
namespace {

enum class Over { memory, tcp, unix_socket, tls, tls_over_tcp };

class IOStreamHalfCloseTest : public StreamPairTest {
protected:
    bool has_work() { return detail::ReactorCore::of(reactor()).has_work(); }
    void connect_over(Over over, const IOStreamOptions& options,
                      const IOStreamOptions& peer_options) {
        if (over == Over::memory || over == Over::tls)
            connect({.capacity = 5000}, options, peer_options);
        else
            connect_sockets(options, peer_options,
                            over == Over::unix_socket ? "unix:@gyre-half-close-test" : "127.0.0.1");
        if (over == Over::tls || over == Over::tls_over_tcp) start_tls();
    }
    /// Turns the loop for as long as events on loopback take.
    void let_the_kernel_work() {
        for (int i = 0; i < 50; ++i) {
            reactor().poll();
            ::usleep(200);
        }
    }
    const IOStreamOptions half_open{.allow_half_open = true};
};

class HalfCloseOverTest : public IOStreamHalfCloseTest, public testing::WithParamInterface<Over> {};

TEST_P(HalfCloseOverTest, OneSideEndsAndTheOtherGoesOn) {
    connect_over(GetParam(), {}, half_open);
    const std::string question(20'000, 'q');
    const std::string answer(20'000, 'a');
    peer.read_until_close([&](const Error& error, const std::string& bytes) {
        EXPECT_FALSE(error);
        peer_got = bytes;
        EXPECT_FALSE(peer.closed());
        peer.write(answer);
        peer.shutdown_write();
    });
    stream.read_until_close(note());
    stream.write(question);
    stream.shutdown_write();
    run_until([this] { return !ends.empty() && !peer_ends.empty(); });
    EXPECT_TRUE(peer_got == question) << peer_got.size();
    EXPECT_TRUE(got == answer) << got.size();
    EXPECT_EQ(kinds, Kinds{Errc::ok});
    EXPECT_EQ(ends, Kinds{Errc::ok});
    EXPECT_EQ(peer_ends, Kinds{Errc::ok});
}

TEST_P(HalfCloseOverTest, ThePeersEndLeavesWritingOpenUntilClose) {
    connect_over(GetParam(), half_open, {});
    stream.set_end_callback([this] { kinds.push_back(Errc::ok); });
    let_peer_read();
    peer.shutdown_write();
    run_until([this] { return !kinds.empty(); });
    EXPECT_FALSE(stream.closed());
    stream.write("late");
    run_until([this] { return peer_got == "late"; });
    stream.close();
    run_until([this] { return !ends.empty() && !peer_ends.empty(); });
    EXPECT_EQ(ends, Kinds{Errc::ok});
    EXPECT_EQ(peer_ends, Kinds{Errc::ok});
}

INSTANTIATE_TEST_SUITE_P(Transports, HalfCloseOverTest,
                         testing::Values(Over::memory, Over::tcp, Over::unix_socket, Over::tls,
                                         Over::tls_over_tcp));

TEST_F(IOStreamHalfCloseTest, ByDefaultThePeersEndClosesTheStream) {
    connect();
    stream.on_data([](std::string_view) {});
    peer.shutdown_write();
    settle();
    EXPECT_EQ(ends, Kinds{Errc::ok});
}

TEST_F(IOStreamHalfCloseTest, WhatIsQueuedGoesFirst) {
    connect({.capacity = 10}, {}, half_open);
    peer.pause_reading();
    stream.write(std::string(100, 'x'), note_write());
    stream.shutdown_write();
    settle();
    EXPECT_TRUE(writes.empty());
    peer.resume_reading();
    peer.read_until_close(note());
    settle();
    EXPECT_EQ(writes, Kinds{Errc::ok});
    EXPECT_EQ(got.size(), 100U);
    EXPECT_FALSE(peer.closed());
    EXPECT_FALSE(stream.closed());
}

TEST_F(IOStreamHalfCloseTest, WritesAfterItFail) {
    connect({}, {}, half_open);
    stream.shutdown_write();
    stream.shutdown_write();
    stream.write("x", note_write());
    EXPECT_TRUE(writes.empty()) << "called inline";
    settle();
    EXPECT_EQ(writes, Kinds{Errc::closed});
    EXPECT_TRUE(ends.empty());
    stream.write("x");
    settle();
    EXPECT_EQ(ends, Kinds{Errc::closed});
}

TEST_F(IOStreamHalfCloseTest, ReadsAfterThePeersEndGetIt) {
    connect({}, half_open);
    peer.write("abc");
    peer.shutdown_write();
    settle();
    stream.read_bytes(3, note());
    settle();
    EXPECT_EQ(got, "abc");
    stream.read_some(1, note());
    stream.read_line(note());
    settle();
    stream.read_line(note());
    settle();
    stream.read_until_close(note());
    settle();
    EXPECT_EQ(kinds, (Kinds{Errc::ok, Errc::end_of_stream, Errc::already_in_progress,
                            Errc::end_of_stream, Errc::ok}));
    EXPECT_TRUE(ends.empty());
    stream.shutdown_write();
    EXPECT_TRUE(ends.empty()) << "called inline";
    settle();
    EXPECT_EQ(ends, Kinds{Errc::ok});
}

TEST_F(IOStreamHalfCloseTest, OnDataAndTheEnd) {
    connect({}, half_open);
    stream.on_data([this](std::string_view bytes) { got += bytes; });
    stream.set_end_callback([this] { got += "<end>"; });
    peer.write("abc");
    peer.shutdown_write();
    EXPECT_TRUE(has_work());
    settle();
    EXPECT_EQ(got, "abc<end>");
    EXPECT_FALSE(has_work()) << "nothing more can come";
    settle();
    EXPECT_EQ(got, "abc<end>");
}

TEST_F(IOStreamHalfCloseTest, AnEndCallbackThatComesLateIsCalledToo) {
    connect({}, half_open);
    peer.shutdown_write();
    settle();
    stream.set_end_callback([this] { got += "<end>"; });
    EXPECT_TRUE(got.empty()) << "called inline";
    settle();
    EXPECT_EQ(got, "<end>");
}

TEST_F(IOStreamHalfCloseTest, TheEndCallbackComesBeforeTheCloseCallback) {
    connect();
    stream.on_line([this](std::string_view line) { got += line; });
    stream.set_end_callback([this] {
        got += "<end>";
        stream.write("bye");
        throw std::runtime_error{"no"};
    });
    stream.set_close_callback([this](const Error& error) { got += error ? "<error>" : "<close>"; });
    let_peer_read();
    peer.write("abc");
    peer.shutdown_write();
    settle();
    EXPECT_EQ(got, "abc<end><close>");
    EXPECT_EQ(peer_got, "bye");
    EXPECT_EQ(take_reports().size(), 1U);
}

TEST_F(IOStreamHalfCloseTest, AReadStartedInsideTheEndCallbackGetsTheEnd) {
    connect();
    stream.set_end_callback([this] { stream.read_bytes(1, note()); });
    peer.shutdown_write();
    settle();
    EXPECT_EQ(kinds, Kinds{Errc::end_of_stream});
    EXPECT_EQ(ends, Kinds{Errc::ok});
}

TEST_F(IOStreamHalfCloseTest, AbortInsideTheEndCallback) {
    connect({}, half_open);
    Captures captures;
    stream.on_data([token = captures.token()](std::string_view) {});
    stream.set_end_callback([this, token = captures.token()] { stream.abort(); });
    peer.shutdown_write();
    settle();
    EXPECT_EQ(ends, Kinds{Errc::ok});
    EXPECT_TRUE(captures.released());
}

TEST_F(IOStreamHalfCloseTest, AnEndThatNeverComesReleasesItsCallback) {
    connect();
    Captures captures;
    stream.set_end_callback([token = captures.token()] { FAIL(); });
    stream.close();
    settle();
    EXPECT_TRUE(captures.released());
}

TEST_F(IOStreamHalfCloseTest, CloseAfterShutdown) {
    connect();
    stream.write("abc");
    stream.shutdown_write();
    stream.close();
    peer.read_until_close(note());
    settle();
    EXPECT_EQ(got, "abc");
    EXPECT_EQ(ends, Kinds{Errc::ok});
    stream.shutdown_write();
}

TEST_F(IOStreamHalfCloseTest, APeerThatIsGoneAltogetherEndsAHalfOpenStream) {
    connect({}, half_open);
    peer.shutdown_write();
    settle();
    peer.abort();
    settle();
    EXPECT_EQ(ends, Kinds{Errc::connection_reset});
}

TEST_F(IOStreamHalfCloseTest, APeerThatIsGoneBeforeAllWasReadIsFoundWhenItWas) {
    connect_sockets(half_open);
    peer.write("rest");
    peer.shutdown_write();
    stream.read_bytes(1, note());  // and the rest is read ahead, with the end
    run_until([this] { return got == "r"; });
    let_the_kernel_work();
    peer.abort();
    let_the_kernel_work();
    EXPECT_TRUE(ends.empty());
    stream.read_bytes(3, note());
    run_until([this] { return !ends.empty(); });
    EXPECT_EQ(got, "rest");
    EXPECT_EQ(ends, Kinds{Errc::connection_reset});
}

TEST_F(IOStreamHalfCloseTest, BothEndsAreNoBreakEvenWhileTheEndIsStillToBeTold) {
    connect_sockets(half_open);
    stream.set_end_callback([this] {
        for (int i = 0; i < 1000; ++i)  // more than a turn's share
            reactor().add_callback([] {});
        stream.read_some(1, note());
        stream.shutdown_write();
    });
    stream.set_close_callback([this](const Error& error) {
        ends.push_back(error.kind());
        reactor().stop();
    });
    peer.shutdown_write();
    reactor().run();
    EXPECT_EQ(kinds, Kinds{Errc::end_of_stream});
    EXPECT_EQ(ends, Kinds{Errc::ok});
}

TEST_F(IOStreamHalfCloseTest, AtALimitedRate) {
    connect({}, {.write_rate = 100, .rate_burst = 100}, half_open);
    stream.write(std::string(300, 'x'));
    stream.shutdown_write();
    peer.read_until_close(note());
    advance(std::chrono::seconds{1});
    EXPECT_TRUE(kinds.empty());
    for (int i = 0; i < 200; ++i)
        advance(std::chrono::milliseconds{10});
    EXPECT_EQ(got.size(), 300U);
}

TEST_F(IOStreamHalfCloseTest, NothingIsSentAfterItUnderTls) {
    connect({}, {}, half_open);
    start_tls();
    stream.shutdown_write();
    peer.read_until_close(note());
    run_until([this] { return !kinds.empty(); });
    stream.read_bytes(3, note());
    peer.write("abc");
    run_until([this] { return got == "abc"; });
    EXPECT_FALSE(stream.closed());
}

}  // namespace
}  // namespace gyre::test
