#include "static_path.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

namespace gyre::http::detail {
namespace {

std::string name_of(std::string_view path, bool hidden_too = false) {
    const auto result = parse_static_path(path, hidden_too);
    return result ? result->name : "refused";
}

TEST(StaticPathTest, SegmentsAreDecodedOnce) {
    EXPECT_EQ(name_of("a.txt"), "a.txt");
    EXPECT_EQ(name_of("a/b%20c/d.txt"), "a/b c/d.txt");
    EXPECT_EQ(name_of("gr%C3%BC%c3%9fe"),
              "gr\xc3\xbc\xc3\x9f"
              "e");
    EXPECT_EQ(name_of("100%25"), "100%");
    EXPECT_EQ(name_of("%2541"), "%41");
    EXPECT_EQ(name_of("a+b"), "a+b");
    EXPECT_EQ(name_of("a..b/..."), "refused");  // the second one is hidden
    EXPECT_EQ(name_of("a..b"), "a..b");
}

TEST(StaticPathTest, ASlashAtTheEndNamesAFolder) {
    EXPECT_EQ(name_of(""), "");
    EXPECT_TRUE(parse_static_path("", false)->ends_open);
    EXPECT_EQ(name_of("a/"), "a");
    EXPECT_TRUE(parse_static_path("a/b/", false)->ends_open);
    EXPECT_FALSE(parse_static_path("a/b", false)->ends_open);
}

TEST(StaticPathTest, HiddenNamesOnlyWhenAskedFor) {
    for (const char* path : {".git", "a/.env", ".well-known/x", "%2eenv", "..."}) {
        EXPECT_EQ(name_of(path), "refused") << path;
        EXPECT_NE(name_of(path, true), "refused") << path;
    }
}

TEST(StaticPathTest, WhatCouldLeadOutIsRefused) {
    for (const char* path : {"..",
                             "../a",
                             "a/..",
                             "a/../b",
                             ".",
                             "a/./b",
                             "./a",
                             "%2e%2e",
                             "%2E%2E/a",
                             ".%2e/a",
                             "%2e./a",
                             "a/%2e%2e/b",
                             "..%2fa",
                             "%2e%2e%2fa",
                             "a%2fb",
                             "a%2Fb",
                             "a%5cb",
                             "a\\b",
                             "..\\a",
                             "..%5ca",
                             "/",
                             "//",
                             "/a",
                             "a//b",
                             "//a",
                             "a/b//",
                             "%2f",
                             "%2fetc",
                             "%00",
                             "a%00.txt",
                             "a%0ab",
                             "a%0d",
                             "a%1f",
                             "a%7f",
                             "%",
                             "%2",
                             "a%zz",
                             "%u002e",
                             "%c0%ae%c0%ae/a",
                             "%c0%af",
                             "a%c0%80",
                             "%e0%80%ae",
                             "%e0%80%af",
                             "%f0%80%80%ae",
                             "%ed%a0%80",
                             "%f4%90%80%80",
                             "%ff",
                             "%80",
                             "%c3",
                             "%e2%82",
                             "%f8%88%80%80%80",
                             "%c1%9c"})
        for (const bool hidden_too : {false, true})
            EXPECT_EQ(name_of(path, hidden_too), "refused") << path;
}

TEST(StaticPathTest, NamesAndPathsHaveALongestLength) {
    const std::string longest(255, 'a');
    EXPECT_EQ(name_of(longest), longest);
    EXPECT_EQ(name_of(longest + 'a'), "refused");
    std::string path = longest;
    for (int i = 0; i < 14; ++i)
        path += '/' + longest;
    EXPECT_EQ(name_of(path), path);
    EXPECT_EQ(name_of(path + '/' + longest), "refused");
}

TEST(StaticPathTest, UTF8IsThatOfTheRFC) {
    for (const char* good : {"", "a", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
                             "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf",
                             "\xe2\x82\xac"
                             "uro"})
        EXPECT_TRUE(is_utf8(good)) << good;
    for (const char* bad : {"\x80", "\xc2",
                            "\xc2"
                            "a",
                            "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xe2\x82", "\xe2\x28\xa1",
                            "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
                            "\xf0\x90\x80", "\xf0\x90\x28\x80", "\xfe", "\xff"})
        EXPECT_FALSE(is_utf8(bad)) << bad;
}

}  // namespace
}  // namespace gyre::http::detail
