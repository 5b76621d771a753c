// UDPSocket over a network whose room and failures the test decides.
#include "reactor_core.hpp"
#include "support/reactor_fixture.hpp"
#include <gyre/network.hpp>
#include <gyre/udp_socket.hpp>

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gyre::test {
namespace {

/// What the test sees and decides of a socket.
struct Wire {
    int room = 0;  // how many datagrams the system takes now
    Errc failure = Errc::ok;
    std::vector<std::string> sent;
    Address peer{};
    std::vector<Address> receivers{};  // of `sent`
    std::vector<DatagramReceived> waiting;
    DatagramListener* listener = nullptr;
    bool reads = false;
    bool writes = false;
};

class FakeDatagram final : public DatagramSocket {
public:
    explicit FakeDatagram(Wire& wire) : wire_(wire) {}
    ~FakeDatagram() override { wire_.listener = nullptr; }
    void set_listener(DatagramListener* listener) noexcept override { wire_.listener = listener; }
    void want_read(bool wanted) noexcept override { wire_.reads = wanted; }
    void want_write(bool wanted) noexcept override { wire_.writes = wanted; }
    DatagramReceived receive(std::span<char>) noexcept override {
        if (wire_.waiting.empty()) return {.status = IOStatus::would_block};
        DatagramReceived next = std::move(wire_.waiting.front());
        wire_.waiting.erase(wire_.waiting.begin());
        return next;
    }
    IOResult send(std::string_view data, const Address& to) noexcept override {
        if (wire_.failure != Errc::ok)
            return {.status = IOStatus::failed, .error = {std::exchange(wire_.failure, Errc::ok)}};
        if (wire_.room == 0) return {.status = IOStatus::would_block};
        --wire_.room;
        wire_.sent.emplace_back(data);
        wire_.receivers.push_back(to.family() == Address::Family::none ? wire_.peer : to);
        return {.bytes = data.size()};
    }
    Error connect(const Address& peer) noexcept override {
        wire_.peer = peer;
        return {};
    }
    void close() noexcept override { wire_.listener = nullptr; }
    Address local_address() const noexcept override { return {}; }
    Address peer_address() const noexcept override { return wire_.peer; }
    int native_handle() const noexcept override { return -1; }

private:
    Wire& wire_;
};

/// A network with nothing but what is asked of every one.
class BareNetwork : public Network {
public:
    AcceptorResult listen(const detail::ReactorRef&, const Address&,
                          const ListenOptions&) override {
        return {};
    }
    TransportResult connect(const detail::ReactorRef&, const Address&,
                            const ConnectOptions&) override {
        return {};
    }
};

class FakeDatagramNetwork final : public BareNetwork {
public:
    DatagramSocketResult open_datagram(const detail::ReactorRef&, const Address&,
                                       const DatagramOptions&) override {
        return {.socket = std::make_unique<FakeDatagram>(wire)};
    }
    Wire wire;
};

const Address somewhere = *Address::from_ip("127.0.0.1", 9);

class UDPQueueTest : public ReactorTest {
protected:
    UDPQueueTest() {
        make_reactor({.clock = clock, .network = network});
        socket = UDPSocket{reactor(), {.max_write_buffer = 1000}};
        EXPECT_FALSE(socket.bind(0));
    }
    void TearDown() override {
        socket.close();
        if (reactor_holder) settle();
        ReactorTest::TearDown();
    }
    void send(const std::string& data) {
        socket.send_to(data, somewhere, [this, data](const Error& error) {
            outcomes.emplace_back(data.substr(0, 8), error.kind());
        });
    }
    Wire& wire() { return network->wire; }
    bool has_work() { return detail::ReactorCore::of(reactor()).has_work(); }

    using Outcomes = std::vector<std::pair<std::string, Errc>>;
    std::shared_ptr<FakeDatagramNetwork> network = std::make_shared<FakeDatagramNetwork>();
    UDPSocket socket;
    Outcomes outcomes;
};

TEST_F(UDPQueueTest, WithoutRoomDatagramsAreQueuedInOrder) {
    wire().room = 1;
    send("one");
    send("two");
    wire().room = 1;
    send("three");  // behind the one that waits, though there is room again
    EXPECT_EQ(wire().sent, std::vector<std::string>{"one"});
    EXPECT_EQ(socket.queued_bytes(), 8U);
    EXPECT_TRUE(wire().writes);
    EXPECT_TRUE(has_work());
    settle();
    EXPECT_EQ(outcomes, (Outcomes{{"one", Errc::ok}}));

    wire().listener->on_writable();
    EXPECT_EQ(wire().sent, (std::vector<std::string>{"one", "two"}));
    EXPECT_EQ(outcomes.size(), 1U) << "never inline";
    EXPECT_TRUE(wire().writes);
    wire().room = 5;
    wire().listener->on_writable();
    EXPECT_FALSE(wire().writes);
    EXPECT_EQ(socket.queued_bytes(), 0U);
    settle();
    EXPECT_EQ(outcomes, (Outcomes{{"one", Errc::ok}, {"two", Errc::ok}, {"three", Errc::ok}}));
    EXPECT_EQ(socket.stats().sent, 3U);
    EXPECT_FALSE(has_work());
}

TEST_F(UDPQueueTest, WhatWaitsGoesToThePeerOfItsTime) {
    const Address elsewhere = *Address::from_ip("127.0.0.2", 9);
    EXPECT_FALSE(socket.connect(somewhere));
    socket.send("for the first");
    EXPECT_FALSE(socket.connect(elsewhere));
    socket.send("for the second");
    wire().room = 2;
    wire().listener->on_writable();
    EXPECT_EQ(wire().receivers, (std::vector<Address>{somewhere, elsewhere}));
}

TEST_F(UDPQueueTest, AFullQueueRefusesTheDatagram) {
    send(std::string(244, 'a'));  // 500 with its cost
    send(std::string(245, 'b'));  // 501
    send(std::string(244, 'c'));
    settle();
    EXPECT_EQ(outcomes, (Outcomes{{"bbbbbbbb", Errc::queue_full}}));
    EXPECT_EQ(socket.queued_bytes(), 488U);
    send("");
    settle();
    EXPECT_EQ(outcomes.back(), (std::pair{std::string{}, Errc::queue_full}));
}

TEST_F(UDPQueueTest, EmptyDatagramsFillTheQueueToo) {
    for (int i = 0; i < 4; ++i)
        send("");
    settle();
    EXPECT_EQ(outcomes, (Outcomes{{"", Errc::queue_full}}));
}

TEST_F(UDPQueueTest, AQueuedDatagramThatFailsDoesNotHoldUpTheNext) {
    send("bad");
    send("good");
    wire().failure = Errc::host_unreachable;
    wire().room = 1;
    wire().listener->on_writable();
    settle();
    EXPECT_EQ(outcomes, (Outcomes{{"bad", Errc::host_unreachable}, {"good", Errc::ok}}));
}

TEST_F(UDPQueueTest, CloseCancelsWhatIsQueued) {
    ExpectOnce closed;
    send("one");
    socket.send_to("without a callback", somewhere);
    socket.set_close_callback(closed([&](const Error& error) {
        EXPECT_FALSE(error);
        EXPECT_EQ(outcomes.size(), 1U) << "the terminal event is the last one";
    }));
    socket.close();
    EXPECT_TRUE(outcomes.empty()) << "never inline";
    EXPECT_EQ(socket.queued_bytes(), 0U);
    settle();
    EXPECT_EQ(outcomes, (Outcomes{{"one", Errc::canceled}}));
    EXPECT_TRUE(wire().sent.empty());
}

TEST_F(UDPQueueTest, DestroyingTheReactorReleasesWhatIsQueued) {
    Captures captures;
    socket.send_to("x", somewhere, [token = captures.token()](const Error&) { ADD_FAILURE(); });
    reactor_holder.reset();
    EXPECT_TRUE(captures.released());
}

TEST_F(UDPQueueTest, UnrefDoesNotWaitForTheQueue) {
    send("x");
    socket.unref();
    EXPECT_FALSE(has_work());
}

TEST_F(UDPQueueTest, AFailureOfReceivingGoesToTheErrorHandler) {
    ExpectOnce failed;
    ExpectOnce received;
    socket.on_error(failed([](const Error& error) { EXPECT_EQ(error, Errc::out_of_memory); }));
    socket.on_datagram(received([](std::string_view, const Address&) {}));
    EXPECT_TRUE(wire().reads);
    wire().waiting.push_back({.status = IOStatus::failed, .error = {Errc::out_of_memory}});
    wire().waiting.push_back({});
    wire().listener->on_readable();
}

TEST_F(UDPQueueTest, ClosedInsideTheErrorHandler) {
    socket.on_error([&](const Error& error) {
        EXPECT_EQ(error, Errc::out_of_memory);
        socket.close();
    });
    ExpectNever received;
    socket.on_datagram(received([](std::string_view, const Address&) {}));
    wire().waiting.push_back({.status = IOStatus::failed, .error = {Errc::out_of_memory}});
    wire().waiting.push_back({});
    wire().listener->on_readable();
}

TEST_F(UDPQueueTest, SendsAgainInsideItsCallback) {
    wire().room = 2;
    int calls = 0;
    socket.send_to("one", somewhere, [&](const Error&) {
        ++calls;
        socket.send_to("two", somewhere, [&](const Error&) { ++calls; });
        EXPECT_EQ(calls, 1) << "never inline";
    });
    settle();
    EXPECT_EQ(calls, 2);
}

TEST_F(UDPQueueTest, ANetworkWithoutMulticastSaysSo) {
    EXPECT_EQ(socket.join_group(somewhere), Errc::not_supported);
    EXPECT_EQ(socket.leave_group(somewhere), Errc::not_supported);
    EXPECT_EQ(socket.set_multicast_interface("lo"), Errc::not_supported);
    EXPECT_EQ(socket.set_ttl(1), Errc::not_supported);
}

TEST(UDPWithoutDatagrams, ANetworkThatHasNoneSaysSo) {
    Reactor reactor{{.network = std::make_shared<BareNetwork>()}};
    const UDPSocket socket{reactor};
    EXPECT_EQ(socket.bind(0), Errc::not_supported);
    ExpectOnce refused;
    socket.send_to("x", somewhere,
                   refused([](const Error& error) { EXPECT_EQ(error, Errc::not_supported); }));
    reactor.run();
}

}  // namespace
}  // namespace gyre::test
