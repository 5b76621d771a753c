#include "redirect_attacks.hpp"
#include "redirect_target.hpp"
#include "server_fixture.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::http::test {
namespace {

using detail::redirect_to_offsite;
using detail::redirect_to_origin;

using Request = HTTPServerRequest;
using Response = HTTPServerResponse;

constexpr std::string_view own_host = "own.example";

TEST(RedirectToOrigin, AttacksAreRefusedOrStayHere) {
    static_assert(std::size(redirect_attacks) >= 100);
    for (const RedirectAttack& attack : redirect_attacks) {
        const auto target = redirect_to_origin(attack.url, true, own_host);
        EXPECT_EQ(target.location, attack.location) << attack.url;
        EXPECT_EQ(target.error.empty(), !attack.location.empty()) << attack.url;
        if (!target.error.empty()) {
            EXPECT_TRUE(target.error.starts_with("redirect_to_origin: ")) << target.error;
        }
    }
}

std::string hex(std::string_view text) {
    std::string out;
    for (const char c : text) {
        char digits[3];
        std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned>(c) & 0xffU);
        out += digits;
    }
    return out;
}

/// Where each of `locations` leads a browser that is at https://own.example/a/b?c: its origin, or
/// "invalid". By the WHATWG URL parser of Node.js; empty if there is no Node.js.
std::vector<std::string> origins_by_node(const std::vector<std::string_view>& locations) {
    const std::filesystem::path input =
        std::filesystem::temp_directory_path() / ("gyre_redirects_" + std::to_string(::getpid()));
    {
        std::ofstream file{input};
        for (const std::string_view location : locations)
            file << hex(location) << '\n';
    }
    const std::string script =
        "const lines = require('fs').readFileSync(process.argv[1], 'latin1').split('\\n');"
        "for (const line of lines.slice(0, -1)) {"
        "  let origin = 'invalid';"
        "  const text = Buffer.from(line, 'hex').toString('utf8');"
        "  try { origin = new URL(text, 'https://own.example/a/b?c').origin } catch {}"
        "  console.log(origin); }";
    const std::string command = "node -e \"" + script + "\" " + input.string() + " 2>/dev/null";
    std::vector<std::string> origins;
    std::FILE* output = ::popen(command.c_str(), "r");
    char line[4096];
    while (output && std::fgets(line, sizeof line, output))
        origins.emplace_back(line, std::string_view{line}.size() - 1);
    if (output) ::pclose(output);
    std::filesystem::remove(input);
    return origins;
}

TEST(RedirectToOrigin, ABrowsersParserIsLedNowhereElse) {
    std::vector<std::string_view> raw;
    std::vector<std::string> made;
    for (const RedirectAttack& attack : redirect_attacks) {
        raw.push_back(attack.url);
        made.push_back(redirect_to_origin(attack.url, true, own_host).location);
    }
    const auto led = origins_by_node({made.begin(), made.end()});
    if (led.empty()) GTEST_SKIP() << "SKIPPED: there is no node to ask where a Location leads";
    const auto attacked = origins_by_node(raw);
    ASSERT_EQ(led.size(), made.size());
    ASSERT_EQ(attacked.size(), raw.size());
    std::size_t harmful = 0;
    for (std::size_t i = 0; i < made.size(); ++i) {
        if (!made[i].empty()) EXPECT_EQ(led[i], "https://own.example") << made[i];
        if (attacked[i] != "https://own.example" && attacked[i] != "invalid") {
            ++harmful;
            EXPECT_EQ(made[i], "") << raw[i];
        }
    }
    EXPECT_GE(harmful, 40u);  // or the table is not what it says
}

