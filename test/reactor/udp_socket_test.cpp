// UDPSocket over the system's sockets, on loopback.
#include "reactor_core.hpp"
#include "support/reactor_fixture.hpp"
#include <gyre/udp_socket.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace gyre::test {
namespace {

class UDPSocketTest : public ReactorTest {
protected:
    void TearDown() override {
        for (const UDPSocket& socket : opened_)
            socket.close();
        if (reactor_holder) settle();
        ReactorTest::TearDown();
    }
    /// A socket on a free port of 127.0.0.1.
    UDPSocket open(const UDPSocketOptions& options = {}, const char* host = "127.0.0.1") {
        UDPSocket socket = make(options);
        const Error error = socket.bind(0, host);
        EXPECT_FALSE(error) << error;
        return socket;
    }
    UDPSocket make(const UDPSocketOptions& options = {}) {
        opened_.emplace_back(reactor(), options);
        return opened_.back();
    }
    /// A socket whose datagrams go to `got`.
    UDPSocket open_receiver(const UDPSocketOptions& options = {}, const char* host = "127.0.0.1") {
        UDPSocket socket = open(options, host);
        socket.on_datagram([this](std::string_view data, const Address& from) {
            got.emplace_back(data);
            senders.push_back(from);
        });
        return socket;
    }
    template <class Done>
    void run_until(Done done) {
        for (int i = 0; i < 20'000 && !done(); ++i)
            if (reactor().poll() == 0) ::usleep(200);
        EXPECT_TRUE(done());
    }
    /// How many of `count` datagrams, which wait already, come before another callback runs.
    std::size_t receive_in_first_turn(std::size_t count, std::size_t size) {
        const UDPSocket receiver = open();
        const UDPSocket sender = open();
        for (std::size_t i = 0; i < count; ++i)
            sender.send_to(std::string(size, 'x'), receiver.local_address());
        std::size_t received = 0;
        std::size_t in_first_turn = 0;
        receiver.on_datagram([&](std::string_view, const Address&) {
            if (++received == 1) reactor().add_callback([&] { in_first_turn = received; });
        });
        run_until([&] { return received == count; });
        return in_first_turn;
    }
    bool has_work() { return detail::ReactorCore::of(reactor()).has_work(); }

    std::vector<std::string> got;
    std::vector<Address> senders;
    Captures captures;

private:
    std::vector<UDPSocket> opened_;
};

Address ip(const char* literal, std::uint16_t port) { return *Address::from_ip(literal, port); }

/// A port of 127.0.0.1 on which nobody listens.
Address nobody(Reactor& reactor) {
    const UDPSocket socket{reactor};
    EXPECT_FALSE(socket.bind(0, "127.0.0.1"));
    const Address address = socket.local_address();
    socket.close();
    return address;
}

TEST_F(UDPSocketTest, SendsAndReceivesAndAnswers) {
    const UDPSocket server = open();
    server.on_datagram([server](std::string_view data, const Address& from) {
        server.send_to("re: " + std::string{data}, from);
    });
    const UDPSocket client = open_receiver();
    ExpectOnce sent;
    client.send_to("hello", server.local_address(),
                   sent([](const Error& error) { EXPECT_FALSE(error) << error; }));
    EXPECT_EQ(sent.calls(), 0) << "never inline";
    run_until([&] { return !got.empty(); });
    EXPECT_EQ(got, std::vector<std::string>{"re: hello"});
    EXPECT_EQ(senders.at(0), server.local_address());
    EXPECT_EQ(client.stats().sent, 1U);
    EXPECT_EQ(client.stats().received, 1U);
}

TEST_F(UDPSocketTest, SendsAndReceivesOverIPv6) {
    const UDPSocket receiver = open_receiver({}, "::1");
    make().send_to("six", receiver.local_address());
    run_until([&] { return !got.empty(); });
    EXPECT_EQ(got, std::vector<std::string>{"six"});
    EXPECT_EQ(senders.at(0).family(), Address::Family::ipv6);
}

TEST_F(UDPSocketTest, TheWildcardTakesBothFamilies) {
    const UDPSocket receiver = open_receiver({}, "");
    const std::uint16_t port = receiver.local_address().port();
    open({}, "127.0.0.1").send_to("four", ip("127.0.0.1", port));
    open({}, "::1").send_to("six", ip("::1", port));
    run_until([&] { return got.size() == 2; });
    receiver.send_to("back", senders.at(0), [](const Error& error) { EXPECT_FALSE(error); });
    settle();
}

TEST_F(UDPSocketTest, IPv6OnlyLeavesIPv4Alone) {
    const UDPSocket six = open({.socket = {.ipv6_only = true}}, "::");
    const UDPSocket four = make();
    EXPECT_FALSE(four.bind(ip("0.0.0.0", six.local_address().port())));
}

TEST_F(UDPSocketTest, AnEmptyDatagramIsOneToo) {
    const UDPSocket receiver = open_receiver();
    const UDPSocket sender = open();
    sender.send_to("", receiver.local_address());
    sender.send_to("after", receiver.local_address());
    run_until([&] { return got.size() == 2; });
    EXPECT_EQ(got, (std::vector<std::string>{"", "after"}));
    EXPECT_EQ(senders.at(0), sender.local_address());
}

TEST_F(UDPSocketTest, TheLargestDatagramGoesWhole) {
    const UDPSocket receiver = open_receiver();
    open().send_to(std::string(65'507, 'x'), receiver.local_address());
    run_until([&] { return !got.empty(); });
    EXPECT_EQ(got.at(0).size(), 65'507U);
}

TEST_F(UDPSocketTest, ATooLargeDatagramIsRefused) {
    const UDPSocket receiver = open_receiver();
    ExpectOnce refused;
    const UDPSocket sender = open();
    sender.send_to(std::string(65'508, 'x'), receiver.local_address(),
                   refused([](const Error& error) {
                       EXPECT_EQ(error, Errc::limit_exceeded);
                       EXPECT_EQ(error.code(), EMSGSIZE);
                       EXPECT_NE(error.message().find("65508 bytes"), std::string::npos) << error;
                   }));
    settle();
    EXPECT_EQ(sender.stats().sent, 0U);
}

TEST_F(UDPSocketTest, AnOversizedDatagramIsDroppedAndCounted) {
    const UDPSocket receiver = open_receiver({.max_datagram = 4});
    const UDPSocket sender = open();
    for (const char* data : {"123", "1234", "12345", "end"})
        sender.send_to(data, receiver.local_address());
    run_until([&] { return got.size() == 3; });
    EXPECT_EQ(got, (std::vector<std::string>{"123", "1234", "end"}));
    EXPECT_EQ(receiver.stats().oversized, 1U);
    EXPECT_EQ(receiver.stats().received, 3U);
}

TEST_F(UDPSocketTest, AConnectedSocketHearsItsPeerOnly) {
    const UDPSocket peer = open();
    const UDPSocket stranger = open();
    const UDPSocket socket = open_receiver();
    EXPECT_EQ(socket.peer_address().family(), Address::Family::none);
    ASSERT_FALSE(socket.connect(peer.local_address()));
    EXPECT_EQ(socket.peer_address(), peer.local_address());
    stranger.send_to("no", socket.local_address());
    peer.send_to("yes", socket.local_address());
    run_until([&] { return !got.empty(); });
    EXPECT_EQ(got, std::vector<std::string>{"yes"});

    peer.on_datagram([&](std::string_view data, const Address&) { got.emplace_back(data); });
    socket.send("to the peer");
    run_until([&] { return got.size() == 2; });
    EXPECT_EQ(got.at(1), "to the peer");
}

TEST_F(UDPSocketTest, ConnectBindsByItself) {
    const UDPSocket receiver = open_receiver();
    const UDPSocket socket = make();
    ASSERT_FALSE(socket.connect(receiver.local_address()));
    EXPECT_NE(socket.local_address().port(), 0);
    EXPECT_EQ(socket.bind(0), Errc::already_in_progress);
    socket.send("x");
    run_until([&] { return !got.empty(); });
    EXPECT_EQ(senders.at(0), socket.local_address());
}

TEST_F(UDPSocketTest, ARefusalIsToldToTheErrorHandler) {
    const UDPSocket socket = open();
    ASSERT_FALSE(socket.connect(nobody(reactor())));
    ExpectOnce refused;
    socket.on_error(
        refused([](const Error& error) { EXPECT_EQ(error, Errc::connection_refused); }));
    socket.on_datagram([](std::string_view, const Address&) {});
    ExpectOnce sent;
    socket.send("x", sent([](const Error& error) { EXPECT_FALSE(error); }));
    run_until([&] { return refused.calls() == 1; });
    EXPECT_FALSE(socket.closed());
}

TEST_F(UDPSocketTest, ARefusalIsToldToWhoDoesNotReadToo) {
    const UDPSocket socket = open();
    ASSERT_FALSE(socket.connect(nobody(reactor())));
    ExpectOnce refused;
    socket.on_error(
        refused([](const Error& error) { EXPECT_EQ(error, Errc::connection_refused); }));
    socket.send("x");
    run_until([&] { return refused.calls() == 1; });
}

TEST_F(UDPSocketTest, ARefusalDoesNotCostTheNextDatagram) {
    const Address address = nobody(reactor());
    const UDPSocket socket = open();
    ASSERT_FALSE(socket.connect(address));
    ExpectOnce refused;
    socket.on_error(
        refused([](const Error& error) { EXPECT_EQ(error, Errc::connection_refused); }));
    socket.send("refused");  // loopback answers at once
    const UDPSocket receiver = make();
    ASSERT_FALSE(receiver.bind(address));
    receiver.on_datagram([this](std::string_view data, const Address&) { got.emplace_back(data); });
    socket.send("arrives");
    EXPECT_EQ(refused.calls(), 0) << "never inline";
    run_until([&] { return !got.empty() && refused.calls() == 1; });
    EXPECT_EQ(got, std::vector<std::string>{"arrives"});
}

TEST_F(UDPSocketTest, ARefusalThatNobodyHandlesIsReported) {
    const UDPSocket socket = open();
    ASSERT_FALSE(socket.connect(nobody(reactor())));
    socket.send("x");
    run_until([&] { return !reports.empty(); });
    const std::vector<Error> told = take_reports();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0], Errc::connection_refused);
}

TEST_F(UDPSocketTest, AFailedSendWithoutACallbackGoesToTheErrorHandler) {
    const UDPSocket socket = open();
    ExpectOnce told;
    socket.on_error(told([](const Error& error) { EXPECT_EQ(error, Errc::limit_exceeded); }));
    socket.send_to(std::string(70'000, 'x'), socket.local_address());
    EXPECT_EQ(told.calls(), 0) << "never inline";
    settle();
}

TEST_F(UDPSocketTest, BadSendsGetAnError) {
    const UDPSocket socket = open();
    std::vector<Errc> kinds;
    const auto note = [&](const Error& error) { kinds.push_back(error.kind()); };
    socket.send("without a peer", note);
    socket.send_to("nowhere", Address{}, note);
    make().send_to("a path", *Address::from_path("/tmp/x"), note);
    socket.send_to("broadcast is off", ip("255.255.255.255", 9), note);
    settle();
    EXPECT_EQ(kinds, (std::vector{Errc::invalid_argument, Errc::invalid_argument,
                                  Errc::invalid_argument, Errc::permission_denied}));
}

TEST_F(UDPSocketTest, BroadcastMustBeAllowed) {
    const UDPSocket socket = open({.socket = {.broadcast = true}});
    ExpectOnce sent;
    // On loopback, where nobody else hears it.
    socket.send_to("x", ip("127.255.255.255", socket.local_address().port()),
                   sent([](const Error& error) { EXPECT_FALSE(error) << error; }));
    EXPECT_FALSE(socket.set_broadcast(false));
    ExpectOnce refused;
    socket.send_to("x", ip("127.255.255.255", 9),
                   refused([](const Error& error) { EXPECT_EQ(error, Errc::permission_denied); }));
    settle();
}

TEST_F(UDPSocketTest, WhatCannotBeBoundIsRefused) {
    const UDPSocket first = open();
    const UDPSocket second = make();
    EXPECT_EQ(second.bind(first.local_address()), Errc::address_in_use);
    EXPECT_EQ(second.bind(0, "example.org"), Errc::invalid_argument);
    EXPECT_EQ(second.bind(0, "unix:/tmp/x"), Errc::invalid_argument);
    EXPECT_EQ(second.bind(Address{}), Errc::invalid_argument);
    EXPECT_EQ(second.bind(0, "192.0.2.1"), Errc::address_not_available);
    EXPECT_EQ(second.connect(Address{}), Errc::invalid_argument);
    EXPECT_FALSE(second.bind(0, "127.0.0.1")) << "after an error it may be tried again";
}

TEST_F(UDPSocketTest, BadOptionsAreRefused) {
    for (const UDPSocketOptions& options :
         {UDPSocketOptions{.max_datagram = 0}, UDPSocketOptions{.max_write_buffer = 0},
          UDPSocketOptions{.socket = {.send_buffer = 0}},
          UDPSocketOptions{.socket = {.receive_buffer = 0}}})
        EXPECT_EQ(make(options).bind(0, "127.0.0.1"), Errc::invalid_argument);
    EXPECT_FALSE(
        make({.max_datagram = unlimited, .max_write_buffer = unlimited}).bind(0, "127.0.0.1"));
}

TEST_F(UDPSocketTest, ReusePortSharesThePort) {
    const UDPSocketOptions shared{.socket = {.reuse_port = true}};
    const UDPSocket first = open(shared);
    EXPECT_FALSE(make(shared).bind(first.local_address()));
}

TEST_F(UDPSocketTest, ReuseAddressSharesTheAddress) {
    const UDPSocketOptions shared{.socket = {.reuse_address = true}};
    const UDPSocket first = open(shared);
    EXPECT_FALSE(make(shared).bind(first.local_address()));
}

TEST_F(UDPSocketTest, PausingKeepsDatagramsInTheSystem) {
    const UDPSocket receiver = open_receiver();
    const UDPSocket sender = open();
    receiver.pause_reading();
    for (int i = 0; i < 5; ++i)
        sender.send_to(std::to_string(i), receiver.local_address());
    settle();
    EXPECT_TRUE(got.empty());
    receiver.resume_reading();
    run_until([&] { return got.size() == 5; });
    EXPECT_EQ(got.at(4), "4");
}

TEST_F(UDPSocketTest, PausingInsideTheHandlerHoldsBackTheNext) {
    const UDPSocket receiver = open();
    receiver.on_datagram([&, receiver](std::string_view data, const Address&) {
        got.emplace_back(data);
        receiver.pause_reading();
    });
    const UDPSocket sender = open();
    sender.send_to("1", receiver.local_address());
    sender.send_to("2", receiver.local_address());
    run_until([&] { return got.size() == 1; });
    settle();
    EXPECT_EQ(got.size(), 1U);
    receiver.resume_reading();
    run_until([&] { return got.size() == 2; });
}

TEST_F(UDPSocketTest, SixteenDatagramsThenOthersGetTheirTurn) {
    EXPECT_EQ(receive_in_first_turn(40, 1), 16U);
}

TEST_F(UDPSocketTest, SixtyFourKilobytesThenOthersGetTheirTurn) {
    // The one that passes the mark is the last.
    EXPECT_EQ(receive_in_first_turn(7, 20'000), 4U);
}

TEST_F(UDPSocketTest, StopInsideTheHandlerLeavesTheRest) {
    const UDPSocket receiver = open();
    const UDPSocket sender = open();
    receiver.on_datagram([&](std::string_view data, const Address&) {
        got.emplace_back(data);
        reactor().stop();
    });
    sender.send_to("1", receiver.local_address());
    sender.send_to("2", receiver.local_address());
    run_until([&] { return got.size() == 1; });
    run_until([&] { return got.size() == 2; });
}

TEST_F(UDPSocketTest, CloseTellsTheCloseCallbackLast) {
    const UDPSocket socket = open_receiver();
    std::vector<std::string> order;
    socket.send_to("x", socket.local_address(), [&](const Error&) { order.emplace_back("sent"); });
    socket.set_close_callback([&, token = captures.token()](const Error& error) {
        EXPECT_FALSE(error);
        order.emplace_back("closed");
    });
    socket.on_error([token = captures.token()](const Error&) {});
    socket.close();
    EXPECT_TRUE(socket.closed());
    EXPECT_TRUE(order.empty()) << "never inline";
    settle();
    EXPECT_EQ(order, (std::vector<std::string>{"sent", "closed"}));
    EXPECT_TRUE(got.empty()) << "nothing comes after close";
    EXPECT_TRUE(captures.released());
    ExpectOnce late;
    socket.set_close_callback(late([](const Error& error) { EXPECT_FALSE(error); }));
    socket.close();
    settle();
}

TEST_F(UDPSocketTest, EverythingIsRefusedAfterClose) {
    const UDPSocket socket = open();
    socket.close();
    EXPECT_EQ(socket.bind(0), Errc::closed);
    EXPECT_EQ(socket.connect(ip("127.0.0.1", 9)), Errc::closed);
    EXPECT_EQ(socket.set_ttl(3), Errc::closed);
    ExpectOnce refused;
    socket.send_to("x", ip("127.0.0.1", 9),
                   refused([](const Error& error) { EXPECT_EQ(error, Errc::closed); }));
    settle();
}

TEST_F(UDPSocketTest, ClosesItselfInsideItsHandler) {
    const UDPSocket receiver = open();
    receiver.on_datagram(
        [&, receiver, token = captures.token()](std::string_view data, const Address&) {
            got.emplace_back(data);
            receiver.close();
            EXPECT_EQ(*token, 0) << "the handler lives as long as its call";
        });
    const UDPSocket sender = open();
    for (int i = 0; i < 3; ++i)
        sender.send_to("x", receiver.local_address());
    run_until([&] { return !got.empty(); });
    settle();
    EXPECT_EQ(got.size(), 1U);
    EXPECT_TRUE(captures.released());
}

TEST_F(UDPSocketTest, ThrowingInsideTheHandlerIsReportedAndItGoesOn) {
    const UDPSocket receiver = open();
    receiver.on_datagram([&](std::string_view data, const Address&) {
        got.emplace_back(data);
        if (got.size() == 1) throw std::runtime_error{"no"};
    });
    const UDPSocket sender = open();
    sender.send_to("1", receiver.local_address());
    sender.send_to("2", receiver.local_address());
    run_until([&] { return got.size() == 2; });
    settle();
    EXPECT_EQ(take_reports().size(), 1U);
}

TEST_F(UDPSocketTest, ReplacingTheHandlerInsideItself) {
    const UDPSocket receiver = open();
    receiver.on_datagram([&, receiver, token = captures.token()](std::string_view, const Address&) {
        receiver.on_datagram(
            [&](std::string_view data, const Address&) { got.emplace_back(data); });
        EXPECT_EQ(*token, 0);
    });
    const UDPSocket sender = open();
    sender.send_to("1", receiver.local_address());
    sender.send_to("2", receiver.local_address());
    run_until([&] { return !got.empty(); });
    EXPECT_EQ(got, std::vector<std::string>{"2"});
    EXPECT_TRUE(captures.released());
}

TEST_F(UDPSocketTest, ANewSocketInsideTheCloseCallback) {
    const UDPSocket first = open();
    const Address address = first.local_address();
    UDPSocket second = make();
    first.set_close_callback([&](const Error&) { EXPECT_FALSE(second.bind(address)); });
    first.close();
    settle();
    EXPECT_EQ(second.local_address(), address);
}

TEST_F(UDPSocketTest, LivesOnWithoutAHandle) {
    Address address;
    {
        const UDPSocket socket{reactor()};
        ASSERT_FALSE(socket.bind(0, "127.0.0.1"));
        address = socket.local_address();
        socket.on_datagram([this, socket](std::string_view data, const Address&) {
            got.emplace_back(data);
            socket.close();
        });
    }
    open().send_to("x", address);
    run_until([&] { return !got.empty(); });
}

TEST_F(UDPSocketTest, DestroyingTheReactorReleasesEverythingUncalled) {
    UDPSocket socket = open();
    socket.on_datagram(
        [socket, token = captures.token()](std::string_view, const Address&) { ADD_FAILURE(); });
    socket.on_error([socket, token = captures.token()](const Error&) { ADD_FAILURE(); });
    socket.set_close_callback([socket, token = captures.token()](const Error&) { ADD_FAILURE(); });
    socket.send_to("x", socket.local_address(),
                   [socket, token = captures.token()](const Error&) { ADD_FAILURE(); });
    const UDPSocket unbound{reactor()};
    unbound.on_datagram([unbound, token = captures.token()](std::string_view, const Address&) {});
    reactor_holder.reset();
    EXPECT_TRUE(captures.released());
    EXPECT_FALSE(socket);
    EXPECT_TRUE(socket.closed());
    EXPECT_EQ(socket.bind(0), Errc::closed);
    EXPECT_EQ(socket.local_address().family(), Address::Family::none);
    socket.close();
    socket.on_datagram([](std::string_view, const Address&) {});
}

TEST_F(UDPSocketTest, DefaultConstructedItIsInert) {
    const UDPSocket socket;
    EXPECT_FALSE(socket);
    EXPECT_TRUE(socket.closed());
    EXPECT_EQ(socket.bind(0), Errc::closed);
    EXPECT_EQ(socket.connect(ip("127.0.0.1", 9)), Errc::closed);
    EXPECT_EQ(socket.join_group(ip("239.1.2.3", 0)), Errc::closed);
    EXPECT_EQ(socket.queued_bytes(), 0U);
    EXPECT_EQ(socket.stats().received, 0U);
    socket.pause_reading();
    socket.resume_reading();
    socket.unref();
    socket.close();
}

TEST_F(UDPSocketTest, KeepsRunGoingWhileItListens) {
    const UDPSocket socket = make();
    socket.on_datagram([](std::string_view, const Address&) {});
    EXPECT_FALSE(has_work()) << "unbound, nothing can come";
    ASSERT_FALSE(socket.bind(0, "127.0.0.1"));
    EXPECT_TRUE(has_work());
    socket.on_datagram({});
    EXPECT_FALSE(has_work());
    socket.on_datagram([](std::string_view, const Address&) {});
    EXPECT_TRUE(has_work());
    socket.unref();
    EXPECT_FALSE(has_work());
}

// Multicast over lo, so that nothing leaves this host.

TEST_F(UDPSocketTest, MulticastReachesTheMembersOfTheGroup) {
    const UDPSocketOptions shared{.socket = {.reuse_address = true}};
    const UDPSocket member = open_receiver(shared, "0.0.0.0");
    const Address group = ip("239.255.77.1", member.local_address().port());
    ASSERT_FALSE(member.join_group(group, "lo"));
    EXPECT_EQ(member.join_group(group, "lo"), Errc::address_in_use);
    const UDPSocket sender = open();
    ASSERT_FALSE(sender.set_multicast_interface("lo"));
    ASSERT_FALSE(sender.set_multicast_ttl(0));
    sender.send_to("to all", group);
    run_until([&] { return !got.empty(); });
    EXPECT_EQ(got, std::vector<std::string>{"to all"});

    ASSERT_FALSE(member.leave_group(group, "lo"));
    EXPECT_EQ(member.leave_group(group, "lo"), Errc::address_not_available);
    sender.send_to("to nobody", group);
    sender.send_to("direct", ip("127.0.0.1", group.port()));
    run_until([&] { return got.size() == 2; });
    EXPECT_EQ(got.at(1), "direct");
}

TEST_F(UDPSocketTest, MulticastOverIPv6) {
    const UDPSocket member = open_receiver({}, "::");
    const Address group = ip("ff01::77:1", member.local_address().port());  // this host only
    ASSERT_FALSE(member.join_group(group, "lo"));
    const UDPSocket sender = open({}, "::1");
    ASSERT_FALSE(sender.set_multicast_interface("lo"));
    Errc kind = Errc::ok;
    sender.send_to("to all", group, [&](const Error& error) { kind = error.kind(); });
    settle();
    if (kind == Errc::host_unreachable) GTEST_SKIP() << "lo has no route for IPv6 multicast";
    run_until([&] { return !got.empty(); });
    EXPECT_EQ(got, std::vector<std::string>{"to all"});
    EXPECT_FALSE(member.leave_group(group, "lo"));
}

// Whether it works lo cannot show, as it receives what is sent through it in any case.
TEST_F(UDPSocketTest, MulticastLoopCanBeSwitched) {
    for (const char* host : {"127.0.0.1", "::1"}) {
        const UDPSocket socket = open({}, host);
        EXPECT_FALSE(socket.set_multicast_loop(false));
        EXPECT_FALSE(socket.set_multicast_loop(true));
    }
}

TEST_F(UDPSocketTest, BadMulticastSettingsAreRefused) {
    const UDPSocket socket = open();
    EXPECT_EQ(socket.join_group(ip("127.0.0.1", 0)), Errc::invalid_argument);
    EXPECT_EQ(socket.join_group(Address{}), Errc::invalid_argument);
    EXPECT_EQ(socket.join_group(ip("239.1.2.3", 0), "no such"), Errc::invalid_argument);
    EXPECT_EQ(socket.set_multicast_interface("no such"), Errc::invalid_argument);
    for (const int hops : {-1, 256})
        EXPECT_EQ(socket.set_multicast_ttl(hops), Errc::invalid_argument);
    for (const int hops : {0, -1, 256})
        EXPECT_EQ(socket.set_ttl(hops), Errc::invalid_argument);
    for (const int hops : {1, 255})
        EXPECT_FALSE(socket.set_ttl(hops));
    for (const int hops : {0, 255})
        EXPECT_FALSE(socket.set_multicast_ttl(hops));
    EXPECT_EQ(make().join_group(ip("239.1.2.3", 0)), Errc::closed) << "not bound yet";
}

}  // namespace
}  // namespace gyre::test
