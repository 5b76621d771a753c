#include <gyre/network.hpp>
#include <gyre/reactor.hpp>
#include <gyre/reactor_ref.hpp>
#include <gyre/transport.hpp>

#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace gyre {
namespace {

using namespace std::chrono_literals;

Address ip(const std::string& literal, std::uint16_t port) {
    return Address::from_ip(literal, port).value_or(Address{});
}

Address unix_path(const std::string& path) { return Address::from_path(path).value_or(Address{}); }

const Address any_port = ip("127.0.0.1", 0);

class Events final : public TransportListener, public AcceptListener {
public:
    void on_readable() noexcept override {
        if (readable) readable();
    }
    void on_writable() noexcept override {
        if (writable) writable();
    }
    void on_hangup() noexcept override { ++hangups; }
    void on_acceptable() noexcept override {
        if (acceptable) acceptable();
    }

    std::function<void()> readable;
    std::function<void()> writable;
    std::function<void()> acceptable;
    int hangups = 0;
};

class SocketNetworkTest : public testing::Test {
protected:
    AcceptorResult listen(const Address& address, ListenOptions options = {}) {
        return reactor_.network().listen(reactor_, address, options);
    }
    TransportResult connect(const Address& address, ConnectOptions options = {}) {
        return reactor_.network().connect(reactor_, address, options);
    }
    /// Turns the loop until `done`, which must come within two seconds.
    void turn_until(const std::function<bool()>& done) {
        bool ended = done();
        for (int i = 0; i < 2000 && !ended; ++i) {
            reactor_.poll();
            ended = done();
            if (!ended) ::usleep(1000);
        }
        EXPECT_TRUE(ended);
    }
    /// How connecting ended.
    Error finish(Transport& transport) {
        Events events;
        bool writable = false;
        events.writable = [&] {
            writable = true;
            transport.want_write(false);
        };
        transport.set_listener(&events);
        transport.want_write(true);
        turn_until([&] { return writable; });
        transport.set_listener(nullptr);
        return transport.finish_connect();
    }
    std::unique_ptr<Transport> accept(Acceptor& acceptor) {
        std::unique_ptr<Transport> transport;
        Events events;
        events.acceptable = [&] {
            TransportResult result = acceptor.accept();
            if (result.transport) transport = std::move(result.transport);
        };
        acceptor.set_listener(&events);
        acceptor.want_accept(true);
        turn_until([&] { return transport != nullptr; });
        acceptor.want_accept(false);
        acceptor.set_listener(nullptr);
        return transport;
    }
    static std::string path(const char* name) {
        return testing::TempDir() + "gyre_" + name + '_' + std::to_string(::getpid());
    }