// Each byte in front, in between and behind: nothing but the path comes of it.
TEST(RedirectToOrigin, NoByteOpensOrSplitsALocation) {
    std::vector<std::string> made;
    for (int first = 0; first < 256; ++first)
        for (const std::string_view form :
             {"@//evil.example", "/@/evil.example", "@evil.example", "/x@y", "https:@/evil.example",
              "@https://evil.example", "https@://evil.example", "x@"}) {
            std::string url{form};
            url[url.find('@')] = static_cast<char>(first);
            const auto target = redirect_to_origin(url, true, own_host);
            for (const char c : target.location)
                EXPECT_TRUE(c > 0x20 && c < 0x7f && c != '\\' && c != '"') << url;
            EXPECT_FALSE(target.location.starts_with("//")) << url;
            if (target.error.empty()) made.push_back(target.location);
        }
    const auto led = origins_by_node({made.begin(), made.end()});
    if (led.empty()) GTEST_SKIP() << "SKIPPED: there is no node to ask where a Location leads";
    ASSERT_EQ(led.size(), made.size());
    for (std::size_t i = 0; i < made.size(); ++i)
        EXPECT_EQ(led[i], "https://own.example") << made[i];
}

TEST(RedirectToOrigin, TheOwnOriginHasSchemeHostAndPort) {
    const auto leads = [](std::string_view url, bool secure, std::string_view host) {
        return redirect_to_origin(url, secure, host).location;
    };
    EXPECT_EQ(leads("http://a/x", false, "a"), "http://a/x");
    EXPECT_EQ(leads("http://a:80/x", false, "a"), "http://a/x");
    EXPECT_EQ(leads("http://a/x", false, "a:80"), "http://a/x");
    EXPECT_EQ(leads("http://a:8080/x", false, "a:8080"), "http://a:8080/x");
    EXPECT_EQ(leads("http://[::1]:8/x", false, "[::1]:8"), "http://[::1]:8/x");
    EXPECT_EQ(leads("http://a/x", false, "A"), "http://a/x");
    EXPECT_EQ(leads("http://a:8080/x", false, "a"), "");
    EXPECT_EQ(leads("https://a/x", false, "a"), "");
    EXPECT_EQ(leads("http://a/x", true, "a"), "");
    EXPECT_EQ(leads("http://a/x", false, ""), "");
    EXPECT_EQ(leads("/x", false, ""), "/x");
    EXPECT_EQ(leads("http://a/x", false, "a/b@c"), "");
}

TEST(RedirectToOffsite, TakesAbsoluteHttpUrlsOnly) {
    const auto leads = [](std::string_view url) { return redirect_to_offsite(url).location; };
    EXPECT_EQ(leads("https://other.example"), "https://other.example/");
    EXPECT_EQ(leads("HTTP://Other.example:80/a b?c d#e f"),
              "http://other.example/a%20b?c%20d#e%20f");
    EXPECT_EQ(leads("http://other.example/\xc3\xa4"), "http://other.example/%C3%A4");
    for (const std::string_view url :
         {"", "/x", "x", "//other.example", "other.example", "https:other.example",
          "https:\\\\other.example", "javascript:alert(1)", "ws://other.example", "ftp://x",
          "https://user@other.example/", "https://other.example/\r\nX: y", " https://other.example",
          "https://", "https://a b/", "https://other.example:99999/", "data:,x"}) {
        EXPECT_EQ(leads(url), "") << url;
        EXPECT_TRUE(redirect_to_offsite(url).error.starts_with("redirect_offsite: ")) << url;
    }
}

class RedirectResponse : public ServerTest {
protected:
    void SetUp() override {
        serve().get("/{rest...}", [this](const Request&, const Response& response) {
            offsite ? response.redirect_offsite(url, status) : response.redirect(url, status);
        });
        listen();
    }
    std::string ask(std::string_view request = "GET /a/b?c HTTP/1.1\r\nHost: own.example\r\n\r\n") {
        RawClient client = connect();
        client.send(request).until("\r\n\r\n");
        return client.settled();
    }

    std::string url;
    int status = 302;
    bool offsite = false;
};

TEST_F(RedirectResponse, EachStatusOfARedirect) {
    url = "/x";
    for (status = 200; status < 600; ++status) {
        const bool good =
            status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
        if (!good && status % 100 > 10) continue;
        const std::string reply = ask();
        EXPECT_EQ(status_of(reply), good ? status : 500);
        EXPECT_EQ(reply.find("Location: /x\r\n") != std::string::npos, good) << status;
    }
}

