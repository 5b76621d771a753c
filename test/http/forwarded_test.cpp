#include "forwarded.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

// Forwarded and X-Forwarded-*, and which of their words are believed.
namespace gyre::http::detail {
namespace {

struct Vector {
    const char* text;
    const char* clause;
};

TEST(ForwardedParser, TakesWhatTheGrammarAllows) {
    for (const Vector& v : std::vector<Vector>{
             {"for=192.0.2.60;proto=http;by=203.0.113.43", "RFC 7239 4"},
             {"For=\"[2001:db8:cafe::17]:4711\"", "RFC 7239 4: names in any case, quoted IPv6"},
             {"for=192.0.2.43, for=198.51.100.17", "RFC 7239 4: a list"},
             {"for=192.0.2.60; proto=http; by=203.0.113.43", "RFC 7239 4: blanks, as it shows"},
             {"for=\"_gazonk\"", "RFC 7239 4, 6.3"},
             {"for=_hidden, for=_SEVKISEK", "RFC 7239 6.3"},
             {"for=unknown", "RFC 7239 6.2"},
             {"for=\"unknown:_port\"", "RFC 7239 6: a port of its own"},
             {"for=\"192.0.2.43:47011\"", "RFC 7239 6: a port needs quotes"},
             {"for=\"192.0.2.43:_p0rt\"", "RFC 7239 6: obfport"},
             {"host=example.com;proto=https", "RFC 7239 5.3"},
             {"host=\"example.com:8080\"", "RFC 7239 5.3"},
             {"for=192.0.2.1;secret=\"a \\\"b\\\" ,;c\"", "RFC 7239 5.5: extensions"},
             {";for=192.0.2.1;;", "RFC 7239 4: pairs may be missing"},
             {",, for=192.0.2.1 ,", "RFC 9110 5.6.1.2: empty elements"},
             {"", "RFC 9110 5.6.1.2"},
         })
        EXPECT_TRUE(parse_forwarded(v.text)) << v.text << " (" << v.clause << ")";
}

TEST(ForwardedParser, RefusesEverythingElse) {
    for (const Vector& v : std::vector<Vector>{
             {"for", "RFC 7239 4: no value"},
             {"for=", "RFC 7239 4: an empty token"},
             {"=192.0.2.1", "RFC 7239 4: no name"},
             {"for =192.0.2.1", "RFC 7239 4: no blank before ="},
             {"for= 192.0.2.1", "RFC 7239 4: no blank behind ="},
             {"for=192.0.2.1 proto=http", "RFC 7239 4: no separator"},
             {"for=192.0.2.1;for=192.0.2.2", "RFC 7239 4: a parameter once"},
             {"by=_a;by=_b", "RFC 7239 4: a parameter once"},
             {"proto=http;PROTO=https", "RFC 7239 4: a parameter once"},
             {"host=a;host=b", "RFC 7239 4: a parameter once"},
             {"for=\"192.0.2.1", "RFC 9110 5.6.4: an open quotation mark"},
             {"for=\"192.0.2.1\\", "RFC 9110 5.6.4: an open quotation mark"},
             {"for=\"192.0.2.1, for=192.0.2.2", "RFC 9110 5.6.4: which swallows what follows"},
             {"for=\"192.0.2.1\"x", "RFC 7239 4: behind the quotes"},
             {"for=[2001:db8::1]", "RFC 7239 6: brackets need quotes"},
             {"for=192.0.2.43:47011", "RFC 7239 6: a colon needs quotes"},
             {"for=\"2001:db8::1\"", "RFC 7239 6: IPv6 needs brackets"},
             {"for=\"[192.0.2.1]\"", "RFC 7239 6: IPv4 has none"},
             {"for=\"[2001:db8::1\"", "RFC 7239 6"},
             {"for=\"[2001:db8::1]x\"", "RFC 7239 6"},
             {"for=\"[fe80::1%eth0]\"", "RFC 7239 6: no zone"},
             {"for=\"192.0.2.1:\"", "RFC 7239 6: an empty port"},
             {"for=\"192.0.2.1:65536\"", "RFC 7239 6"},
             {"for=\"192.0.2.1:123456\"", "RFC 7239 6"},
             {"for=\"192.0.2.1:8o\"", "RFC 7239 6"},
             {"for=192.0.2.256", "RFC 7239 6"},
             {"for=example.com", "RFC 7239 6: no names"},
             {"for=_", "RFC 7239 6.3: at least one character"},
             {"for=_a+b", "RFC 7239 6.3: of few"},
             {"for=\"\"", "RFC 7239 6"},
             {"proto=ftp", "not a scheme of a server's"},
             {"proto=\"\"", "RFC 7239 5.4"},
             {"host=\"\"", "RFC 7239 5.3"},
             {"host=\"a b\"", "RFC 7239 5.3"},
             {"host=\"a@b\"", "RFC 9110 4.2.4"},
             {"host=example.com:8080", "RFC 7239 4: a colon is in no token"},
         })
        EXPECT_FALSE(parse_forwarded(v.text)) << v.text << " (" << v.clause << ")";
}

TEST(ForwardedParser, GivesWhatWasSaid) {
    const auto all =
        parse_forwarded("For=\"[2001:db8::1]:80\";Proto=HTTPS;host=\"a\\.example:81\", for=_x");
    ASSERT_TRUE(all);
    ASSERT_EQ(all->size(), 2u);
    EXPECT_EQ((*all)[0].client->address, Address::from_ip("2001:db8::1", 80));
    EXPECT_EQ((*all)[0].scheme, "https");
    EXPECT_EQ((*all)[0].host, "a.example:81");
    EXPECT_TRUE((*all)[1].client);
    EXPECT_FALSE((*all)[1].client->address);
}

class Believed : public testing::Test {
protected:
    Believed() { EXPECT_EQ(trusted.assign({"10.0.0.0/8", "fd00::/8"}), ""); }

