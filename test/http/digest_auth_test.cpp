#include "digest_auth.hpp"

#include "auth_challenge.hpp"
#include "client_credentials.hpp"
#include "field_rules.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gyre::http::detail {
namespace {

using namespace std::string_literals;

std::optional<DigestAuth> digest_of(const std::vector<std::string_view>& values) {
    return DigestAuth::from(values);
}

DigestAuth best_of(const std::vector<std::string_view>& values) {
    auto result = digest_of(values);
    if (!result) throw std::invalid_argument("no challenge that can be answered");
    return *std::move(result);
}

DigestAuth digest(std::string_view value) { return best_of({value}); }

// The parameter of an answer without its quotes; "(none)" if it has none.
std::string parameter(std::string_view answer, std::string_view name) {
    const auto challenges = parse_auth_challenges(answer);
    EXPECT_TRUE(challenges && challenges->size() == 1 && challenges->front().scheme == "digest")
        << answer;
    if (!challenges || challenges->empty()) return "(malformed)";
    const std::string* const value = find_parameter(challenges->front().parameters, name);
    return value ? *value : "(none)";
}

std::string chosen(const std::vector<std::string_view>& values) {
    auto best = digest_of(values);
    return best ? parameter(best->authorization("GET", "/", "u", "p", "c"), "nonce") : "nothing";
}

constexpr std::string_view mufasa_cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";

TEST(DigestAuth, Rfc7616Section391) {
    constexpr std::string_view sha256 =
        R"(Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, )"
        R"(nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", )"
        R"(opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS")";
    constexpr std::string_view md5 =
        R"(Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5, )"
        R"(nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", )"
        R"(opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS")";
    const auto answer = [](const std::vector<std::string_view>& values) {
        return best_of(values).authorization("GET", "/dir/index.html", "Mufasa", "Circle of Life",
                                             mufasa_cnonce);
    };
    EXPECT_EQ(
        answer({md5}),
        R"(Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", )"
        R"(algorithm=MD5, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, )"
        R"(cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, )"
        R"(response="8ca523f5e9506fed4657c9700eebdbec", )"
        R"(opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS")");
    for (const auto& values : {std::vector{sha256, md5}, std::vector{md5, sha256}})
        EXPECT_EQ(parameter(answer(values), "response"),
                  "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
}

// With the values of erratum 4897: those that were printed first are of another hash.
TEST(DigestAuth, Rfc7616Section392) {
    const std::string challenge =
        R"(Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, )"
        R"(nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", )"
        R"(opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8)";
    const auto answer = [](const std::string& value) {
        return digest(value).authorization("GET", "/doe.json", "J\xc3\xa4s\xc3\xb8n Doe",
                                           "Secret, or not?",
                                           "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v");
    };
    constexpr std::string_view response =
        "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5";
    const std::string hashed = answer(challenge + ", userhash=true");
    EXPECT_EQ(parameter(hashed, "username"),
              "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b");
    EXPECT_EQ(parameter(hashed, "response"), response);
    EXPECT_TRUE(hashed.ends_with(", userhash=true"));

    const std::string plain = answer(challenge + ", userhash=false");
    EXPECT_TRUE(plain.starts_with("Digest username*=UTF-8''J%C3%A4s%C3%B8n%20Doe, realm="))
        << plain;
    EXPECT_EQ(parameter(plain, "response"), response);
    EXPECT_EQ(parameter(plain, "userhash"), "(none)");
}

TEST(DigestAuth, Rfc2617Section35) {
    EXPECT_EQ(digest(R"(Digest realm="testrealm@host.com", qop="auth,auth-int", )"
                     R"(nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", )"
                     R"(opaque="5ccc069c403ebaf9f0171e9517f40e41")")
                  .authorization("GET", "/dir/index.html", "Mufasa", "Circle Of Life", "0a4f113b"),
              R"(Digest username="Mufasa", realm="testrealm@host.com", uri="/dir/index.html", )"
              R"(nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", nc=00000001, cnonce="0a4f113b", )"
              R"(qop=auth, response="6629fae49393a05397450978507c4ef1", )"
              R"(opaque="5ccc069c403ebaf9f0171e9517f40e41")");
}

// RFC 2069 2.4, with the value of its erratum 749.
TEST(DigestAuth, FormOfRfc2069) {
    EXPECT_EQ(digest(R"(Digest realm="testrealm@host.com", )"
                     R"(nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093")")
                  .authorization("GET", "/dir/index.html", "Mufasa", "CircleOfLife", "unused"),
              R"(Digest username="Mufasa", realm="testrealm@host.com", uri="/dir/index.html", )"
              R"(nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", )"
              R"(response="1949323746fe6a43ef61f9606e7febea")");
}

