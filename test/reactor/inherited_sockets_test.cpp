// Sockets that the process was started with, and servers on a descriptor that listens already.
#include "support/reactor_fixture.hpp"
#include <gyre/inherited_sockets.hpp>
#include <gyre/tcp_server.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <string>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace gyre::test {
namespace {

/// A blocking, inheritable socket on a free port of 127.0.0.1.
int bound_socket(int type = SOCK_STREAM) {
    const int descriptor = ::socket(AF_INET, type, 0);  // NOLINT: as a service manager makes it
    const Address any = *Address::from_ip("127.0.0.1", 0);
    EXPECT_EQ(::bind(descriptor, static_cast<const sockaddr*>(any.native()),
                     static_cast<socklen_t>(any.native_size())),
              0);
    return descriptor;
}

int listening_socket() {
    const int descriptor = bound_socket();
    EXPECT_EQ(::listen(descriptor, 16), 0);
    return descriptor;
}

std::uint16_t port_of(int descriptor) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    EXPECT_EQ(::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size), 0);
    return ntohs(address.sin_port);
}

int connect_to(std::uint16_t port) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const Address address = *Address::from_ip("127.0.0.1", port);
    EXPECT_EQ(::connect(descriptor, static_cast<const sockaddr*>(address.native()),
                        static_cast<socklen_t>(address.native_size())),
              0);
    return descriptor;
}

bool is_open(int descriptor) { return ::fcntl(descriptor, F_GETFD) >= 0; }

