#include "lingering_close.hpp"
#include "support/stream_pair.hpp"

#include <cerrno>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace gyre::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// The peer is a plain socket, so that the test decides when it reads and ends.
class IOStreamLingerTest : public StreamPairTest {
protected:
    ~IOStreamLingerTest() override { hang_up(); }

    void connect_plain(const IOStreamOptions& options = {}) {
        accept_on("127.0.0.1", options);
        const Address address = server->address();
        plain = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        // Little room, so that most of what is written last is still on its way.
        const int room = 4096;
        ::setsockopt(plain, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
        ASSERT_EQ(::connect(plain, static_cast<const sockaddr*>(address.native()),
                            static_cast<socklen_t>(address.native_size())),
                  0);
        ::fcntl(plain, F_SETFL, O_NONBLOCK);
        run_until([this] { return static_cast<bool>(stream); });
        stream.set_close_callback([this](const Error& error) { ends.push_back(error.kind()); });
        open_before = open_descriptors();
    }
    void hang_up() {
        if (plain >= 0) ::close(std::exchange(plain, -1));
    }
    static long open_descriptors() {
        const std::filesystem::directory_iterator all{"/proc/self/fd"};
        return std::distance(begin(all), end(all));
    }
    bool stream_is_gone() const { return open_descriptors() < open_before; }
    /// Sends, and gives the system the time to answer.
    ssize_t send_plain(const std::string& bytes) {
        const ssize_t sent = ::send(plain, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        for (int i = 0; i < 20; ++i) {
            settle();
            ::usleep(500);
        }
        return sent;
    }
    /// What the peer gets up to the end, and in `plain_error` how that came.
    std::string read_plain() {
        std::string all;
        std::vector<char> room(64 * 1024);
        for (int i = 0; i < 20'000; ++i) {
            const ssize_t size = ::recv(plain, room.data(), room.size(), 0);
            plain_error = size < 0 ? errno : 0;
            if (size > 0) all.append(room.data(), static_cast<std::size_t>(size));
            if (size == 0 || (size < 0 && errno != EAGAIN)) break;
            if (size < 0 && reactor().poll() == 0) ::usleep(200);
        }
        return all;
    }

    int plain = -1;
    int plain_error = 0;
    long open_before = 0;
};

TEST_F(IOStreamLingerTest, BytesThatComeLateDoNotCostThePeerWhatWasWrittenLast) {
    connect_plain();
    const std::string text(100'000, 'x');
    stream.write(text);
    stream.close();
    run_until([this] { return !ends.empty(); });
    EXPECT_GT(send_plain("late"), 0);
    EXPECT_GT(send_plain("later"), 0);
    EXPECT_TRUE(read_plain() == text);
    EXPECT_EQ(plain_error, 0);
    EXPECT_FALSE(stream_is_gone());
    hang_up();
    open_before -= 1;
    run_until([this] { return stream_is_gone(); });
}

TEST_F(IOStreamLingerTest, WithoutItTheyDo) {
    connect_plain({.linger = Duration::zero()});
    const std::string text(100'000, 'x');
    stream.write(text);
    stream.close();
    run_until([this] { return !ends.empty(); });
    EXPECT_TRUE(stream_is_gone());
    send_plain("late");
    EXPECT_LT(read_plain().size(), text.size());
    EXPECT_EQ(plain_error, ECONNRESET);
}

TEST_F(IOStreamLingerTest, NeitherTheCloseCallbackNorRunWaits) {
    connect_plain();
    server->stop();
    settle();
    open_before = open_descriptors();
    stream.write("bye");
    stream.close();
    reactor().run();
    EXPECT_EQ(ends, Kinds{Errc::ok});
    EXPECT_FALSE(stream_is_gone());
    EXPECT_TRUE(stream.closed());
    EXPECT_EQ(stream.peer_address(), Address{});
}

TEST_F(IOStreamLingerTest, ItEndsWithItsReactor) {
    connect_plain();
    stream.write("bye");
    stream.close();
    settle();
    server.reset();
    reactor_holder.reset();
    char room[10];
    EXPECT_EQ(::recv(plain, room, sizeof room, 0), 3);
    EXPECT_EQ(::recv(plain, room, sizeof room, 0), 0);
    EXPECT_TRUE(::send(plain, "x", 1, MSG_NOSIGNAL) == 1) << "meets a closed socket …";
    EXPECT_TRUE(::send(plain, "x", 1, MSG_NOSIGNAL) < 0) << "… which answers with a reset";
}

TEST_F(IOStreamLingerTest, ItEndsInTime) {
    connect_plain({.linger = milliseconds{500}});
    stream.write("bye");
    stream.close();
    settle();
    advance(milliseconds{400});
    EXPECT_FALSE(stream_is_gone());
    advance(milliseconds{300});
    EXPECT_TRUE(stream_is_gone());
}

TEST_F(IOStreamLingerTest, ItEndsWhenTooMuchComes) {
    connect_plain();
    stream.write("bye");
    stream.close();
    settle();
    const std::string piece(10'000, 'x');
    for (int i = 0; i < 6; ++i)
        send_plain(piece);
    EXPECT_FALSE(stream_is_gone());
    send_plain(piece);
    EXPECT_TRUE(stream_is_gone());
}

TEST_F(IOStreamLingerTest, NothingWrittenNothingToLose) {
    connect_plain();
    stream.close();
    settle();
    EXPECT_TRUE(stream_is_gone());
}

TEST_F(IOStreamLingerTest, APeerThatHasEndedIsNotWaitedFor) {
    connect_plain();
    stream.on_data([](std::string_view) {});
    stream.write("bye");
    ::shutdown(plain, SHUT_WR);
    run_until([this] { return !ends.empty(); });
    EXPECT_TRUE(stream_is_gone());
    EXPECT_EQ(read_plain(), "bye");
}

TEST_F(IOStreamLingerTest, AbortDoesNotLinger) {
    connect_plain();
    stream.write("bye");
    stream.abort();
    settle();
    EXPECT_TRUE(stream_is_gone());
    read_plain();
    EXPECT_EQ(plain_error, ECONNRESET);
}

TEST_F(IOStreamLingerTest, ThePeersResetEndsIt) {
    connect_plain();
    stream.write("bye");
    stream.close();
    settle();
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(plain, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    hang_up();
    open_before -= 1;
    run_until([this] { return stream_is_gone(); });
}

TEST_F(IOStreamLingerTest, OverTlsTheLastBytesArriveToo) {
    connect_sockets();
    start_tls();
    let_peer_read();
    const std::string text(100'000, 'x');
    stream.write(text);
    stream.close();
    EXPECT_TRUE(stream.is_secure());
    run_until([this] { return !ends.empty(); });
    peer.write("late");
    run_until([this] { return !peer_ends.empty(); });
    EXPECT_TRUE(peer_got == text) << peer_got.size();
    EXPECT_EQ(peer_ends, Kinds{Errc::ok});
    EXPECT_TRUE(stream.is_secure());
}

TEST_F(IOStreamLingerTest, BeyondTheMostAtOnceTheyCloseAtOnce) {
    std::vector<IOStream> peers;
    const auto linger_one = [&] {
        auto [first, second] = make_memory_pair(reactor(), {});
        peers.emplace_back(reactor(), std::move(second), IOStreamOptions{.allow_half_open = true});
        detail::LingeringClose::start(reactor(), std::move(first), seconds{2});
        Errc outcome = Errc::closed;
        settle();
        peers.back().write("late", [&](const Error& error) { outcome = error.kind(); });
        settle();
        return outcome;
    };
    for (std::size_t i = detail::LingeringClose::most_at_once(); i > 0; --i)
        ASSERT_EQ(linger_one(), Errc::ok) << i;
    EXPECT_EQ(linger_one(), Errc::broken_pipe);
    advance(seconds{3});
    EXPECT_EQ(linger_one(), Errc::ok);
    for (const IOStream& one : peers)
        one.abort();
    settle();
}

TEST(LingeringClose, LeavesDescriptorsToAProcessThatMayHaveFew) {
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    rlimit few = before;
    few.rlim_cur = 1000;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
    EXPECT_EQ(detail::LingeringClose::most_at_once(), 50U);
    few.rlim_cur = 10;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
    EXPECT_EQ(detail::LingeringClose::most_at_once(), 1U);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
}

}  // namespace
}  // namespace gyre::test
