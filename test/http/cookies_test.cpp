#include "cookies.hpp"

#include "http1_strict.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace gyre::http::detail::test {
namespace {

// "name=value|name=value"
std::string parse(std::string_view field) {
    std::string all;
    CookieView cookie;
    while (next_cookie(field, cookie)) {
        if (!all.empty()) all += '|';
        all.append(cookie.name).append("=").append(cookie.value);
    }
    return all;
}

struct Vector {
    std::string_view field;
    std::string_view cookies;
    std::size_t count;
};

// Sections 4.2.1 (the grammar) and 5.4 (what browsers send) of RFC 6265.
constexpr Vector vectors[] = {
    {"", "", 0},
    {"a=1", "a=1", 1},
    {"a=1; b=2", "a=1|b=2", 2},
    {"a=1;b=2;c=3", "a=1|b=2|c=3", 3},
    {"  a = 1 \t;\tb\t=\t2 ", "a=1|b=2", 2},
    {"a=", "a=", 1},
    {"a=1=2==", "a=1=2==", 1},
    {"a=\"x y\"", "a=x y", 1},
    {"a=\"", "a=\"", 1},
    {"a=\"\"", "a=", 1},
    {"a=\"x", "a=\"x", 1},
    {"a=x\"", "a=x\"", 1},
    {"a=\"1;2\"", "a=\"1", 2},  // a quoted ';' separates for browsers, too
    {"a", "", 1},
    {"=1", "", 1},
    {" = ", "", 1},
    {";", "", 0},
    {";;; ;\t;", "", 0},
    {";a=1;;b=2;", "a=1|b=2", 2},
    {"junk; a=1; more junk; =x; b=2", "a=1|b=2", 5},
    {"a=1; a=2", "a=1|a=2", 2},
    {"a=1, b=2", "a=1, b=2", 1},  // RFC 6265 has no comma lists
    {"$Version=1; a=1; $Path=/", "$Version=1|a=1|$Path=/", 3},
    {"a[b]=c(d)", "a[b]=c(d)", 1},
    {"n\xc3\xa4me=v\xff", "n\xc3\xa4me=v\xff", 1},
};

TEST(Cookies, AreParsedAsBrowsersSendThem) {
    for (const Vector& vector : vectors) {
        EXPECT_EQ(parse(vector.field), vector.cookies) << vector.field;
        EXPECT_EQ(count_cookies(vector.field), vector.count) << vector.field;
    }
}

TEST(Cookies, TakeTimeLinearInTheField) {
    const std::string separators(1'000'000, ';');
    EXPECT_EQ(parse(separators), "");
    EXPECT_EQ(count_cookies(separators), 0u);
    const std::string blanks(1'000'000, ' ');
    EXPECT_EQ(parse(blanks), "");
    std::string many;
    for (int i = 0; i < 200'000; ++i)
        many += "a=1;";
    EXPECT_EQ(count_cookies(many), 200'000u);
}

Http1Error scan(const std::vector<std::string>& cookie_fields, const Http1Limits& limits) {
    std::string head = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (const std::string& field : cookie_fields)
        head += "Cookie: " + field + "\r\n";
    head += "\r\n";
    HeadScanner scanner{Http1Role::request};
    EXPECT_NE(scanner.scan(head, limits), HeadScanner::Result::need_more);
    const Http1Error error = scanner.error();
    // The verdict does not depend on how the bytes came.
    for (std::size_t split = 1; split < head.size(); ++split) {
        HeadScanner again{Http1Role::request};
        again.scan(std::string_view{head}.substr(0, split), limits);
        again.scan(head, limits);
        EXPECT_EQ(again.error(), error) << "split at " << split;
    }
    return error;
}

std::string cookies(std::size_t count) {
    std::string field;
    for (std::size_t i = 0; i < count; ++i)
        field += (i == 0 ? "c" : "; c") + std::to_string(i) + "=x";
    return field;
}

// RFC 6265 6.1
TEST(CookieLimit, CountsTheCookiesOfAField) {
    const Http1Limits limits;
    const std::size_t max = limits.max_cookies;
    EXPECT_EQ(max, 100u);
    EXPECT_EQ(scan({cookies(max - 1)}, limits), Http1Error::none);
    EXPECT_EQ(scan({cookies(max)}, limits), Http1Error::none);
    EXPECT_EQ(scan({cookies(max + 1)}, limits), Http1Error::too_many_cookies);
}

TEST(CookieLimit, CountsThoseOfAllFieldsTogether) {
    const Http1Limits limits;
    const std::size_t max = limits.max_cookies;
    EXPECT_EQ(scan({cookies(50), cookies(max - 51)}, limits), Http1Error::none);
    EXPECT_EQ(scan({cookies(50), "x", cookies(max - 51)}, limits), Http1Error::none);
    EXPECT_EQ(scan({cookies(50), cookies(50), "one=more"}, limits), Http1Error::too_many_cookies);
}

TEST(CookieLimit, CountsWhatIsNoCookieToo) {
    Http1Limits limits;
    limits.max_cookies = 2;
    EXPECT_EQ(scan({"junk; =; ;;"}, limits), Http1Error::none);
    EXPECT_EQ(scan({"junk; =; x"}, limits), Http1Error::too_many_cookies);
}

TEST(CookieLimit, IsAnswered400) {
    EXPECT_EQ(status_for(Http1Error::too_many_cookies), 400);
    EXPECT_EQ(describe(Http1Error::too_many_cookies), "too many cookies");
}

TEST(CookieLimit, IsNotForOtherFieldsOrResponses) {
    Http1Limits limits;
    limits.max_cookies = 1;
    const std::string_view other = "GET / HTTP/1.1\r\nHost: a\r\nCooki3: a=1; b=2\r\n\r\n";
    HeadScanner request{Http1Role::request};
    EXPECT_EQ(request.scan(other, limits), HeadScanner::Result::complete);
    HeadScanner response{Http1Role::response};
    EXPECT_EQ(response.scan("HTTP/1.1 200 OK\r\nCookie: a=1; b=2\r\n\r\n", limits),
              HeadScanner::Result::complete);
}

}  // namespace
}  // namespace gyre::http::detail::test
