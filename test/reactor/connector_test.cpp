#include "connector.hpp"

#include "support/fake_network.hpp"
#include <gyre/connect_transport.hpp>
#include <gyre/limits.hpp>
#include <gyre/log.hpp>
#include <gyre/reactor.hpp>

#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gyre {
namespace {

using detail::connect_transport;
using detail::ConnectHandle;
using detail::ConnectRequest;
using test::ConnectPlan;
using test::FakeNetwork;
using test::FakeResolver;
using Outcome = ConnectPlan::Outcome;
using namespace std::chrono_literals;

const std::string v6_1 = "[2001:db8::1]:80";
const std::string v6_2 = "[2001:db8::2]:80";
const std::string v4_1 = "192.0.2.1:80";
const std::string v4_2 = "192.0.2.2:80";

Address ip(const std::string& literal, std::uint16_t port) {
    return Address::from_ip(literal, port).value_or(Address{});
}

struct Connected {
    Error error;
    std::unique_ptr<Transport> transport;
    Duration after{};
    int calls = 0;
};

/// A reactor in virtual time with a scripted network and resolver. Four addresses by default.
class ConnectorTest : public testing::Test {
protected:
    ConnectorTest() : ConnectorTest({"2001:db8::1", "2001:db8::2", "192.0.2.1", "192.0.2.2"}) {}
    explicit ConnectorTest(std::vector<std::string> addresses)
        : resolver_(std::make_shared<FakeResolver>(std::move(addresses))),
          reactor_(std::make_unique<Reactor>(
              ReactorOptions{.clock = clock_, .network = network_, .resolver = resolver_})) {
        resolver_->attach(*reactor_);
        reactor_->on_unhandled_error(
            [this](const Error& error) { unhandled_.push_back(error.message()); });
    }
    ~ConnectorTest() override { EXPECT_EQ(unhandled_, std::vector<std::string>{}); }

    ConnectHandle start(ConnectRequest request) {
        return connect_transport(*reactor_, std::move(request),
                                 [this](Error error, std::unique_ptr<Transport> transport) {
                                     ++result_.calls;
                                     result_.error = std::move(error);
                                     result_.transport = std::move(transport);
                                     result_.after = clock_->now() - begin_;
                                     const Handler<void()> copy = in_callback_;
                                     copy();
                                 });
    }
    ConnectHandle start() { return start({.host = "example.com", .port = 80}); }
    Connected& run() {
        reactor_->run();
        EXPECT_EQ(result_.calls, 1);
        return result_;
    }

    /// The attempts as "milliseconds address".
    std::vector<std::string> attempts() const {
        std::vector<std::string> list;
        for (const auto& [time, address] : network_->attempts())
            list.push_back(
                std::to_string(
                    std::chrono::duration_cast<std::chrono::milliseconds>(time - begin_).count()) +
                ' ' + address);
        return list;
    }

