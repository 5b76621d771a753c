#include "auth_challenge.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace gyre::http::detail {
namespace {

using namespace std::string_literals;

// scheme<token68>|name=value|…, one challenge after the other.
std::string read(std::string_view text) {
    const auto challenges = parse_auth_challenges(text);
    if (!challenges) return "refused";
    std::string out;
    for (const AuthChallenge& challenge : *challenges) {
        if (!out.empty()) out += ' ';
        out += challenge.scheme;
        if (!challenge.token68.empty()) out += "<" + challenge.token68 + ">";
        for (const auto& [name, value] : challenge.parameters)
            out.append("|").append(name).append("=").append(value);
    }
    return out;
}

std::string repeated(std::string_view text, int count) {
    std::string out;
    for (int i = 0; i < count; ++i)
        out += text;
    return out;
}

TEST(AuthChallenge, ExamplesOfRfc9110) {
    // 11.6.1
    EXPECT_EQ(
        read(R"(Basic realm="simple", Newauth realm="apps", type=1, title="Login to \"apps\"")"),
        "basic|realm=simple newauth|realm=apps|type=1|title=Login to \"apps\"");
    EXPECT_EQ(read(R"(Newauth realm="apps", type=1, title="Login", Basic realm="simple")"),
              "newauth|realm=apps|type=1|title=Login basic|realm=simple");
}

TEST(AuthChallenge, SchemesAlone) {
    EXPECT_EQ(read("Negotiate"), "negotiate");
    EXPECT_EQ(read("Negotiate, NTLM"), "negotiate ntlm");
    EXPECT_EQ(read("Negotiate ,\tNTLM , Basic realm=x"), "negotiate ntlm basic|realm=x");
    EXPECT_EQ(read(""), "");
    EXPECT_EQ(read(" , ,"), "");
}

TEST(AuthChallenge, Token68OrParameter) {
    EXPECT_EQ(read("NTLM TlRM+/-._~AA=="), "ntlm<TlRM+/-._~AA==>");
    EXPECT_EQ(read("NTLM abc, Basic realm=x"), "ntlm<abc> basic|realm=x");
    EXPECT_EQ(read("A b="), "a<b=>");
    EXPECT_EQ(read("A b= ,C"), "a<b=> c");
    EXPECT_EQ(read("A b=c"), "a|b=c");
    EXPECT_EQ(read("A b = c"), "a|b=c");
    EXPECT_EQ(read("A b=\t\"c\""), "a|b=c");
    // Parameters cannot stand behind one, nor behind a scheme that has a comma at once.
    EXPECT_EQ(read("A b==, c=d"), "refused");
    EXPECT_EQ(read("A, c=d"), "refused");
    EXPECT_EQ(read("A b==c"), "refused");
    EXPECT_EQ(read("A b c"), "refused");
}

TEST(AuthChallenge, EmptyElementsAndBlanks) {
    EXPECT_EQ(read(",Basic realm=x,,\t, y=z,"), "basic|realm=x|y=z");
    EXPECT_EQ(read("Basic , realm=x"), "basic|realm=x");
    EXPECT_EQ(read("Basic   realm=x"), "basic|realm=x");
}

TEST(AuthChallenge, QuotedStrings) {
    EXPECT_EQ(read(R"(A b="c, D e=\"f\\", g="")"), "a|b=c, D e=\"f\\|g=");
    EXPECT_EQ(read("A b=\"\xc3\xa4\t\""), "a|b=\xc3\xa4\t");
    for (const std::string& text :
         {R"(A b=")"s, R"(A b="c)"s, R"(A b="c\)"s, R"(A b="c\")"s, R"(A b="c"d)"s, "A b=\"\r\""s,
          "A b=\"\\\n\""s, "A b=\"\0\""s, "A b=\"\x7f\""s})
        EXPECT_EQ(read(text), "refused") << text;
}

TEST(AuthChallenge, WhatIsRefused) {
    for (const char* text :
         {"=", "\"a\"", "a=b", "realm=x, Basic", "Basic\trealm=x", "Basic =x", "Basic realm=x y=z",
          "Basic realm==x,", "Basic realm=x;y=z", "Basic realm=\xc3\xa4", "B\xc3\xa4sic", "A b=c/d",
          "A b=c, d=", "A b=c, =d", "A b=1, B=2", "Basic realm=x\r\nX: y", "A (b)"})
        EXPECT_EQ(read(text), "refused") << text;
    // A name may come again in another challenge.
    EXPECT_EQ(read("A b=1, B b=2"), "a|b=1 b|b=2");
}

TEST(AuthChallenge, Limits) {
    EXPECT_NE(read(repeated("A,", 16)), "refused");
    EXPECT_EQ(read(repeated("A,", 17)), "refused");
    std::string parameters = "A ";
    for (int i = 0; i < 32; ++i)
        parameters += "p" + std::to_string(i) + "=1,";
    EXPECT_NE(read(parameters), "refused");
    EXPECT_EQ(read(parameters + "p32=1"), "refused");
    EXPECT_NE(read(parameters + "B p32=1"), "refused");
}

TEST(AuthChallenge, TakesLinearTime) {
    EXPECT_EQ(read("A " + std::string(1'000'000, '=')), "refused");
    EXPECT_EQ(read("A " + std::string(1'000'000, ' ') + "b" + std::string(1'000'000, ' ') + "c"),
              "refused");
    EXPECT_EQ(read("A b=\"" + repeated("\\\"", 500'000)), "refused");
    EXPECT_EQ(read(repeated(" ,", 500'000)), "");
}

TEST(AuthInfo, Parameters) {
    const auto info = [](std::string_view text) {
        const auto parameters = parse_auth_info(text);
        std::string out = parameters ? "" : "refused";
        for (const auto& [name, value] : parameters.value_or(Parameters{}))
            out.append("|").append(name).append("=").append(value);
        return out;
    };
    EXPECT_EQ(info(R"( nextnonce="a b" , NC=00000001,, qop=auth)"),
              "|nextnonce=a b|nc=00000001|qop=auth");
    EXPECT_EQ(info(""), "");
    for (const char* text :
         {"nextnonce", "Digest nextnonce=a", "a=1 b=2", "a=1, a=2", "a=\"", "=a"})
        EXPECT_EQ(info(text), "refused") << text;
}

TEST(Token68, WhatItIsMadeOf) {
    EXPECT_TRUE(is_token68("azAZ09-._~+/"));
    EXPECT_TRUE(is_token68("a=="));
    for (const std::string& text :
         {""s, "="s, "a=b"s, "a b"s, "a,"s, "a\r\n"s, "\xc3\xa4"s, "a\0"s})
        EXPECT_FALSE(is_token68(text)) << text;
}

}  // namespace
}  // namespace gyre::http::detail