    std::optional<ForwardedRequest> standard(std::vector<std::string> lines) {
        std::vector<HTTPField> fields{{"Host", "inner"}, {"X-Forwarded-For", "1.1.1.1"}};
        for (const std::string& line : lines)
            fields.push_back({"forwarded", line});
        return read_forwarded(fields, ForwardedKind::forwarded, trusted);
    }
    std::optional<ForwardedRequest> customary(std::vector<HTTPField> fields) {
        fields.push_back({"Forwarded", "for=1.1.1.1"});
        return read_forwarded(fields, ForwardedKind::x_forwarded, trusted);
    }
    static std::string client(const std::optional<ForwardedRequest>& request) {
        if (!request) return "ignored";
        if (!request->client) return "not told";
        return request->client->to_string();
    }

    TrustedPeers trusted;
};

TEST_F(Believed, NothingWithoutTheField) {
    EXPECT_FALSE(standard({}));
    EXPECT_FALSE(customary({}));
    EXPECT_FALSE(customary({{"X-Forwarded-For", " , "}}));
}

TEST_F(Believed, TheLastAddressThatIsNotTrusted) {
    EXPECT_EQ(client(standard({"for=9.9.9.9, for=192.0.2.1, for=10.0.0.2"})), "192.0.2.1:0");
    EXPECT_EQ(client(standard({"for=9.9.9.9", "for=192.0.2.1", "for=10.0.0.2, for=\"[fd00::1]\""})),
              "192.0.2.1:0");
    EXPECT_EQ(client(customary({{"X-Forwarded-For", "9.9.9.9, 192.0.2.1, 10.0.0.2"}})),
              "192.0.2.1:0");
    EXPECT_EQ(client(customary({{"X-Forwarded-For", "9.9.9.9"},
                                {"x-forwarded-for", "192.0.2.1:99"},
                                {"X-Forwarded-For", "[fd00::1]:5,10.0.0.2,fd00::7"}})),
              "192.0.2.1:99");
}

TEST_F(Believed, TheFirstIfAllAreTrusted) {
    EXPECT_EQ(client(standard({"for=10.0.0.1, for=10.0.0.2"})), "10.0.0.1:0");
    EXPECT_EQ(client(customary({{"X-Forwarded-For", "10.0.0.1, 10.0.0.2"}})), "10.0.0.1:0");
}

TEST_F(Believed, WhoIsHiddenStaysSo) {
    EXPECT_EQ(client(standard({"for=9.9.9.9, for=_hidden, for=10.0.0.2"})), "(none)");
    EXPECT_EQ(client(standard({"for=unknown"})), "(none)");
    EXPECT_EQ(client(customary({{"X-Forwarded-For", "9.9.9.9, unknown"}})), "(none)");
}

TEST_F(Believed, AProxyThatDoesNotNameTheClientIsWhoIsKnown) {
    EXPECT_EQ(client(standard({"proto=https"})), "not told");
    EXPECT_EQ(client(standard({"proto=https, for=10.0.0.2"})), "10.0.0.2:0");
    EXPECT_EQ(client(customary({{"X-Forwarded-Proto", "https"}})), "not told");
}

TEST_F(Believed, MalformedValuesCountForNothing) {
    EXPECT_EQ(client(standard({"for=192.0.2.1, for=example"})), "ignored");
    EXPECT_EQ(client(standard({"for=192.0.2.1", "for=10.0.0.2;proto=ftp"})), "ignored");
    EXPECT_EQ(client(customary({{"X-Forwarded-For", "192.0.2.1, example"}})), "ignored");
    EXPECT_EQ(client(customary({{"X-Forwarded-For", "_hidden"}})), "ignored");
    EXPECT_EQ(client(customary({{"X-Forwarded-For", "fe80::1%lo"}})), "ignored");
}

// What it may have swallowed is not known: perhaps what the proxy said of the client.
TEST_F(Believed, AfterALineThatCannotBeReadTheClientIsUnknown) {
    EXPECT_EQ(client(standard({"for=192.0.2.1", "for=\"10.0.0.2"})), "(none)");
    EXPECT_EQ(client(standard({"for=\"x, for=10.0.0.2", "for=10.0.0.2"})), "(none)");
    EXPECT_EQ(client(standard({"for=\"x, for=192.0.2.1"})), "(none)");
    EXPECT_EQ(standard({"proto=https;host=\"evil, for=192.0.2.1"})->scheme, "");
}

// A proxy may pass these fields on as they came, and set that of the address.
TEST_F(Believed, AMalformedSchemeOrHostDoesNotHideTheClient) {
    const auto request = customary({{"X-Forwarded-For", "192.0.2.1"},
                                    {"X-Forwarded-Proto", "ws"},
                                    {"X-Forwarded-Host", "a b"}});
    EXPECT_EQ(client(request), "192.0.2.1:0");
    EXPECT_EQ(request->scheme, "");
    EXPECT_EQ(request->host, "");
}

// Else a client could make itself look like the proxy.
TEST_F(Believed, WhatAClientMakesUpBeforeItsOwnAddressIsNotRead) {
    EXPECT_EQ(client(standard({"for=\"garbage", "for=192.0.2.1"})), "192.0.2.1:0");
    // In one line, where a proxy adds to what is there if that has the form of the field.
    EXPECT_EQ(client(standard({"for=garbage, for=192.0.2.1"})), "192.0.2.1:0");
    EXPECT_EQ(client(standard({"proto=ftp;host=\"a b\", for=192.0.2.1, for=10.0.0.2"})),
              "192.0.2.1:0");
    EXPECT_EQ(client(standard({"for=_a;for=_b, for=192.0.2.1"})), "192.0.2.1:0");
    EXPECT_EQ(client(customary({{"X-Forwarded-For", "garbage, \", 192.0.2.1, 10.0.0.3"}})),
              "192.0.2.1:0");
}

TEST_F(Believed, SchemeAndHostAreThoseOfTheClientsOwnHop) {
    const auto by_standard =
        standard({"for=9.9.9.9;proto=http;host=evil, for=192.0.2.1;proto=https;host=a, "
                  "for=10.0.0.2;proto=http;host=inner"});
    EXPECT_EQ(by_standard->scheme, "https");
    EXPECT_EQ(by_standard->host, "a");
    const auto by_custom = customary({{"X-Forwarded-For", "9.9.9.9, 192.0.2.1, 10.0.0.2"},
                                      {"X-Forwarded-Proto", "http, HTTPS, http"},
                                      {"X-Forwarded-Host", "evil, a.example:81, inner"}});
    EXPECT_EQ(by_custom->scheme, "https");
    EXPECT_EQ(by_custom->host, "a.example:81");
}

TEST_F(Believed, ListsOfAnotherLengthTellByTheirLastEntry) {
    const auto request = customary({{"X-Forwarded-For", "192.0.2.1, 10.0.0.2"},
                                    {"X-Forwarded-Proto", "https"},
                                    {"X-Forwarded-Host", "a, b, c"}});
    EXPECT_EQ(request->scheme, "https");
    EXPECT_EQ(request->host, "c");
}

TEST_F(Believed, OneKindOfFieldIsNeverMixedWithTheOther) {
    EXPECT_EQ(client(standard({})), "ignored");
    const auto request = customary({{"X-Forwarded-Host", "a"}});
    EXPECT_FALSE(request->client);
    EXPECT_EQ(request->scheme, "");
}

}  // namespace
}  // namespace gyre::http::detail
