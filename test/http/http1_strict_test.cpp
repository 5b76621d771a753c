#include "http1_strict.hpp"

#include "http1_driver.hpp"
#include "http1_target.hpp"
#include "http1_vectors.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <string_view>

namespace gyre::http::detail::test {

std::ostream& operator<<(std::ostream& out, const Http1Vector& vector) {
    return out << vector.name;
}

namespace {

template <class Driver>
Driver make_driver(const Http1Vector& vector, const Http1Limits& limits) {
    Driver driver{limits};
    if constexpr (requires { driver.parser.expect_response_to(vector.method); })
        driver.parser.expect_response_to(vector.method);
    return driver;
}

// The verdict of the table, with the bytes in one piece; returns the account of the run.
template <class Driver>
std::string check_in_one_piece(const Http1Vector& vector, const Http1Limits& limits) {
    auto driver = make_driver<Driver>(vector, limits);
    driver.feed(vector.bytes);
    driver.finish();
    EXPECT_EQ(describe(driver.parser.error()), describe(vector.error));
    EXPECT_EQ(status_for(driver.parser.error()), vector.status);
    EXPECT_EQ(driver.body, vector.body);
    if (vector.error == Http1Error::none) {
        EXPECT_EQ(driver.heads, driver.completed);
    }
    return driver.account;
}

template <class Driver>
void check_at_every_split(const Http1Vector& vector) {
    const Http1Limits limits;
    const std::string account = check_in_one_piece<Driver>(vector, limits);
    for (std::size_t split = 1; split < vector.bytes.size(); ++split) {
        auto driver = make_driver<Driver>(vector, limits);
        if (driver.feed(vector.bytes.substr(0, split))) driver.feed(vector.bytes.substr(split));
        driver.finish();
        ASSERT_EQ(driver.account, account) << "split at " << split;
    }
    auto driver = make_driver<Driver>(vector, limits);
    for (const char& byte : vector.bytes)
        if (!driver.feed({&byte, 1})) break;
    driver.finish();
    ASSERT_EQ(driver.account, account) << "byte by byte";
}

std::string name_of(const testing::TestParamInfo<Http1Vector>& info) {
    return std::string{info.param.name};
}

class RequestVector : public testing::TestWithParam<Http1Vector> {};

TEST_P(RequestVector, HasItsVerdictAtEverySplit) {
    check_at_every_split<RequestDriver>(GetParam());
}

INSTANTIATE_TEST_SUITE_P(Http1, RequestVector, testing::ValuesIn(request_vectors), name_of);

class ResponseVector : public testing::TestWithParam<Http1Vector> {};

TEST_P(ResponseVector, HasItsVerdictAtEverySplit) {
    check_at_every_split<ResponseDriver>(GetParam());
}

INSTANTIATE_TEST_SUITE_P(Http1, ResponseVector, testing::ValuesIn(response_vectors), name_of);

Http1Error scan_request(std::string_view bytes, const Http1Limits& limits = {}) {
    HeadScanner scanner{Http1Role::request};
    const HeadScanner::Result result = scanner.scan(bytes, limits);
    EXPECT_NE(result, HeadScanner::Result::need_more);
    return scanner.error();
}

// The first failure must show at this many bytes already, not later.
void expect_error_after(std::string_view bytes, Http1Error error) {
    HeadScanner scanner{Http1Role::request};
    const Http1Limits limits;
    ASSERT_EQ(scanner.scan(bytes.substr(0, bytes.size() - 1), limits),
              HeadScanner::Result::need_more);
    ASSERT_EQ(scanner.scan(bytes, limits), HeadScanner::Result::error);
    EXPECT_EQ(scanner.error(), error);
}

TEST(HeadScanner, RefusesAnotherProtocolAtItsFirstWrongByte) {
    using namespace std::string_view_literals;
    expect_error_after("\x16"sv, Http1Error::bad_method);
    expect_error_after("SSH-2.0-OpenSSH_9.2p1\r"sv, Http1Error::bad_method);
    expect_error_after("\0"sv, Http1Error::bad_method);
    expect_error_after("GET / SIP"sv.substr(0, 7), Http1Error::bad_version);
}

TEST(HeadScanner, RefusesAFieldAtItsOwnLine) {
    expect_error_after("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n", Http1Error::repeated_host);
    expect_error_after("GET / HTTP/2.0\r\n", Http1Error::unsupported_version);
    expect_error_after("GET * HTTP/1.1\r\n", Http1Error::bad_target);
}

std::string head_with(std::string_view target, std::string_view fields) {
    return "GET " + std::string{target} + " HTTP/1.1\r\nHost: a\r\n" + std::string{fields} + "\r\n";
}

TEST(Http1Limits, Target) {
    const Http1Limits limits;
    for (const std::size_t size : {limits.max_target - 1, limits.max_target})
        EXPECT_EQ(scan_request(head_with("/" + std::string(size - 1, 'x'), "")), Http1Error::none);
    const std::string over = "/" + std::string(limits.max_target, 'x');
    EXPECT_EQ(scan_request(head_with(over, "")), Http1Error::target_too_long);
    expect_error_after("GET " + over, Http1Error::target_too_long);
}

TEST(Http1Limits, FieldLine) {
    const Http1Limits limits;
    const auto line = [](std::size_t size) { return "X: " + std::string(size - 3, 'x') + "\r\n"; };
    const std::size_t max = limits.max_field_line;
    EXPECT_EQ(scan_request(head_with("/", line(max - 1))), Http1Error::none);
    EXPECT_EQ(scan_request(head_with("/", line(max))), Http1Error::none);
    EXPECT_EQ(scan_request(head_with("/", line(max + 1))), Http1Error::field_too_large);
    const std::string start = "GET / HTTP/1.1\r\n";
    expect_error_after(start + "X: " + std::string(max - 2, 'x'), Http1Error::field_too_large);
    expect_error_after(start + std::string(max + 1, 'x'), Http1Error::field_too_large);
    expect_error_after(start + "X:" + std::string(max - 1, ' '), Http1Error::field_too_large);
}

TEST(Http1Limits, Fields) {
    const Http1Limits limits;
    const auto fields = [](std::size_t count) {
        std::string text;
        for (std::size_t i = 0; i < count; ++i)
            text += "X: y\r\n";
        return text;
    };
    const std::size_t max = limits.max_fields - 1;
    EXPECT_EQ(scan_request(head_with("/", fields(max - 1))), Http1Error::none);
    EXPECT_EQ(scan_request(head_with("/", fields(max))), Http1Error::none);
    EXPECT_EQ(scan_request(head_with("/", fields(max + 1))), Http1Error::too_many_fields);
}

// A head of exactly that many bytes, in fields that are each within their own limit.
std::string head_of(std::size_t size) {
    std::string fields;
    const std::size_t fixed = head_with("/", "").size();
    const std::size_t line = 4096;
    std::size_t left = size - fixed;
    for (; left >= 2 * line; left -= line)
        fields += "X: " + std::string(line - 5, 'x') + "\r\n";
    fields += "X: " + std::string(left - 5, 'x') + "\r\n";
    return head_with("/", fields);
}

TEST(Http1Limits, Head) {
    const std::size_t max = Http1Limits{}.max_head;
    ASSERT_EQ(head_of(max).size(), max);
    EXPECT_EQ(scan_request(head_of(max - 1)), Http1Error::none);
    EXPECT_EQ(scan_request(head_of(max)), Http1Error::none);
    EXPECT_EQ(scan_request(head_of(max + 1)), Http1Error::head_too_large);
    EXPECT_EQ(scan_request(head_of(2 * max)), Http1Error::head_too_large);
}

TEST(Http1Limits, HeadWithoutAnEndIsRefusedWhenTheBufferIsFull) {
    const std::size_t max = Http1Limits{}.max_head;
    expect_error_after(std::string(max, 'G'), Http1Error::head_too_large);
    expect_error_after(head_of(max + 1).substr(0, max), Http1Error::head_too_large);
}

TEST(HeadScanner, LooksAtEachByteOfADrippedHeadOnce) {
    const std::string head = head_of(15000);
    HeadScanner scanner{Http1Role::request};
    const Http1Limits limits;
    std::string shown;
    std::size_t line_begin = 0;
    for (std::size_t i = 0; i < head.size(); ++i) {
        shown += head[i];
        // Bytes of the lines before are spoiled: whoever looked at them again would refuse them.
        if (i > 1 && head[i - 1] == '\n') {
            std::fill(shown.begin() + static_cast<std::ptrdiff_t>(line_begin),
                      shown.begin() + static_cast<std::ptrdiff_t>(i), '\0');
            line_begin = i;
        }
        // The same for the inside of a long value.
        if (i > line_begin + 200) shown[i - 100] = '\0';
        const HeadScanner::Result result = scanner.scan(shown, limits);
        const bool last = i + 1 == head.size();
        ASSERT_EQ(result, last ? HeadScanner::Result::complete : HeadScanner::Result::need_more);
    }
    EXPECT_EQ(scanner.end(), head.size());
}

TEST(HostAndPort, TakesNamesAddressesAndPorts) {
    for (const std::string_view good :
         {"a", "a.b-c.example", "127.0.0.1", "a:80", "a:", "a:0", "a:65535", "a:00080", "a%20b",
          "_dmarc.example", "[::]", "[::1]", "[1::]", "[1:2:3:4:5:6:7:8]", "[1:2:3:4:5:6:7::]",
          "[::2:3:4:5:6:7:8]", "[2001:DB8::1]:443", "[::ffff:1.2.3.4]", "[1:2:3:4:5:6:1.2.3.4]"})
        EXPECT_TRUE(is_host_and_port(good)) << good;
}

TEST(HostAndPort, RefusesWhatIsNoHost) {
    for (const std::string_view bad : {"",
                                       ":80",
                                       "a:65536",
                                       "a:99999999999999999999",
                                       "a:-1",
                                       "a:+1",
                                       "a: 1",
                                       "a:1:2",
                                       "u@a",
                                       "a/b",
                                       "a?b",
                                       "a#b",
                                       "a\\b",
                                       "a b",
                                       "a,b@c",
                                       "a%",
                                       "a%2",
                                       "a%2g",
                                       "\xc3\xa9",
                                       "[]",
                                       "[",
                                       "]",
                                       "[::1",
                                       "::1",
                                       "[::1]a",
                                       "[::1]80",
                                       "[1:2:3:4:5:6:7]",
                                       "[1:2:3:4:5:6:7:8:9]",
                                       "[1::2::3]",
                                       "[:::]",
                                       "[:1]",
                                       "[1:]",
                                       "[12345::]",
                                       "[g::]",
                                       "[::1%25eth0]",
                                       "[v1.a]",
                                       "[1.2.3.4]",
                                       "[::1.2.3]",
                                       "[::1.2.3.256]",
                                       "[::1.2.3.04]",
                                       "[1.2.3.4::]",
                                       "[1:2:3:4:5:6:7:1.2.3.4]",
                                       "[1:2:3:4::5:6:7:8]"})
        EXPECT_FALSE(is_host_and_port(bad)) << bad;
}

TEST(Http1Error, EveryOneHasAStatusAndAText) {
    for (int i = 1; i <= static_cast<int>(Http1Error::truncated); ++i) {
        const auto error = static_cast<Http1Error>(i);
        EXPECT_GE(status_for(error), 400);
        EXPECT_NE(describe(error), "unknown error");
        EXPECT_NE(describe(error), "no error");
    }
    EXPECT_EQ(status_for(Http1Error::none), 0);
    EXPECT_EQ(status_for(Http1Error::body_too_large), 413);
    EXPECT_EQ(status_for(Http1Error::target_too_long), 414);
    EXPECT_EQ(status_for(Http1Error::expectation_failed), 417);
    EXPECT_EQ(status_for(Http1Error::head_too_large), 431);
    EXPECT_EQ(status_for(Http1Error::unsupported_version), 505);
}

}  // namespace
}  // namespace gyre::http::detail::test
