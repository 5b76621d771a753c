#include "support/fake_network.hpp"
#include <gyre/address_filter.hpp>
#include <gyre/network_interface.hpp>
#include <gyre/reactor.hpp>
#include <gyre/tcp_client.hpp>
#include <gyre/tcp_server.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
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
using test::FakeNetwork;
using test::FakeResolver;
using namespace std::chrono_literals;

Address ip(std::string_view literal, std::uint16_t port = 80) {
    return Address::from_ip(literal, port).value_or(Address{});
}

/// A network that is not public: its edges, and what lies just outside of it, if that is public.
struct NetworkCase {
    const char* below;
    const char* first;
    const char* last;
    const char* above;
};

constexpr NetworkCase special_networks[] = {
    {nullptr, "0.0.0.0", "0.255.255.255", "1.0.0.0"},
    {"9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"},
    {"100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"},
    {"126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"},
    {"169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"},
    {"172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"},
    {"191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0"},
    {"192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"},
    {"192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0"},
    {"192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"},
    {"198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0"},
    {"198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0"},
    {"203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0"},
    {"223.255.255.255", "224.0.0.0", "239.255.255.255", nullptr},
    {nullptr, "240.0.0.0", "255.255.255.255", nullptr},
    // IPv4 inside IPv6: mapped, NAT64, 6to4.
    {"::ffff:9.255.255.255", "::ffff:10.0.0.0", "::ffff:10.255.255.255", "::ffff:11.0.0.0"},
    {"::ffff:126.255.255.255", "::ffff:127.0.0.0", "::ffff:127.255.255.255", "::ffff:128.0.0.0"},
    {"64:ff9b::169.253.255.255", "64:ff9b::169.254.0.0", "64:ff9b::169.254.255.255",
     "64:ff9b::169.255.0.0"},
    {"2002:9ff:ffff::", "2002:a00::", "2002:aff:ffff:ffff:ffff:ffff:ffff:ffff", "2002:b00::"},
    {"2002:c0a7:ffff::1", "2002:c0a8::1", "2002:c0a8:ffff::1", "2002:c0a9::1"},
    // The rest of what is not global unicast.
    {nullptr, "::", "::fffe:ffff:ffff", nullptr},
    {nullptr, "::1:0:0:0", "64:ff9a:ffff:ffff:ffff:ffff:ffff:ffff", nullptr},
    {nullptr, "64:ff9b:0:0:0:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", nullptr},
    {nullptr, "100::", "100::ffff:ffff:ffff:ffff", nullptr},
    {nullptr, "64:ff9b:2::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", nullptr},
    {"2000:ffff::1", "2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:200::"},
    {"2001:db7:ffff:ffff:ffff:ffff:ffff:ffff",
     "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"},
    {"3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
     "3fff:1000::"},
    {"3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
     nullptr},
    {nullptr, "5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff", nullptr},
    {nullptr, "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", nullptr},
    {nullptr, "fe80::1", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", nullptr},
    {nullptr, "fec0::", "ff02::1", nullptr},
};

TEST(IsPublicAddress, EachSpecialNetworkEndsWhereItEnds) {
    for (const NetworkCase& row : special_networks) {
        EXPECT_FALSE(is_public_address(ip(row.first))) << row.first;
        EXPECT_FALSE(is_public_address(ip(row.last))) << row.last;
        if (row.below) EXPECT_TRUE(is_public_address(ip(row.below))) << row.below;
        if (row.above) EXPECT_TRUE(is_public_address(ip(row.above))) << row.above;
    }
}

TEST(IsPublicAddress, WhatManyKnowIsPublic) {
    for (const char* literal :
         {"1.1.1.1", "8.8.8.8", "2606:4700:4700::1111", "2001:4860:4860::8888", "2a00:1450:4001::1",
          "2000::1", "64:ff9b::8.8.8.8", "::ffff:8.8.8.8", "2002:808:808::1"})
        EXPECT_TRUE(is_public_address(ip(literal))) << literal;
}

TEST(IsPublicAddress, WhatAttackersTryIsNot) {
    for (const char* literal :
         {"127.0.0.1", "::1", "::ffff:127.0.0.1", "::127.0.0.1", "::ffff:0:127.0.0.1",
          "169.254.169.254", "fd00:ec2::254", "::ffff:a9fe:a9fe", "64:ff9b::7f00:1",
          "64:ff9b:1::7f00:1", "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:80ff:fffe", "fe80::1",
          "0.0.0.0", "::", "::8.8.8.8"})
        EXPECT_FALSE(is_public_address(ip(literal))) << literal;
}

TEST(IsPublicAddress, WhatIsNoIpAddressIsNot) {
    EXPECT_FALSE(is_public_address({}));
    EXPECT_FALSE(is_public_address(Address::from_path("/tmp/socket").value_or(Address{})));
    EXPECT_FALSE(is_public_address(Address::from_path("@socket").value_or(Address{})));
}

const std::string v6_1 = "[2001:db8::1]:80";
const std::string v4_1 = "192.0.2.1:80";

/// A reactor in virtual time with a scripted network; a host has two addresses of each family.
class AddressFilterTest : public testing::Test {
protected:
    AddressFilterTest() {
        resolver_->attach(*reactor_);
        reactor_->on_unhandled_error(
            [this](const Error& error) { unhandled_.push_back(error.message()); });
    }

    ~AddressFilterTest() override { EXPECT_EQ(unhandled_, std::vector<std::string>{}); }

    ConnectHandle start(ConnectRequest request) {
        if (request.unix_path.empty() && request.host.empty()) request.host = "example.com";
        request.port = 80;
        return connect_transport(*reactor_, std::move(request),
                                 [this](Error error, std::unique_ptr<Transport> transport) {
                                     ++calls_;
                                     error_ = std::move(error);
                                     transport_ = std::move(transport);
                                 });
    }
    const Error& run(ConnectRequest request) {
        start(std::move(request));
        reactor_->run();
        EXPECT_EQ(calls_, 1);
        return error_;
    }
    /// A filter that writes down what it is asked.
    template <class Decide>
    AddressFilter filter(Decide decide) {
        return [this, decide](const Address& address) {
            asked_.push_back(address.to_string());
            return decide(address);
        };
    }
    std::vector<std::string> attempts() const {
        std::vector<std::string> list;
        for (const auto& [time, address] : network_->attempts())
            list.push_back(address);
        return list;
    }

    std::shared_ptr<ManualClock> clock_ = std::make_shared<ManualClock>(true);
    std::shared_ptr<FakeNetwork> network_ = std::make_shared<FakeNetwork>();
    std::shared_ptr<FakeResolver> resolver_ = std::make_shared<FakeResolver>(
        std::vector<std::string>{"2001:db8::1", "2001:db8::2", "192.0.2.1", "192.0.2.2"});
    std::unique_ptr<Reactor> reactor_ = std::make_unique<Reactor>(
        ReactorOptions{.clock = clock_, .network = network_, .resolver = resolver_});
    int calls_ = 0;
    Error error_;
    std::unique_ptr<Transport> transport_;
    std::vector<std::string> asked_;
    std::vector<std::string> unhandled_;
};

bool is_ipv4(const Address& address) { return address.family() == Address::Family::ipv4; }
bool nothing(const Address&) { return false; }

TEST_F(AddressFilterTest, RefusedAddressesArePassedOver) {
    network_->plan(v4_1, {});
    EXPECT_FALSE(run({.address_filter = filter(is_ipv4)}));
    EXPECT_EQ(attempts(), std::vector<std::string>{v4_1});
    EXPECT_EQ(asked_, (std::vector<std::string>{v6_1, v4_1})) << "asked about what was not tried";
}

TEST_F(AddressFilterTest, NothingLeftIsPermissionDenied) {
    const Error& error = run({.address_filter = filter(nothing)});
    EXPECT_EQ(error.kind(), Errc::permission_denied);
    EXPECT_EQ(error.phase(), "connect");
    EXPECT_EQ(error.message(),
              "connect to [2001:db8::1]:80: refused by the address filter; "
              "connect to 192.0.2.1:80: refused by the address filter; "
              "connect to [2001:db8::2]:80: refused by the address filter; "
              "connect to 192.0.2.2:80: refused by the address filter");
    EXPECT_TRUE(attempts().empty());
}

TEST_F(AddressFilterTest, AFailureThatWasTriedDecidesTheKind) {
    network_->plan(v4_1, {.outcome = test::ConnectPlan::Outcome::refused});
    const Error& error =
        run({.address_filter = filter([](const Address& to) { return to.to_string() == v4_1; })});
    EXPECT_EQ(error.kind(), Errc::connection_refused);
    EXPECT_NE(error.message().find("connect to [2001:db8::2]:80: refused by the address filter"),
              std::string::npos)
        << error.message();
}

TEST_F(AddressFilterTest, AnExceptionIsANoAndIsReported) {
    const Error& error = run({.address_filter = filter([](const Address& address) -> bool {
                                  if (address.host() == "192.0.2.2")
                                      throw std::runtime_error{"boom"};
                                  return false;
                              })});
    EXPECT_EQ(error.kind(), Errc::permission_denied);
    EXPECT_EQ(unhandled_, std::vector<std::string>{"an exception left a callback: boom"});
    unhandled_.clear();
}

TEST_F(AddressFilterTest, UnixSocketsAreAskedAbout) {
    EXPECT_EQ(run({.unix_path = "/tmp/s", .address_filter = is_public_address}).kind(),
              Errc::permission_denied);
    EXPECT_EQ(error_.message(), "connect to unix:/tmp/s: refused by the address filter");
    EXPECT_TRUE(attempts().empty());
    calls_ = 0;
    network_->plan("unix:/tmp/s", {});
    EXPECT_FALSE(run(
        {.unix_path = "/tmp/s", .address_filter = filter([](const Address&) { return true; })}));
    EXPECT_TRUE(transport_);
}

TEST_F(AddressFilterTest, NeverCalledInline) {
    for (const std::string path : {"/tmp/s", ""}) {
        asked_.clear();
        start({.unix_path = path, .address_filter = filter(nothing)});
        EXPECT_TRUE(asked_.empty());
        reactor_->run();
        EXPECT_EQ(asked_.size(), path.empty() ? 4U : 1U);
        EXPECT_EQ(error_.kind(), Errc::permission_denied);
    }
}

TEST_F(AddressFilterTest, AUnixConnectCanceledBeforeItsFilterIsAsked) {
    start({.unix_path = "/tmp/s", .address_filter = filter(nothing)}).cancel();
    reactor_->run();
    EXPECT_EQ(error_.kind(), Errc::canceled);
    EXPECT_TRUE(asked_.empty());
}

TEST_F(AddressFilterTest, TheFilterMayCancelWhateverItSays) {
    for (const bool answer : {false, true}) {
        calls_ = 0;
        asked_.clear();
        ConnectHandle handle;
        const AddressFilter cancels = filter([&](const Address&) {
            handle.cancel();
            return answer;
        });
        handle = start({.address_filter = cancels});
        reactor_->run();
        EXPECT_EQ(calls_, 1);
        EXPECT_EQ(error_.kind(), Errc::canceled);
        EXPECT_EQ(asked_.size(), 1U);
    }
    EXPECT_TRUE(attempts().empty());
}

TEST_F(AddressFilterTest, TheFilterGoesWithTheConnection) {
    const auto capture = std::make_shared<int>(0);
    network_->plan(v6_1, {});
    const auto connect = [&](const std::string& unix_path) {
        start(
            {.unix_path = unix_path, .address_filter = [capture](const Address&) { return true; }});
    };
    connect("");
    reactor_->run();
    EXPECT_FALSE(error_);
    EXPECT_EQ(capture.use_count(), 1);
    connect("");
    connect("/tmp/s");
    EXPECT_EQ(capture.use_count(), 3);
    reactor_.reset();
    EXPECT_EQ(capture.use_count(), 1);
}

TEST_F(AddressFilterTest, WithoutIPv6OnlyIPv4IsTried) {
    EXPECT_EQ(run({.timeout = 5s, .allow_ipv6 = false}).kind(), Errc::timed_out);
    EXPECT_EQ(attempts(), (std::vector<std::string>{v4_1, "192.0.2.2:80"}));
}

TEST_F(AddressFilterTest, WithoutIPv6AHostThatHasNothingElseIsAnError) {
    resolver_ = std::make_shared<FakeResolver>(std::vector<std::string>{"2001:db8::1"});
    resolver_->attach(*reactor_);
    const Error& error = run({.allow_ipv6 = false, .resolver = resolver_});
    EXPECT_EQ(error.kind(), Errc::address_not_available);
    EXPECT_EQ(error.phase(), "connect");
    EXPECT_EQ(error.message(), "example.com:80 has no IPv4 address, and allow_ipv6 is false");
    EXPECT_TRUE(attempts().empty());
}

TEST_F(AddressFilterTest, AResolverOfItsOwnIsAskedInPlaceOfTheReactors) {
    const auto own = std::make_shared<FakeResolver>(std::vector<std::string>{"192.0.2.9"});
    own->attach(*reactor_);
    network_->plan("192.0.2.9:80", {});
    EXPECT_FALSE(run({.resolver = own}));
    EXPECT_EQ(attempts(), std::vector<std::string>{"192.0.2.9:80"});
    EXPECT_EQ(own.use_count(), 1);
}

TEST_F(AddressFilterTest, AResolverOfItsOwnIsCanceledAndLetGo) {
    const auto own = std::make_shared<FakeResolver>();
    own->attach(*reactor_);
    own->hold_back();
    start({.resolver = own}).cancel();
    reactor_->run();
    EXPECT_EQ(error_.kind(), Errc::canceled);
    EXPECT_EQ(own->canceled(), 1);
    EXPECT_EQ(own.use_count(), 1);
}

TEST(TCPClientAddressFilter, RefusesWhatIsNotPublic) {
    Reactor reactor;
    TCPServer server{reactor};
    server.handle_stream([](const IOStream& stream) { stream.close(); });
    ASSERT_FALSE(server.listen(0, "127.0.0.1"));
    std::vector<Errc> kinds;
    const auto keep = [&](const Error& error, const IOStream&) {
        kinds.push_back(error.kind());
        if (kinds.size() == 3) reactor.stop();
    };
    const TCPClient client{reactor};
    client.connect("127.0.0.1", server.port(), {.address_filter = is_public_address}, keep);
    client.connect("::1", server.port(), {.allow_ipv6 = false}, keep);
    client.connect("127.0.0.1", server.port(),
                   {.address_filter = [](const Address&) { return true; }, .allow_ipv6 = false},
                   keep);
    reactor.run_for(5s);
    std::ranges::sort(kinds);
    std::vector<Errc> expected{Errc::permission_denied, Errc::address_not_available, Errc::ok};
    std::ranges::sort(expected);
    EXPECT_EQ(kinds, expected);
}

TEST(InterfaceAddresses, TheLoopbackInterfaceHasTheLoopbackAddress) {
    const std::vector<Address> addresses = interface_addresses("lo");
    ASSERT_FALSE(addresses.empty());
    EXPECT_EQ(addresses.front(), ip("127.0.0.1", 0));
}

TEST(InterfaceAddresses, WhatIsNoInterfaceHasNone) {
    EXPECT_TRUE(interface_addresses("no-such-interface").empty());
    EXPECT_TRUE(interface_addresses("").empty());
    EXPECT_TRUE(interface_addresses("127.0.0.1").empty());
}

}  // namespace
}  // namespace gyre
