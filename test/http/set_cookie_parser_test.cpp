#include "set_cookie_parser.hpp"

#include "cookie_date.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gyre::http::detail::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_seconds;

constexpr sys_seconds now{1'700'000'000s};
constexpr sys_seconds limit = now + std::chrono::days{400};

SetCookieFields fields(std::string_view text) {
    const SetCookieResult result = parse_set_cookie(text, now);
    EXPECT_EQ(result.refusal, "") << text;
    return result.fields;
}

bool refused(std::string_view text) { return !parse_set_cookie(text, now).refusal.empty(); }

// Seconds since 1970; -1 if it is no date.
long date(std::string_view text) {
    const auto time = parse_cookie_date(text);
    return time ? static_cast<long>(time->time_since_epoch().count()) : -1;
}

TEST(CookieDate, TheFormsOfHTTP) {
    EXPECT_EQ(date("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777);
    EXPECT_EQ(date("Sunday, 06-Nov-94 08:49:37 GMT"), 784111777);
    EXPECT_EQ(date("Sun Nov  6 08:49:37 1994"), 784111777);
    EXPECT_EQ(date("Sun, 06-Nov-1994 08:49:37 GMT"), 784111777);
}

// RFC 6265 section 5.1.1, step 1 and 2: parts in any order, anything between them and behind.
TEST(CookieDate, PartsAreFoundAnywhere) {
    for (const std::string_view text :
         {"1994 6 nov 08:49:37", "08:49:37 6 Nov 94", "6/NOVEMBER/1994/8:49:37",
          "Nov 6 1994 8:49:37", "\tSun,06;Nov<1994=08:49:37@GMT+1", "6th Nov 1994AD 08:49:37.123Z",
          "6 Nov 1994 8:49:37pm", "x y z 6 q Novgorod 1994 08:49:37 7 Dec 1995 09:00:00",
          "{6}[Nov]`1994`~08:49:37~", "6 Nov 1994 08:49:37 \xc3\xa9"})
        EXPECT_EQ(date(text), 784111777) << text;
}

// Step 3 and 4: two digits.
TEST(CookieDate, YearsOfTwoDigits) {
    EXPECT_EQ(date("1 Jan 70 00:00:00"), 0);
    EXPECT_EQ(date("1 Jan 99 00:00:00"), 915148800);
    EXPECT_EQ(date("1 Jan 00 00:00:00"), 946684800);
    EXPECT_EQ(date("1 Jan 69 00:00:00"), 3124224000);
    EXPECT_EQ(date("1 Jan 1970 00:00:00"), 0);
}

// Step 5 and 6.
TEST(CookieDate, OutOfRangeOrIncomplete) {
    for (const std::string_view text : {"",
                                        "garbage",
                                        "6 Nov 1994",
                                        "Nov 1994 08:49:37",
                                        "6 1994 08:49:37",
                                        "6 Nov 08:49:37",
                                        "0 Nov 1994 08:49:37",
                                        "32 Nov 1994 08:49:37",
                                        "31 Nov 1994 08:49:37",
                                        "29 Feb 1995 08:49:37",
                                        "6 Nov 1600 08:49:37",
                                        "6 Nov 994 08:49:37",
                                        "6 Nov 1994 24:00:00",
                                        "6 Nov 1994 08:60:00",
                                        "6 Nov 1994 08:49:60",
                                        "6 Nov 1994 8:49",
                                        "6 Nov 1994 008:49:37",
                                        "6 Nov 1994 08:49:037",
                                        "6 Nov 19941 08:49:37",
                                        "006 Nov 1994 08:49:37",
                                        "6 No 1994 08:49:37",
                                        "6 Nov 1994 08-49-37",
                                        "\1776 Nov 1994 08:49:37"})
        EXPECT_EQ(date(text), -1) << text;
    EXPECT_EQ(date("29 Feb 1996 00:00:00"), 825552000);
    EXPECT_EQ(date("1 Jan 1601 00:00:00"), -11644473600);
    EXPECT_EQ(date("31 Dec 9999 23:59:59"), 253402300799);
}

TEST(CookieDate, LinearInTheInput) {
    std::string text;
    for (int i = 0; i < 200'000; ++i)
        text += "1:1:1";
    EXPECT_EQ(date(text), -1);
    EXPECT_EQ(date(std::string(1'000'000, '9')), -1);
    EXPECT_EQ(date(std::string(1'000'000, ' ')), -1);
}

TEST(SetCookieParser, NameAndValue) {
    struct Case {
        std::string_view text, name, value;
    };
    for (const Case& c :
         {Case{"a=b", "a", "b"}, Case{" \ta \t=\t b c \t", "a", "b c"}, Case{"a=", "a", ""},
          Case{"a=b=c==", "a", "b=c=="}, Case{"a=\"b c\"", "a", "\"b c\""}, Case{"a=b;", "a", "b"},
          Case{"a=b ; x", "a", "b"}, Case{"a b=c", "a b", "c"}, Case{"token", "", "token"},
          Case{"=token", "", "token"}, Case{"; Path=/", "", ""},
          Case{"a=\xc3\xa9", "a", "\xc3\xa9"}}) {
        if (c.name.empty() && c.value.empty()) {
            EXPECT_TRUE(refused(c.text));
            continue;
        }
        EXPECT_EQ(fields(c.text).name, c.name) << c.text;
        EXPECT_EQ(fields(c.text).value, c.value) << c.text;
    }
}

TEST(SetCookieParser, NothingIsNoCookie) {
    for (const std::string_view text : {"", "=", " ", " = ", ";", "=;a=b"})
        EXPECT_TRUE(refused(text)) << text;
}

// It would be sent as "a=b", like a cookie that only another host or path may set.
TEST(SetCookieParser, NamelessCookiesCannotPassForOthers) {
    EXPECT_TRUE(refused("=a=b"));
    EXPECT_TRUE(refused("==b"));
    EXPECT_TRUE(refused("=__Host-a"));
    EXPECT_TRUE(refused("__HOST-a; Secure; Path=/"));
    EXPECT_TRUE(refused("=__secure-a"));
    EXPECT_EQ(fields("__Host=1; Secure").name, "__Host");
}

// RFC 6265bis section 5.6, step 1; a tab inside a name, value or path would break a file of
// cookies.
TEST(SetCookieParser, ControlBytesAnywhereAreRefused) {
    for (int byte = 0; byte < 256; ++byte) {
        const std::string c(1, static_cast<char>(byte));
        const bool control = byte < 0x20 || byte == 0x7f;
        EXPECT_EQ(refused("a" + c + "b=c"), control) << byte;
        EXPECT_EQ(refused("a=b" + c + "c"), control) << byte;
        EXPECT_EQ(refused("a=b; Path=/" + c + "c"), control) << byte;
        EXPECT_EQ(refused("a=b; x" + c + "y=z"), control && byte != '\t') << byte;
    }
    EXPECT_FALSE(refused("a=b;\tPath=/\t;\tSecure"));
}

TEST(SetCookieParser, SizeOfNameAndValue) {
    EXPECT_FALSE(refused("a=" + std::string(4095, 'x')));
    EXPECT_TRUE(refused("a=" + std::string(4096, 'x')));
    EXPECT_FALSE(refused(std::string(4096, 'x') + "="));
    EXPECT_TRUE(refused(std::string(4097, 'x')));
    EXPECT_FALSE(refused("a=" + std::string(5000, ' ') + "b; x=" + std::string(5000, 'y')));
}

// RFC 6265bis section 5.6, step 6.5: it is left out, the cookie is not.
TEST(SetCookieParser, SizeOfAnAttribute) {
    const std::string path = "/" + std::string(1023, 'x');
    EXPECT_EQ(fields("a=b; Path=" + path).path, path);
    EXPECT_EQ(fields("a=b; Path=" + path + "x").path, "");
    EXPECT_EQ(fields("a=b; Path=/first; Path=" + path + "x").path, "/first");
}

TEST(SetCookieParser, EveryAttribute) {
    const SetCookieFields all = fields(
        "a=b; expires=Wed, 15 Nov 2023 00:00:00 GMT; DOMAIN=.Example.com ;path= /shop; sEcUrE=no;"
        "HttpOnly; SameSite=LAX; Partitioned; Unknown=1; ;=;=x");
    EXPECT_EQ(all.expires, sys_seconds{1'700'006'400s});
    EXPECT_EQ(all.domain, "Example.com");
    EXPECT_EQ(all.path, "/shop");
    EXPECT_TRUE(all.secure && all.http_only);
    EXPECT_EQ(all.same_site, SameSite::lax);

    const SetCookieFields none = fields("a=b");
    EXPECT_EQ(none.expires, std::nullopt);
    EXPECT_EQ(none.domain, "");
    EXPECT_EQ(none.path, "");
    EXPECT_FALSE(none.secure || none.http_only);
    EXPECT_EQ(none.same_site, SameSite::unset);
}

TEST(SetCookieParser, TheLastOfAnAttributeCounts) {
    EXPECT_EQ(fields("a=b; Path=/a; Path=/b").path, "/b");
    EXPECT_EQ(fields("a=b; Path=/a; Path=b").path, "");
    EXPECT_EQ(fields("a=b; Path=/a; Path").path, "");
    EXPECT_EQ(fields("a=b; Domain=a.com; Domain=b.com").domain, "b.com");
    EXPECT_EQ(fields("a=b; Domain=a.com; Domain=").domain, "");
    EXPECT_EQ(fields("a=b; Domain=..a.com").domain, ".a.com");
    EXPECT_EQ(fields("a=b; SameSite=Strict; SameSite=None").same_site, SameSite::none);
    EXPECT_EQ(fields("a=b; SameSite=Strict; SameSite=bogus").same_site, SameSite::unset);
}

// RFC 6265bis section 5.6.2.
TEST(SetCookieParser, MaxAge) {
    struct Case {
        std::string_view text;
        std::optional<sys_seconds> expires;
    };
    for (const Case& c :
         {Case{"3600", now + 1h}, Case{"0", now}, Case{"-1", now},
          Case{"-99999999999999999999", now}, Case{"34560000", limit}, Case{"34560001", limit},
          Case{"34559999", limit - 1s}, Case{"9223372036854775807", limit},
          Case{"99999999999999999999999999999", limit}, Case{"007", now + 7s},
          Case{"", std::nullopt}, Case{"-", std::nullopt}, Case{"+1", std::nullopt},
          Case{"1.5", std::nullopt}, Case{"1h", std::nullopt}, Case{"--1", std::nullopt},
          Case{"0x10", std::nullopt}})
        EXPECT_EQ(fields("a=b; Max-Age=" + std::string{c.text}).expires, c.expires) << c.text;
}

TEST(SetCookieParser, MaxAgeGoesBeforeExpires) {
    const std::string expires = "; Expires=Wed, 15 Nov 2023 00:00:00 GMT";
    EXPECT_EQ(fields("a=b; Max-Age=60" + expires).expires, now + 60s);
    EXPECT_EQ(fields("a=b" + expires + "; Max-Age=60").expires, now + 60s);
    EXPECT_EQ(fields("a=b; Max-Age=60; Max-Age=x").expires, now + 60s);
    EXPECT_EQ(fields("a=b; Max-Age=x" + expires).expires, sys_seconds{1'700'006'400s});
    EXPECT_EQ(fields("a=b; Expires=never").expires, std::nullopt);
    EXPECT_EQ(fields("a=b" + expires + "; Expires=never").expires, sys_seconds{1'700'006'400s});
    EXPECT_EQ(fields("a=b; Expires=Fri, 31 Dec 9999 23:59:59 GMT").expires, limit);
}

TEST(SetCookieParser, LinearInTheInput) {
    std::string text = "a=b";
    for (int i = 0; i < 100'000; ++i)
        text += ";Path=/;Domain=a.com;Expires=1:1";
    EXPECT_EQ(fields(text).path, "/");
    EXPECT_EQ(fields("a=b" + std::string(1'000'000, ';')).path, "");
}

}  // namespace
}  // namespace gyre::http::detail::test
