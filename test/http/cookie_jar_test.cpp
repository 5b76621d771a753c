#include <gyre/http/cookie_jar.hpp>

#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

namespace gyre::http::test {
namespace {

using namespace std::chrono_literals;

std::chrono::sys_seconds in(std::chrono::seconds time) {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) + time;
}

std::string names(const std::vector<StoredCookie>& cookies) {
    std::string text;
    for (const StoredCookie& cookie : cookies)
        text.append(cookie.name).append("=").append(cookie.value).append(" ");
    return text;
}

// A folder of its own for each test.
class CookieJarTest : public ::testing::Test {
public:
    CookieJarTest() { std::filesystem::create_directory(folder); }
    ~CookieJarTest() override { std::filesystem::remove_all(folder); }

    void write(std::string_view text) const { std::ofstream{path} << text; }
    std::string read() const {
        std::ifstream file{path};
        return {std::istreambuf_iterator<char>{file}, {}};
    }
    std::string load_error(std::string_view text) const {
        write(text);
        const Error error = jar.load(path);
        if (error) EXPECT_EQ(error.kind(), Errc::invalid_argument);
        return error ? error.message() : "";
    }

    std::string folder = ::testing::TempDir() + "gyre_cookies_" + std::to_string(::getpid());
    std::string path = folder + "/cookies.txt";
    CookieJar jar;
};

TEST_F(CookieJarTest, CopiesShareOneJar) {
    CookieJar copy = jar;
    EXPECT_FALSE(copy.set("https://example.com/", {.name = "a", .value = "1"}));
    EXPECT_EQ(jar.size(), 1U);
    const CookieJar moved = std::move(copy);  // NOLINT(performance-move-const-arg)
    moved.clear();
    EXPECT_TRUE(copy.empty());  // NOLINT(bugprone-use-after-move): it is said to share
    EXPECT_TRUE(jar.empty());
    EXPECT_TRUE(CookieJar{}.empty());
}

TEST_F(CookieJarTest, SetIsAsIfTheURLHadDoneIt) {
    EXPECT_FALSE(jar.set("https://www.example.com/shop/cart",
                         {.name = "a", .value = "1", .domain = "example.com", .path = ""}));
    const std::vector<StoredCookie> cookies = jar.cookies_for("http://example.com/shop/x?y=/z");
    ASSERT_EQ(cookies.size(), 1U);
    EXPECT_EQ(cookies[0], (StoredCookie{.name = "a",
                                        .value = "1",
                                        .domain = "example.com",
                                        .path = "/shop",
                                        .host_only = false}));
    EXPECT_TRUE(jar.cookies_for("http://example.com/").empty());
    EXPECT_TRUE(jar.cookies_for("no url").empty());
    EXPECT_FALSE(
        jar.set("https://www.example.com/shop/",
                {.name = "a", .value = "", .domain = "example.com", .path = "", .max_age = 0s}));
    EXPECT_TRUE(jar.empty());
}

TEST_F(CookieJarTest, SetRefusesWhatNoServerMaySet) {
    EXPECT_EQ(jar.set("example.com", {.name = "a", .value = "1"}).kind(), Errc::bad_url);
    EXPECT_EQ(jar.set("http://a.com/", {.name = "a\r\n", .value = "1"}).kind(),
              Errc::invalid_argument);
    const Error error = jar.set("https://a.co.uk/", {.name = "a", .value = "1", .domain = "co.uk"});
    EXPECT_EQ(error.kind(), Errc::invalid_argument);
    EXPECT_EQ(error.message(), "the cookie a is refused: its domain is a public suffix");
    EXPECT_EQ(jar.set("http://a.com/", {.name = "a", .value = "1", .secure = true}).kind(),
              Errc::invalid_argument);
    EXPECT_TRUE(jar.empty());
}

TEST_F(CookieJarTest, AddReplacesAndRemoves) {
    StoredCookie cookie{.name = "a", .value = "1", .domain = "Example.com", .expires = in(1h)};
    EXPECT_FALSE(jar.add(cookie));
    cookie.value = "2";
    EXPECT_FALSE(jar.add(cookie));
    EXPECT_EQ(names(jar.cookies()), "a=2 ");
    EXPECT_EQ(jar.cookies()[0].domain, "example.com");
    cookie.expires = in(-1h);
    EXPECT_FALSE(jar.add(cookie));
    EXPECT_TRUE(jar.empty());
    cookie.value = "a;b";
    EXPECT_EQ(jar.add(cookie).kind(), Errc::invalid_argument);
}

TEST_F(CookieJarTest, NoCookieLivesLongerThan400Days) {
    EXPECT_FALSE(jar.add({.name = "a",
                          .value = "1",
                          .domain = "a.com",
                          .expires = std::chrono::sys_seconds::max()}));
    EXPECT_LE(jar.cookies()[0].expires, in(400 * 24h));
}

TEST_F(CookieJarTest, ThoseSetFirstComeFirst) {
    for (const char* const host : {"z.com", "a.com", "m.com"})
        EXPECT_FALSE(jar.add({.name = host, .value = "1", .domain = host}));
    EXPECT_FALSE(jar.add({.name = "z.com", .value = "2", .domain = "z.com"}));
    EXPECT_EQ(names(jar.cookies()), "z.com=2 a.com=1 m.com=1 ");
}

TEST_F(CookieJarTest, RemoveAndClear) {
    EXPECT_FALSE(jar.add({.name = "a", .value = "1", .domain = "a.com"}));
    EXPECT_FALSE(jar.add({.name = "a", .value = "2", .domain = "a.com", .host_only = false}));
    EXPECT_FALSE(jar.add({.name = "a", .value = "3", .domain = "a.com", .path = "/x"}));
    EXPECT_FALSE(jar.add({.name = "b", .value = "4", .domain = "a.com", .expires = in(1h)}));
    EXPECT_EQ(jar.remove("x.a.com", "/", "a"), 0U);
    EXPECT_EQ(jar.remove(".A.com", "/", "a"), 2U);
    EXPECT_EQ(names(jar.cookies()), "a=3 b=4 ");
    jar.clear_session_cookies();
    EXPECT_EQ(names(jar.cookies()), "b=4 ");
    jar.clear();
    EXPECT_TRUE(jar.empty());
}

TEST_F(CookieJarTest, WhatIsSavedIsLoaded) {
    const std::vector<StoredCookie> cookies = {
        {.name = "plain", .value = "1", .domain = "a.com", .expires = in(1h)},
        {.name = "all",
         .value = "a b=\"c\"\xc3\xa9",
         .domain = "b.co.uk",
         .path = "/x y",
         .host_only = false,
         .expires = in(2h),
         .secure = true,
         .http_only = true},
        {.name = "", .value = "nameless", .domain = "192.0.2.1", .expires = in(3h)},
        {.name = "no value", .value = "", .domain = "::1", .expires = in(4h)},
        {.name = "#name", .value = "session", .domain = "localhost"}};
    for (const StoredCookie& cookie : cookies)
        EXPECT_FALSE(jar.add(cookie));
    EXPECT_EQ(jar.cookies(), cookies);
    EXPECT_FALSE(jar.save(path, {.session_cookies = true}));
    const CookieJar other;
    EXPECT_FALSE(other.load(path));
    EXPECT_EQ(other.cookies(), cookies);

    EXPECT_FALSE(jar.save(path));
    const CookieJar without;
    EXPECT_FALSE(without.load(path));
    EXPECT_EQ(without.cookies(), std::vector(cookies.begin(), cookies.end() - 1));
}

TEST_F(CookieJarTest, APathWithASemicolonComesBack) {
    EXPECT_FALSE(jar.set("http://a.com/app;session=1/page",
                         {.name = "a", .value = "1", .path = "", .max_age = 1h}));
    EXPECT_FALSE(jar.save(path));
    const CookieJar other;
    EXPECT_FALSE(other.load(path));
    EXPECT_EQ(names(other.cookies_for("http://a.com/app;session=1/")), "a=1 ");
}

TEST_F(CookieJarTest, TheFileIsNetscapes) {
    const std::chrono::sys_seconds time = in(1h);
    EXPECT_FALSE(jar.add({.name = "a", .value = "1", .domain = "a.com"}));
    EXPECT_FALSE(jar.add({.name = "b",
                          .value = "2",
                          .domain = "a.com",
                          .path = "/x",
                          .host_only = false,
                          .expires = time,
                          .secure = true,
                          .http_only = true}));
    const std::string end = std::to_string(time.time_since_epoch().count());
    EXPECT_FALSE(jar.save(path, {.session_cookies = true}));
    EXPECT_EQ(read(),
              "# Netscape HTTP Cookie File\n# Written by gyre.\n\n"
              "a.com\tFALSE\t/\tFALSE\t0\ta\t1\n"
              "#HttpOnly_.a.com\tTRUE\t/x\tTRUE\t" +
                  end + "\tb\t2\n");
}

TEST_F(CookieJarTest, FilesOfOthersAreRead) {
    EXPECT_EQ(load_error("# Netscape HTTP Cookie File\r\n"
                         "# comment\ttext\r\n \t\r\n\r\n"
                         ".a.com\tTRUE\t/\tFALSE\t4000000000\tdotted\t1\r\n"
                         "a.com\ttrue\t/\tfalse\t4000000000\tundotted\t1\n"
                         ".a.com\tFALSE\t/\tFALSE\t99999999999999\thost\t1\n"
                         "a.com\tFALSE\t/\tFALSE\t\tpython session\t1\n"
                         "a.com\tFALSE\t/\tFALSE\t1000000000\tover\t1\n"
                         "#HttpOnly_localhost\tFALSE\t/\tFALSE\t0\tno newline\t"),
              "");
    const std::vector<StoredCookie> cookies = jar.cookies();
    EXPECT_EQ(names(cookies), "dotted=1 undotted=1 host=1 python session=1 no newline= ");
    ASSERT_EQ(cookies.size(), 5U);
    EXPECT_FALSE(cookies[0].host_only || cookies[1].host_only);
    EXPECT_TRUE(cookies[2].host_only);
    EXPECT_EQ(cookies[3].expires, std::nullopt);
    EXPECT_TRUE(cookies[4].http_only);
    EXPECT_EQ(load_error(""), "");
}

// The file says nothing of the present, so it takes out nothing.
TEST_F(CookieJarTest, ACookieThatIsOverInTheFileLeavesTheJarAlone) {
    EXPECT_FALSE(jar.add({.name = "a", .value = "1", .domain = "a.com"}));
    EXPECT_EQ(load_error("a.com\tFALSE\t/\tFALSE\t1000000000\ta\t2\n"), "");
    EXPECT_EQ(names(jar.cookies()), "a=1 ");
}

TEST_F(CookieJarTest, ABadLineIsNamedAndNothingLoaded) {
    const std::string good = "a.com\tFALSE\t/\tFALSE\t0\ta\t1\n";
    EXPECT_EQ(load_error(good + "\nSet-Cookie: a=b\n"),
              path + ": line 3 is no cookie: it has not seven fields with tabs between them");
    for (const std::string_view line :
         {"{\"json\": 1}", "a.com\tFALSE\t/\tFALSE\t0\ta", "a.com\tFALSE\t/\tFALSE\t0\ta\t1\t2",
          "a.com FALSE / FALSE 0 a 1", "a.com\tyes\t/\tFALSE\t0\ta\t1",
          "a.com\tFALSE\t/\t\t0\ta\t1", "a.com\tFALSE\t/\tFALSE\tnever\ta\t1",
          "a.com\tFALSE\t/\tFALSE\t-1\ta\t1", "a.com\tFALSE\t/\tFALSE\t1.5\ta\t1",
          "a.com\tFALSE\t/\tFALSE\t99999999999999999999\ta\t1", "a.com\tFALSE\tx\tFALSE\t0\ta\t1",
          "\tFALSE\t/\tFALSE\t0\ta\t1", "a com\tFALSE\t/\tFALSE\t0\ta\t1",
          "a.com\tFALSE\t/\tFALSE\t0\t\t", "a.com\tFALSE\t/\tFALSE\t0\ta\t1;b=2",
          "a.com\tFALSE\t/\tFALSE\t0\ta\t1\r2", "a.com\tFALSE\t/\tFALSE\t0\t__Host-a\t1"})
        EXPECT_NE(load_error(good + std::string{line}).find("line 2 is no cookie"),
                  std::string::npos)
            << line;
    EXPECT_NE(load_error(std::string_view{"\0\0\0\0", 4}), "");
    EXPECT_TRUE(jar.empty());
}

TEST_F(CookieJarTest, WhatCannotBeRead) {
    const Error missing = jar.load(path);
    EXPECT_EQ(missing.kind(), Errc::system);
    EXPECT_EQ(missing.code(), ENOENT);
    EXPECT_EQ(missing.category(), "system");
    EXPECT_EQ(jar.load(folder).kind(), Errc::invalid_argument);
    write("");
    std::filesystem::resize_file(path, 32 * 1024 * 1024 + 1);
    EXPECT_EQ(jar.load(path).kind(), Errc::limit_exceeded);
}

TEST_F(CookieJarTest, SavingReplacesTheFileInOneStep) {
    write("old");
    ::chmod(path.c_str(), 0644);
    std::filesystem::create_hard_link(path, folder + "/old");
    EXPECT_FALSE(jar.save(path));
    struct stat status{};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0600U);
    path = folder + "/old";
    EXPECT_EQ(read(), "old");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator{folder}, {}), 2);
}

TEST_F(CookieJarTest, WhatCannotBeWrittenLeavesNothing) {
    const Error error = jar.save(folder + "/none/cookies.txt");
    EXPECT_EQ(error.code(), ENOENT);
    EXPECT_NE(error.message().find("/none/cookies.txt"), std::string::npos);
    std::filesystem::create_directory(path);
    EXPECT_EQ(jar.save(path).code(), EISDIR);
    EXPECT_EQ(jar.save(std::string{"a\0b", 3}).kind(), Errc::invalid_argument);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator{folder}, {}), 1);
}

}  // namespace
}  // namespace gyre::http::test
