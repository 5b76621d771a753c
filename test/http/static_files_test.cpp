#include "server_fixture.hpp"
#include "static_files_handler.hpp"
#include "support/temp_folder.hpp"
#include <gyre/http/static_files.hpp>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace gyre::http::test {
namespace {

using detail::StaticFilesHandler;
using detail::StaticRoot;
using gyre::test::TempFolder;

bool has(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

class StaticFilesTest : public ServerTest {
protected:
    StaticFilesTest() {
        folder.write("www/index.html", "the index");
        folder.write("www/a.txt", "0123456789");
        folder.write("www/sub/index.html", "the index of sub");
        folder.write("www/sub/deep/b c.txt", "deep");
        folder.write("www/plain/x", "x");
        folder.write("www/.hidden", "SECRET");
        folder.write("www/.git/config", "SECRET");
        folder.write("secret.txt", "SECRET");
        folder.write("www-other/secret.txt", "SECRET");
    }

    /// Serves www at /files/.
    void serve_files(StaticFilesOptions options = {},
                     StaticRoot::Resolver resolver = StaticRoot::Resolver::system) {
        const auto handler = std::make_shared<const StaticFilesHandler>(
            folder.path("www"), std::move(options), resolver);
        serve().route(
            "*", "/files/{path...}",
            [handler](const HTTPServerRequest& request, const HTTPServerResponse& response) {
                handler->handle(request, response);
            });
        listen();
    }
    std::string ask(std::string_view target, const std::string& fields = {},
                    std::string_view method = "GET") {
        RawClient client = connect();
        client.send(std::string{method} + ' ' + std::string{target} +
                    " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n" + fields + "\r\n");
        return client.until_end();
    }
    int status(std::string_view target) { return status_of(ask(target)); }

    TempFolder folder;
};

TEST_F(StaticFilesTest, AFile) {
    serve_files();
    const std::string reply = ask("/files/a.txt");
    EXPECT_EQ(status_of(reply), 200);
    EXPECT_EQ(body_of(reply), "0123456789");
    EXPECT_TRUE(has(reply, "\r\nContent-Type: text/plain; charset=utf-8\r\n"));
    EXPECT_TRUE(has(reply, "\r\nETag: "));
    EXPECT_TRUE(has(reply, "\r\nLast-Modified: "));
    EXPECT_FALSE(has(reply, "\r\nVary: "));
    EXPECT_FALSE(has(reply, "\r\nCache-Control: "));
    EXPECT_EQ(body_of(ask("/files/sub/deep/b%20c.txt?v=1")), "deep");
}

TEST_F(StaticFilesTest, AsAHandlerOfItsOwn) {
    const StaticFiles files{folder.path("www")};
    EXPECT_FALSE(files.check());
    serve().get("/{path...}", files);
    server->get("/only/{name}", files);
    server->get("/a.txt", files);
    listen();
    EXPECT_EQ(body_of(ask("/sub/")), "the index of sub");
    EXPECT_EQ(body_of(ask("/only/a.txt")), "0123456789");
    EXPECT_EQ(body_of(ask("/a.txt")), "0123456789");
    EXPECT_EQ(status_of(ask("/a.txt", "Content-Length: 0\r\n", "POST")), 405);
}

TEST_F(StaticFilesTest, HeadHasNoBody) {
    serve_files();
    const std::string reply = ask("/files/a.txt", {}, "HEAD");
    EXPECT_TRUE(has(reply, "\r\nContent-Length: 10\r\n"));
    EXPECT_EQ(body_of(reply), "");
}

TEST_F(StaticFilesTest, OtherMethodsAre405) {
    serve_files();
    for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS"}) {
        const std::string reply = ask("/files/a.txt", "Content-Length: 0\r\n", method);
        EXPECT_EQ(status_of(reply), 405) << method;
        EXPECT_TRUE(has(reply, "\r\nAllow: GET, HEAD\r\n")) << method;
    }
}

TEST_F(StaticFilesTest, RangesAndConditions) {
    serve_files();
    EXPECT_EQ(body_of(ask("/files/a.txt", "Range: bytes=2-4\r\n")), "234");
    EXPECT_EQ(status_of(ask("/files/a.txt", "Range: bytes=99-\r\n")), 416);
    EXPECT_EQ(status_of(ask("/files/a.txt", "If-None-Match: *\r\n")), 304);
}

TEST_F(StaticFilesTest, AFolderIsItsIndex) {
    serve_files();
    EXPECT_EQ(body_of(ask("/files/")), "the index");
    const std::string reply = ask("/files/sub/");
    EXPECT_EQ(body_of(reply), "the index of sub");
    EXPECT_TRUE(has(reply, "\r\nContent-Type: text/html; charset=utf-8\r\n"));
}

TEST_F(StaticFilesTest, AFolderWithoutItsSlashIsRedirected) {
    serve_files();
    const auto location = [&](std::string_view target) {
        const std::string reply = ask(target);
        EXPECT_EQ(status_of(reply), 301) << target;
        const std::size_t begin = reply.find("Location: ") + 10;
        return reply.substr(begin, reply.find("\r\n", begin) - begin);
    };
    EXPECT_EQ(location("/files/sub"), "/files/sub/");
    EXPECT_EQ(location("/files/sub?a=b&c=//d"), "/files/sub/?a=b&c=//d");
    EXPECT_EQ(location("/files/sub/deep"), "/files/sub/deep/");
    EXPECT_EQ(location("http://elsewhere/files/sub"), "/files/sub/");
}

TEST_F(StaticFilesTest, TheRedirectNeverLeadsToAnotherHost) {
    serve().get("/{path...}", StaticFiles{folder.path("www")});
    listen();
    folder.write("www/evil.test/x", "x");
    EXPECT_EQ(status("//evil.test"), 404);
    EXPECT_EQ(status("//evil.test/"), 404);
    EXPECT_EQ(status("/%2fevil.test"), 404);
    EXPECT_EQ(status("/%5cevil.test"), 404);
    EXPECT_TRUE(has(ask("/evil.test"), "\r\nLocation: /evil.test/\r\n"));
}

TEST_F(StaticFilesTest, WithoutAnIndexAFolderIs403) {
    serve_files({.index = ""});
    EXPECT_EQ(status("/files/"), 403);
    EXPECT_EQ(status("/files/plain/"), 403);
}

TEST_F(StaticFilesTest, AnIndexThatIsNoFileIsNone) {
    folder.write("www/odd/index.html/x", "x");
    serve_files();
    EXPECT_EQ(status("/files/odd/"), 403);
}

TEST_F(StaticFilesTest, AFileIsNoFolder) {
    serve_files();
    EXPECT_EQ(status("/files/a.txt/"), 404);
    EXPECT_EQ(status("/files/a.txt/b"), 404);
}

TEST_F(StaticFilesTest, AListingIsSortedAndEscaped) {
    folder.write("www/list/b<b>&\"'.txt", "x");
    folder.write("www/list/javascript:alert(1)", "x");
    folder.write("www/list/a b", "x");
    folder.write("www/list/d/x", "x");
    folder.write("www/list/.hidden", "x");
    folder.write("www/list/bad\xff", "x");
    ASSERT_EQ(::mkfifo(folder.path("www/list/fifo").c_str(), 0600), 0);
    serve_files({.listing = true});
    const std::string reply = ask("/files/list/");
    EXPECT_TRUE(has(reply, "\r\nContent-Type: text/html; charset=utf-8\r\n"));
    EXPECT_EQ(body_of(reply),
              "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
              "<title>Index of /files/list/</title></head>\n"
              "<body><h1>Index of /files/list/</h1>\n<ul>\n"
              "<li><a href=\"../\">../</a></li>\n"
              "<li><a href=\"a%20b\">a b</a></li>\n"
              "<li><a href=\"b%3Cb%3E%26%22%27.txt\">b&lt;b&gt;&amp;&quot;&#39;.txt</a></li>\n"
              "<li><a href=\"d/\">d/</a></li>\n"
              "<li><a href=\"javascript%3Aalert%281%29\">javascript:alert(1)</a></li>\n"
              "</ul></body></html>\n");
    EXPECT_EQ(body_of(ask("/files/list/", {}, "HEAD")), "");
    EXPECT_EQ(body_of(ask("/files/")), "the index");
}

TEST_F(StaticFilesTest, AListingHasALimit) {
    for (int i = 0; i < 5; ++i)
        folder.write("www/list/" + std::to_string(i), "x");
    serve_files({.listing = true, .max_listing = 3});
    EXPECT_EQ(count(body_of(ask("/files/list/")), "<li>"), 4u);  // and the folder above
}

TEST_F(StaticFilesTest, HiddenFilesWhenAskedFor) {
    serve_files({.dotfiles = true});
    EXPECT_EQ(body_of(ask("/files/.hidden")), "SECRET");
    EXPECT_EQ(body_of(ask("/files/.git/config")), "SECRET");
    EXPECT_EQ(status("/files/.."), 404);
    EXPECT_EQ(status("/files/../secret.txt"), 404);
    EXPECT_EQ(status("/files/%2e%2e/secret.txt"), 404);
}

TEST_F(StaticFilesTest, CacheControlAndTypesOfOnesOwn) {
    folder.write("www/b.ODD", "x");
    serve_files({.cache_control = "max-age=60", .content_types = {{"odd", "x/odd"}}});
    EXPECT_TRUE(has(ask("/files/a.txt"), "\r\nCache-Control: max-age=60\r\n"));
    EXPECT_TRUE(has(ask("/files/a.txt", "If-None-Match: *\r\n"), "\r\nCache-Control: max-age=60"));
    EXPECT_TRUE(has(ask("/files/b.ODD"), "\r\nContent-Type: x/odd\r\n"));
}

TEST_F(StaticFilesTest, OptionsThatCannotBeUsedAreTold) {
    const auto kind = [&](StaticFilesOptions options) {
        return StaticFiles{folder.path("www"), std::move(options)}.check().kind();
    };
    EXPECT_EQ(kind({}), Errc::ok);
    EXPECT_EQ(kind({.index = "../x"}), Errc::invalid_argument);
    EXPECT_EQ(kind({.max_listing = 0}), Errc::invalid_argument);
    EXPECT_EQ(kind({.cache_control = "a\r\nX: y"}), Errc::invalid_argument);
    EXPECT_EQ(kind({.content_types = {{"a", "b\nc"}}}), Errc::invalid_argument);
    EXPECT_EQ(kind({.content_types = {{"a", ""}}}), Errc::invalid_argument);
    EXPECT_EQ(StaticFiles{folder.path("none")}.check().code(), ENOENT);
    EXPECT_EQ(StaticFiles{folder.path("secret.txt")}.check().code(), ENOTDIR);
}

TEST_F(StaticFilesTest, OptionsThatCannotBeUsedSendNothingOfThem) {
    serve_files({.cache_control = "a\r\nX: y"});
    EXPECT_EQ(status("/files/a.txt"), 500);
}

TEST_F(StaticFilesTest, AFolderThatIsGoneHasNoFiles) {
    serve_files();
    std::filesystem::remove_all(folder.path("www"));
    EXPECT_EQ(status("/files/a.txt"), 404);
    folder.write("www/a.txt", "again");
    EXPECT_EQ(body_of(ask("/files/a.txt")), "again");
}

// Precompressed neighbours.

class PrecompressedTest : public StaticFilesTest {
protected:
    PrecompressedTest() {
        folder.write("www/both.css", "plain");
        folder.write("www/both.css.br", "brotli");
        folder.write("www/both.css.gz", "gzip");
        folder.write("www/zipped.css", "plain");
        folder.write("www/zipped.css.gz", "gzip");
    }
    /// The body, after a look at the fields that belong to it.
    std::string sent(std::string_view target, const std::string& accepted) {
        const std::string reply =
            ask(target, accepted.empty() ? "" : "Accept-Encoding: " + accepted + "\r\n");
        const std::string body = body_of(reply);
        EXPECT_EQ(status_of(reply), 200) << target;
        EXPECT_TRUE(has(reply, "\r\nContent-Type: text/css; charset=utf-8\r\n"));
        EXPECT_TRUE(has(reply, "\r\nVary: Accept-Encoding\r\n"));
        EXPECT_EQ(has(reply, "\r\nContent-Encoding: br\r\n"), body == "brotli");
        EXPECT_EQ(has(reply, "\r\nContent-Encoding: gzip\r\n"), body == "gzip");
        return body;
    }
};

TEST_F(PrecompressedTest, TheClientsWeightsDecide) {
    serve_files();
    EXPECT_EQ(sent("/files/both.css", ""), "plain");
    EXPECT_EQ(sent("/files/both.css", "gzip, br"), "brotli");
    EXPECT_EQ(sent("/files/both.css", "gzip;q=1, br;q=0.5"), "gzip");
    EXPECT_EQ(sent("/files/both.css", "gzip;q=0, br;q=0"), "plain");
    EXPECT_EQ(sent("/files/both.css", "identity, gzip;q=0.5"), "plain");
    EXPECT_EQ(sent("/files/both.css", "*"), "brotli");
    EXPECT_EQ(sent("/files/both.css", "br;q=0, *"), "gzip");
    EXPECT_EQ(sent("/files/both.css", "deflate"), "plain");
    EXPECT_EQ(sent("/files/both.css", "identity;q=0"), "plain");
    EXPECT_EQ(sent("/files/zipped.css", "gzip;q=0.1, br"), "gzip");
    EXPECT_EQ(sent("/files/zipped.css", "br"), "plain");
}

TEST_F(PrecompressedTest, EachHasItsTagAndItsRanges) {
    serve_files();
    const std::string accepted = "Accept-Encoding: gzip\r\n";
    const auto tag = [](std::string_view reply) {
        const std::size_t begin = reply.find("ETag: ") + 6;
        return std::string{reply.substr(begin, reply.find("\r\n", begin) - begin)};
    };
    const std::string plain = tag(ask("/files/zipped.css"));
    const std::string zipped = tag(ask("/files/zipped.css", accepted));
    EXPECT_NE(plain, zipped);
    EXPECT_EQ(status_of(ask("/files/zipped.css", accepted + "If-None-Match: " + plain + "\r\n")),
              200);
    const std::string part = ask("/files/zipped.css", accepted + "Range: bytes=0-1\r\n");
    EXPECT_EQ(body_of(part), "gz");
    EXPECT_TRUE(has(part, "\r\nContent-Range: bytes 0-1/4\r\n"));
    EXPECT_FALSE(has(ask("/files/zipped.css", accepted + "Range: bytes=9-\r\n"), "Encoding: gzip"));
}

TEST_F(PrecompressedTest, ANeighbourItselfIsAFileAsAnyOther) {
    serve_files();
    const std::string reply = ask("/files/zipped.css.gz", "Accept-Encoding: gzip\r\n");
    EXPECT_TRUE(has(reply, "\r\nContent-Type: application/gzip\r\n"));
    EXPECT_FALSE(has(reply, "\r\nContent-Encoding: "));
}

TEST_F(PrecompressedTest, OffWhenToldSo) {
    serve_files({.precompressed = false});
    const std::string reply = ask("/files/both.css", "Accept-Encoding: br\r\n");
    EXPECT_EQ(body_of(reply), "plain");
    EXPECT_FALSE(has(reply, "\r\nVary: "));
}

TEST_F(PrecompressedTest, ANeighbourThatLeadsOutIsNone) {
    folder.link("www/a.txt.gz", "../secret.txt");
    serve_files();
    EXPECT_EQ(body_of(ask("/files/a.txt", "Accept-Encoding: gzip\r\n")), "0123456789");
}

// Nothing outside of the folder is reached, by the system's help or by hand.

class TraversalTest : public StaticFilesTest,
                      public testing::WithParamInterface<StaticRoot::Resolver> {
protected:
    TraversalTest() {
        folder.link("www/up", "..");
        folder.link("www/out.txt", "../secret.txt");
        folder.link("www/absolute", folder.path("secret.txt"));
        folder.link("www/root", "/");
        folder.link("www/sub/round", "../../www/sub");
        folder.link("www/twice", "out.txt");
        folder.link("www/loop", "loop");
        folder.link("www/dangling", "nothing");
        folder.link("www/sub/far", "../../www-other");
        folder.link("www/magic", "/proc/self/root");
        folder.link("www/inside", "a.txt");
        folder.link("www/sub/inside", "../plain");
    }
};

TEST_P(TraversalTest, NothingOutsideIsReached) {
    serve_files({.listing = true}, GetParam());
    ASSERT_EQ(::mkfifo(folder.path("www/fifo").c_str(), 0600), 0);
    const std::string home = folder.path("");
    std::vector<std::string> paths{
        // Up, in every spelling.
        "..", "../", "../secret.txt", "../../etc/passwd", "../www/a.txt", "../www-other/secret.txt",
        "sub/..", "sub/../a.txt", "sub/../../secret.txt", "sub/deep/../../../secret.txt", "./a.txt",
        "sub/./index.html", ".", "./", "%2e", "%2e/a.txt", "%2e%2e/secret.txt", "%2E%2E/secret.txt",
        ".%2e/secret.txt", "%2e./secret.txt", "..%2fsecret.txt", "..%2Fsecret.txt",
        "%2e%2e%2fsecret.txt", "%2e%2e%2Fsecret.txt", "sub%2f..%2f..%2fsecret.txt",
        "sub/%2e%2e/%2e%2e/secret.txt", "..;/secret.txt", ".../secret.txt", "..../secret.txt",
        // Encoded twice.
        "%252e%252e/secret.txt", "%252e%252e%252fsecret.txt", "..%252fsecret.txt",
        "%25252e%25252e/secret.txt",
        // Backslashes and drives.
        "..\\secret.txt", "..%5csecret.txt", "..%5Csecret.txt", "%2e%2e%5csecret.txt",
        "sub\\..\\..\\secret.txt", "C:/secret.txt", "%5c%5chost/secret.txt",
        // Overlong and other bad UTF-8.
        "%c0%ae%c0%ae/secret.txt", "%c0%2e%c0%2e/secret.txt", "..%c0%afsecret.txt",
        "%e0%80%ae%e0%80%ae/secret.txt", "%f0%80%80%ae%f0%80%80%ae/secret.txt",
        "%uff0e%uff0e/secret.txt", "..%c1%9csecret.txt", "%ff/a.txt", "%c0a.txt",
        // NUL and other control bytes.
        "a.txt%00", "a.txt%00.html", "%00", "../secret.txt%00.txt", "a%0a.txt", "a.txt%0d%0a",
        "a.txt%7f",
        // Empty segments, absolute paths.
        "/a.txt", "//a.txt", "sub//index.html", "/etc/passwd", "//etc/passwd", "%2fetc%2fpasswd",
        "%2f", home, "sub///", "a.txt//",
        // Hidden.
        ".hidden", ".git/config", ".git/", "%2ehidden", ".git%2fconfig",
        // Links that lead out, that are absolute, that go round.
        "up", "up/", "up/secret.txt", "up/www/a.txt", "up/../secret.txt", "out.txt", "absolute",
        "root/etc/passwd", "root", "sub/round/index.html", "twice", "loop", "loop/x", "dangling",
        "sub/far/secret.txt", "sub/far", "magic/etc/passwd",
        // No files.
        "fifo", "a.txt/", "a.txt/x", "nothing", "nothing/", std::string(300, 'a'),
        // Malformed.
        "%", "%2", "%zz", "a.txt%"};
    ASSERT_GE(paths.size(), 60u);
    for (const std::string& path : paths) {
        const std::string reply = ask("/files/" + path);
        EXPECT_TRUE(status_of(reply) == 404 || status_of(reply) == 400)
            << path << ": " << reply.substr(0, 200);
        EXPECT_FALSE(has(reply, "SECRET")) << path;
        EXPECT_FALSE(has(reply, "root:")) << path;
    }
    EXPECT_EQ(body_of(ask("/files/a.txt")), "0123456789");
}

TEST_P(TraversalTest, LinksWithinAreFollowedWhereTheSystemSeesToIt) {
    serve_files({}, GetParam());
    const bool followed = GetParam() == StaticRoot::Resolver::system;
    EXPECT_EQ(status("/files/inside"), followed ? 200 : 404);
    EXPECT_EQ(status("/files/sub/inside/x"), followed ? 200 : 404);
    EXPECT_EQ(body_of(ask("/files/sub/deep/b%20c.txt")), "deep");
    EXPECT_EQ(body_of(ask("/files/")), "the index");
}

TEST_P(TraversalTest, TheFolderItselfMayBeALink) {
    folder.link("current", folder.path("www"));
    const StaticRoot root{folder.path("current"), GetParam()};
    EXPECT_EQ(root.error(), 0);
    EXPECT_TRUE(root.open("a.txt").file);
    EXPECT_TRUE(root.open("").directory);
    EXPECT_EQ(root.list("sub/deep", false, 10).size(), 1u);
    EXPECT_NE(root.open("out.txt").error, 0);
}

TEST_P(TraversalTest, ASocketIsNoFile) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = folder.path("www/socket");
    ASSERT_LT(path.size(), sizeof address.sun_path);
    path.copy(address.sun_path, path.size());
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ASSERT_EQ(::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    serve_files({}, GetParam());
    EXPECT_EQ(status("/files/socket"), 404);
    ::close(socket);
}

// While a thread swaps a folder with a link that leads out, nothing of outside is ever opened.
TEST_P(TraversalTest, ARaceWithALinkIsNotWon) {
    folder.write("www/race/secret.txt", "harmless");
    folder.link("www/evil", "..");
    const StaticRoot root{folder.path("www"), GetParam()};
    struct stat outside{};
    ASSERT_EQ(::stat(folder.path("secret.txt").c_str(), &outside), 0);
    std::atomic<bool> stop{false};
    std::thread swapper{[&] {
        while (!stop)
            ::renameat2(AT_FDCWD, folder.path("www/race").c_str(), AT_FDCWD,
                        folder.path("www/evil").c_str(), RENAME_EXCHANGE);
    }};
    int opened = 0;
    for (int i = 0; i < 20'000; ++i) {
        const auto entry = root.open("race/secret.txt");
        if (!entry.file) continue;
        ++opened;
        if (entry.file.inode() == outside.st_ino) ADD_FAILURE() << "the file outside was opened";
    }
    stop = true;
    swapper.join();
    EXPECT_GT(opened, 0);
}

INSTANTIATE_TEST_SUITE_P(
    Resolvers, TraversalTest,
    testing::Values(StaticRoot::Resolver::system, StaticRoot::Resolver::by_hand),
    [](const auto& resolver) {
        return std::string{resolver.param == StaticRoot::Resolver::system ? "System" : "ByHand"};
    });

}  // namespace
}  // namespace gyre::http::test
