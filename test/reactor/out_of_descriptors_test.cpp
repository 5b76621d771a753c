#include "support/reactor_fixture.hpp"
#include <gyre/log.hpp>
#include <gyre/tcp_server.hpp>

#include <array>
#include <chrono>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace gyre::test {
namespace {

using std::chrono::milliseconds;

/// A client without a reactor: its descriptor is there before the limit is lowered.
class PlainClient {
public:
    explicit PlainClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    }
    PlainClient(const PlainClient&) = delete;
    PlainClient& operator=(const PlainClient&) = delete;
    ~PlainClient() { ::close(socket_); }

    void send(const std::string& text) const {
        EXPECT_EQ(::send(socket_, text.data(), text.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(text.size()));
    }
    /// What has come; "closed" at the end.
    std::string received() const {
        std::array<char, 64> room{};
        const ssize_t got = ::recv(socket_, room.data(), room.size(), MSG_DONTWAIT);
        if (got > 0) return {room.data(), static_cast<std::size_t>(got)};
        return got == 0 ? "closed" : "";
    }

private:
    int socket_;
};

/// Leaves the process at most `spare` descriptors, until it goes.
class FewDescriptors {
public:
    explicit FewDescriptors(int spare) {
        EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0);
        const int lowest_free = ::dup(STDIN_FILENO);
        ::close(lowest_free);
        rlimit few = before_;
        few.rlim_cur = static_cast<rlim_t>(lowest_free + spare);
        EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
    }
    FewDescriptors(const FewDescriptors&) = delete;
    FewDescriptors& operator=(const FewDescriptors&) = delete;
    ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

private:
    rlimit before_{};
};

double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_THREAD, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Many clients at a server whose process has no descriptor left: what is open goes on, accepting
// costs next to nothing, and begins again when there is room.
class OutOfDescriptorsTest : public ReactorTest {
protected:
    static constexpr int clients = 200;

    void SetUp() override {
#ifdef GYRE_TEST_NEEDS_DESCRIPTORS
        GTEST_SKIP() << "this sanitizer cannot do without descriptors; other builds run it";
#endif
        make_reactor({});
        server.emplace(reactor(), TCPServerOptions{.max_connections = unlimited});
        serve_echoes(*server);
        EXPECT_FALSE(server->listen(0, "127.0.0.1"));
        for (int i = 0; i < clients; ++i)
            peers.emplace_back(server->port()).send("hello");
    }
    void TearDown() override {
        server.reset();
        streams.clear();
        reactor().run_for(milliseconds{1});
        ReactorTest::TearDown();
    }
    void serve_echoes(TCPServer& echoes) {
        echoes.handle_stream([this](const IOStream& stream) {
            stream.on_data([stream](std::string_view bytes) { stream.write(bytes); });
            stream.set_close_callback([](const Error& error) { error.ignore("the test knows"); });
            streams.push_back(stream);
        });
    }
    int answered() const {
        int count = 0;
        for (const PlainClient& peer : peers)
            if (peer.received() == "hello") ++count;
        return count;
    }

    std::optional<TCPServer> server;
    std::list<PlainClient> peers;
    std::vector<IOStream> streams;
};

TEST_F(OutOfDescriptorsTest, OpenConnectionsGoOnAndAcceptingRestsUntilThereIsRoom) {
    std::string logged;
    set_log_handler([&](LogLevel, std::string_view line) { logged += line; });
    {
        const FewDescriptors few{20};
        const double before = cpu_seconds();
        reactor().run_for(milliseconds{1000});
        const double used = cpu_seconds() - before;
        const TCPServerStats stats = server->stats();
        EXPECT_GE(stats.shed, 3U);  // 10 ms, 20 ms, 40 ms … between them
        EXPECT_LE(stats.shed, 12U);
        EXPECT_GE(stats.open, 5U);
        EXPECT_LE(stats.open, 20U);
        EXPECT_EQ(answered(), static_cast<int>(stats.open));
        EXPECT_LT(used, 0.2) << "seconds of CPU in a second without room";

        peers.front().send("again");
        reactor().run_for(milliseconds{50});
        EXPECT_EQ(peers.front().received(), "again");
    }
    const auto begin = std::chrono::steady_clock::now();
    while (server->stats().open + server->stats().shed < clients &&
           std::chrono::steady_clock::now() - begin < std::chrono::seconds{10})
        reactor().run_for(milliseconds{20});
    EXPECT_EQ(server->stats().open + server->stats().shed, static_cast<std::uint64_t>(clients));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{5});
    set_log_handler({});
    EXPECT_NE(logged.find("accepting pauses"), std::string::npos);
}

}  // namespace
}  // namespace gyre::test
