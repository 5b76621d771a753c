#pragma once

#include "support/reactor_fixture.hpp"
#include <gyre/http/http_server.hpp>

#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

namespace gyre::http::test {

/// A client that sends and reads raw bytes, on the thread of the reactor that it turns meanwhile.
class RawClient {
public:
    RawClient(Reactor& reactor, std::uint16_t port, int receive_buffer = 0) : reactor_(&reactor) {
        socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (receive_buffer > 0)
            ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        turn();
    }
    RawClient(RawClient&& other) noexcept
        : received(std::move(other.received)),
          ended(other.ended),
          reactor_(other.reactor_),
          socket_(std::exchange(other.socket_, -1)) {}
    RawClient& operator=(RawClient&&) = delete;
    ~RawClient() { close(); }

    RawClient& send(std::string_view bytes) {
        EXPECT_EQ(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(bytes.size()));
        turn();
        return *this;
    }
    /// As `send`, to a server that may have closed.
    void try_send(std::string_view bytes) {
        static_cast<void>(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
        turn();
    }
    void read_some(std::size_t most = 65536) {
        turn();
        std::string room(most, '\0');
        const ssize_t got = ::recv(socket_, room.data(), room.size(), MSG_DONTWAIT);
        if (got > 0) received.append(room, 0, static_cast<std::size_t>(got));
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK)) ended = true;
    }
    void half_close() { ::shutdown(socket_, SHUT_WR); }
    void close() {
        if (socket_ >= 0) ::close(std::exchange(socket_, -1));
    }
    void reset() {
        const linger now{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        close();
    }

    /// Turns the reactor until `done` says so; fails the test after 10 s.
    bool wait_for(const std::function<bool()>& done) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{10};
        while (!done()) {
            turn();
            read();
            if (std::chrono::steady_clock::now() > end) {
                ADD_FAILURE() << "waited in vain; received so far: " << received;
                return false;
            }
        }
        return true;
    }
    /// Reads until `text` has arrived; returns all that has.
    std::string until(std::string_view text) {
        wait_for([&] { return received.find(text) != std::string::npos; });
        return received;
    }
    /// Reads until the server ends the connection.
    std::string until_end() {
        wait_for([&] { return ended; });
        return received;
    }
    /// What has arrived once nothing more comes.
    std::string settled() {
        for (int i = 0; i < 20; ++i) {
            turn();
            read();
        }
        return received;
    }
    /// Forgets what was received.
    std::string take() { return std::exchange(received, {}); }

    std::string received;
    bool ended = false;

private:
    void turn() {
        if (reactor_->poll() == 0) std::this_thread::sleep_for(std::chrono::microseconds{200});
    }
    void read() {
        char buffer[65536];
        for (;;) {
            const ssize_t got = ::recv(socket_, buffer, sizeof buffer, MSG_DONTWAIT);
            if (got > 0) {
                received.append(buffer, static_cast<std::size_t>(got));
                continue;
            }
            if (got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) ended = true;
            return;
        }
    }

    Reactor* reactor_;
    int socket_ = -1;
};

/// A server on a free port, a reactor with a manual clock, and raw clients.
class ServerTest : public gyre::test::ReactorTest {
protected:
    HTTPServer& serve(HTTPServerOptions options = {}) {
        server = std::make_unique<HTTPServer>(reactor(), std::move(options));
        return *server;
    }
    void listen() {
        const Error error = server->listen(0, "127.0.0.1");
        ASSERT_FALSE(error) << error;
    }
    RawClient connect(int receive_buffer = 0) {
        return RawClient{reactor(), server->port(), receive_buffer};
    }
    void TearDown() override {
        server.reset();
        settle();
        ReactorTest::TearDown();
    }

    std::unique_ptr<HTTPServer> server;
};

inline std::string get(std::string_view target, std::string_view fields = {}) {
    return "GET " + std::string{target} + " HTTP/1.1\r\nHost: test\r\n" + std::string{fields} +
           "\r\n";
}

inline std::string post(std::string_view target, std::string_view body) {
    return "POST " + std::string{target} +
           " HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + std::string{body};
}

inline int status_of(std::string_view reply) {
    return reply.size() < 12 ? 0 : std::stoi(std::string{reply.substr(9, 3)});
}

inline std::string body_of(std::string_view reply) {
    const auto end = reply.find("\r\n\r\n");
    return end == std::string_view::npos ? std::string{} : std::string{reply.substr(end + 4)};
}

inline std::size_t count(std::string_view text, std::string_view part) {
    std::size_t found = 0;
    for (std::size_t at = 0; (at = text.find(part, at)) != std::string_view::npos;
         at += part.size())
        ++found;
    return found;
}

}  // namespace gyre::http::test
