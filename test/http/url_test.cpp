#include "url.hpp"

#include "field_rules.hpp"

#include <gtest/gtest.h>

#include <string>

namespace gyre::http::detail {
namespace {

/// The URL in its normal form, or the error.
std::string parsed(std::string_view text) {
    const UrlResult result = parse_url(text);
    EXPECT_EQ(result.url.has_value(), result.error.empty());
    return result.url ? result.url->to_string() : "error: " + result.error;
}

std::string resolved(std::string_view base, std::string_view location) {
    const UrlResult from = parse_url(base);
    EXPECT_TRUE(from) << base << ": " << from.error;
    const UrlResult result = resolve(from.url.value_or(Url{}), location);
    return result.url ? result.url->to_string() : "error: " + result.error;
}

Url url(std::string_view text) {
    const UrlResult result = parse_url(text);
    EXPECT_TRUE(result) << text << ": " << result.error;
    return result.url.value_or(Url{});
}

TEST(UrlTest, PartsOfAFullUrl) {
    const Url full = url("HTTPS://us%65r:p%40ss:w@Example.COM:8443/a/b?c=d&e#frag");
    EXPECT_EQ(full.scheme, "https");
    EXPECT_TRUE(full.has_userinfo);
    EXPECT_EQ(full.user, "user");
    EXPECT_EQ(full.password, "p@ss:w");
    EXPECT_EQ(full.host, "example.com");
    EXPECT_EQ(full.port, 8443);
    EXPECT_EQ(full.target, "/a/b?c=d&e");
    EXPECT_EQ(full.path(), "/a/b");
    EXPECT_EQ(full.fragment, "frag");
    EXPECT_EQ(full.host_header(), "example.com:8443");
    EXPECT_EQ(full.origin(), "https://example.com:8443");
    EXPECT_EQ(full.to_string(), "https://example.com:8443/a/b?c=d&e#frag");
    EXPECT_TRUE(full.is_secure());
}

TEST(UrlTest, DefaultsOfAShortUrl) {
    const Url root = url("http://h");
    EXPECT_FALSE(root.has_userinfo);
    EXPECT_EQ(root.target, "/");
    EXPECT_EQ(root.port, 80);
    EXPECT_EQ(root.host_header(), "h");
    EXPECT_EQ(root.fragment, std::nullopt);
    EXPECT_FALSE(root.is_secure());
    EXPECT_EQ(url("https://h").port, 443);
    EXPECT_EQ(url("ws://h").port, 80);
    EXPECT_EQ(url("wss://h").port, 443);
}

TEST(UrlTest, TargetIsNeverEmpty) {
    EXPECT_EQ(url("http://h/").target, "/");
    EXPECT_EQ(url("http://h?q").target, "/?q");
    EXPECT_EQ(url("http://h?").target, "/?");
    EXPECT_EQ(url("http://h#f").target, "/");
    EXPECT_EQ(url("http://h//x").target, "//x");
    EXPECT_EQ(url("http://h/a?b?c/d").target, "/a?b?c/d");
}

TEST(UrlTest, Fragments) {
    EXPECT_EQ(url("http://h/#").fragment, "");
    EXPECT_EQ(url("http://h/#a?b#c").fragment, "a?b#c");
    EXPECT_EQ(url("http://h/a?#x").target, "/a?");
}

TEST(UrlTest, Ports) {
    EXPECT_EQ(url("http://h:1/").port, 1);
    EXPECT_EQ(url("http://h:65535/").port, 65535);
    EXPECT_EQ(url("http://h:00080/").port, 80);
    EXPECT_EQ(url("http://h:/").port, 80);
    EXPECT_EQ(url("https://h:443/").host_header(), "h");
    EXPECT_EQ(url("https://h:80/").host_header(), "h:80");
    for (const char* port : {"0", "00", "65536", "99999999999999999999999"})
        EXPECT_EQ(parsed(std::string("http://h:") + port + "/"),
                  "error: the port of the URL is not between 1 and 65535");
    for (const char* port : {"-1", "+1", "8o", "0x50", "80:80", "80 "})
        EXPECT_TRUE(parsed(std::string("http://h:") + port + "/").starts_with("error: ")) << port;
}

TEST(UrlTest, Addresses) {
    EXPECT_EQ(url("http://127.0.0.1:81/").host, "127.0.0.1");
    const Url v6 = url("http://[2001:DB8:0:0::1]:81/");
    EXPECT_TRUE(v6.is_ipv6);
    EXPECT_EQ(v6.host, "2001:db8::1");
    EXPECT_EQ(v6.host_header(), "[2001:db8::1]:81");
    EXPECT_EQ(v6.origin(), "http://[2001:db8::1]:81");
    EXPECT_EQ(url("http://[::1]").host, "::1");
    for (const char* host : {"[::1", "::1", "[]", "[::g]", "[1:2]", "[v1.x]", "[::1]x",
                             "[fe80::1%25eth0]", "[127.0.0.1]"})
        EXPECT_TRUE(parsed(std::string("http://") + host + "/").starts_with("error: ")) << host;
}

TEST(UrlTest, HostNames) {
    EXPECT_EQ(url("http://a_b-c.Example.").host, "a_b-c.example.");
    EXPECT_EQ(url("http://xn--bcher-kva.example/").host, "xn--bcher-kva.example");
    EXPECT_EQ(parsed("http://a b/"), "error: the URL has a space in its host");
    EXPECT_EQ(parsed("http://a%20b/"),
              "error: the URL has a '%' in its host, which is not supported");
    EXPECT_EQ(parsed("http://a..b/"), "error: the host name has an empty label");
    EXPECT_EQ(parsed("http://./"), "error: the host name has an empty label");
    for (const char mark : std::string_view{"!$&'()*+,;=~"})
        EXPECT_TRUE(parsed(std::string("http://a") + mark + "b/")
                        .starts_with("error: the host name has a char"))
            << mark;
    for (const char mark : std::string_view{"\"<>^`{|}[]"})
        EXPECT_TRUE(parsed(std::string("http://a") + mark + "b/").starts_with("error: ")) << mark;
}

// The library's own words for it follow.
constexpr std::string_view unwritable = "error: the host name cannot be written in ASCII: ";
constexpr std::string_view bad_character =
    "error: the host name has a character that is not a letter, a digit, '-', '_' or '.'";

// What Node's URL and curl make of these as well.
TEST(UrlTest, InternationalHostNames) {
    EXPECT_EQ(parsed("http://bücher.example/ü"), "http://xn--bcher-kva.example/%C3%BC");
    EXPECT_EQ(parsed("http://BÜCHER.Example."), "http://xn--bcher-kva.example./");
    EXPECT_EQ(parsed("http://faß.de"), "http://xn--fa-hia.de/");  // non-transitional
    EXPECT_EQ(parsed("http://βόλος.com"), "http://xn--nxasmm1c.com/");
    EXPECT_EQ(parsed("http://日本語。ＪＰ"), "http://xn--wgv71a119e.jp/");
    EXPECT_EQ(parsed("http://مثال.إختبار"), "http://xn--mgbh0fb.xn--kgbechtv/");
    EXPECT_EQ(parsed("http://xn--bcher-kva.bücher"), "http://xn--bcher-kva.xn--bcher-kva/");
    EXPECT_EQ(parsed("http://_sip.bücher"), "http://_sip.xn--bcher-kva/");
    EXPECT_EQ(parsed("http://bu\u0308cher/"), "http://xn--bcher-kva/");  // not normalised before
    EXPECT_EQ(parsed("http://a．b"), "http://a.b/");
    EXPECT_EQ(parsed("http://a\u00adb"), "http://ab/");
    EXPECT_EQ(parsed("http://１２７．０．０．１"), "http://127.0.0.1/");
    EXPECT_EQ(url("http://bücher/").host_header(), "xn--bcher-kva");
}

TEST(UrlTest, InternationalHostNamesWithTheirNeighbours) {
    const Url full = url("http://u:p@bücher:81?q#f");
    EXPECT_EQ(full.user, "u");
    EXPECT_EQ(full.password, "p");
    EXPECT_EQ(full.to_string(), "http://xn--bcher-kva:81/?q#f");
    EXPECT_TRUE(same_origin(full, url("http://XN--BCHER-KVA:81/")));
    EXPECT_TRUE(parsed("http://bücher:８１/").starts_with("error: "));
    EXPECT_EQ(parsed("http://ü@bücher/"),
              "error: the user information of the URL must be percent-encoded");
    EXPECT_EQ(parsed("http://b%C3%BCcher/"),
              "error: the URL has a '%' in its host, which is not supported");
    EXPECT_TRUE(parsed("http://[::1]ü/").starts_with("error: "));
    EXPECT_TRUE(parsed("http://[ü]/").starts_with("error: "));
    EXPECT_EQ(parsed("http://ü\\@good.example/"), "error: the URL has a backslash before its path");
}

TEST(UrlTest, NoMappingBringsForthASeparator) {
    // '/', '@', ':', '?', '#', '%' and '\\' in full width, an account sign "a/c", an ideographic
    // space, a no-break space.
    for (const char* name : {"a／b", "a＠evil.example", "a：80", "a？b", "a＃b", "a％2fb", "a＼b",
                             "a\u2100b", "a\u3000b", "a\u00a0b"})
        EXPECT_EQ(parsed(std::string("http://") + name + "/"), bad_character) << name;
    EXPECT_EQ(parsed("http://a。。b/"), "error: the host name has an empty label");
    EXPECT_EQ(parsed("http://。ü/"), "error: the host name has an empty label");
    EXPECT_EQ(parsed("http://\u00ad/"), "error: the host name has an empty label");
    EXPECT_EQ(parsed("http://bücher../"), "error: the host name has an empty label");
}

TEST(UrlTest, WhatIsNoInternationalHostName) {
    for (const char* name : {"a\u200db", "\u0301a", "xn--zzzzzzz-bad.ü", "a\ufffdb", "a\u2024b",
                             "a\u2488b", "-ü", "ab--ü", "אab", "\u0080a", "☕"})
        EXPECT_TRUE(parsed(std::string("http://") + name + "/").starts_with(unwritable)) << name;
    for (const char* bytes :
         {"\xfc", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "a\xc3.b", "\xf4\x90\x80\x80"})
        EXPECT_EQ(parsed(std::string("http://") + bytes + "/"),
                  "error: the host name is not UTF-8");
}

TEST(UrlTest, InternationalHostNameLengths) {
    const auto repeated = [](std::string_view text, int count) {
        std::string out = "http://";
        for (int i = 0; i < count; ++i)
            out += text;
        return out;
    };
    const std::string long_label = "error: the host name has a label that is longer than 63 bytes";
    const std::string long_name = "error: the host name is longer than 253 bytes";
    EXPECT_EQ(url(repeated("ü", 57)).host.size(), 63U);
    EXPECT_EQ(parsed(repeated("ü", 58)), long_label);
    EXPECT_EQ(parsed(repeated("ü", 500)), long_name);
    EXPECT_EQ(parsed(repeated("ü.", 50)), long_name);
    EXPECT_EQ(parsed(repeated("ü", 1'000'000)), long_name);
}

TEST(UrlTest, HostNameLengths) {
    const std::string label(63, 'a');
    const std::string name = label + "." + label + "." + label + "." + std::string(61, 'b');
    EXPECT_EQ(url("http://" + name + "/").host.size(), 253U);
    EXPECT_EQ(url("http://" + name + "./").host.size(), 254U);
    EXPECT_EQ(parsed("http://" + name + "b/"), "error: the host name is longer than 253 bytes");
    EXPECT_EQ(url("http://" + label + "/").host, label);
    EXPECT_EQ(parsed("http://" + label + "a/"),
              "error: the host name has a label that is longer than 63 bytes");
}

TEST(UrlTest, SchemesAndStructure) {
    const std::string no_scheme =
        "error: the URL has no scheme (http://, https://, ws:// or wss:// is expected)";
    EXPECT_EQ(parsed(""), "error: the URL is empty");
    EXPECT_EQ(parsed("example.com"), no_scheme);
    EXPECT_EQ(parsed("example.com:80/x"), no_scheme);
    EXPECT_EQ(parsed("/path"), no_scheme);
    EXPECT_EQ(parsed("//h/path"), no_scheme);
    EXPECT_EQ(parsed(" http://h/"), no_scheme);
    EXPECT_EQ(parsed("1http://h/"), no_scheme);
    EXPECT_EQ(parsed("://h/"), no_scheme);
    EXPECT_EQ(parsed("ftp://h/"),
              "error: the scheme \"ftp\" is not supported (http, https, ws and wss are)");
    EXPECT_EQ(parsed("javascript:alert(1)"),
              "error: the scheme \"javascript\" is not supported (http, https, ws and wss are)");
    EXPECT_EQ(parsed("http:/h"), "error: the URL has no \"//\" after its scheme");
    EXPECT_EQ(parsed("http:"), "error: the URL has no \"//\" after its scheme");
    for (const char* text : {"http://", "http:///x", "http://?q", "http://#f", "http://:80/",
                             "http://u@/", "http://u@:80/"})
        EXPECT_EQ(parsed(text), "error: the URL has no host") << text;
}

TEST(UrlTest, UserInformation) {
    EXPECT_EQ(url("http://u@h").user, "u");
    EXPECT_EQ(url("http://u@h").password, "");
    EXPECT_EQ(url("http://:p@h").password, "p");
    EXPECT_TRUE(url("http://@h").has_userinfo);
    EXPECT_EQ(parsed("http://secret:word@h/"), "http://h/");
    EXPECT_EQ(parsed("http://u%0d%0a@h/"),
              "error: the user information of the URL contains a control byte");
    EXPECT_EQ(parsed("http://u:%00@h/"),
              "error: the user information of the URL contains a control byte");
    EXPECT_EQ(parsed("http://u\xc3@h/"),
              "error: the user information of the URL must be percent-encoded");
    EXPECT_EQ(parsed("http://u u@h/"),
              "error: the user information of the URL must be percent-encoded");
    EXPECT_TRUE(parsed("http://u%zz@h/").starts_with("error: "));
}

TEST(UrlTest, TheHostIsNeverMistaken) {
    EXPECT_EQ(url("http://good.example@evil.example/").host, "evil.example");
    EXPECT_EQ(url("http://evil.example/@good.example").host, "evil.example");
    EXPECT_EQ(url("http://evil.example?@good.example").host, "evil.example");
    EXPECT_EQ(url("http://evil.example#@good.example").host, "evil.example");
    EXPECT_EQ(parsed("http://evil.example\\@good.example/"),
              "error: the URL has a backslash before its path");
    EXPECT_TRUE(parsed("http://a@b@c/").starts_with("error: "));
}

TEST(UrlTest, WhatPeopleTypeIsEncoded) {
    EXPECT_EQ(url("http://h/a b\xc3\xa9\"<>|\\^`{}").target,
              "/a%20b%C3%A9%22%3C%3E%7C%5C%5E%60%7B%7D");
    EXPECT_EQ(url("http://h/?q=a b&c[]=\xc3\xa9").target, "/?q=a%20b&c%5B%5D=%C3%A9");
    EXPECT_EQ(url("http://h/%41%2f?%41").target, "/%41%2f?%41");
    EXPECT_EQ(parsed("http://h/%zz"),
              "error: the URL has a '%' in its path that does not begin an escape such as %20");
    EXPECT_EQ(parsed("http://h/?100%"),
              "error: the URL has a '%' in its query that does not begin an escape such as %20");
}

TEST(UrlTest, PathsAreSentAsTheyAre) {
    EXPECT_EQ(url("http://h/a/./b/../c").target, "/a/./b/../c");
}

TEST(UrlInjectionTest, ControlBytesAnywhereAreRefused) {
    const std::string valid = "http://u:p@host:80/path?query#frag";
    const Url base = url(valid);
    for (int byte = 0; byte < 128; ++byte) {
        if (byte >= 32 && byte != 127) continue;
        for (std::size_t at = 0; at <= valid.size(); ++at) {
            std::string text = valid;
            text.insert(at, 1, static_cast<char>(byte));
            EXPECT_TRUE(parsed(text).starts_with("error: the URL contains the control byte 0x"));
            EXPECT_FALSE(resolve(base, text));
            std::string relative = valid.substr(18);
            relative.insert(at % relative.size(), 1, static_cast<char>(byte));
            EXPECT_FALSE(resolve(base, relative));
        }
    }
    EXPECT_EQ(parsed("http://h/\r\nX: y"),
              "error: the URL contains the control byte 0x0d at position 9");
}

TEST(UrlInjectionTest, EveryTargetCanBeSent) {
    for (int byte = 32; byte < 256; ++byte) {
        if (byte == 127) continue;
        const std::string text = std::string("http://h/a") + static_cast<char>(byte) + "41?b" +
                                 static_cast<char>(byte) + "41";
        EXPECT_TRUE(is_target(url(text).target)) << text;
    }
}

TEST(UrlResolveTest, NormalExamplesOfRfc3986) {
    const std::string_view base = "http://a/b/c/d;p?q";
    EXPECT_EQ(resolved(base, "g"), "http://a/b/c/g");
    EXPECT_EQ(resolved(base, "./g"), "http://a/b/c/g");
    EXPECT_EQ(resolved(base, "g/"), "http://a/b/c/g/");
    EXPECT_EQ(resolved(base, "/g"), "http://a/g");
    EXPECT_EQ(resolved(base, "//g"), "http://g/");
    EXPECT_EQ(resolved(base, "?y"), "http://a/b/c/d;p?y");
    EXPECT_EQ(resolved(base, "g?y"), "http://a/b/c/g?y");
    EXPECT_EQ(resolved(base, "#s"), "http://a/b/c/d;p?q#s");
    EXPECT_EQ(resolved(base, "g#s"), "http://a/b/c/g#s");
    EXPECT_EQ(resolved(base, "g?y#s"), "http://a/b/c/g?y#s");
    EXPECT_EQ(resolved(base, ";x"), "http://a/b/c/;x");
    EXPECT_EQ(resolved(base, "g;x"), "http://a/b/c/g;x");
    EXPECT_EQ(resolved(base, "g;x?y#s"), "http://a/b/c/g;x?y#s");
    EXPECT_EQ(resolved(base, ""), "http://a/b/c/d;p?q");
    EXPECT_EQ(resolved(base, "."), "http://a/b/c/");
    EXPECT_EQ(resolved(base, "./"), "http://a/b/c/");
    EXPECT_EQ(resolved(base, ".."), "http://a/b/");
    EXPECT_EQ(resolved(base, "../"), "http://a/b/");
    EXPECT_EQ(resolved(base, "../g"), "http://a/b/g");
    EXPECT_EQ(resolved(base, "../.."), "http://a/");
    EXPECT_EQ(resolved(base, "../../"), "http://a/");
    EXPECT_EQ(resolved(base, "../../g"), "http://a/g");
}

TEST(UrlResolveTest, AbnormalExamplesOfRfc3986) {
    const std::string_view base = "http://a/b/c/d;p?q";
    EXPECT_EQ(resolved(base, "../../../g"), "http://a/g");
    EXPECT_EQ(resolved(base, "../../../../g"), "http://a/g");
    EXPECT_EQ(resolved(base, "/./g"), "http://a/g");
    EXPECT_EQ(resolved(base, "/../g"), "http://a/g");
    EXPECT_EQ(resolved(base, "g."), "http://a/b/c/g.");
    EXPECT_EQ(resolved(base, ".g"), "http://a/b/c/.g");
    EXPECT_EQ(resolved(base, "g.."), "http://a/b/c/g..");
    EXPECT_EQ(resolved(base, "..g"), "http://a/b/c/..g");
    EXPECT_EQ(resolved(base, "./../g"), "http://a/b/g");
    EXPECT_EQ(resolved(base, "./g/."), "http://a/b/c/g/");
    EXPECT_EQ(resolved(base, "g/./h"), "http://a/b/c/g/h");
    EXPECT_EQ(resolved(base, "g/../h"), "http://a/b/c/h");
    EXPECT_EQ(resolved(base, "g;x=1/./y"), "http://a/b/c/g;x=1/y");
    EXPECT_EQ(resolved(base, "g;x=1/../y"), "http://a/b/c/y");
    EXPECT_EQ(resolved(base, "g?y/../x"), "http://a/b/c/g?y/../x");
    EXPECT_EQ(resolved(base, "g#s/../x"), "http://a/b/c/g#s/../x");
    EXPECT_EQ(resolved(base, "http:g"), "error: the URL has no \"//\" after its scheme");
}

TEST(UrlResolveTest, AbsoluteLocations) {
    EXPECT_EQ(resolved("http://a/b", "https://c:444/d/../e?f"), "https://c:444/e?f");
    EXPECT_EQ(resolved("https://a/b", "//c/d"), "https://c/d");
    EXPECT_EQ(resolved("http://a/b", "HTTP://C"), "http://c/");
    EXPECT_EQ(resolved("http://a/b", "ftp://c/"),
              "error: the scheme \"ftp\" is not supported (http, https, ws and wss are)");
    EXPECT_EQ(resolved("http://a/b", "//"), "error: the URL has no host");
    EXPECT_EQ(resolved("http://a:81/b", "//a/"), "http://a/");
}

TEST(UrlResolveTest, InternationalHostNames) {
    EXPECT_EQ(resolved("http://a/b", "//bücher:81/c"), "http://xn--bcher-kva:81/c");
    EXPECT_EQ(resolved("http://a/b", "https://bücher/ä"), "https://xn--bcher-kva/%C3%A4");
    EXPECT_EQ(resolved("http://bücher/b", "c"), "http://xn--bcher-kva/c");
    EXPECT_EQ(
        resolved("http://a/b", "//a@evil.example／b/"),
        "error: the host name has a character that is not a letter, a digit, '-', '_' or '.'");
    EXPECT_EQ(resolved("http://a/b", "//b\xfc/"), "error: the host name is not UTF-8");
}

TEST(UrlResolveTest, EscapedDotsAreDots) {
    EXPECT_EQ(resolved("http://h/a/b/c", "%2e%2E/x"), "http://h/a/x");
    EXPECT_EQ(resolved("http://h/a/b/c", ".%2e/x"), "http://h/a/x");
    EXPECT_EQ(resolved("http://h/a/b/c", "%2e/x"), "http://h/a/b/x");
    EXPECT_EQ(resolved("http://h/a/b/c", "%2e%2e%2e/x"), "http://h/a/b/%2e%2e%2e/x");
}

TEST(UrlResolveTest, BytesThatAreNotAllowedAreEncoded) {
    EXPECT_EQ(resolved("http://h/", "/a b\xc3\xa9?c d"), "http://h/a%20b%C3%A9?c%20d");
    EXPECT_EQ(resolved("http://h/", "/\\evil.example"), "http://h/%5Cevil.example");
    EXPECT_EQ(resolved("http://h/", "\\\\evil.example"), "http://h/%5C%5Cevil.example");
    EXPECT_EQ(resolved("http://h/", "/..//evil.example"), "http://h//evil.example");
    EXPECT_EQ(resolved("http://h/", "%zz"),
              "error: the URL has a '%' in its path that does not begin an escape such as %20");
}

TEST(UrlResolveTest, FragmentIsInheritedUnlessThereIsANewOne) {
    EXPECT_EQ(resolved("http://a/b#old", "c"), "http://a/c#old");
    EXPECT_EQ(resolved("http://a/b#old", "http://x/"), "http://x/#old");
    EXPECT_EQ(resolved("http://a/b#old", "//x/"), "http://x/#old");
    EXPECT_EQ(resolved("http://a/b#old", "c#new"), "http://a/c#new");
    EXPECT_EQ(resolved("http://a/b#old", "http://x/#"), "http://x/#");
}

TEST(UrlResolveTest, UserInformationStaysWithItsHost) {
    const Url base = url("http://u:p@a/b");
    const auto user_at = [&](std::string_view location) {
        return resolve(base, location).url.value_or(Url{}).user;
    };
    EXPECT_EQ(user_at("/c"), "u");
    EXPECT_EQ(user_at("//b/c"), "");
    EXPECT_EQ(user_at("http://a/c"), "");
}

TEST(UrlResolveTest, ManyDotSegmentsTakeLinearTime) {
    std::string location;
    for (int i = 0; i < 200'000; ++i)
        location += "a/";
    for (int i = 0; i < 200'001; ++i)
        location += "../";
    EXPECT_EQ(resolved("http://h/x", location), "http://h/");
    EXPECT_EQ(resolved("http://h/x", std::string(1'000'000, '/')), "error: the URL has no host");
}

TEST(UrlOriginTest, SchemeHostAndPortCount) {
    EXPECT_TRUE(same_origin(url("http://H/a"), url("http://u@h:80/b?c#d")));
    EXPECT_TRUE(same_origin(url("http://[::1]/"), url("http://[0:0::1]/")));
    EXPECT_FALSE(same_origin(url("http://h/"), url("https://h/")));
    EXPECT_FALSE(same_origin(url("http://h/"), url("http://h:81/")));
    EXPECT_FALSE(same_origin(url("http://h/"), url("http://h./")));
    EXPECT_FALSE(same_origin(url("http://h/"), url("ws://h/")));
}

}  // namespace
}  // namespace gyre::http::detail