TEST(DigestAuth, BestChallengeIsChosen) {
    constexpr std::string_view md5 = "Digest realm=r, nonce=md5, algorithm=MD5, qop=auth";
    constexpr std::string_view unnamed = "Digest realm=r, nonce=unnamed";
    constexpr std::string_view sha512 = "Digest realm=r, nonce=sha512, algorithm=SHA-512-256";
    constexpr std::string_view sha256 = "Digest realm=r, nonce=sha256, algorithm=sha-256";
    constexpr std::string_view session =
        "Digest realm=r, nonce=session, algorithm=SHA-256-SESS, qop=\"auth-int,AUTH\"";
    EXPECT_EQ(chosen({md5, sha512, sha256}), "sha256");
    EXPECT_EQ(chosen({sha256, session, md5}), "sha256");
    EXPECT_EQ(chosen({session, sha256}), "session");
    EXPECT_EQ(chosen({md5, sha512}), "sha512");
    EXPECT_EQ(chosen({unnamed, md5}), "unnamed");
    EXPECT_EQ(chosen({"Basic realm=x, dIgEsT realm=r, nonce=inner, Negotiate"}), "inner");
    // A malformed field hides no other one.
    EXPECT_EQ(chosen({"Digest realm=\"", md5}), "md5");
    const std::string both = std::string{md5} + ", " + std::string{sha256};
    EXPECT_EQ(chosen({both}), "sha256");
}

TEST(DigestAuth, WhatCannotBeAnswered) {
    EXPECT_EQ(chosen({}), "nothing");
    for (const std::string_view value :
         {"", "Basic realm=x", "Digest", "Digest abc", "Digest realm=r", "Digest nonce=n",
          "Digest realm=r, nonce=n, qop=auth-int", "Digest realm=r, nonce=n, qop=\"x,y\"",
          "Digest realm=r, nonce=n, algorithm=SHA-1", "Digest realm=r, nonce=n, algorithm=-sess",
          "Digest realm=r, nonce=n, algorithm=MD5-sess",
          "Digest realm=r, nonce=n, algorithm=SHA-512-256-sess", "Digest realm=r; nonce=n"})
        EXPECT_EQ(chosen({value}), "nothing") << value;
    EXPECT_EQ(chosen({"Digest realm=r, nonce=n, qop=\"\""}), "n");
}

TEST(DigestAuth, RequestsWithANonceAreCounted) {
    DigestAuth auth = digest("Digest realm=r, nonce=n, qop=auth");
    std::string answer;
    for (int i = 0; i < 17; ++i)
        answer = auth.authorization("GET", "/", "u", "p", "c");
    EXPECT_EQ(parameter(answer, "nc"), "00000011");
    // hashlib of Python: md5("md5('u:r:p'):n:00000011:c:auth:md5('GET:/')")
    EXPECT_EQ(parameter(answer, "response"), "212c0fb0ff9890ae308d624fbaedf7d6");
}

TEST(DigestAuth, NextNonce) {
    DigestAuth auth = digest("Digest realm=r, nonce=n, qop=auth");
    (void)auth.authorization("GET", "/", "u", "p", "c");
    auth.on_authentication_info(R"(nextnonce="m", qop=auth, rspauth="00", nc=00000001)");
    const std::string answer = auth.authorization("GET", "/", "u", "p", "c");
    EXPECT_EQ(parameter(answer, "nonce"), "m");
    EXPECT_EQ(parameter(answer, "nc"), "00000001");
    for (const char* ignored : {"", "nextnonce=\"\"", "nextnonce=\"x", "nextnonce=x y", "qop=auth"})
        auth.on_authentication_info(ignored);
    const std::string next = auth.authorization("GET", "/", "u", "p", "c");
    EXPECT_EQ(parameter(next, "nonce"), "m");
    EXPECT_EQ(parameter(next, "nc"), "00000002");
}

// Servers that make the session's key anew from each request's cnonce agree with those that keep
// it.
TEST(DigestAuth, ASessionKeepsItsFirstCnonce) {
    DigestAuth auth = digest("Digest realm=r, nonce=n, qop=auth, algorithm=MD5-sess");
    const std::string first = auth.authorization("GET", "/", "u", "p", "one");
    EXPECT_EQ(parameter(first, "algorithm"), "MD5-sess");
    EXPECT_EQ(parameter(first, "cnonce"), "one");
    EXPECT_EQ(parameter(first, "response"), "c1af60594cf9bd395d48750b26dee927");
    const std::string second = auth.authorization("GET", "/", "u", "p", "two");
    EXPECT_EQ(parameter(second, "cnonce"), "one");
    EXPECT_EQ(parameter(second, "nc"), "00000002");
    EXPECT_EQ(parameter(second, "response"), "0308f4508f3ddefd15b5993313c83d9a");
    // The key goes on with the nonce that the session began with: RFC 7616 3.4.2.
    auth.on_authentication_info("nextnonce=m");
    const std::string third = auth.authorization("GET", "/", "u", "p", "three");
    EXPECT_EQ(parameter(third, "nonce"), "m");
    EXPECT_EQ(parameter(third, "response"), "818a65a2bc545f97e09039e6b1015af8");
}