TEST_F(RedirectResponse, AttacksAreAnswered500WithoutALocation) {
    for (const std::string_view attack :
         {"//evil.example", "/\\evil.example", "/a\r\nSet-Cookie: x=y", "javascript:alert(1)"}) {
        url = attack;
        const std::string reply = ask();
        EXPECT_EQ(status_of(reply), 500);
        EXPECT_EQ(reply.find("Location"), std::string::npos);
        EXPECT_EQ(reply.find("Set-Cookie"), std::string::npos);
    }
}

TEST_F(RedirectResponse, TheOwnOriginIsWhatTheRequestWasSentTo) {
    url = "http://own.example/x";
    EXPECT_NE(ask().find("Location: http://own.example/x\r\n"), std::string::npos);
    EXPECT_EQ(status_of(ask("GET / HTTP/1.1\r\nHost: other.example\r\n\r\n")), 500);
    EXPECT_EQ(status_of(ask("GET / HTTP/1.0\r\n\r\n")), 500);
    const std::string absolute_form = "GET http://own.example/ HTTP/1.1\r\nHost: b\r\n\r\n";
    EXPECT_EQ(status_of(ask(absolute_form)), 302);
    url = "https://own.example/x";
    EXPECT_EQ(status_of(ask()), 500);
}

TEST_F(RedirectResponse, OffsiteLeadsAnywhere) {
    offsite = true;
    url = "https://other.example/x?y=z";
    status = 307;
    const std::string reply = ask();
    EXPECT_EQ(status_of(reply), 307);
    EXPECT_NE(reply.find("Location: https://other.example/x?y=z\r\n"), std::string::npos);
    url = "/x";
    EXPECT_EQ(status_of(ask()), 500);
    url = "https://other.example/";
    status = 304;
    EXPECT_EQ(status_of(ask()), 500);
}

TEST_F(RedirectResponse, HasABodyWithTheLinkEscaped) {
    url = "/x?a=1&b='2'";
    const std::string reply = ask();
    EXPECT_NE(reply.find("Content-Type: text/html; charset=utf-8\r\n"), std::string::npos);
    EXPECT_NE(body_of(reply).find("<a href=\"/x?a=1&amp;b=&#39;2&#39;\">"), std::string::npos);
    const std::string head = ask("HEAD / HTTP/1.1\r\nHost: own.example\r\n\r\n");
    EXPECT_EQ(status_of(head), 302);
    EXPECT_EQ(body_of(head), "");
}

TEST_F(RedirectResponse, WhatTheHandlerPreparedDoesNotContradict) {
    server->get("/own/length", [](const Request&, const Response& response) {
        EXPECT_FALSE(response.set_header("Content-Length", "3"));
        response.redirect("/x");
    });
    server->get("/own/body", [](const Request&, const Response& response) {
        EXPECT_FALSE(response.set_header("Content-Type", "text/plain"));
        response.write("mine");
        response.redirect("/x");
    });
    EXPECT_EQ(status_of(ask("GET /own/length HTTP/1.1\r\nHost: t\r\n\r\n")), 302);
    const std::string reply = ask("GET /own/body HTTP/1.1\r\nHost: t\r\n\r\n");
    EXPECT_EQ(status_of(reply), 302);
    EXPECT_EQ(body_of(reply), "mine");
    EXPECT_EQ(count(reply, "Content-Type: text/plain\r\n"), 1u);
}

TEST_F(RedirectResponse, BehindTheHeadItIsAborted) {
    server->get("/late/one", [](const Request&, const Response& response) {
        response.write("begun");
        response.flush();
        response.redirect("/x");
    });
    RawClient client = connect();
    client.send("GET /late/one HTTP/1.1\r\nHost: t\r\n\r\n");
    EXPECT_EQ(client.until_end().find("Location"), std::string::npos);
    Response{}.redirect("/x");
    Response{}.redirect_offsite("https://a/");
}

}  // namespace
}  // namespace gyre::http::test
