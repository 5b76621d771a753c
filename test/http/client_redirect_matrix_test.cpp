// What redirects carry along, asserted from what the servers got: every kind of credential, over
// every kind of redirect, with every status and method.
#include "client_fixture.hpp"
#include "support/fake_network.hpp"
#include "support/temp_folder.hpp"
#include "support/test_certificates.hpp"

#include <cctype>

namespace gyre::http::test {
namespace {

using gyre::test::FakeResolver;
using gyre::test::TestAuthority;
using gyre::test::TestCertificate;

/// From where to where. `{p}` and `{q}` are ports of plain servers, `{s}` and `{t}` of TLS.
struct Route {
    const char* name;
    std::string from;
    std::vector<std::string> to;  ///< One redirect after the other.
    bool leaves = true;           ///< The origin, for good.
    bool refused = false;
};

const std::vector<Route> routes{
    {"same origin", "http://a.test:{p}", {"http://a.test:{p}"}, false},
    {"same origin, in other letters", "http://a.test:{p}", {"HTTP://A.TEST:{p}"}, false},
    {"same origin over TLS", "https://a.test:{s}", {"https://a.test:{s}"}, false},
    {"other port", "http://a.test:{p}", {"http://a.test:{q}"}},
    {"other port over TLS", "https://a.test:{s}", {"https://a.test:{t}"}},
    {"other host", "http://a.test:{p}", {"http://b.test:{p}"}},
    {"other host over TLS", "https://a.test:{s}", {"https://b.test:{s}"}},
    {"subdomain", "http://a.test:{p}", {"http://sub.a.test:{p}"}},
    {"parent domain", "http://sub.a.test:{p}", {"http://a.test:{p}"}},
    {"the same address by another name", "http://a.test:{p}", {"http://127.0.0.1:{p}"}},
    {"user information of the server's choice", "http://a.test:{p}", {"http://x:y@b.test:{p}"}},
    {"http to https", "http://a.test:{p}", {"https://a.test:{s}"}},
    {"there and back", "http://a.test:{p}", {"http://b.test:{p}", "http://a.test:{p}"}},
    {"https to http", "https://a.test:{s}", {"http://a.test:{p}"}, true, true},
    {"https to http by a detour",
     "https://a.test:{s}",
     {"https://b.test:{s}", "http://b.test:{p}"},
     true,
     true},
};

/// What a server got.
struct Seen {
    ScriptedRequest request;
    std::string peer_subject;
};

/// What all secrets of these tests look like, also in Base64.
bool holds_secret(const std::string& head) {
    return head.find("SECRET") != std::string::npos ||
           head.find("dXNlcjpTRUNSRVQ") != std::string::npos;
}

std::string lower(std::string text) {
    for (char& c : text)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

TCPServerOptions serving(const TestAuthority& authority, bool asks_for_certificate) {
    const TestCertificate certificate =
        authority.issue({.dns_names = {"a.test", "b.test", "sub.a.test"}});
    TLSOptions tls;
    tls.certificate = certificate.certificate;
    tls.key = certificate.key;
    if (asks_for_certificate) {
        tls.ca = authority.certificate();
        tls.verify_peer = TLSVerify::request;
    }
    return {.tls = tls};
}

class RedirectMatrixTest : public ClientTest {
protected:
    RedirectMatrixTest() {
        const auto resolver = std::make_shared<FakeResolver>(std::vector<std::string>{"127.0.0.1"});
        client = {};
        reactor = std::make_unique<Reactor>(ReactorOptions{.resolver = resolver});
        reactor->on_unhandled_error([this](const Error& error) { reports.push_back(error); });
        resolver->attach(*reactor);
        client = AsyncHTTPClient{*reactor, {.tls = {.ca = authority.certificate()}}};
        start_servers(false);
    }
    ~RedirectMatrixTest() override { EXPECT_TRUE(reports.empty()) << reports.front(); }

    void start_servers(bool ask_for_certificate) {
        const auto script = [this](const ScriptedRequest& request, const IOStream& stream) {
            answer(request, stream);
        };
        servers.clear();
        for (const bool secure : {false, false, true, true})
            servers.push_back(std::make_unique<ScriptedServer>(
                *reactor, script,
                secure ? serving(authority, ask_for_certificate) : TCPServerOptions{}));
    }

    /// /0, /1 … are the steps of the route; where it ends there is a page.
    void answer(const ScriptedRequest& request, const IOStream& stream) {
        seen.push_back({request, stream.tls_info().peer_subject});
        const auto step =
            static_cast<std::size_t>(request.line()[request.line().find('/') + 1] - '0');
        if ((step == 0 || challenges_all) && challenges &&
            !request.has("\r\nAuthorization: Digest "))
            return stream.write(
                reply("who?", "401 Unauthorized",
                      "WWW-Authenticate: Digest realm=\"r\", qop=\"auth\", nonce=\"n\"\r\n"));
        if (step >= route->to.size()) return stream.write(reply("end"));
        const std::string location = with_ports(route->to[step]) + "/" + std::to_string(step + 1);
        stream.write(reply(
            "moved", std::to_string(status) + " Moved",
            "Location: " + location + "\r\nSet-Cookie: step=" + std::to_string(step) + "\r\n"));
    }

    std::string with_ports(std::string url) const {
        const std::size_t at = url.find('{');
        const std::size_t server = std::string_view{"pqst"}.find(url[at + 1]);
        return url.replace(at, 3, std::to_string(servers.at(server)->port()));
    }

    using Check = std::function<void(const HTTPResponse&)>;

    /// Fetches with each route, status and method, and looks at what all of them have in common.
    void for_all(const std::function<HTTPRequest(std::string url)>& make, const Check& check) {
        for (const Route& each : routes)
            for (const int code : {301, 302, 303, 307, 308})
                for (const char* method : {"GET", "POST", "PUT"})
                    run_one(each, code, method, make, check);
    }
    void run_one(const Route& each, int code, const std::string& method,
                 const std::function<HTTPRequest(std::string url)>& make, const Check& check) {
        SCOPED_TRACE(std::string{each.name} + ", " + std::to_string(code) + " to " + method);
        route = &each;
        status = code;
        seen.clear();
        HTTPRequest request = make(with_ports(each.from) + "/0");
        request.method = method;
        if (method != "GET") request.body = "body";
        const HTTPResponse response = fetch(std::move(request));
        expect_end(response);
        expect_method_and_body(method);
        for (std::size_t i = 1; i < seen.size(); ++i)
            expect_clean(i);
        check(response);
    }

    void expect_end(const HTTPResponse& response) {
        if (route->refused) {
            EXPECT_EQ(response.error.kind(), Errc::bad_url) << response.error;
            EXPECT_EQ(response.error.phase(), "redirect");
            ASSERT_EQ(seen.size(), route->to.size());
        } else {
            EXPECT_FALSE(response.error) << response.error;
            EXPECT_EQ(response.body, "end");
            ASSERT_EQ(seen.size(), route->to.size() + 1);
        }
        EXPECT_FALSE(holds_secret(response.effective_url)) << response.effective_url;
    }

    /// RFC 9110 sections 15.4.2 to 15.4.9
    void expect_method_and_body(const std::string& method) {
        const bool to_get = status == 303 || (status < 303 && method == "POST");
        for (std::size_t i = 1; i < seen.size(); ++i) {
            const ScriptedRequest& request = seen[i].request;
            EXPECT_TRUE(request.line().starts_with((to_get ? "GET" : method) + " /"))
                << request.line();
            EXPECT_EQ(request.body, to_get || method == "GET" ? "" : "body");
        }
    }

    /// Whatever it is, no request after a redirect tells what is not for that server.
    void expect_clean(std::size_t i) {
        const std::string& head = seen[i].request.head;
        EXPECT_EQ(head.find("Referer"), std::string::npos) << head;
        EXPECT_EQ(head.find('@'), std::string::npos) << head;
        std::string target = with_ports(route->to[i - 1]);
        if (target.find('@') != std::string::npos)
            target = "http://" + target.substr(target.find('@') + 1);
        const std::string host =
            "\r\nhost: " + lower(target.substr(target.find("//") + 2)) + "\r\n";
        EXPECT_NE(lower(head).find(host), std::string::npos) << head;
        if (!route->leaves) return;
        EXPECT_FALSE(holds_secret(head)) << head;
        for (const char* name : {"\r\nauthorization", "\r\nproxy-"})
            EXPECT_EQ(lower(head).find(name), std::string::npos) << head;
    }

    /// What was sent at first arrives again where it may.
    void expect_kept(const std::vector<std::string>& parts) {
        for (std::size_t i = 0; i < seen.size(); ++i)
            if (i == 0 || !route->leaves)
                for (const std::string& part : parts)
                    EXPECT_TRUE(seen[i].request.has(part)) << seen[i].request.head;
    }

    /// The client's certificate, that is.
    void expect_certificate_at_home_only() {
        for (std::size_t i = 0; i < seen.size(); ++i) {
            const std::string& url = i == 0 ? route->from : route->to[i - 1];
            const bool shown = url.starts_with("https") && (i == 0 || !route->leaves);
            EXPECT_EQ(seen[i].peer_subject, shown ? "CN=me" : "") << "at step " << i;
        }
    }

    const Route* route = nullptr;
    int status = 0;
    bool challenges = false;  // the first page wants Digest authentication
    bool challenges_all = false;
    std::vector<Seen> seen;
    TestAuthority authority;
    std::vector<std::unique_ptr<ScriptedServer>> servers;
};

TEST_F(RedirectMatrixTest, HeadersThatAreCredentials) {
    for_all(
        [](std::string url) {
            return HTTPRequest{.url = std::move(url),
                               .headers = {{"Authorization", "Bearer SECRET1"},
                                           {"AUTHORIZATION", "Basic SECRET2"},
                                           {"Cookie", "a=SECRET3"},
                                           {"cOOKIE", "b=SECRET4"},
                                           {"Cookie2", "c=SECRET5"},
                                           {"Proxy-Authorization", "Basic SECRET6"},
                                           {"proxy-authentication-info", "SECRET7"},
                                           {"X-Mine", "mine"}}};
        },
        [this](const HTTPResponse&) {
            expect_kept({"SECRET1", "SECRET2", "SECRET3", "SECRET4", "SECRET5"});
            for (const Seen& each : seen)
                EXPECT_TRUE(each.request.has("X-Mine: mine\r\n")) << each.request.head;
        });
}

TEST_F(RedirectMatrixTest, UserInformation) {
    for_all(
        [](std::string url) {
            return HTTPRequest{.url = url.insert(url.find("//") + 2, "user:SECRET@")};
        },
        [this](const HTTPResponse&) {
            expect_kept({"\r\nAuthorization: Basic dXNlcjpTRUNSRVQ=\r\n"});
        });
}

TEST_F(RedirectMatrixTest, AHostFieldOfOnesOwnIsForItsOriginOnly) {
    for (const Route& each : routes) {
        if (!each.leaves) continue;
        run_one(
            each, 307, "GET",
            [](std::string url) {
                return HTTPRequest{.url = std::move(url), .headers = {{"Host", "inner.SECRET"}}};
            },
            [this](const HTTPResponse&) { expect_kept({"\r\nHost: inner.SECRET\r\n"}); });
    }
}

/// The servers ask for a certificate, and take whom they get.
TEST_F(RedirectMatrixTest, ClientCertificates) {
    start_servers(true);
    const TestCertificate mine = authority.issue({.common_name = "me", .for_clients = true});
    const gyre::test::TempFolder folder;
    const std::string certificate = folder.write("certificate.pem", mine.certificate);
    const std::string key = folder.write("key.pem", mine.key);
    const TLSOptions tls{
        .certificate = mine.certificate, .key = mine.key, .ca = authority.certificate()};
    const AsyncHTTPClient with_certificate{*reactor, {.tls = tls}};
    const AsyncHTTPClient without = client;
    for (const Route& each : routes)
        for (const int code : {302, 307})
            for (const int way : {0, 1, 2}) {
                client = way == 0 ? with_certificate : without;
                run_one(
                    each, code, "GET",
                    [&](std::string url) {
                        HTTPRequest request{.url = std::move(url)};
                        if (way == 1) request.client_cert = certificate;
                        if (way == 1) request.client_key = key;
                        if (way == 2) request.tls_options = tls;
                        return request;
                    },
                    [&](const HTTPResponse&) { expect_certificate_at_home_only(); });
            }
}

TEST_F(RedirectMatrixTest, NameAndPassword) {
    for_all(
        [](std::string url) {
            return HTTPRequest{
                .url = std::move(url), .auth_username = "user", .auth_password = "SECRET"};
        },
        [this](const HTTPResponse&) {
            expect_kept({"\r\nAuthorization: Basic dXNlcjpTRUNSRVQ=\r\n"});
        });
}

TEST_F(RedirectMatrixTest, BearerToken) {
    for (const Route& each : routes)
        run_one(
            each, 302, "PUT",
            [](std::string url) {
                return HTTPRequest{.url = std::move(url),
                                   .auth_password = "SECRET",
                                   .auth_mode = AuthMode::bearer};
            },
            [this](const HTTPResponse&) { expect_kept({"\r\nAuthorization: Bearer SECRET\r\n"}); });
}

/// Credentials for a proxy, where there is none.
TEST_F(RedirectMatrixTest, CredentialsForAProxy) {
    for (const Route& each : routes)
        run_one(
            each, 307, "POST",
            [](std::string url) {
                return HTTPRequest{
                    .url = std::move(url), .proxy_username = "user", .proxy_password = "SECRET"};
            },
            [this](const HTTPResponse&) {
                for (const Seen& each_seen : seen)
                    EXPECT_EQ(lower(each_seen.request.head).find("\r\nproxy-"), std::string::npos)
                        << each_seen.request.head;
            });
}

/// The first page asks who is there, and is told; whoever else asks is not, if it is not the same
/// origin.
TEST_F(RedirectMatrixTest, DigestAuthentication) {
    challenges = true;
    for (const Route& each : routes)
        for (const int code : {302, 307})
            for (const bool all : {false, true}) {
                SCOPED_TRACE(std::string{each.name} + ", " + std::to_string(code));
                route = &each;
                status = code;
                challenges_all = all;
                seen.clear();
                const HTTPResponse response = fetch({.url = with_ports(each.from) + "/0",
                                                     .method = "POST",
                                                     .body = "body",
                                                     .auth_username = "user",
                                                     .auth_password = "SECRET",
                                                     .auth_mode = AuthMode::digest});
                ASSERT_GE(seen.size(), 2U);
                EXPECT_FALSE(seen[0].request.has("Authorization"));
                EXPECT_TRUE(seen[1].request.has("Authorization: Digest username=\"user\""));
                EXPECT_EQ(seen[1].request.body, "body");
                for (std::size_t i = 2; each.leaves && i < seen.size(); ++i)
                    EXPECT_EQ(lower(seen[i].request.head).find("authorization"), std::string::npos)
                        << seen[i].request.head;
                const bool asked_in_vain = all && each.leaves && seen.size() > 2;
                EXPECT_EQ(response.code, asked_in_vain ? 401 : each.refused ? 599 : 200);
                EXPECT_EQ(response.error.kind(), asked_in_vain  ? Errc::http_status
                                                 : each.refused ? Errc::bad_url
                                                                : Errc::ok);
            }
}

/// The names and values of all Cookie fields, sorted.
std::vector<std::string> cookies_of(const std::string& head) {
    std::vector<std::string> cookies;
    const std::string text = head + "\r\n";
    for (std::size_t at = text.find("\r\nCookie: "); at != std::string::npos;
         at = text.find("\r\nCookie: ", at + 1)) {
        std::string list = text.substr(at + 10, text.find("\r\n", at + 2) - at - 10) + "; ";
        for (std::size_t end = list.find("; "); end != std::string::npos; end = list.find("; ")) {
            cookies.push_back(list.substr(0, end));
            list.erase(0, end + 2);
        }
    }
    std::ranges::sort(cookies);
    return cookies;
}

CookieJar full_jar() {
    CookieJar jar;
    EXPECT_FALSE(jar.set("http://a.test/", {.name = "a", .value = "1"}));
    EXPECT_FALSE(jar.set("http://a.test/", {.name = "all_of_a", .value = "2", .domain = "a.test"}));
    EXPECT_FALSE(jar.set("https://a.test/", {.name = "safe", .value = "3", .secure = true}));
    EXPECT_FALSE(jar.set("http://a.test/", {.name = "first", .value = "4", .path = "/0"}));
    EXPECT_FALSE(jar.set("http://b.test/", {.name = "b", .value = "5"}));
    EXPECT_FALSE(jar.set("http://sub.a.test/", {.name = "sub", .value = "6"}));
    return jar;
}

/// What of it, and of what the servers set meanwhile, goes to a step of the route.
std::vector<std::string> expected_cookies(const Route& route, std::size_t step) {
    const auto host_of = [&](std::size_t at) {
        std::string url = lower(at == 0 ? route.from : route.to[at - 1]);
        url.erase(0, url.find("//") + 2);
        url.erase(0, url.find('@') + 1);
        return url.substr(0, url.find(':'));
    };
    const std::string host = host_of(step);
    const std::string& url = step == 0 ? route.from : route.to[step - 1];
    std::vector<std::string> cookies;
    if (host == "a.test") cookies.emplace_back("a=1");
    if (host == "a.test" || host == "sub.a.test") cookies.emplace_back("all_of_a=2");
    if (host == "a.test" && url.starts_with("https")) cookies.emplace_back("safe=3");
    if (host == "a.test" && step == 0) cookies.emplace_back("first=4");
    if (host == "b.test") cookies.emplace_back("b=5");
    if (host == "sub.a.test") cookies.emplace_back("sub=6");
    for (std::size_t before = step; before-- > 0;)
        if (host_of(before) == host) {
            cookies.push_back("step=" + std::to_string(before));
            break;
        }
    return cookies;
}

TEST_F(RedirectMatrixTest, ACookieJarGivesEachServerItsOwnCookies) {
    for_all(
        [](std::string url) {
            return HTTPRequest{.url = std::move(url),
                               .headers = {{"Cookie", "own=SECRET"}, {"cOOKIE", "other=SECRET"}},
                               .cookie_jar = full_jar()};
        },
        [this](const HTTPResponse&) {
            for (std::size_t i = 0; i < seen.size(); ++i) {
                std::vector<std::string> expected = expected_cookies(*route, i);
                if (i == 0 || !route->leaves)
                    expected.insert(expected.end(), {"own=SECRET", "other=SECRET"});
                std::ranges::sort(expected);
                EXPECT_EQ(cookies_of(seen[i].request.head), expected) << seen[i].request.head;
            }
        });
}

}  // namespace
}  // namespace gyre::http::test