    std::shared_ptr<ManualClock> clock_ = std::make_shared<ManualClock>(true);
    TimePoint begin_ = clock_->now();
    std::shared_ptr<FakeNetwork> network_ = std::make_shared<FakeNetwork>();
    std::shared_ptr<FakeResolver> resolver_;
    std::unique_ptr<Reactor> reactor_;
    Connected result_;
    Handler<void()> in_callback_;
    std::vector<std::string> unhandled_;
};

class OneAddressTest : public ConnectorTest {
protected:
    OneAddressTest() : ConnectorTest({"192.0.2.1"}) {}
};

std::vector<Address> addresses(const std::vector<std::string>& literals) {
    std::vector<Address> list;
    list.reserve(literals.size());
    for (const std::string& literal : literals)
        list.push_back(ip(literal, 1));
    return list;
}

TEST(InterleaveFamilies, FamiliesTakeTurns) {
    EXPECT_EQ(detail::interleave_families(addresses({"::1", "::2", "::3", "1.0.0.1", "1.0.0.2"})),
              addresses({"::1", "1.0.0.1", "::2", "1.0.0.2", "::3"}));
}

TEST(InterleaveFamilies, TheFirstAddressStaysTheFirst) {
    EXPECT_EQ(detail::interleave_families(addresses({"1.0.0.1", "::1", "1.0.0.2"})),
              addresses({"1.0.0.1", "::1", "1.0.0.2"}));
}

TEST(InterleaveFamilies, OneFamilyKeepsItsOrder) {
    EXPECT_EQ(detail::interleave_families(addresses({"1.0.0.3", "1.0.0.1", "1.0.0.2"})),
              addresses({"1.0.0.3", "1.0.0.1", "1.0.0.2"}));
    EXPECT_TRUE(detail::interleave_families({}).empty());
}

TEST_F(ConnectorTest, FirstAddressConnectsAndNoOtherIsTried) {
    network_->plan(v6_1, {.after = 30ms});
    start();
    EXPECT_EQ(result_.calls, 0);
    const Connected& result = run();
    EXPECT_FALSE(result.error);
    ASSERT_TRUE(result.transport);
    EXPECT_EQ(result.transport->peer_address().to_string(), v6_1);
    EXPECT_EQ(attempts(), (std::vector<std::string>{"0 " + v6_1}));
    EXPECT_EQ(network_->open(), 1);
}

TEST_F(ConnectorTest, SilentAddressesAreStaggeredBy250Milliseconds) {
    network_->plan(v4_2, {.after = 10ms});
    start();
    const Connected& result = run();
    EXPECT_FALSE(result.error);
    EXPECT_EQ(attempts(),
              (std::vector<std::string>{"0 " + v6_1, "250 " + v4_1, "500 " + v6_2, "750 " + v4_2}));
    EXPECT_EQ(result.after, 760ms);
    EXPECT_EQ(network_->open(), 1);  // the losers are closed
}

TEST_F(ConnectorTest, FailureMovesOnAtOnce) {
    network_->plan(v6_1, {.outcome = Outcome::refused, .after = 20ms});
    network_->plan(v4_1, {.after = 5ms});
    start();
    EXPECT_FALSE(run().error);
    EXPECT_EQ(attempts(), (std::vector<std::string>{"0 " + v6_1, "20 " + v4_1}));
}

TEST_F(ConnectorTest, FailureStartsTheStaggerAfresh) {
    network_->plan(v6_1, {.outcome = Outcome::refused, .after = 200ms});
    network_->plan(v6_2, {});
    start();
    EXPECT_FALSE(run().error);
    EXPECT_EQ(attempts(), (std::vector<std::string>{"0 " + v6_1, "200 " + v4_1, "450 " + v6_2}));
}

TEST_F(ConnectorTest, FailureInTheCallItselfMovesOnInTheSameTurn) {
    network_->plan(v6_1, {.outcome = Outcome::unreachable, .at_once = true});
    network_->plan(v4_1, {});
    start();
    EXPECT_FALSE(run().error);
    EXPECT_EQ(attempts(), (std::vector<std::string>{"0 " + v6_1, "0 " + v4_1}));
}

TEST_F(ConnectorTest, AnEarlierAttemptMayStillWin) {
    network_->plan(v6_1, {.after = 300ms});
    network_->plan(v4_1, {.after = 100ms});
    start();
    const Connected& result = run();
    EXPECT_EQ(result.transport->peer_address().to_string(), v6_1);
    EXPECT_EQ(result.after, 300ms);
    EXPECT_EQ(network_->open(), 1);
}

TEST_F(ConnectorTest, TwoWinnersInOneTurnGiveOneConnection) {
    network_->plan(v6_1, {.after = 300ms});
    network_->plan(v4_1, {.after = 50ms});
    start();
    const Connected& result = run();
    EXPECT_EQ(result.calls, 1);
    EXPECT_EQ(network_->open(), 1);
}

TEST_F(ConnectorTest, AllFailingTellsEachAddressAndTheLastKind) {
    network_->plan(v6_1, {.outcome = Outcome::unreachable, .at_once = true});
    network_->plan(v6_2, {.outcome = Outcome::unreachable, .at_once = true});
    network_->plan(v4_1, {.outcome = Outcome::refused});
    network_->plan(v4_2, {.outcome = Outcome::refused});
    start();
    const Connected& result = run();
    EXPECT_EQ(result.error.kind(), Errc::connection_refused);
    EXPECT_EQ(result.error.code(), ECONNREFUSED);
    EXPECT_EQ(result.error.category(), "system");
    EXPECT_EQ(result.error.phase(), "connect");
    EXPECT_EQ(result.error.message(),
              "connect to [2001:db8::1]:80: Network is unreachable; "
              "connect to 192.0.2.1:80: Connection refused; "
              "connect to [2001:db8::2]:80: Network is unreachable; "
              "connect to 192.0.2.2:80: Connection refused");
    EXPECT_FALSE(result.transport);
    EXPECT_EQ(network_->open(), 0);
}

TEST_F(ConnectorTest, TimeOutTellsWhatFailedBefore) {
    network_->plan(v6_1, {.outcome = Outcome::refused});
    start({.host = "example.com", .port = 80, .timeout = 2s});
    const Connected& result = run();
    EXPECT_EQ(result.error.kind(), Errc::timed_out);
    EXPECT_EQ(result.error.phase(), "connect");
    EXPECT_EQ(result.error.message(),
              "connect to example.com:80: timed out after 2 s; "
              "connect to [2001:db8::1]:80: Connection refused");
    EXPECT_EQ(result.after, 2s);
    EXPECT_EQ(network_->open(), 0);
}

TEST_F(ConnectorTest, TheDefaultTimeOutIs20Seconds) {
    start();
    EXPECT_EQ(run().error.kind(), Errc::timed_out);
    EXPECT_EQ(result_.after, 20s);
}

TEST_F(ConnectorTest, UnlimitedTimeOutWaitsForTheSlowest) {
    network_->plan(v4_2, {.after = 3h});
    start({.host = "example.com", .port = 80, .timeout = unlimited});
    EXPECT_FALSE(run().error);
    EXPECT_EQ(result_.after, 3h + 750ms);
}

TEST_F(ConnectorTest, TimeOutInTheLookUpHasThePhaseResolve) {
    resolver_->hold_back();
    start({.host = "example.com", .port = 80, .timeout = 1500ms});
    const Connected& result = run();
    EXPECT_EQ(result.error.kind(), Errc::timed_out);
    EXPECT_EQ(result.error.phase(), "resolve");
    EXPECT_EQ(result.error.message(),
              "connect to example.com:80: timed out after 1500 ms, in the look-up of the name");
    EXPECT_EQ(resolver_->canceled(), 1);
    resolver_->release();  // the late answer is of no interest
    reactor_->run();
    EXPECT_TRUE(network_->attempts().empty());
}

TEST_F(ConnectorTest, LookUpFailureIsHandedOn) {
    resolver_->fail_with(Errc::host_not_found);
    start();
    const Connected& result = run();
    EXPECT_EQ(result.error.kind(), Errc::host_not_found);
    EXPECT_EQ(result.error.phase(), "resolve");
}

TEST_F(OneAddressTest, OneFailureIsTheWholeMessage) {
    network_->plan(v4_1, {.outcome = Outcome::refused});
    start();
    EXPECT_EQ(run().error.message(), "connect to 192.0.2.1:80: Connection refused");
}

TEST_F(ConnectorTest, WrongArgumentsAreToldLater) {
    for (ConnectRequest request :
         {ConnectRequest{.host = "example.com", .port = 80, .timeout = 0s},
          ConnectRequest{.host = "example.com", .port = 80, .timeout = -1s},
          ConnectRequest{.host = "", .port = 80},
          ConnectRequest{.unix_path = std::string(200, 'x')}}) {
        result_ = {};
        start(std::move(request));
        EXPECT_EQ(result_.calls, 0);
        EXPECT_EQ(run().error.kind(), Errc::invalid_argument);
        EXPECT_EQ(result_.error.phase(), "connect");
    }
    EXPECT_TRUE(network_->attempts().empty());
}

TEST_F(ConnectorTest, UnixPathNeedsNoLookUp) {
    network_->plan("unix:/tmp/socket", {});
    start({.unix_path = "/tmp/socket"});
    EXPECT_FALSE(run().error);
    EXPECT_TRUE(result_.transport);
}

TEST_F(ConnectorTest, SourceAddressLimitsTheFamily) {
    network_->plan(v4_1, {.outcome = Outcome::refused});
    network_->plan(v4_2, {});
    start({.host = "example.com", .port = 80, .options = {.source = ip("192.0.2.9", 0)}});
    EXPECT_FALSE(run().error);
    EXPECT_EQ(attempts(), (std::vector<std::string>{"0 " + v4_1, "0 " + v4_2}));
}

TEST_F(OneAddressTest, SourceAddressOfAnotherFamilyIsAnError) {
    start({.host = "example.com", .port = 80, .options = {.source = ip("::1", 0)}});
    EXPECT_EQ(run().error.kind(), Errc::address_not_available);
    EXPECT_EQ(result_.error.phase(), "connect");
}

TEST_F(ConnectorTest, TheHookTellsWhenTheNameIsKnown) {
    resolver_->hold_back();
    network_->plan(v6_1, {});
    std::optional<Duration> resolved_after;
    start({.host = "example.com", .port = 80, .on_resolved = [&](TimePoint time) {
               resolved_after = time - begin_;
               EXPECT_TRUE(network_->attempts().empty());
           }});
    reactor_->call_later(70ms, [this] { resolver_->release(); });
    EXPECT_FALSE(run().error);
    EXPECT_EQ(resolved_after, 70ms);
}

TEST_F(ConnectorTest, TheHookMayCancel) {
    ConnectHandle handle;
    handle = start(
        {.host = "example.com", .port = 80, .on_resolved = [&](TimePoint) { handle.cancel(); }});
    EXPECT_EQ(run().error.kind(), Errc::canceled);
    EXPECT_TRUE(network_->attempts().empty());
}

TEST_F(ConnectorTest, CancelBeforeTheLookUpEnds) {
    resolver_->hold_back();
    const ConnectHandle handle = start();
    handle.cancel();
    EXPECT_EQ(result_.calls, 0);
    EXPECT_EQ(run().error.kind(), Errc::canceled);
    EXPECT_EQ(result_.error.phase(), "resolve");
    EXPECT_EQ(resolver_->canceled(), 1);
}

TEST_F(ConnectorTest, CancelWhileConnecting) {
    const ConnectHandle handle = start();
    reactor_->call_later(600ms, [handle] {
        handle.cancel();
        handle.cancel();
    });
    EXPECT_EQ(run().error.kind(), Errc::canceled);
    EXPECT_EQ(result_.error.phase(), "connect");
    EXPECT_EQ(network_->attempts().size(), 3U);
    EXPECT_EQ(network_->open(), 0);
}

TEST_F(ConnectorTest, CancelOfAConnectionMadeButNotDelivered) {
    network_->plan(v6_1, {.after = 10ms});
    const ConnectHandle handle = start();
    // Registered later for the same moment: runs after the transport's event, before the delivery.
    reactor_->call_later(0s, [&, handle] {
        reactor_->call_later(10ms, [&, handle] {
            EXPECT_EQ(network_->open(), 1);
            EXPECT_EQ(result_.calls, 0);
            handle.cancel();
        });
    });
    EXPECT_EQ(run().error.kind(), Errc::canceled);
    EXPECT_FALSE(result_.transport);
    EXPECT_EQ(network_->open(), 0);
}

TEST_F(ConnectorTest, CancelInsideTheCallbackAndAfterwardsDoesNothing) {
    network_->plan(v6_1, {});
    const ConnectHandle handle = start();
    in_callback_ = [handle] { handle.cancel(); };
    EXPECT_FALSE(run().error);
    handle.cancel();
    reactor_->run();
    EXPECT_EQ(result_.calls, 1);
    EXPECT_TRUE(result_.transport);
    ConnectHandle{}.cancel();
}

TEST_F(ConnectorTest, StartAgainInsideTheCallback) {
    network_->plan(v6_1, {});
    start();
    in_callback_ = [this] {
        in_callback_ = {};
        start();
    };
    reactor_->run();
    EXPECT_EQ(result_.calls, 2);
}

TEST_F(ConnectorTest, AnExceptionOfTheCallbackIsReported) {
    network_->plan(v6_1, {});
    start();
    in_callback_ = [] { throw std::runtime_error{"boom"}; };
    reactor_->run();
    EXPECT_EQ(unhandled_, std::vector<std::string>{"an exception left a callback: boom"});
    unhandled_.clear();
}

TEST_F(ConnectorTest, AnErrorNobodyLooksAtIsReportedOnce) {
    resolver_->fail_with(Errc::host_not_found);
    connect_transport(*reactor_, {.host = "example.com", .port = 80},
                      [](const Error&, const std::unique_ptr<Transport>&) {});
    reactor_->run();
    EXPECT_EQ(unhandled_, std::vector<std::string>{"as told"});
    unhandled_.clear();
}

TEST_F(ConnectorTest, TheErrorNamesThePlaceOfTheCallback) {
    resolver_->fail_with(Errc::host_not_found);
    start();
    EXPECT_STREQ(run().error.place().file_name(), __FILE__);
}

/// Destroys the reactor when the connector is in a state that `prepare` brings it to.
class DestroyTest : public ConnectorTest {
protected:
    void destroy_and_expect_release() {
        const auto capture = std::make_shared<int>(0);
        ConnectRequest request{.host = "example.com", .port = 80};
        request.on_resolved = [capture](TimePoint) {};
        const ConnectHandle handle = connect_transport(
            *reactor_, std::move(request),
            [capture](const Error&, const std::unique_ptr<Transport>&) { ADD_FAILURE(); });
        reactor_->run_for(turns_for_);
        EXPECT_GT(capture.use_count(), 1);
        reactor_.reset();
        EXPECT_EQ(capture.use_count(), 1);
        EXPECT_EQ(network_->open(), 0);
        handle.cancel();
    }
    Duration turns_for_ = Duration::zero();
};

TEST_F(DestroyTest, BeforeTheFirstTurn) { destroy_and_expect_release(); }

TEST_F(DestroyTest, WhileTheNameIsLookedUp) {
    resolver_->hold_back();
    turns_for_ = 1s;
    destroy_and_expect_release();
}

TEST_F(DestroyTest, WhileConnecting) {
    turns_for_ = 600ms;
    destroy_and_expect_release();
}

TEST_F(DestroyTest, WithTheOutcomePosted) {
    network_->plan(v6_1, {.after = 10ms});
    // The loop is stopped between the transport's event and the delivery.
    reactor_->call_later(0s, [this] { reactor_->call_later(10ms, [this] { reactor_->stop(); }); });
    turns_for_ = 1s;
    destroy_and_expect_release();
}

TEST(ConnectTransport, WithoutAReactorTheCallbackIsReportedAsDropped) {
    detail::ReactorRef reference;
    {
        Reactor reactor;
        reference = detail::ReactorRef{reactor};
    }
    std::string logged;
    set_log_handler([&](LogLevel, std::string_view line) { logged = line; });
    const auto capture = std::make_shared<int>(0);
    connect_transport(
        reference, {.host = "127.0.0.1", .port = 1},
        [capture](const Error&, const std::unique_ptr<Transport>&) { ADD_FAILURE(); });
    set_log_handler({});
    EXPECT_EQ(capture.use_count(), 1);
    EXPECT_NE(logged.find("dropped"), std::string::npos);
}

// The rest is on the system's sockets.

TEST(ConnectTransport, RealRefusal) {
    Reactor reactor;
    std::string message;
    connect_transport(
        reactor, {.host = "127.0.0.1", .port = 1},
        [&](const Error& error, const std::unique_ptr<Transport>&) { message = error.message(); });
    reactor.run();
    EXPECT_EQ(message, "connect to 127.0.0.1:1: Connection refused");
}

TEST(ConnectTransport, RealConnectionToLocalhostWhoseIPv6IsRefused) {
    Reactor reactor;
    AcceptorResult listening = reactor.network().listen(reactor, ip("127.0.0.1", 0), {});
    ASSERT_TRUE(listening.acceptor);
    Address peer;
    connect_transport(reactor,
                      {.host = "localhost", .port = listening.acceptor->local_address().port()},
                      [&](const Error& error, const std::unique_ptr<Transport>& transport) {
                          ASSERT_FALSE(error) << error;
                          peer = transport->peer_address();
                      });
    reactor.run();
    EXPECT_EQ(peer, listening.acceptor->local_address());
}

}  // namespace
}  // namespace gyre
