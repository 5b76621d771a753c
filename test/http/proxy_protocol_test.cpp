#include "proxy_protocol.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

// The header of the PROXY protocol, in both versions. The clauses are of haproxy's
// proxy-protocol.txt.
namespace gyre::http::detail {
namespace {

using Parser = ProxyProtocolParser;
using namespace std::string_literals;

const std::string signature = "\r\n\r\n\0\r\nQUIT\n"s;

std::string word(std::size_t value) {
    return {static_cast<char>(value >> 8 & 0xff), static_cast<char>(value & 0xff)};
}

std::string header(int version_and_command, int family_and_transport, const std::string& rest) {
    return signature + static_cast<char>(version_and_command) +
           static_cast<char>(family_and_transport) + word(rest.size()) + rest;
}

const std::string inet = "\xc0\0\2\1\x0a\0\0\1\x1f\x90\1\xbb"s;  // 192.0.2.1:8080 to 10.0.0.1:443

std::string extension(int type, const std::string& value) {
    return static_cast<char>(type) + word(value.size()) + value;
}

std::uint32_t crc32c_of(const std::string& bytes) {
    std::uint32_t crc = ~std::uint32_t{0};
    for (const char c : bytes) {
        crc ^= static_cast<unsigned char>(c);
        for (int i = 0; i < 8; ++i)
            crc = (crc & 1) != 0 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
    }
    return ~crc;
}

std::string with_checksum(std::uint32_t flip = 0) {
    std::string all = header(0x21, 0x11, inet + extension(3, std::string(4, '\0')));
    const std::uint32_t crc = crc32c_of(all) ^ flip;
    all.resize(all.size() - 4);
    return all + word(crc >> 16) + word(crc);
}

/// What a header says in one piece, and at every split point.
std::string read(const std::string& bytes) {
    const std::string all = bytes + "GET";
    Parser whole;
    const auto result = whole.parse(all);
    const auto tell = [&](const Parser& parser, Parser::Result end) -> std::string {
        if (end == Parser::Result::need_more) return "more";
        if (end == Parser::Result::bad) return "bad";
        return parser.source()
                   ? parser.source()->to_string() + " to " + parser.destination()->to_string()
                   : "itself";
    };
    const std::string told = tell(whole, result);
    if (result == Parser::Result::complete) EXPECT_EQ(whole.consumed(), bytes.size()) << bytes;
    for (std::size_t cut = 1; cut < all.size(); ++cut) {
        Parser parser;
        auto end = parser.parse(std::string_view{all}.substr(0, cut));
        std::size_t used = parser.consumed();
        if (end == Parser::Result::need_more) {
            EXPECT_EQ(used, cut);
            end = parser.parse(std::string_view{all}.substr(cut));
            used += parser.consumed();
        }
        EXPECT_EQ(tell(parser, end), told) << "cut at " << cut;
        if (end == Parser::Result::complete) EXPECT_EQ(used, bytes.size());
    }
    return told;
}

TEST(ProxyProtocol1, TellsBothAddresses) {
    EXPECT_EQ(read("PROXY TCP4 192.0.2.1 10.0.0.1 8080 443\r\n"), "192.0.2.1:8080 to 10.0.0.1:443");
    EXPECT_EQ(read("PROXY TCP6 2001:db8::1 ::1 0 65535\r\n"), "[2001:db8::1]:0 to [::1]:65535");
    EXPECT_EQ(read("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n"),
              "255.255.255.255:65535 to 255.255.255.255:65535");
}

TEST(ProxyProtocol1, UnknownSpeaksForItselfWhateverFollows) {
    EXPECT_EQ(read("PROXY UNKNOWN\r\n"), "itself");
    EXPECT_EQ(read("PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n"), "itself");
}

TEST(ProxyProtocol1, ALineHas107BytesAtMost) {
    const std::string start = "PROXY UNKNOWN ";
    EXPECT_EQ(read(start + std::string(107 - 2 - start.size(), 'x') + "\r\n"), "itself");
    EXPECT_EQ(read(start + std::string(108 - 2 - start.size(), 'x') + "\r\n"), "bad");
}

TEST(ProxyProtocol1, MalformedLinesAreRefused) {
    for (const char* line : {"GET / HTTP/1.1\r\n",
                             "PROXX",
                             "proxy TCP4 1.2.3.4 1.2.3.4 1 2\r\n",
                             "PROXY\r\n",
                             "PROXY \r\n",
                             "PROXY TCP5 1.2.3.4 1.2.3.4 1 2\r\n",
                             "PROXY TCP4\r\n",
                             "PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n",
                             "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n",
                             "PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n",
                             "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 \r\n",
                             "PROXY TCP4 ::1 ::1 1 2\r\n",
                             "PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n",
                             "PROXY TCP6 fe80::1%lo ::1 1 2\r\n",
                             "PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n",
                             "PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n",
                             "PROXY TCP4 1.2.3.4 1.2.3.4 -1 2\r\n",
                             "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n",
                             "PROXY TCP4 1.2.3.4\r 1.2.3.4 1 2\r\n",
                             "PROXY UNKNOWNx\r\n",
                             "\n",
                             "P\n"})
        EXPECT_EQ(read(line), "bad") << line;
}

TEST(ProxyProtocol2, TellsBothAddresses) {
    EXPECT_EQ(read(header(0x21, 0x11, inet)), "192.0.2.1:8080 to 10.0.0.1:443");
    const std::string six = "\x20\1\x0d\xb8"s + std::string(11, '\0') + "\1" +
                            std::string(15, '\0') + "\1" + word(8080) + word(443);
    EXPECT_EQ(read(header(0x21, 0x21, six)), "[2001:db8::1]:8080 to [::1]:443");
}

TEST(ProxyProtocol2, TellsUnixPaths) {
    const auto path = [](std::string name) {
        name.resize(108, '\0');
        return name;
    };
    EXPECT_EQ(read(header(0x21, 0x31, path("/run/client") + path("/run/server"))),
              "unix:/run/client to unix:/run/server");
    EXPECT_EQ(read(header(0x21, 0x31, path("\0name"s) + path("/a\0junk"s))),
              "unix:@name to unix:/a");
    EXPECT_EQ(read(header(0x21, 0x31, path("") + path("/run/server"))),
              "(none) to unix:/run/server");
    EXPECT_EQ(read(header(0x21, 0x31, path("").substr(0, 100))), "bad");
}

TEST(ProxyProtocol2, LocalAndUnspecifiedSpeakForThemselves) {
    EXPECT_EQ(read(header(0x20, 0x00, "")), "itself");
    EXPECT_EQ(read(header(0x20, 0x11, inet)), "itself") << "the sender's own connection";
    EXPECT_EQ(read(header(0x20, 0xff, "whatever")), "itself");
    EXPECT_EQ(read(header(0x21, 0x00, "whatever")), "itself");
    EXPECT_EQ(read(header(0x21, 0x12, inet)), "itself") << "a datagram's addresses";
}

TEST(ProxyProtocol2, ExtensionsAreSkipped) {
    EXPECT_EQ(read(header(0x21, 0x11, inet + extension(1, "h2") + extension(4, ""))),
              "192.0.2.1:8080 to 10.0.0.1:443");
    EXPECT_EQ(read(header(0x21, 0x11, inet + extension(4, std::string(4096 - 15, 'x')))),
              "192.0.2.1:8080 to 10.0.0.1:443");
}

// Both are right, but a header full of them would take long.
TEST(ProxyProtocol2, ThereIsOneChecksum) {
    std::string all = header(0x21, 0x11,
                             "\1\2\3\4\5\6\7\x8\x10\0\0\x50"s + extension(3, "\x27\x47\xfe\x09"s) +
                                 extension(3, "\x3c\xba\x85\x5c"s));
    const std::size_t first = all.size() - 11;
    std::string blank = all;
    blank.replace(first, 4, 4, '\0');
    ASSERT_EQ(word(static_cast<std::uint16_t>(crc32c_of(blank) >> 16)), all.substr(first, 2));
    EXPECT_EQ(read(all), "bad");
}

TEST(ProxyProtocol2, AChecksumIsVerified) {
    EXPECT_EQ(read(with_checksum()), "192.0.2.1:8080 to 10.0.0.1:443");
    EXPECT_EQ(read(with_checksum(1)), "bad");
    EXPECT_EQ(read(header(0x21, 0x11, inet + extension(3, "abc"))), "bad");
}

TEST(ProxyProtocol2, MalformedHeadersAreRefused) {
    EXPECT_EQ(read(header(0x11, 0x11, inet)), "bad") << "2.2: version 2 only";
    EXPECT_EQ(read(header(0x31, 0x11, inet)), "bad");
    EXPECT_EQ(read(header(0x22, 0x11, inet)), "bad") << "2.2: another command";
    EXPECT_EQ(read(header(0x21, 0x41, inet)), "bad") << "2.2: another family";
    EXPECT_EQ(read(header(0x21, 0x13, inet)), "bad") << "2.2: another transport";
    EXPECT_EQ(read(header(0x21, 0x11, inet.substr(1))), "bad") << "2.2: too short";
    EXPECT_EQ(read(header(0x21, 0x21, inet)), "bad") << "2.2: too short";
    EXPECT_EQ(read(header(0x21, 0x11, inet + "\1")), "bad") << "2.2.1: half an extension";
    EXPECT_EQ(read(header(0x21, 0x11, inet + "\1\0\2x"s)), "bad");
    EXPECT_EQ(read(header(0x21, 0x11, inet + extension(4, std::string(4097 - 15, 'x')))), "bad")
        << "more than 4 KB";
    EXPECT_EQ(read(header(0x20, 0x00, std::string(5000, 'x'))), "bad");
    EXPECT_EQ(read("\r\n\r\n\0\r\nQUIX"s), "bad");
    EXPECT_EQ(read("\x16\x03\x01"), "bad") << "a TLS handshake";
}

TEST(ProxyProtocol2, HalfAHeaderWantsMore) {
    const std::string all = with_checksum();
    for (std::size_t size = 0; size < all.size(); ++size) {
        Parser parser;
        EXPECT_EQ(parser.parse(std::string_view{all}.substr(0, size)), Parser::Result::need_more);
    }
}

}  // namespace
}  // namespace gyre::http::detail
