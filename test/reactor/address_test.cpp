#include <gyre/address.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <sstream>
#include <string>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace gyre {
namespace {

using Family = Address::Family;

// None if it is no literal, or no path.
Address ip(const std::string& literal, std::uint16_t port) {
    return Address::from_ip(literal, port).value_or(Address{});
}

Address unix_path(const std::string& path) { return Address::from_path(path).value_or(Address{}); }

TEST(Address, DefaultIsNone) {
    const Address none;
    EXPECT_EQ(none.family(), Family::none);
    EXPECT_EQ(none.host(), "");
    EXPECT_EQ(none.port(), 0);
    EXPECT_EQ(none.to_string(), "(none)");
    EXPECT_EQ(none.native_size(), 0U);
    EXPECT_EQ(none, Address{});
}

TEST(Address, IPv4Literal) {
    const Address address = ip("192.0.2.7", 8080);
    EXPECT_EQ(address.family(), Family::ipv4);
    EXPECT_EQ(address.host(), "192.0.2.7");
    EXPECT_EQ(address.port(), 8080);
    EXPECT_EQ(address.to_string(), "192.0.2.7:8080");
    EXPECT_EQ(address.native_size(), sizeof(sockaddr_in));
}

TEST(Address, IPv6Literal) {
    const Address address = ip("2001:DB8:0:0::1", 65535);
    EXPECT_EQ(address.family(), Family::ipv6);
    EXPECT_EQ(address.host(), "2001:db8::1");
    EXPECT_EQ(address.port(), 65535);
    EXPECT_EQ(address.to_string(), "[2001:db8::1]:65535");
    EXPECT_EQ(address.native_size(), sizeof(sockaddr_in6));
}

TEST(Address, IPv4MappedStaysIPv6) {
    const Address address = ip("::ffff:192.0.2.7", 1);
    EXPECT_EQ(address.family(), Family::ipv6);
    EXPECT_EQ(address.host(), "::ffff:192.0.2.7");
}

TEST(Address, LongestIPv6LiteralFits) {
    const Address address = ip("fe80:1111:2222:3333:4444:5555:6666:7777%4294967295", 65535);
    EXPECT_EQ(address.to_string(), "[fe80:1111:2222:3333:4444:5555:6666:7777%4294967295]:65535");
}

TEST(Address, ZoneByNumber) {
    const Address address = ip("fe80::1%7", 1);
    EXPECT_EQ(address.host(), "fe80::1%7");
    EXPECT_NE(address, ip("fe80::1%8", 1));
    EXPECT_NE(address, ip("fe80::1", 1));
}

TEST(Address, ZoneByInterfaceName) {
    const Address address = ip("fe80::1%lo", 1);
    EXPECT_EQ(address, ip(address.host(), 1));
    EXPECT_EQ(address.host().substr(0, 8), "fe80::1%");
}

TEST(Address, WhatIsNoLiteralIsRefused) {
    for (const char* text : {"",
                             " ",
                             "localhost",
                             "1",
                             "127.1",
                             "1.2.3",
                             "1.2.3.4.5",
                             "256.0.0.1",
                             "1.2.3.-4",
                             "01.2.3.4",
                             "0x7f.0.0.1",
                             " 1.2.3.4",
                             "1.2.3.4 ",
                             "1.2.3.4%lo",
                             "1.2.3.4:80",
                             ":",
                             ":::",
                             "1::2::3",
                             "12345::",
                             "[::1]",
                             "::1 ",
                             "::1%",
                             "::1%no-such-interface",
                             "::1%99999999999",
                             "::1%-1",
                             "%lo",
                             "1:2:3:4:5:6:7:8:9"})
        EXPECT_FALSE(Address::from_ip(text, 80)) << text;
}

TEST(Address, LiteralWithNulIsRefused) {
    using std::string_literals::operator""s;
    EXPECT_FALSE(Address::from_ip("127.0.0.1\0"s, 80));
    EXPECT_FALSE(Address::from_ip("::1\0"s, 80));
    EXPECT_FALSE(Address::from_ip("::1%lo\0x"s, 80));
}

TEST(Address, UnixPath) {
    const Address address = unix_path("/run/a.sock");
    EXPECT_EQ(address.family(), Family::unix_path);
    EXPECT_EQ(address.host(), "/run/a.sock");
    EXPECT_EQ(address.port(), 0);
    EXPECT_EQ(address.to_string(), "unix:/run/a.sock");
    EXPECT_EQ(address.native_size(), offsetof(sockaddr_un, sun_path) + 12);
}

TEST(Address, AbstractUnixName) {
    const Address address = unix_path("@name");
    EXPECT_EQ(address.host(), "@name");
    EXPECT_EQ(address.to_string(), "unix:@name");
    EXPECT_EQ(address.native_size(), offsetof(sockaddr_un, sun_path) + 5);
    const auto* native = static_cast<const sockaddr_un*>(address.native());
    EXPECT_EQ(native->sun_path[0], '\0');
    EXPECT_EQ(std::memcmp(native->sun_path + 1, "name", 4), 0);
    EXPECT_NE(address, unix_path("@nam"));
}

TEST(Address, AbstractNameOfAnAtAlone) {
    const Address address = unix_path("@");
    EXPECT_EQ(address.host(), "@");
}

TEST(Address, LengthOfAUnixPath) {
    const std::string longest(107, 'p');
    ASSERT_TRUE(Address::from_path(longest));
    EXPECT_EQ(unix_path(longest).host(), longest);
    EXPECT_FALSE(Address::from_path(longest + 'p'));
    EXPECT_FALSE(Address::from_path(""));
    EXPECT_FALSE(Address::from_path(std::string("/a\0b", 4)));
    const std::string abstract = '@' + std::string(106, 'n');
    ASSERT_TRUE(Address::from_path(abstract));
    EXPECT_EQ(unix_path(abstract).host(), abstract);
    EXPECT_FALSE(Address::from_path(abstract + 'n'));
}

TEST(Address, UnnamedUnixSocketOfTheSystem) {
    int pair[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    sockaddr_storage native{};
    socklen_t size = sizeof native;
    ASSERT_EQ(::getsockname(pair[0], reinterpret_cast<sockaddr*>(&native), &size), 0);
    const Address address = Address::from_native(&native, size);
    EXPECT_EQ(address.family(), Family::unix_path);
    EXPECT_EQ(address.host(), "");
    EXPECT_EQ(address.to_string(), "unix:");
    ::close(pair[0]);
    ::close(pair[1]);
}

TEST(Address, NativeGoesAndComesBack) {
    for (const Address& address :
         {ip("192.0.2.7", 80), ip("fe80::1%3", 80), unix_path("/x"), unix_path("@x")})
        EXPECT_EQ(Address::from_native(address.native(), address.native_size()), address);
}

TEST(Address, AnUnknownFamilyIsNone) {
    sockaddr_storage native{};
    native.ss_family = AF_PACKET;
    EXPECT_EQ(Address::from_native(&native, 20).family(), Family::none);
    EXPECT_EQ(Address::from_native(&native, 1).family(), Family::none);
}

TEST(Address, TooMuchNativeIsCut) {
    sockaddr_storage native{};
    native.ss_family = AF_INET;
    EXPECT_LE(Address::from_native(&native, sizeof native).native_size(), 120U);
}

TEST(Address, EqualityLooksAtFamilyHostAndPort) {
    EXPECT_EQ(ip("::1", 80), ip("0:0::1", 80));
    EXPECT_NE(ip("::1", 80), ip("::1", 81));
    EXPECT_NE(ip("::1", 80), ip("127.0.0.1", 80));
    EXPECT_NE(unix_path("x"), unix_path("y"));
}

TEST(Address, Prints) {
    std::ostringstream out;
    out << ip("::1", 80);
    EXPECT_EQ(out.str(), "[::1]:80");
}

}  // namespace
}  // namespace gyre