/// Runs `body` in a child with `sockets` at descriptor 3 and the variables of socket activation;
/// its exit status.
int in_child(const std::vector<int>& sockets, const char* fds, const char* names,
             const std::function<int()>& body, const char* pid = nullptr) {
    const pid_t child = ::fork();
    if (child == 0) {
        std::vector<int> copies;
        for (const int socket : sockets)
            copies.push_back(::fcntl(socket, F_DUPFD, 100));
        for (std::size_t i = 0; i < copies.size(); ++i)
            ::dup2(copies[i], 3 + static_cast<int>(i));
        ::setenv("LISTEN_PID", pid ? pid : std::to_string(::getpid()).c_str(), 1);
        ::setenv("LISTEN_FDS", fds, 1);
        if (names) ::setenv("LISTEN_FDNAMES", names, 1);
        ::_exit(body());
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// 0 if the environment is refused as malformed.
int expect_malformed() {
    const InheritedSockets result = inherited_sockets();
    if (!(result.error == Errc::invalid_argument) || !result.sockets.empty()) return 1;
    return std::getenv("LISTEN_FDS") ? 2 : 0;
}

/// 0 if there are no sockets and no error.
int expect_none() {
    const InheritedSockets result = inherited_sockets();
    return result.error || !result.sockets.empty() ? 1 : 0;
}

class InheritedSocketsTest : public testing::Test {
protected:
    ~InheritedSocketsTest() override {
        ::close(first_);
        ::close(second_);
    }
    int first_ = listening_socket();
    int second_ = listening_socket();
};

TEST_F(InheritedSocketsTest, TheyComeWithNamesAndAddresses) {
    const std::uint16_t ports[] = {port_of(first_), port_of(second_)};
    const auto body = [&] {
        const InheritedSockets result = inherited_sockets();
        if (result.error || result.sockets.size() != 2) return 1;
        for (int i = 0; i < 2; ++i) {
            const InheritedSocket& socket = result.sockets[static_cast<std::size_t>(i)];
            if (socket.descriptor != 3 + i || socket.address.port() != ports[i]) return 2;
            if (!(::fcntl(socket.descriptor, F_GETFL) & O_NONBLOCK)) return 3;
            if (!(::fcntl(socket.descriptor, F_GETFD) & FD_CLOEXEC)) return 4;
        }
        if (result.sockets[0].name != "web" || result.sockets[1].name != "admin") return 5;
        for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"})
            if (std::getenv(name)) return 6;
        return inherited_sockets().sockets.empty() ? 0 : 7;
    };
    EXPECT_EQ(in_child({first_, second_}, "2", "web:admin", body), 0);
}

TEST_F(InheritedSocketsTest, WithoutNamesTheyAreUnknown) {
    EXPECT_EQ(in_child({first_}, "1", nullptr,
                       [] {
                           const InheritedSockets result = inherited_sockets();
                           return result.sockets.size() == 1 && result.sockets[0].name == "unknown"
                                      ? 0
                                      : 1;
                       }),
              0);
}

TEST_F(InheritedSocketsTest, TheEnvironmentStaysOnRequest) {
    EXPECT_EQ(in_child({first_}, "1", nullptr,
                       [] {
                           return inherited_sockets(true).sockets.size() == 1 &&
                                          inherited_sockets(true).sockets.size() == 1
                                      ? 0
                                      : 1;
                       }),
              0);
}

TEST_F(InheritedSocketsTest, ThoseOfAnotherProcessAreNotOurs) {
    EXPECT_EQ(in_child({first_}, "1", nullptr, expect_none, "1"), 0);
}

TEST_F(InheritedSocketsTest, NoneWithoutSocketActivation) {
    EXPECT_EQ(expect_none(), 0);
    EXPECT_EQ(in_child({}, "0", nullptr, expect_none), 0);
}

TEST_F(InheritedSocketsTest, AMalformedEnvironmentIsRefused) {
    for (const char* fds : {"x", "1x", "-1", "99999999999", "2147483647"})
        EXPECT_EQ(in_child({first_}, fds, nullptr, expect_malformed), 0) << fds;
    EXPECT_EQ(in_child({first_}, "1", nullptr, expect_malformed, "me"), 0);
    EXPECT_EQ(in_child({first_}, "1", "one:two", expect_malformed), 0);
}

TEST_F(InheritedSocketsTest, ADescriptorThatIsNotThereIsAnError) {
    EXPECT_EQ(in_child({first_}, "2", nullptr,
                       [] {
                           ::close(4);
                           const InheritedSockets result = inherited_sockets();
                           return result.error.code() == EBADF && result.sockets.empty() ? 0 : 1;
                       }),
              0);
}

class ListenOnTest : public ReactorTest {
protected:
    ListenOnTest() : server{std::in_place, reactor()} {
        server->handle_stream([](const IOStream& stream) {
            stream.on_data([stream](std::string_view bytes) { stream.write(bytes); });
            stream.set_close_callback([](Error error) { error.ignore("the peer's affair"); });
        });
    }
    void TearDown() override {
        server.reset();
        settle();
        ReactorTest::TearDown();
    }
    /// What the server echoes on a blocking socket.
    std::string echo(int client, const std::string& data) {
        EXPECT_EQ(::send(client, data.data(), data.size(), 0), static_cast<ssize_t>(data.size()));
        char room[64];
        ssize_t got = -1;
        for (int i = 0; i < 20'000 && got < 0; ++i) {
            if (reactor().poll() == 0) ::usleep(200);
            got = ::recv(client, room, sizeof room, MSG_DONTWAIT);
        }
        return got < 0 ? "nothing" : std::string(room, static_cast<std::size_t>(got));
    }

    std::optional<TCPServer> server;
};

TEST_F(ListenOnTest, AClientThatCameBeforeTheServerIsServed) {
    const int descriptor = listening_socket();
    const int client = connect_to(port_of(descriptor));
    ASSERT_FALSE(server->listen_on(descriptor));
    EXPECT_EQ(server->port(), port_of(descriptor));
    EXPECT_EQ(server->native_handle(), descriptor);
    EXPECT_EQ(echo(client, "early"), "early");
    ::close(client);
}

TEST_F(ListenOnTest, TheServerOwnsTheDescriptor) {
    const int descriptor = listening_socket();
    ASSERT_FALSE(server->listen_on(descriptor));
    EXPECT_EQ(server->listen_on(descriptor), Errc::already_in_progress);
    EXPECT_TRUE(::fcntl(descriptor, F_GETFL) & O_NONBLOCK);
    EXPECT_TRUE(::fcntl(descriptor, F_GETFD) & FD_CLOEXEC);
    server->stop();
    settle();
    EXPECT_FALSE(is_open(descriptor));
    EXPECT_EQ(server->native_handle(), -1);
}

TEST_F(ListenOnTest, WhatIsNoListeningStreamSocketStaysTheCallers) {
    int pipe[2];
    ASSERT_EQ(::pipe2(pipe, O_CLOEXEC), 0);
    const int bound = bound_socket();
    const int datagram = bound_socket(SOCK_DGRAM);
    const int listener = listening_socket();
    const int connected = connect_to(port_of(listener));
    for (const int descriptor : {pipe[0], bound, datagram, connected}) {
        EXPECT_EQ(server->listen_on(descriptor), Errc::invalid_argument);
        EXPECT_TRUE(is_open(descriptor));
        EXPECT_FALSE(::fcntl(descriptor, F_GETFL) & O_NONBLOCK) << "untouched";
    }
    EXPECT_EQ(server->listen_on(-1), Errc::invalid_argument);
    for (const int descriptor : {pipe[0], pipe[1], bound, datagram, listener, connected})
        ::close(descriptor);
}

TEST_F(ListenOnTest, BadOptionsLeaveTheDescriptorAlone) {
    const int descriptor = listening_socket();
    EXPECT_EQ((TCPServer{reactor(), {.backlog = 0}}.listen_on(descriptor)), Errc::invalid_argument);
    EXPECT_TRUE(is_open(descriptor));
    ::close(descriptor);
}

TEST_F(ListenOnTest, AListeningSocketIsHandedOnWithoutALoss) {
    TCPServer old{reactor()};
    ASSERT_FALSE(old.listen(0, "127.0.0.1"));
    const std::uint16_t port = old.port();
    const int handed = ::fcntl(old.native_handle(), F_DUPFD_CLOEXEC, 0);
    const int client = connect_to(port);  // waits in the backlog
    old.stop();
    settle();
    ASSERT_FALSE(server->listen_on(handed));
    EXPECT_EQ(echo(client, "served by the new one"), "served by the new one");
    ::close(client);
}

TEST_F(ListenOnTest, AServerThatOutlivesItsReactorRefuses) {
    const int descriptor = listening_socket();
    reactor_holder.reset();
    EXPECT_EQ(server->listen_on(descriptor), Errc::closed);
    EXPECT_TRUE(is_open(descriptor));
    ::close(descriptor);
    server.reset();
    make_reactor({.clock = clock});
}

}  // namespace
}  // namespace gyre::test
