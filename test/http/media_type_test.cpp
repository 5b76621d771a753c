#include "media_type.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace gyre::http::detail {
namespace {

using namespace std::string_literals;

std::string read(std::string_view text) {
    const auto type = parse_media_type(text);
    if (!type) return "refused";
    std::string out = type->essence;
    for (const auto& [name, value] : type->parameters)
        out += "|" + name + "=" + value;
    return out;
}

TEST(MediaType, TypesAndParameters) {
    EXPECT_EQ(read("text/plain"), "text/plain");
    EXPECT_EQ(read(" Text/HTML;Charset=UTF-8 "), "text/html|charset=UTF-8");
    EXPECT_EQ(read("a/b ; x=1 ;\ty=\"2\""), "a/b|x=1|y=2");
    // RFC 9110 5.6.6: empty parameters are allowed.
    EXPECT_EQ(read("a/b;; x=1;"), "a/b|x=1");
    // RFC 9110 5.6.4.
    EXPECT_EQ(read("a/b; x=\"a;b\\\"c\\\\d\\e \xc3\xa4\""), "a/b|x=a;b\"c\\de \xc3\xa4");
    EXPECT_EQ(read("a/b; x=\"\""), "a/b|x=");
    EXPECT_EQ(read("a/b; x=\"%22\""), "a/b|x=%22");
}

TEST(MediaType, WhatIsRefused) {
    for (const std::string& text : {""s,
                                    "a"s,
                                    "/"s,
                                    "a/"s,
                                    "/b"s,
                                    "a/b/c"s,
                                    "a /b"s,
                                    "a/ b"s,
                                    "a/b,c/d"s,
                                    "a/b x=1"s,
                                    "a/b; x"s,
                                    "a/b; x="s,
                                    "a/b; =1"s,
                                    "a/b; x =1"s,
                                    "a/b; x= 1"s,
                                    "a/b; x=1 y"s,
                                    "a/b; x=\""s,
                                    "a/b; x=\"a"s,
                                    "a/b; x=\"a\\"s,
                                    "a/b; x=\"a\\\""s,
                                    "a/b; x=\"a\"b"s,
                                    "a/b; x=\"a\rb\""s,
                                    "a/b; x=\"a\\\rb\""s,
                                    "a/b; x=\"a\0b\""s,
                                    "a/b; x=\xc3\xa4"s,
                                    "a/b; x=1; X=2"s})
        EXPECT_EQ(read(text), "refused") << text;
}

TEST(MediaType, LimitOfParameters) {
    std::string text = "a/b";
    for (int i = 0; i < 32; ++i)
        text += ";p" + std::to_string(i) + "=1";
    EXPECT_NE(read(text), "refused");
    EXPECT_EQ(read(text + ";more=1"), "refused");
}

}  // namespace
}  // namespace gyre::http::detail
