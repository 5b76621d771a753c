#include "support/reactor_fixture.hpp"
#include <gyre/listener.hpp>

#include <deque>
#include <functional>

#include <sys/resource.h>

namespace gyre::test {
namespace {

/// An acceptor whose answers the test decides.
class FakeAcceptor final : public Acceptor {
public:
    explicit FakeAcceptor(std::deque<TransportResult>& answers, AcceptListener*& listener,
                          bool& wanted)
        : answers_(answers), listener_(listener), wanted_(wanted) {}
    ~FakeAcceptor() override { listener_ = nullptr; }
    void set_listener(AcceptListener* listener) noexcept override { listener_ = listener; }
    void want_accept(bool wanted) noexcept override { wanted_ = wanted; }
    TransportResult accept() noexcept override {
        if (answers_.empty()) return {};
        TransportResult next = std::move(answers_.front());
        answers_.pop_front();
        return next;
    }
    Address local_address() const noexcept override { return {}; }
    int native_handle() const noexcept override { return -1; }

private:
    std::deque<TransportResult>& answers_;
    AcceptListener*& listener_;
    bool& wanted_;
};

struct NullTransport final : Transport {
    void set_listener(TransportListener*) noexcept override {}
    void want_read(bool) noexcept override {}
    void want_write(bool) noexcept override {}
    IOResult read_some(std::span<char>) noexcept override { return {}; }
    IOResult write_some(std::span<const std::string_view>) noexcept override { return {}; }
    void shutdown_write() noexcept override {}
    void close() noexcept override {}
    void abort() noexcept override {}
    Address local_address() const noexcept override { return {}; }
    Address peer_address() const noexcept override { return {}; }
    int native_handle() const noexcept override { return -1; }
};

class FakeNet final : public Network {
public:
    AcceptorResult listen(const detail::ReactorRef&, const Address&,
                          const ListenOptions&) override {
        return {.acceptor = std::make_unique<FakeAcceptor>(answers, listener, wanted)};
    }
    TransportResult connect(const detail::ReactorRef&, const Address&,
                            const ConnectOptions&) override {
        return {};
    }
    std::deque<TransportResult> answers;
    AcceptListener* listener = nullptr;
    bool wanted = false;
};

class ListenerTest : public ReactorTest {
protected:
    ListenerTest() {
        make_reactor({.clock = clock, .network = network});
        listener.emplace(reactor(), [this](std::unique_ptr<Transport>) {
            ++accepted;
            if (then) then();
        });
        EXPECT_FALSE(listener->listen({}, {}));
    }
    void TearDown() override {
        listener.reset();
        settle();
        ReactorTest::TearDown();
    }
    void arrive(int count) {
        for (int i = 0; i < count; ++i)
            network->answers.push_back({.transport = std::make_unique<NullTransport>()});
    }
    void fail() { network->answers.push_back({.error = {Errc::out_of_descriptors, "accept"}}); }

    std::shared_ptr<FakeNet> network = std::make_shared<FakeNet>();
    std::optional<detail::Listener> listener;
    int accepted = 0;
    std::function<void()> then;
};

TEST_F(ListenerTest, AcceptsSixteenATurn) {
    arrive(40);
    network->listener->on_acceptable();
    EXPECT_EQ(accepted, 16);
    network->listener->on_acceptable();
    EXPECT_EQ(accepted, 32);
}

TEST_F(ListenerTest, OutOfDescriptorsPausesTwiceAsLongEachTime) {
    int pause = 10;
    for (const int expected : {10, 20, 40, 80, 160, 320, 500, 500}) {
        pause = expected;
        fail();
        network->listener->on_acceptable();
        EXPECT_FALSE(network->wanted);
        advance(std::chrono::milliseconds{pause - 1});
        EXPECT_FALSE(network->wanted);
        advance(std::chrono::milliseconds{1});
        EXPECT_TRUE(network->wanted);
    }
    EXPECT_EQ(listener->shed(), 8U);
    arrive(1);
    network->listener->on_acceptable();
    fail();
    network->listener->on_acceptable();
    advance(std::chrono::milliseconds{10});
    EXPECT_TRUE(network->wanted) << "a success starts the pauses afresh";
}

TEST_F(ListenerTest, StopInsideEndsTheTurn) {
    arrive(5);
    then = [this] { listener->stop(); };
    network->listener->on_acceptable();
    EXPECT_EQ(accepted, 1);
    EXPECT_FALSE(listener->listening());
}

TEST_F(ListenerTest, StopDuringAPauseIsQuiet) {
    fail();
    network->listener->on_acceptable();
    listener->stop();
    advance(std::chrono::seconds{1});
    EXPECT_FALSE(network->wanted);
}

TEST_F(ListenerTest, DrainHandsOnWhatWaits) {
    arrive(20);
    listener->drain();
    EXPECT_EQ(accepted, 20);
    EXPECT_FALSE(listener->listening());
}

TEST_F(ListenerTest, DrainEndsThoughConnectionsKeepComing) {
    then = [this] {
        if (accepted < 100'000) arrive(1);
    };
    arrive(1);
    listener->drain();
    EXPECT_LT(accepted, 100'000);
    EXPECT_FALSE(listener->listening());
}

TEST_F(ListenerTest, KeepsRunGoingWhileItListens) {
    EXPECT_TRUE(reactor().has_work());
    listener->stop();
    settle();
    EXPECT_FALSE(reactor().has_work());
}

TEST_F(ListenerTest, ANetworkWithoutDescriptorsSaysSo) {
    EXPECT_EQ(listener->listen_on(0, {}), Errc::already_in_progress);
    listener->stop();
    EXPECT_EQ(listener->listen_on(0, {}), Errc::not_supported);
    EXPECT_FALSE(listener->listening());
    EXPECT_EQ(listener->native_handle(), -1);
}

TEST(DefaultMaxConnections, IsEightyPercentOfTheDescriptors) {
    rlimit limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
    if (limit.rlim_cur == RLIM_INFINITY) GTEST_SKIP() << "no limit of descriptors";
    EXPECT_EQ(detail::default_max_connections(), limit.rlim_cur / 10 * 8);
}

TEST_F(ListenerTest, StopsWhenTheReactorGoes) {
    reactor_holder.reset();
    EXPECT_FALSE(listener->listening());
    EXPECT_EQ(network->listener, nullptr);
    EXPECT_EQ(listener->listen({}, {}), Errc::closed);
    listener.reset();
    make_reactor({.clock = clock});
}

}  // namespace
}  // namespace gyre::test
