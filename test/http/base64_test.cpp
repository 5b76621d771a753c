#include "base64.hpp"

#include "authorization.hpp"
#include "html.hpp"
#include "secrets.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace gyre::http::detail::test {
namespace {

using namespace std::string_view_literals;

// RFC 4648 section 10.
TEST(Base64, Vectors) {
    constexpr std::pair<std::string_view, std::string_view> vectors[] = {{"", ""},
                                                                         {"f", "Zg=="},
                                                                         {"fo", "Zm8="},
                                                                         {"foo", "Zm9v"},
                                                                         {"foob", "Zm9vYg=="},
                                                                         {"fooba", "Zm9vYmE="},
                                                                         {"foobar", "Zm9vYmFy"}};
    for (const auto& [bytes, text] : vectors) {
        EXPECT_EQ(base64_encode(bytes), text);
        EXPECT_EQ(base64_decode(text), bytes);
        const std::string_view bare = text.substr(0, text.find('='));
        EXPECT_EQ(base64url_encode(bytes), bare);
        EXPECT_EQ(base64url_decode(bare), bytes);
    }
    EXPECT_EQ(base64_encode("\xfb\xff"), "+/8=");
    EXPECT_EQ(base64url_encode("\xfb\xff"), "-_8");
}

TEST(Base64, EveryByteComesBack) {
    std::string bytes;
    for (int i = 0; i < 256; ++i) {
        bytes += static_cast<char>(i);
        EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes);
        EXPECT_EQ(base64url_decode(base64url_encode(bytes)), bytes);
    }
}

TEST(Base64, IsStrict) {
    for (const std::string_view text : std::initializer_list<std::string_view>{
             "Z", "Zg", "Zg=", "Zg===", "Z===", "====", "=", "Zm9v=", "Zm9vY",
             "Zh==", "Zm9=", "Zm 9", "Zm9\n", "Zm-_", "Zg==Zg==", "Zm9v\0"sv, "Zm9\xc3"})
        EXPECT_EQ(base64_decode(text), std::nullopt) << text;
    for (const std::string_view text : {"Z", "Zh", "Zm9=", "Zg==", "Zm+/", "Zm9vY", "Zm 9", " "})
        EXPECT_EQ(base64url_decode(text), std::nullopt) << text;
}

std::string basic(std::string_view value) {
    const auto credentials = parse_basic_auth(value);
    return credentials ? credentials->username + '|' + credentials->password : "none";
}

// RFC 7617 section 2.
TEST(Authorization, Basic) {
    EXPECT_EQ(basic("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), "Aladdin|open sesame");
    EXPECT_EQ(basic("basic dGVzdDoxMjPCow=="), "test|123\xc2\xa3");
    EXPECT_EQ(basic("BASIC   YTpiOmM="), "a|b:c");
    EXPECT_EQ(basic("Basic Og=="), "|");
    for (const std::string_view bad : {"", "Basic", "Basic ", "Basi YTpi", "BasicYTpi",
                                       "Basic YWI=", "Basic YTpi=", "Basic YTpi ", "Basic YTp",
                                       "Basic YTpi, Basic YTpj", "Bearer YTpi", "Basic\tYTpi"})
        EXPECT_EQ(basic(bad), "none") << bad;
    EXPECT_EQ(basic("Basic " + base64_encode("a\n:b")), "none");
    EXPECT_EQ(basic("Basic " + base64_encode("a:b\0"sv)), "none");
    EXPECT_EQ(basic("Basic " + base64_encode("a:b\x7f")), "none");
}

// RFC 6750 section 2.1.
TEST(Authorization, Bearer) {
    EXPECT_EQ(parse_bearer_token("Bearer mF_9.B5f-4.1JqM"), "mF_9.B5f-4.1JqM");
    EXPECT_EQ(parse_bearer_token("bearer  a~+/b=="), "a~+/b==");
    for (const std::string_view bad :
         {"", "Bearer", "Bearer ", "Bearer a b", "Bearer =", "Bearer a=b", "Bearer a,b",
          "Bearer \"a\"", "Basic YTpi", "Bearera"})
        EXPECT_EQ(parse_bearer_token(bad), std::nullopt) << bad;
}

TEST(Html, EscapesWhatMeansSomething) {
    EXPECT_EQ(html_escape("a<b>&\"'c"), "a&lt;b&gt;&amp;&quot;&#39;c");
    const std::string page = redirect_page("Found", "/?a=1&b='\"><script>");
    EXPECT_EQ(page.find("<script>"), std::string::npos);
    EXPECT_NE(page.find("href=\"/?a=1&amp;b=&#39;&quot;&gt;&lt;script&gt;\""), std::string::npos);
}

// RFC 4231 sections 4.2 and 4.3.
TEST(Secrets, HmacVectors) {
    EXPECT_EQ(hmac_sha256(std::string(20, '\x0b'), "Hi There"),
              "\xb0\x34\x4c\x61\xd8\xdb\x38\x53\x5c\xa8\xaf\xce\xaf\x0b\xf1\x2b\x88\x1d\xc2\x00\xc9"
              "\x83\x3d\xa7\x26\xe9\x37\x6c\x2e\x32\xcf\xf7"sv);
    EXPECT_EQ(hmac_sha256("Jefe", "what do ya want for nothing?"),
              "\x5b\xdc\xc1\x46\xbf\x60\x75\x4e\x6a\x04\x24\x26\x08\x95\x75\xc7\x5a\x00\x3f\x08\x9d"
              "\x27\x39\x83\x9d\xec\x58\xb9\x64\xec\x38\x43"sv);
}

TEST(Secrets, AreCompared) {
    EXPECT_TRUE(equal_secrets("", ""));
    EXPECT_TRUE(equal_secrets("abc", "abc"));
    EXPECT_FALSE(equal_secrets("abc", "abd"));
    EXPECT_FALSE(equal_secrets("abc", "ab"));
    std::string secret = "abc";
    wipe(secret);
    EXPECT_EQ(secret, "");
}

}  // namespace
}  // namespace gyre::http::detail::test