TEST(DigestAuth, QuotesAndBackslashesAreEscaped) {
    DigestAuth auth = digest(R"(Digest realm="a\"b\\\c, d", nonce="\"n", opaque="\\")");
    EXPECT_EQ(auth.realm(), R"(a"b\c, d)");
    const std::string answer = auth.authorization("GET", R"(/a"b\)", R"(u"\)", "p", "c");
    EXPECT_TRUE(answer.starts_with(R"(Digest username="u\"\\", realm="a\"b\\c, d", uri="/a\"b\\", )"
                                   R"(nonce="\"n", response=")"))
        << answer;
    EXPECT_TRUE(answer.ends_with(R"(, opaque="\\")")) << answer;
    // hashlib of Python, of the texts without their quotes and backslashes.
    EXPECT_EQ(parameter(answer, "response"), "b6c3c709a2bdcbcb06cff97399205c5c");
}

TEST(DigestAuth, EmptyTextsAreTexts) {
    const std::string answer = digest(R"(Digest realm="", nonce="", opaque="", qop=auth)")
                                   .authorization("GET", "*", "", "", "");
    EXPECT_EQ(
        answer.substr(0, answer.find(", response")),
        R"(Digest username="", realm="", uri="*", nonce="", nc=00000001, cnonce="", qop=auth)");
    EXPECT_TRUE(answer.ends_with(R"(, opaque="")"));
}

TEST(DigestAuth, UsersThatAreNotAscii) {
    const std::string user = "\xc3\xbc\"";
    // Without a charset it is anyone's guess; the bytes go as they are.
    EXPECT_EQ(parameter(digest("Digest realm=r, nonce=n").authorization("GET", "/", user, "p", "c"),
                        "username"),
              user);
    DigestAuth utf8 = digest("Digest realm=r, nonce=n, charset=utf-8");
    EXPECT_TRUE(utf8.authorization("GET", "/", user, "p", "c")
                    .starts_with("Digest username*=UTF-8''%C3%BC%22, realm="));
    EXPECT_EQ(utf8.authorization("GET", "/", "\xfc", "p", "c"), "");
    EXPECT_EQ(parameter(utf8.authorization("GET", "/", "u", "\xfc", "c"), "username"), "u");
}

TEST(DigestAuth, Stale) {
    EXPECT_FALSE(digest("Digest realm=r, nonce=n").stale());
    EXPECT_FALSE(digest("Digest realm=r, nonce=n, stale=false").stale());
    EXPECT_TRUE(digest("Digest realm=r, nonce=n, stale=TRUE").stale());
    EXPECT_TRUE(digest("Digest realm=r, nonce=n, stale=\"true\"").stale());
}

TEST(DigestAuthInjection, NothingBreaksOutOfTheField) {
    DigestAuth auth = digest("Digest realm=r, nonce=n, qop=auth");
    for (int code = 0; code < 256; ++code) {
        const std::string text = "a"s + static_cast<char>(code) + "b";
        const bool control = code < 32 || code == 127;
        EXPECT_EQ(auth.authorization("GET", "/", text, "p", "c").empty(), control) << code;
        EXPECT_EQ(auth.authorization("GET", "/", "u", "p", text).empty(), control) << code;
        EXPECT_EQ(auth.authorization("GET", text, "u", "p", "c").empty(), !is_target(text)) << code;
        // The password is only hashed.
        EXPECT_TRUE(is_field_value(auth.authorization("GET", "/", "u", text, "c")));
        const std::string challenge = "Digest nonce=n, realm=\"" + text + "x\"";
        if (control && code != '\t') EXPECT_FALSE(digest_of({challenge})) << code;
    }
    EXPECT_EQ(parameter(auth.authorization("GET", "/", "u\", nc=\"1", "p", "c"), "username"),
              "u\", nc=\"1");
}

TEST(DigestAuthInjection, WhatIsRefusedIsNotCounted) {
    DigestAuth auth = digest("Digest realm=r, nonce=n, qop=auth");
    EXPECT_EQ(auth.authorization("GET", "/", "u\n", "p", "c"), "");
    EXPECT_EQ(parameter(auth.authorization("GET", "/", "u", "p", "c"), "nc"), "00000001");
}

TEST(ClientCredentials, BasicAndBearer) {
    // RFC 7617 2, RFC 6750 2.1.
    EXPECT_EQ(basic_credentials("Aladdin", "open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    EXPECT_EQ(bearer_credentials("mF_9.B5f-4.1JqM"), "Bearer mF_9.B5f-4.1JqM");
    EXPECT_EQ(bearer_credentials("abc~+/=="), "Bearer abc~+/==");
    for (const std::string& token :
         {""s, "="s, "a b"s, "a\r\nX: y"s, "a=b"s, "a,b"s, "a\0"s, "\xc3\xbc"s})
        EXPECT_EQ(bearer_credentials(token), "") << token;
}

}  // namespace
}  // namespace gyre::http::detail
