#include "router.hpp"

#include <gtest/gtest.h>

#include <array>
#include <initializer_list>
#include <string>
#include <utility>

namespace gyre::http::detail {
namespace {

Router router_of(std::initializer_list<std::pair<const char*, const char*>> routes) {
    Router router;
    for (const auto& [method, pattern] : routes) {
        const RouteAdded added = router.add(method, pattern);
        EXPECT_TRUE(added) << added.error;
        EXPECT_EQ(added.index + 1, router.size());
    }
    return router;
}

/// "2 id=7 rest=a/b" for a match, else the status, with the methods that are allowed.
std::string matched(const Router& router, std::string_view method, std::string_view path) {
    const RouteMatch match = router.match(method, path);
    switch (match.status) {
        case MatchStatus::not_found:
            return "not found";
        case MatchStatus::bad_request:
            return "bad request";
        case MatchStatus::no_path:
            return "no path";
        case MatchStatus::method_not_allowed:
            return "allow " + match.allow;
        case MatchStatus::matched:
        case MatchStatus::mounted:
            break;
    }
    std::string text = std::to_string(match.index);
    if (match.status == MatchStatus::mounted) text.append(" mount ").append(match.rest);
    for (const RouteArgument& argument : match.arguments)
        text.append(" ").append(argument.name).append("=").append(argument.value);
    return text;
}

std::string get(const Router& router, std::string_view path) {
    return matched(router, "GET", path);
}

std::string refused(std::string_view pattern) {
    Router router;
    const RouteAdded added = router.add("GET", pattern);
    EXPECT_EQ(router.size(), added ? 1U : 0U);
    return added ? "added" : added.error;
}

TEST(RouterTest, LiteralPaths) {
    const Router router = router_of({{"GET", "/"}, {"GET", "/a"}, {"GET", "/a/b"}, {"GET", "/a/"}});
    EXPECT_EQ(get(router, "/"), "0");
    EXPECT_EQ(get(router, "/a"), "1");
    EXPECT_EQ(get(router, "/a/b"), "2");
    EXPECT_EQ(get(router, "/a/"), "3");
    for (const char* path : {"", "a", "*"})
        EXPECT_EQ(get(router, path), "no path") << path;
    for (const char* path :
         {"//", "/A", "/a//", "/a/b/", "/a/b/c", "/b", "/%61", "/a%2Fb", "//a", "/a?"})
        EXPECT_EQ(get(router, path), "not found") << path;
}

TEST(RouterTest, EmptyRouterFindsNothing) { EXPECT_EQ(get(Router{}, "/"), "not found"); }

TEST(RouterTest, ANameTakesOneSegmentThatIsNotEmpty) {
    const Router router = router_of({{"GET", "/u/{name}"}, {"GET", "/u/{name}/p/{post}"}});
    EXPECT_EQ(get(router, "/u/joe"), "0 name=joe");
    EXPECT_EQ(get(router, "/u/joe/p/7"), "1 name=joe post=7");
    EXPECT_EQ(get(router, "/u/"), "not found");
    EXPECT_EQ(get(router, "/u"), "not found");
    EXPECT_EQ(get(router, "/u/joe/"), "not found");
    EXPECT_EQ(get(router, "/u//p/7"), "not found");
}

TEST(RouterTest, AnIntTakesDigitsOfA63BitNumber) {
    const Router router = router_of({{"GET", "/{id:int}"}});
    EXPECT_EQ(get(router, "/0"), "0 id=0");
    EXPECT_EQ(get(router, "/007"), "0 id=007");
    EXPECT_EQ(get(router, "/9223372036854775807"), "0 id=9223372036854775807");
    for (const char* path : {"/", "/9223372036854775808", "/99999999999999999999", "/-1", "/+1",
                             "/1x", "/x", "/0x1", "/ 1", "/1.0", "/%31"})
        EXPECT_EQ(get(router, path), "not found") << path;
}

TEST(RouterTest, ARestTakesAllThatIsLeft) {
    const Router router = router_of({{"GET", "/s/{rest...}"}});
    EXPECT_EQ(get(router, "/s/"), "0 rest=");
    EXPECT_EQ(get(router, "/s/a"), "0 rest=a");
    EXPECT_EQ(get(router, "/s/a/b//c/"), "0 rest=a/b//c/");
    EXPECT_EQ(get(router, "/s"), "not found");
    EXPECT_EQ(get(router_of({{"GET", "/{all...}"}}), "/"), "0 all=");
}

TEST(RouterTest, LiteralBeforeIntBeforeNameBeforeRest) {
    const Router router =
        router_of({{"GET", "/{rest...}"}, {"GET", "/{name}"}, {"GET", "/{id:int}"}, {"GET", "/7"}});
    EXPECT_EQ(get(router, "/7"), "3");
    EXPECT_EQ(get(router, "/8"), "2 id=8");
    EXPECT_EQ(get(router, "/x"), "1 name=x");
    EXPECT_EQ(get(router, "/x/y"), "0 rest=x/y");
    EXPECT_EQ(get(router, "/"), "0 rest=");
}

TEST(RouterTest, AWayThatEndsNowhereIsLeftForTheNext) {
    const Router router = router_of(
        {{"GET", "/a/b/c"}, {"GET", "/a/{x}/d"}, {"GET", "/{y}/b/e"}, {"GET", "/a/{rest...}"}});
    EXPECT_EQ(get(router, "/a/b/c"), "0");
    EXPECT_EQ(get(router, "/a/b/d"), "1 x=b");
    EXPECT_EQ(get(router, "/z/b/e"), "2 y=z");
    EXPECT_EQ(get(router, "/a/b/e"), "3 rest=b/e");
    EXPECT_EQ(get(router, "/a/b/d/f"), "3 rest=b/d/f");
}

TEST(RouterTest, CapturesOfAnAbandonedWayAreForgotten) {
    const Router router = router_of({{"GET", "/{a}/{b}/x"}, {"GET", "/{c...}"}});
    EXPECT_EQ(get(router, "/1/2/3"), "1 c=1/2/3");
}

TEST(RouterTest, ArgumentsAreDecodedAfterTheSplit) {
    const Router router = router_of({{"GET", "/f/{name}"}, {"GET", "/r/{rest...}"}});
    EXPECT_EQ(get(router, "/f/a%2Fb%20c+d%C3%A9"), "0 name=a/b c+d\xc3\xa9");
    EXPECT_EQ(get(router, "/r/a%2Fb/c%3F"), "1 rest=a/b/c?");
    const RouteMatch match = router.match("GET", "/r/a%2Fb/c");
    EXPECT_EQ(match.arguments.at(0).raw, "a%2Fb/c");
    EXPECT_EQ(match.arguments.at(0).value, "a/b/c");
    const RouteMatch nul = router.match("GET", "/f/%00");
    EXPECT_EQ(nul.arguments.at(0).value, std::string(1, '\0'));
}

TEST(RouterTest, MalformedEscapesInACaptureAreABadRequest) {
    const Router router =
        router_of({{"GET", "/f/{name}"}, {"GET", "/r/{rest...}"}, {"GET", "/lit"}});
    for (const char* path : {"/f/%", "/f/%4", "/f/%zz", "/f/a%2", "/r/a/%g1/b"})
        EXPECT_EQ(get(router, path), "bad request") << path;
    EXPECT_EQ(get(router, "/lit%"), "not found");
}

TEST(RouterTest, EncodedLiterals) {
    const Router router = router_of({{"GET", "/caf%C3%A9"}});
    EXPECT_EQ(get(router, "/caf%C3%A9"), "0");
    EXPECT_EQ(get(router, "/caf%c3%a9"), "not found");
}

TEST(RouterTest, MethodsHaveRoutesOfTheirOwn) {
    const Router router = router_of({{"GET", "/a"}, {"POST", "/a"}, {"DELETE", "/a"}});
    EXPECT_EQ(matched(router, "GET", "/a"), "0");
    EXPECT_EQ(matched(router, "POST", "/a"), "1");
    EXPECT_EQ(matched(router, "HEAD", "/a"), "0");
    EXPECT_EQ(matched(router, "PUT", "/a"), "allow DELETE, GET, HEAD, OPTIONS, POST");
    EXPECT_EQ(matched(router, "get", "/a"), "allow DELETE, GET, HEAD, OPTIONS, POST");
    EXPECT_EQ(matched(router, "PUT", "/b"), "not found");
}

TEST(RouterTest, HeadMayHaveItsOwnRoute) {
    const Router router = router_of({{"GET", "/a"}, {"HEAD", "/a"}, {"POST", "/b"}});
    EXPECT_EQ(matched(router, "HEAD", "/a"), "1");
    EXPECT_EQ(matched(router, "PUT", "/a"), "allow GET, HEAD, OPTIONS");
    EXPECT_EQ(matched(router, "HEAD", "/b"), "allow OPTIONS, POST");
}

TEST(RouterTest, StarStandsForTheOtherMethods) {
    const Router router = router_of({{"*", "/a"}, {"GET", "/a"}});
    EXPECT_EQ(matched(router, "GET", "/a"), "1");
    EXPECT_EQ(matched(router, "HEAD", "/a"), "1");
    EXPECT_EQ(matched(router, "PUT", "/a"), "0");
}

TEST(RouterTest, AMethodIsLookedForInTheNextPatternToo) {
    const Router router =
        router_of({{"GET", "/u/me"}, {"DELETE", "/u/{id}"}, {"PUT", "/{rest...}"}});
    EXPECT_EQ(matched(router, "DELETE", "/u/me"), "1 id=me");
    EXPECT_EQ(matched(router, "PUT", "/u/me"), "2 rest=u/me");
    EXPECT_EQ(matched(router, "POST", "/u/me"), "allow DELETE, GET, HEAD, OPTIONS, PUT");
}

TEST(RouterTest, NamesBelongToTheirRoute) {
    const Router router = router_of({{"GET", "/{a}"}, {"POST", "/{b}"}, {"GET", "/{c}/x"}});
    EXPECT_EQ(matched(router, "GET", "/1"), "0 a=1");
    EXPECT_EQ(matched(router, "POST", "/1"), "1 b=1");
    EXPECT_EQ(matched(router, "GET", "/1/x"), "2 c=1");
}

TEST(RouterTest, TheSamePathsTwiceForAMethodAreAConflict) {
    Router router = router_of({{"GET", "/u/{id}"}, {"GET", "/s/{r...}"}});
    EXPECT_EQ(
        router.add("GET", "/u/{name}").error,
        "the pattern \"/u/{name}\" matches the same paths as \"/u/{id}\", which is there for GET");
    EXPECT_FALSE(router.add("GET", "/s/{q...}"));
    EXPECT_EQ(router.size(), 2U);
    EXPECT_TRUE(router.add("POST", "/u/{name}"));
    EXPECT_TRUE(router.add("GET", "/u/{name:int}"));
    EXPECT_TRUE(router.add("GET", "/u/{rest...}"));
}

TEST(RouterTest, MalformedPatternsAreRefusedWithAReason) {
    const auto reason = [](std::string_view pattern, std::string_view text) {
        return "the pattern \"" + std::string(pattern) + "\" is malformed: " + std::string(text);
    };
    EXPECT_EQ(refused(""), reason("", "it does not begin with '/'"));
    EXPECT_EQ(refused("a/b"), reason("a/b", "it does not begin with '/'"));
    for (const char* pattern : {"/a b", "/a?b", "/a#b", "/\xc3\xa9", "/a\r\n"})
        EXPECT_EQ(
            refused(pattern),
            reason(pattern,
                   "it has a character that no path has; such a one is written percent-encoded"));
    EXPECT_EQ(refused("/%zz"),
              reason("/%zz", "it has a '%' that does not begin an escape such as %20"));
    for (const char* pattern : {"/a{b}", "/{a}b", "/{", "/}", "/{a", "/a}", "/x/{a}{b", "/}{"})
        EXPECT_EQ(refused(pattern),
                  reason(pattern, "a parameter must be a whole segment, as in /{name}/"))
            << pattern;
    for (const char* pattern :
         {"/{}", "/{1a}", "/{a-b}", "/{:int}", "/{...}", "/{a:float}", "/{a:}", "/{a:int...}",
          "/{a...:int}", "/{a}{b}", "/{{a}}", "/{a.}"})
        EXPECT_EQ(refused(pattern),
                  reason(pattern, "a parameter must read {name}, {name:int} or {name...}"))
            << pattern;
    EXPECT_EQ(refused("/{a...}/b"), reason("/{a...}/b", "{name...} must be the last segment"));
    EXPECT_EQ(refused("/{a}/{a}"), reason("/{a}/{a}", "it has two parameters of the same name"));
    EXPECT_EQ(refused("/{a:int}/b/{a...}"),
              reason("/{a:int}/b/{a...}", "it has two parameters of the same name"));
    EXPECT_EQ(refused("/a/a/{_A9}"), "added");
}

TEST(RouterTest, MethodsMustBeTokens) {
    for (const char* method : {"", "G T", "GET\r\n", "G/T", "\xc3"}) {
        Router router;
        EXPECT_EQ(router.add(method, "/").error, "\"" + std::string(method) + "\" is not a method");
    }
}

std::string repeated(std::string_view piece, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i)
        text += piece;
    return text;
}

TEST(RouterTest, DepthOfPatternsIsLimited) {
    EXPECT_EQ(refused(repeated("/a", Router::max_segments)), "added");
    EXPECT_NE(refused(repeated("/a", Router::max_segments + 1)), "added");
    Router router;
    std::string pattern;
    for (std::size_t i = 0; i < Router::max_segments; ++i)
        pattern += "/{p" + std::to_string(i) + "}";
    ASSERT_TRUE(router.add("GET", pattern));
    EXPECT_EQ(router.match("GET", repeated("/x", 32)).arguments.size(), 32U);
    EXPECT_EQ(get(router, repeated("/x", 31)), "not found");
    EXPECT_EQ(get(router, repeated("/x", 33)), "not found");
}

TEST(RouterTest, LongPathsAreHarmless) {
    const Router router = router_of({{"GET", "/{a}/{b}"}, {"GET", "/s/{rest...}"}});
    EXPECT_EQ(get(router, std::string(8192, '/')), "not found");
    EXPECT_EQ(get(router, repeated("/a", 4096)), "not found");
    EXPECT_EQ(router.match("GET", "/s/" + std::string(8192, '/')).arguments.at(0).value.size(),
              8192U);
    EXPECT_EQ(router.match("GET", "/x/" + std::string(8192, 'y')).arguments.at(1).value.size(),
              8192U);
}

TEST(RouterTest, ManyWaysDoNotMultiply) {
    // Each level offers three ways for "1", and none of them ends in the method that is asked for.
    Router router;
    for (const char* first : {"/1", "/{a:int}", "/{a}"}) {
        for (const char* second : {"/1", "/{b:int}", "/{b}"}) {
            const std::string tail = repeated("/1", 20);
            ASSERT_TRUE(router.add("GET", first + std::string(second) + tail));
        }
    }
    EXPECT_EQ(matched(router, "PUT", repeated("/1", 22)), "allow GET, HEAD, OPTIONS");
    EXPECT_EQ(get(router, repeated("/1", 21)), "not found");
}

TEST(RouterTest, AMatchWithoutParametersHoldsNoMemory) {
    const Router router = router_of({{"GET", "/a/b"}});
    const RouteMatch match = router.match("GET", "/a/b");
    EXPECT_EQ(match.status, MatchStatus::matched);
    EXPECT_EQ(match.arguments.capacity(), 0U);
    EXPECT_EQ(match.allow.capacity(), std::string{}.capacity());
}

TEST(RouterTest, ManyRoutes) {
    Router router;
    for (int i = 0; i < 1000; ++i)
        ASSERT_TRUE(router.add("GET", "/api/v" + std::to_string(i) + "/{id:int}/show"));
    EXPECT_EQ(get(router, "/api/v0/5/show"), "0 id=5");
    EXPECT_EQ(get(router, "/api/v999/5/show"), "999 id=5");
    EXPECT_EQ(get(router, "/api/v1000/5/show"), "not found");
}

TEST(RouterTest, AnyMethodIsNeitherTraceNorConnect) {
    const Router router = router_of({{"*", "/a"}});
    EXPECT_EQ(matched(router, "BREW", "/a"), "0");
    for (const char* method : {"TRACE", "CONNECT"})
        EXPECT_EQ(matched(router, method, "/a"),
                  "allow DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT");
}

TEST(RouterTest, AMountTakesWhatTheRoutesLeave) {
    Router router = router_of({{"GET", "/api"}, {"GET", "/api/fixed"}, {"GET", "/x/{all...}"}});
    ASSERT_TRUE(router.mount("/api"));
    ASSERT_TRUE(router.mount("/x/"));
    EXPECT_EQ(get(router, "/api"), "0");
    EXPECT_EQ(get(router, "/api/fixed"), "1");
    EXPECT_EQ(get(router, "/x/y"), "2 all=y");
    EXPECT_EQ(matched(router, "POST", "/api"), "3 mount /");
    EXPECT_EQ(get(router, "/api/"), "3 mount /");
    EXPECT_EQ(get(router, "/api/v1/a%2Fb"), "3 mount /v1/a%2Fb");
    EXPECT_EQ(matched(router, "POST", "/x/y/z"), "4 mount /y/z");
    EXPECT_EQ(get(router, "/apiary"), "not found");
}

TEST(RouterTest, TheLongestMountGoesFirst) {
    Router router;
    ASSERT_TRUE(router.mount("/"));
    ASSERT_TRUE(router.mount("/a/{id}"));
    ASSERT_TRUE(router.mount("/a"));
    EXPECT_EQ(get(router, "/"), "0 mount /");
    EXPECT_EQ(get(router, "/b/c"), "0 mount /b/c");
    EXPECT_EQ(get(router, "/a/7/x"), "1 mount /x id=7");
    EXPECT_EQ(get(router, "/a//x"), "2 mount //x");
}

TEST(RouterTest, MountsAreRefusedAsPatternsAre) {
    Router router;
    EXPECT_TRUE(router.mount("/a"));
    for (const char* prefix : {"", "a", "/a", "/a/", "/{rest...}", "/{id", "/a?b", "/%zz"})
        EXPECT_FALSE(router.mount(prefix)) << prefix;
    EXPECT_EQ(router.size(), 1U);
}

TEST(RouterTest, PathsAreBuiltFromPatterns) {
    const Router router = router_of({{"GET", "/"},
                                     {"GET", "/user/{name}/{page:int}"},
                                     {"GET", "/files/{path...}"},
                                     {"GET", "/a/"}});
    const auto built = [&](std::size_t index, std::vector<std::string_view> arguments) {
        return router.build(index, arguments).value_or("none");
    };
    EXPECT_EQ(built(0, {}), "/");
    EXPECT_EQ(built(3, {}), "/a/");
    EXPECT_EQ(built(1, {"a/b c\r\n", "12"}), "/user/a%2Fb%20c%0D%0A/12");
    EXPECT_EQ(built(2, {"a b/.c/c.."}), "/files/a%20b/.c/c..");
    for (const char* path : {"..", "a/../b", "./a", "a/."})
        EXPECT_EQ(built(2, {path}), "none") << path;
    EXPECT_EQ(built(1, {"..", "12"}), "none");
    EXPECT_EQ(built(2, {""}), "/files/");
    EXPECT_EQ(built(2, {"/a"}), "/files//a");
    EXPECT_EQ(built(1, {"", "12"}), "none");
    EXPECT_EQ(built(1, {"a", "-1"}), "none");
    EXPECT_EQ(built(1, {"a"}), "none");
    EXPECT_EQ(built(0, {"a"}), "none");
}

// "//host/" in a link is another server's (RFC 3986 section 4.2).
TEST(RouterTest, AnArgumentDoesNotLeadToAnotherHost) {
    const Router router = router_of({{"GET", "/{path...}"}});
    const std::string path =
        router.build(0, std::array{std::string_view{"/evil.example/a"}}).value();
    EXPECT_EQ(path, "/%2Fevil.example/a");
    EXPECT_EQ(router.match("GET", path).arguments.at(0).value, "/evil.example/a");
}

}  // namespace
}  // namespace gyre::http::detail