    Reactor reactor_;
};

TEST_F(SocketNetworkTest, PortZeroPicksAFreeOne) {
    const AcceptorResult result = listen(any_port);
    ASSERT_TRUE(result.acceptor) << result.error;
    EXPECT_EQ(result.acceptor->local_address().host(), "127.0.0.1");
    EXPECT_NE(result.acceptor->local_address().port(), 0);
}

TEST_F(SocketNetworkTest, ConnectAcceptWriteRead) {
    const AcceptorResult listening = listen(any_port);
    const TransportResult client = connect(listening.acceptor->local_address());
    ASSERT_TRUE(client.transport) << client.error;
    EXPECT_FALSE(finish(*client.transport));
    const auto server = accept(*listening.acceptor);
    EXPECT_EQ(server->peer_address(), client.transport->local_address());
    EXPECT_EQ(client.transport->peer_address(), server->local_address());

    const std::string_view parts[] = {"he", "", "llo"};
    EXPECT_EQ(client.transport->write_some(parts).bytes, 5U);
    Events events;
    std::string got;
    events.readable = [&] {
        char room[16];
        const IOResult result = server->read_some(room);
        if (result.status == IOStatus::ok) got.append(room, result.bytes);
    };
    server->set_listener(&events);
    server->want_read(true);
    turn_until([&] { return got == "hello"; });
    char room[16];
    EXPECT_EQ(server->read_some(room).status, IOStatus::would_block);
    client.transport->shutdown_write();
    turn_until([&] { return server->read_some(room).status == IOStatus::end; });
}

TEST_F(SocketNetworkTest, NoEventThatIsNotWanted) {
    const AcceptorResult listening = listen(any_port);
    const TransportResult client = connect(listening.acceptor->local_address());
    EXPECT_FALSE(finish(*client.transport));
    const auto server = accept(*listening.acceptor);
    int readable = 0;
    Events events;
    events.readable = [&] {
        ++readable;
        server->want_read(false);
    };
    server->set_listener(&events);
    server->want_read(true);
    const std::string_view parts[] = {"x"};
    EXPECT_EQ(client.transport->write_some(parts).bytes, 1U);
    turn_until([&] { return readable > 0; });
    for (int i = 0; i < 5; ++i)
        reactor_.poll();
    EXPECT_EQ(readable, 1);
    server->want_read(true);  // the byte is still there
    turn_until([&] { return readable > 1; });
}

TEST_F(SocketNetworkTest, CloseInsideAnEventEndsAllEvents) {
    const AcceptorResult listening = listen(any_port);
    const TransportResult client = connect(listening.acceptor->local_address());
    EXPECT_FALSE(finish(*client.transport));
    const auto server = accept(*listening.acceptor);
    int calls = 0;
    Events events;
    events.readable = [&] {
        ++calls;
        server->close();
    };
    events.writable = [&] { ++calls; };
    server->set_listener(&events);
    server->want_read(true);
    server->want_write(true);
    const std::string_view parts[] = {"x"};
    EXPECT_EQ(client.transport->write_some(parts).bytes, 1U);
    ::usleep(10000);
    for (int i = 0; i < 5; ++i)
        reactor_.poll();
    EXPECT_EQ(server->native_handle(), -1);
    char room[4];
    IOResult result = server->read_some(room);
    EXPECT_EQ(result.error.kind(), Errc::closed);
    EXPECT_GE(calls, 1);
}

TEST_F(SocketNetworkTest, AbortResetsThePeer) {
    const AcceptorResult listening = listen(any_port);
    const TransportResult client = connect(listening.acceptor->local_address());
    EXPECT_FALSE(finish(*client.transport));
    const auto server = accept(*listening.acceptor);
    client.transport->abort();
    Error error;
    turn_until([&] {
        char room[4];
        IOResult result = server->read_some(room);
        error = std::move(result.error);
        return result.status == IOStatus::failed;
    });
    EXPECT_EQ(error.kind(), Errc::connection_reset);
    EXPECT_EQ(error.category(), "system");
    EXPECT_EQ(error.code(), ECONNRESET);
}

// The system resets a connection that is closed over unread bytes, and what was sent is lost.
TEST_F(SocketNetworkTest, CloseOverUnreadBytesIsStillTheEnd) {
    const AcceptorResult listening = listen(any_port);
    const TransportResult client = connect(listening.acceptor->local_address());
    EXPECT_FALSE(finish(*client.transport));
    const auto server = accept(*listening.acceptor);
    const std::string_view request = "a request that nobody reads";
    EXPECT_EQ(client.transport->write_some({&request, 1}).bytes, request.size());
    const std::string_view reply = "no";
    EXPECT_EQ(server->write_some({&reply, 1}).bytes, reply.size());
    server->close();
    char room[8];
    EXPECT_EQ(client.transport->read_some(room).bytes, reply.size());
    turn_until([&] {
        const IOResult result = client.transport->read_some(room);
        EXPECT_NE(result.status, IOStatus::failed) << result.error;
        return result.status != IOStatus::would_block;
    });
}

TEST_F(SocketNetworkTest, ReadingIntoNoRoomIsNotTheEnd) {
    const AcceptorResult listening = listen(any_port);
    const TransportResult client = connect(listening.acceptor->local_address());
    EXPECT_FALSE(finish(*client.transport));
    EXPECT_EQ(client.transport->read_some({}).status, IOStatus::ok);
}

// A descriptor that somebody watches already stands in for a system that has no memory for it.
TEST_F(SocketNetworkTest, ASocketThatCannotBeWatchedFails) {
    const AcceptorResult listening = listen(any_port);
    const TransportResult client = connect(listening.acceptor->local_address());
    reactor_.add_handler(client.transport->native_handle(), IOEvents::none, [](int, IOEvents) {})
        .ignore("its failure shows below");
    Events events;
    Error of_connect;
    Error of_read;
    events.writable = [&] {
        if (!of_connect) of_connect = client.transport->finish_connect();
    };
    events.readable = [&] {
        char room[4];
        if (!of_read) of_read = client.transport->read_some(room).error;
    };
    client.transport->set_listener(&events);
    client.transport->want_write(true);
    client.transport->want_read(true);
    EXPECT_FALSE(of_connect) << "never inline";
    turn_until([&] { return of_connect && of_read; });
    const std::string_view bytes = "x";
    EXPECT_TRUE(client.transport->write_some({&bytes, 1}).error);
    reactor_.remove_handler(client.transport->native_handle());
}

TEST_F(SocketNetworkTest, AListenerThatCannotBeWatchedIsRefused) {
    AcceptorResult listening = listen(any_port);
    const int descriptor = ::dup(listening.acceptor->native_handle());
    listening = {};
    ASSERT_FALSE(reactor_.add_handler(descriptor, IOEvents::none, [](int, IOEvents) {}));
    const AcceptorResult refused = reactor_.network().listen_on(reactor_, descriptor, {});
    EXPECT_TRUE(refused.error);
    EXPECT_FALSE(refused.acceptor);
    reactor_.remove_handler(descriptor);
    EXPECT_TRUE(reactor_.network().listen_on(reactor_, descriptor, {}).acceptor)
        << "it was still the caller's";
}

TEST_F(SocketNetworkTest, AListenerThatCannotBeWatchedAnyMoreSaysSo) {
    const AcceptorResult listening = listen(any_port);
    const int descriptor = listening.acceptor->native_handle();
    const TransportResult client = connect(listening.acceptor->local_address());
    // The connection that nobody wants has it taken out of the poller.
    turn_until(
        [&] { return !reactor_.add_handler(descriptor, IOEvents::none, [](int, IOEvents) {}); });
    Events events;
    Error error;
    events.acceptable = [&] {
        if (!error) error = listening.acceptor->accept().error;
    };
    listening.acceptor->set_listener(&events);
    listening.acceptor->want_accept(true);
    EXPECT_FALSE(error) << "never inline";
    turn_until([&] { return static_cast<bool>(error); });
    reactor_.remove_handler(descriptor);
    listening.acceptor->want_accept(true);
    EXPECT_TRUE(accept(*listening.acceptor));
}

TEST_F(SocketNetworkTest, AHangUpIsToldOnceWhenNothingIsWanted) {
    const AcceptorResult listening = listen(any_port);
    const TransportResult client = connect(listening.acceptor->local_address());
    EXPECT_FALSE(finish(*client.transport));
    const auto server = accept(*listening.acceptor);
    Events events;
    server->set_listener(&events);
    server->want_read(true);
    server->want_read(false);
    client.transport->abort();
    turn_until([&] { return events.hangups > 0; });
    for (int i = 0; i < 5; ++i)
        reactor_.poll();
    EXPECT_EQ(events.hangups, 1);
}

TEST_F(SocketNetworkTest, ConnectRefused) {
    Address address;
    {
        const AcceptorResult listening = listen(any_port);
        address = listening.acceptor->local_address();
    }
    const TransportResult client = connect(address);
    ASSERT_TRUE(client.transport) << client.error;
    const Error error = finish(*client.transport);
    EXPECT_EQ(error.kind(), Errc::connection_refused);
    EXPECT_EQ(error.message(), "connect: Connection refused");
}

TEST_F(SocketNetworkTest, AddressInUse) {
    const AcceptorResult first = listen(any_port);
    const AcceptorResult second = listen(first.acceptor->local_address());
    EXPECT_FALSE(second.acceptor);
    EXPECT_EQ(second.error.kind(), Errc::address_in_use);
    EXPECT_EQ(second.error.message(), "listen on " + first.acceptor->local_address().to_string() +
                                          ": Address already in use");
}

TEST_F(SocketNetworkTest, TwoListenersShareAPort) {
    const AcceptorResult first = listen(any_port, {.reuse_port = true});
    const AcceptorResult second = listen(first.acceptor->local_address(), {.reuse_port = true});
    EXPECT_TRUE(second.acceptor) << second.error;
}

TEST_F(SocketNetworkTest, AddressOfAnotherHost) {
    EXPECT_EQ(listen(ip("192.0.2.1", 0)).error.kind(), Errc::address_not_available);
}

TEST_F(SocketNetworkTest, NoAddress) {
    EXPECT_EQ(listen({}).error.kind(), Errc::invalid_argument);
    EXPECT_EQ(connect({}).error.kind(), Errc::invalid_argument);
}

TEST_F(SocketNetworkTest, TheSourceAddressIsUsed) {
    const AcceptorResult listening = listen(any_port);
    const TransportResult client =
        connect(listening.acceptor->local_address(), {.source = ip("127.0.0.2", 0)});
    ASSERT_TRUE(client.transport) << client.error;
    EXPECT_FALSE(finish(*client.transport));
    EXPECT_EQ(accept(*listening.acceptor)->peer_address().host(), "127.0.0.2");
}

TEST_F(SocketNetworkTest, ASourceAddressThatIsNotOurs) {
    const TransportResult client = connect(ip("127.0.0.1", 1), {.source = ip("192.0.2.1", 0)});
    EXPECT_FALSE(client.transport);
    EXPECT_EQ(client.error.kind(), Errc::address_not_available);
}

TEST_F(SocketNetworkTest, IPv6OnlyLeavesThePortToIPv4) {
    const AcceptorResult six = listen(ip("::", 0), {.ipv6_only = true});
    if (!six.acceptor) GTEST_SKIP() << "no IPv6 here: " << six.error;
    const AcceptorResult four = listen(ip("0.0.0.0", six.acceptor->local_address().port()));
    EXPECT_TRUE(four.acceptor) << four.error;
}

TEST_F(SocketNetworkTest, UnixSocketPath) {
    const Address address = unix_path(path("unix"));
    const AcceptorResult listening = listen(address);
    ASSERT_TRUE(listening.acceptor) << listening.error;
    EXPECT_EQ(listening.acceptor->local_address(), address);
    const TransportResult client = connect(address);
    ASSERT_TRUE(client.transport) << client.error;
    EXPECT_FALSE(finish(*client.transport));
    EXPECT_TRUE(accept(*listening.acceptor));
    ::unlink(address.host().c_str());
}

TEST_F(SocketNetworkTest, AbstractUnixSocket) {
    const Address address = unix_path("@gyre-test-" + std::to_string(::getpid()));
    const AcceptorResult listening = listen(address);
    ASSERT_TRUE(listening.acceptor) << listening.error;
    const TransportResult client = connect(address);
    ASSERT_TRUE(client.transport) << client.error;
    EXPECT_FALSE(finish(*client.transport));
    EXPECT_EQ(listen(address).error.kind(), Errc::address_in_use);
}

TEST_F(SocketNetworkTest, AStaleSocketFileIsReplaced) {
    const Address address = unix_path(path("stale"));
    {
        const AcceptorResult dead = listen(address);
    }
    EXPECT_EQ(::access(address.host().c_str(), F_OK), 0);  // the file is left behind
    const AcceptorResult listening = listen(address);
    EXPECT_TRUE(listening.acceptor) << listening.error;
    ::unlink(address.host().c_str());
}

TEST_F(SocketNetworkTest, ASocketFileInUseIsNot) {
    const Address address = unix_path(path("used"));
    const AcceptorResult first = listen(address);
    EXPECT_EQ(listen(address).error.kind(), Errc::address_in_use);
    const TransportResult client = connect(address);
    ASSERT_TRUE(client.transport) << client.error;
    EXPECT_FALSE(finish(*client.transport));
    ::unlink(address.host().c_str());
}

TEST_F(SocketNetworkTest, AnOrdinaryFileInTheWayIsLeftAlone) {
    const std::string name = path("file");
    ::close(::open(name.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    EXPECT_EQ(listen(unix_path(name)).error.kind(), Errc::address_in_use);
    struct stat status{};
    EXPECT_EQ(::stat(name.c_str(), &status), 0);
    EXPECT_TRUE(S_ISREG(status.st_mode));
    ::unlink(name.c_str());
}

TEST_F(SocketNetworkTest, AUnixSocketNobodyListensOn) {
    const TransportResult missing = connect(unix_path(path("missing")));
    EXPECT_FALSE(missing.transport);
    EXPECT_EQ(missing.error.code(), ENOENT);
}

// In a child process, as the limit is the process's. Exit codes tell where it went wrong.
int accept_without_descriptors() {
    Reactor reactor;
    const AcceptorResult listening = reactor.network().listen(reactor, any_port, {});
    if (!listening.acceptor) return 2;
    const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const Address address = listening.acceptor->local_address();
    if (::connect(client, static_cast<const sockaddr*>(address.native()),
                  static_cast<socklen_t>(address.native_size())) != 0)
        return 3;
    // UBSan looks at a type the first time it meets it, through a pipe: it must meet them now.
    Error{Errc::closed}.ignore("made for UBSan");
    if (!reactor.network().connect(reactor, address, {}).transport) return 10;
    const int highest = ::dup(client);
    const rlimit limit{static_cast<rlim_t>(highest) + 1, static_cast<rlim_t>(highest) + 1};
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return 4;
    // Everything below the limit is taken.
    while (::dup(client) >= 0) {
    }
    if (errno != EMFILE) return 5;
    const TransportResult result = listening.acceptor->accept();
    if (result.transport || result.error.kind() != Errc::out_of_descriptors) return 6;
    char byte = 0;
    if (::recv(client, &byte, 1, 0) != 0) return 7;  // shed: it sees the end, not silence
    // The system looks for a descriptor before it looks for a connection.
    if (listening.acceptor->accept().error.kind() != Errc::out_of_descriptors) return 8;
    ::close(highest);
    const TransportResult after = reactor.network().connect(reactor, address, {});
    if (!after.transport) return 9;
    return 0;
}

TEST(SocketAcceptor, OutOfDescriptorsShedsTheConnection) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) ::_exit(accept_without_descriptors());
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(SocketTransport, OutlivesItsReactor) {
    std::unique_ptr<Acceptor> acceptor;
    std::unique_ptr<Transport> transport;
    {
        Reactor reactor;
        acceptor = reactor.network().listen(reactor, any_port, {}).acceptor;
        transport = reactor.network().connect(reactor, acceptor->local_address(), {}).transport;
        Events events;
        transport->set_listener(&events);
        transport->want_write(true);
        acceptor->want_accept(true);
        transport->set_listener(nullptr);
    }
    transport->want_read(true);
    transport->close();
    acceptor->want_accept(false);
}

}  // namespace
}  // namespace gyre
