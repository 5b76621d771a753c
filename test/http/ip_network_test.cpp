#include "ip_network.hpp"

#include <gtest/gtest.h>

#include <string>

// Addresses and networks of peers that are trusted.
namespace gyre::http::detail {
namespace {

bool contains(std::string_view network, std::string_view address) {
    const auto parsed = IPNetwork::parse(network);
    const auto ip = Address::from_ip(address, 80);
    EXPECT_TRUE(parsed) << network;
    EXPECT_TRUE(ip) << address;
    return parsed && ip && parsed->contains(*IPBytes::of(*ip));
}

TEST(IPNetwork, ASingleAddressContainsItself) {
    EXPECT_TRUE(contains("192.0.2.1", "192.0.2.1"));
    EXPECT_FALSE(contains("192.0.2.1", "192.0.2.2"));
    EXPECT_TRUE(contains("2001:db8::1", "2001:db8:0::1"));
    EXPECT_FALSE(contains("2001:db8::1", "2001:db8::2"));
}

TEST(IPNetwork, EveryPrefixEndsAtItsBit) {
    EXPECT_TRUE(contains("0.0.0.0/0", "255.255.255.255"));
    EXPECT_TRUE(contains("10.0.0.0/8", "10.255.0.1"));
    EXPECT_FALSE(contains("10.0.0.0/8", "11.0.0.0"));
    EXPECT_TRUE(contains("192.168.128.0/17", "192.168.255.255"));
    EXPECT_FALSE(contains("192.168.128.0/17", "192.168.127.255"));
    EXPECT_TRUE(contains("192.0.2.1/32", "192.0.2.1"));
    EXPECT_FALSE(contains("192.0.2.2/31", "192.0.2.1"));
    EXPECT_TRUE(contains("2001:db8::/33", "2001:db8:7fff::1"));
    EXPECT_FALSE(contains("2001:db8::/33", "2001:db8:8000::1"));
}

TEST(IPNetwork, FamiliesAreApartButForMappedAddresses) {
    EXPECT_FALSE(contains("0.0.0.0/0", "::1"));
    EXPECT_FALSE(contains("::/0", "192.0.2.1"));
    EXPECT_TRUE(contains("192.0.2.0/24", "::ffff:192.0.2.7"));
    EXPECT_TRUE(contains("::ffff:192.0.2.0/120", "192.0.2.7"));
    EXPECT_FALSE(contains("::ffff:192.0.2.0/120", "192.0.3.7"));
}

TEST(IPNetwork, MalformedOnesAreRefused) {
    for (const char* text :
         {"", "/", "1.2.3", "1.2.3.4/", "1.2.3.4/33", "1.2.3.4/08", "1.2.3.4/-1", "1.2.3.4/1x",
          "1.2.3.4/8", "10.0.0.1/31", "::1/129", "::1/127", "fe80::1%lo", "fe80::%1/64", "example",
          "[::1]", "1.2.3.4:80", " 1.2.3.4", "::ffff:192.0.2.0/95"})
        EXPECT_FALSE(IPNetwork::parse(text)) << text;
}

TEST(TrustedPeers, AreThoseOnTheListAndNobodyElse) {
    TrustedPeers peers;
    EXPECT_TRUE(peers.empty());
    EXPECT_FALSE(peers.contains(*Address::from_ip("127.0.0.1", 1)));
    EXPECT_EQ(peers.assign({"127.0.0.1", "10.0.0.0/8", "unix"}), "");
    EXPECT_FALSE(peers.empty());
    EXPECT_TRUE(peers.contains(*Address::from_ip("127.0.0.1", 1)));
    EXPECT_TRUE(peers.contains(*Address::from_ip("10.9.9.9", 1)));
    EXPECT_TRUE(peers.contains(*Address::from_path("/run/x")));
    EXPECT_FALSE(peers.contains(*Address::from_ip("::1", 1)));
    EXPECT_FALSE(peers.contains(Address{}));
    EXPECT_EQ(peers.assign({"::1"}), "");
    EXPECT_FALSE(peers.contains(*Address::from_path("/run/x")));
}

TEST(TrustedPeers, AMalformedOneIsNamedAndTrustsNobody) {
    TrustedPeers peers;
    const std::string why = peers.assign({"127.0.0.1", "localhost"});
    EXPECT_NE(why.find("\"localhost\""), std::string::npos);
    EXPECT_TRUE(peers.empty());
}

}  // namespace
}  // namespace gyre::http::detail
