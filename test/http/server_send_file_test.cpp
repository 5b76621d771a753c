#include "server_fixture.hpp"
#include "support/temp_folder.hpp"
#include <gyre/file.hpp>
#include <gyre/http/etag.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

namespace gyre::http::test {
namespace {

using gyre::test::TempFolder;

std::string numbers(std::size_t size) {
    std::string text;
    while (text.size() < size)
        text += std::to_string(text.size()) + ' ';
    text.resize(size);
    return text;
}

/// The value of a field; empty without one.
std::string field(std::string_view reply, std::string_view name) {
    const std::size_t at = reply.find("\r\n" + std::string{name} + ": ");
    if (at == std::string_view::npos) return {};
    const std::size_t begin = at + name.size() + 4;
    return std::string{reply.substr(begin, reply.find("\r\n", begin) - begin)};
}

class SendFileResponseTest : public ServerTest {
protected:
    using Answer = std::function<void(const HTTPServerResponse&)>;

    /// `answer` answers each request; its path does not matter.
    void answer(Answer answer) {
        serve().route("*", "/{path...}",
                      [answer](const HTTPServerRequest&, const HTTPServerResponse& response) {
                          answer(response);
                      });
        listen();
    }
    void send(const std::string& path, const SendFileOptions& options = {}) {
        answer([=, this](const HTTPServerResponse& response) {
            response.send_file(path, options,
                               [this](const Error& error) { told.push_back(error.kind()); });
        });
    }
    /// A file that was last changed long ago, so that its tag is a strong one.
    std::string write(std::string_view name, std::string_view content) {
        std::string path = folder.write(name, content);
        std::this_thread::sleep_for(std::chrono::milliseconds{60});  // the system's clock, not ours
        return path;
    }
    std::string ask(const std::string& fields = {}, std::string_view method = "GET") {
        RawClient client = connect();
        client.send(std::string{method} + " / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n" +
                    fields + "\r\n");
        client.until_end();
        settle();  // the callback comes a turn after the last byte
        return client.received;
    }

    TempFolder folder;
    std::vector<Errc> told;
};

TEST_F(SendFileResponseTest, AWholeFile) {
    const std::string content = numbers(3'000'001);
    send(write("a.txt", content));
    const std::string reply = ask();
    EXPECT_EQ(status_of(reply), 200);
    EXPECT_EQ(field(reply, "Content-Length"), "3000001");
    EXPECT_EQ(field(reply, "Content-Type"), "text/plain; charset=utf-8");
    EXPECT_EQ(field(reply, "Accept-Ranges"), "bytes");
    EXPECT_TRUE(body_of(reply) == content);
    EXPECT_EQ(told, (std::vector{Errc::ok}));
}

TEST_F(SendFileResponseTest, AnEmptyFile) {
    send(write("a", ""));
    EXPECT_EQ(field(ask(), "Content-Length"), "0");
    EXPECT_EQ(status_of(ask("Range: bytes=0-\r\n")), 416);
    EXPECT_EQ(status_of(ask("Range: bytes=-1\r\n")), 200);
}

TEST_F(SendFileResponseTest, HeadGetsTheHeadOnly) {
    send(write("a", "0123456789"));
    const std::string reply = ask("Range: bytes=0-1\r\n", "HEAD");
    EXPECT_EQ(status_of(reply), 200);
    EXPECT_EQ(field(reply, "Content-Length"), "10");
    EXPECT_EQ(body_of(reply), "");
    EXPECT_EQ(told, (std::vector{Errc::ok}));
}

TEST_F(SendFileResponseTest, SeveralOnOneConnectionInOrder) {
    const std::string content = numbers(100'000);
    send(write("a", content));
    RawClient client = connect();
    std::string requests;
    for (int i = 0; i < 10; ++i)
        requests += get("/");
    client.send(requests);
    client.wait_for([&] { return client.received.size() > 10 * content.size() + 1500; });
    EXPECT_EQ(count(client.settled(), content), 10u);
    EXPECT_EQ(count(client.received, "HTTP/1.1 200"), 10u);
}

TEST_F(SendFileResponseTest, AFileBehindAnEarlierResponse) {
    const std::string path = write("a", "of a file");
    HTTPServerResponse first;
    serve().get("/first", [&](const HTTPServerRequest&, const HTTPServerResponse& response) {
        first = response;
    });
    server->get("/file", [&](const HTTPServerRequest&, const HTTPServerResponse& response) {
        response.send_file(path);
    });
    listen();
    RawClient client = connect();
    client.send(get("/first") + get("/file"));
    client.settled();
    first.finish("one");
    first = {};
    const std::string all = client.until("of a file");
    EXPECT_LT(all.find("one"), all.find("of a file"));
}

TEST_F(SendFileResponseTest, ThePartThatTheHandlerChose) {
    send(write("a", "0123456789"), {.offset = 2, .length = 5, .content_type = "x/y"});
    EXPECT_EQ(body_of(ask()), "23456");
    EXPECT_EQ(field(ask(), "Content-Type"), "x/y");
    const std::string reply = ask("Range: bytes=1-2\r\n");
    EXPECT_EQ(field(reply, "Content-Range"), "bytes 1-2/5");
    EXPECT_EQ(body_of(reply), "34");
}

TEST_F(SendFileResponseTest, APartThatIsNotInTheFileIs500) {
    send(write("a", "0123456789"), {.offset = 2, .length = 9});
    EXPECT_EQ(status_of(ask()), 500);
    EXPECT_EQ(told, (std::vector{Errc::invalid_argument}));
}

TEST_F(SendFileResponseTest, BehindWhatWasWrittenBefore) {
    const std::string path = write("a", "file");
    answer([=](const HTTPServerResponse& response) {
        response.write("before ");
        response.flush();
        response.send_file(path);
    });
    EXPECT_NE(ask().find("7\r\nbefore \r\n4\r\nfile\r\n0\r\n\r\n"), std::string::npos);
}

TEST_F(SendFileResponseTest, AFileThatIsNotThereIs404) {
    send(folder.path("none"));
    EXPECT_EQ(status_of(ask()), 404);
    EXPECT_EQ(told, (std::vector{Errc::system}));
}

TEST_F(SendFileResponseTest, WhatIsNoFileIs404) {
    ASSERT_EQ(::mkfifo(folder.path("fifo").c_str(), 0600), 0);
    std::string path;
    answer([&](const HTTPServerResponse& response) { response.send_file(path); });
    for (const std::string& each :
         {folder.path(""), folder.path("fifo"), write("file", "") + "/a", std::string{"/dev/null"},
          folder.path(std::string(300, 'x')), write("nul", "") + '\0'}) {
        path = each;
        EXPECT_EQ(status_of(ask()), 404) << each;
    }
}

TEST_F(SendFileResponseTest, AFileThatMayNotBeReadIs403) {
    const std::string path = write("a", "secret");
    ASSERT_EQ(::chmod(path.c_str(), 0), 0);
    ASSERT_EQ(::chmod(folder.path("").c_str(), 0755), 0);
    send(path);
    // Root may read everything, unless it opens files as somebody else.
    const int before = ::setfsuid(::geteuid() == 0 ? 65534 : ::geteuid());
    EXPECT_EQ(status_of(ask()), 403);
    ::setfsuid(static_cast<uid_t>(before));
    EXPECT_EQ(told, (std::vector{Errc::permission_denied}));
}

TEST_F(SendFileResponseTest, AfterTheEndItDoesNothing) {
    const std::string path = write("a", "file");
    answer([=, this](const HTTPServerResponse& response) {
        response.finish("done");
        response.send_file(path, {}, [this](const Error& error) { told.push_back(error.kind()); });
    });
    EXPECT_EQ(body_of(ask()), "done");
    EXPECT_EQ(told, (std::vector{Errc::closed}));
}

TEST_F(SendFileResponseTest, AFileThatGetsShorterCutsTheConnection) {
    const std::string path = write("a", numbers(100'000));
    answer([=, this](const HTTPServerResponse& response) {
        const File file = File::open(path).file;
        ASSERT_EQ(::truncate(path.c_str(), 60'000), 0);
        response.send_file(file, {}, [this](const Error& error) { told.push_back(error.kind()); });
    });
    const std::string reply = ask();
    EXPECT_EQ(field(reply, "Content-Length"), "100000");
    EXPECT_LE(body_of(reply).size(), 60'000u);
    EXPECT_EQ(told, (std::vector{Errc::truncated}));
}

TEST_F(SendFileResponseTest, AFileThatGrowsOrIsReplacedIsSentAsItWasOpened) {
    const std::string path = write("a", "as it was");
    answer([=, this](const HTTPServerResponse& response) {
        const File file = File::open(path).file;
        ASSERT_EQ(::rename(folder.write("b", "another, longer one").c_str(), path.c_str()), 0);
        response.send_file(file);
    });
    EXPECT_EQ(body_of(ask()), "as it was");
}

TEST_F(SendFileResponseTest, AClientThatGoesLetsGoOfTheFile) {
    const std::string path = write("a", numbers(20'000'000));
    int descriptor = -1;
    answer([&](const HTTPServerResponse& response) {
        const File file = File::open(path).file;
        descriptor = file.descriptor();
        response.send_file(file, {}, [this](const Error& error) { told.push_back(error.kind()); });
    });
    RawClient client = connect(4096);
    client.send(get("/"));
    client.until("HTTP/1.1 200");
    EXPECT_NE(::fcntl(descriptor, F_GETFD), -1);
    client.reset();
    for (int i = 0; i < 10'000 && told.empty(); ++i)
        if (reactor().poll() == 0) ::usleep(200);
    ASSERT_EQ(told.size(), 1u);
    EXPECT_NE(told[0], Errc::ok);
    EXPECT_EQ(::fcntl(descriptor, F_GETFD), -1);
}

TEST_F(SendFileResponseTest, AServerThatGoesReleasesTheCallback) {
    const std::string path = write("a", numbers(20'000'000));
    send(path);
    RawClient client = connect(4096);
    client.send(get("/"));
    client.until("HTTP/1.1 200");
    server.reset();
    settle();
    EXPECT_TRUE(told.empty());
}

// Conditional requests.

TEST_F(SendFileResponseTest, TheTagIsStrongAndChangesWithTheFile) {
    const std::string path = write("a", "one");
    send(path);
    const std::string tag = field(ask(), "ETag");
    ASSERT_TRUE(ETag::parse(tag)) << tag;
    EXPECT_FALSE(ETag::parse(tag)->weak);
    EXPECT_EQ(field(ask(), "ETag"), tag);
    write("a", "two");
    EXPECT_NE(field(ask(), "ETag"), tag);
}

// A program can set the time of the last write back, but not that of the last change.
TEST_F(SendFileResponseTest, TheTagChangesThoughTheTimeWasSetBack) {
    const std::string path = write("a", "one");
    const timeval times[2] = {{1'000'000'000, 0}, {1'000'000'000, 0}};
    ASSERT_EQ(::utimes(path.c_str(), times), 0);
    send(path);
    const std::string before = ask();
    EXPECT_EQ(field(before, "Last-Modified"), "Sun, 09 Sep 2001 01:46:40 GMT");
    write("a", "two");
    ASSERT_EQ(::utimes(path.c_str(), times), 0);
    const std::string after = ask();
    EXPECT_EQ(field(after, "Last-Modified"), "Sun, 09 Sep 2001 01:46:40 GMT");
    EXPECT_NE(field(after, "ETag"), field(before, "ETag"));
}

TEST_F(SendFileResponseTest, TheTagIsWeakWhileAnotherWriteCouldGoUnseen) {
    answer([this](const HTTPServerResponse& response) {
        response.send_file(folder.write("a", "just now"));
    });
    EXPECT_TRUE(field(ask(), "ETag").starts_with("W/"));
}

TEST_F(SendFileResponseTest, WhatTheClientHasIsNotSentAgain) {
    send(write("a", "0123456789"));
    const std::string first = ask();
    const std::string same = ask("If-None-Match: " + field(first, "ETag") + "\r\n");
    EXPECT_EQ(status_of(same), 304);
    EXPECT_EQ(field(same, "ETag"), field(first, "ETag"));
    EXPECT_EQ(field(same, "Content-Length"), "");
    EXPECT_EQ(field(same, "Content-Type"), "");
    EXPECT_EQ(body_of(same), "");
    EXPECT_EQ(status_of(ask("If-Modified-Since: " + field(first, "Last-Modified") + "\r\n")), 304);
    EXPECT_EQ(status_of(ask("If-None-Match: \"other\"\r\n")), 200);
    EXPECT_EQ(status_of(ask("If-Match: \"other\"\r\n")), 412);
    EXPECT_EQ(status_of(ask("If-None-Match: *\r\n", "HEAD")), 304);
    EXPECT_EQ(told, std::vector(6, Errc::ok));
}

TEST_F(SendFileResponseTest, TimesToComeAreNotSent) {
    const std::string path = write("a", "x");
    const timeval times[2] = {{4'000'000'000, 0}, {4'000'000'000, 0}};
    ASSERT_EQ(::utimes(path.c_str(), times), 0);
    send(path);
    EXPECT_FALSE(field(ask(), "Last-Modified").ends_with("2096 07:06:40 GMT"));
}

TEST_F(SendFileResponseTest, FieldsOfTheHandlersOwnStay) {
    const std::string path = write("a.txt", "0123456789");
    answer([=](const HTTPServerResponse& response) {
        EXPECT_FALSE(response.set_etag({"mine"}));
        EXPECT_FALSE(response.set_header("Content-Type", "x/y"));
        response.send_file(path);
    });
    EXPECT_EQ(field(ask(), "ETag"), "\"mine\"");
    EXPECT_EQ(field(ask(), "Content-Type"), "x/y");
    EXPECT_EQ(status_of(ask("If-None-Match: \"mine\"\r\n")), 304);
    EXPECT_EQ(status_of(ask("Range: bytes=0-1\r\nIf-Range: \"mine\"\r\n")), 206);
}

TEST_F(SendFileResponseTest, OnlyA200IsConditional) {
    const std::string path = write("404.html", "not found");
    answer([=](const HTTPServerResponse& response) {
        EXPECT_FALSE(response.set_status(404));
        response.send_file(path);
    });
    const std::string reply = ask("If-None-Match: *\r\nRange: bytes=0-1\r\n");
    EXPECT_EQ(status_of(reply), 404);
    EXPECT_EQ(body_of(reply), "not found");
    EXPECT_EQ(field(reply, "ETag"), "");
}

TEST_F(SendFileResponseTest, UnconditionalWhenToldSo) {
    send(write("a", "0123456789"), {.conditional = false});
    const std::string reply = ask("If-None-Match: *\r\nRange: bytes=0-1\r\n");
    EXPECT_EQ(status_of(reply), 200);
    EXPECT_EQ(field(reply, "ETag"), "");
    EXPECT_EQ(field(reply, "Accept-Ranges"), "");
}

// Ranges.

TEST_F(SendFileResponseTest, OneRange) {
    send(write("a.txt", "0123456789"));
    const std::string reply = ask("Range: bytes=2-4\r\n");
    EXPECT_EQ(status_of(reply), 206);
    EXPECT_EQ(field(reply, "Content-Range"), "bytes 2-4/10");
    EXPECT_EQ(field(reply, "Content-Length"), "3");
    EXPECT_EQ(field(reply, "Content-Type"), "text/plain; charset=utf-8");
    EXPECT_EQ(body_of(reply), "234");
    EXPECT_EQ(body_of(ask("Range: bytes=-3\r\n")), "789");
    EXPECT_EQ(body_of(ask("Range: bytes=8-99\r\n")), "89");
}

TEST_F(SendFileResponseTest, SeveralRangesAreAMultipartBody) {
    const std::string content = numbers(100'000);
    send(write("a.txt", content));
    const std::string reply = ask("Range: bytes=0-1,50000-50999,-2\r\n");
    EXPECT_EQ(status_of(reply), 206);
    const std::string type = field(reply, "Content-Type");
    const std::string start = "multipart/byteranges; boundary=";
    ASSERT_TRUE(type.starts_with(start)) << type;
    const std::string boundary = type.substr(start.size());
    EXPECT_EQ(boundary.size(), 32u);
    EXPECT_EQ(field(reply, "Content-Length"), std::to_string(body_of(reply).size()));
    const auto part = [&](const std::string& range, const std::string& bytes) {
        return "\r\n--" + boundary + "\r\nContent-Type: text/plain; charset=utf-8\r\n" +
               "Content-Range: bytes " + range + "/100000\r\n\r\n" + bytes;
    };
    EXPECT_TRUE(body_of(reply) ==
                part("0-1", "0 ") + part("50000-50999", content.substr(50'000, 1000)) +
                    part("99998-99999", content.substr(99'998)) + "\r\n--" + boundary + "--\r\n");
    EXPECT_NE(field(ask("Range: bytes=0-1,-2\r\n"), "Content-Type"), type);
}

TEST_F(SendFileResponseTest, ARangeOfAResponseWhoseLengthTheHandlerTold) {
    const std::string path = write("a.txt", "0123456789");
    answer([=](const HTTPServerResponse& response) {
        response.set_header("Content-Length", "10").ignore("a good field");
        response.send_file(path);
    });
    const std::string one = ask("Range: bytes=2-4\r\n");
    EXPECT_EQ(status_of(one), 206);
    EXPECT_EQ(field(one, "Content-Length"), "3");
    EXPECT_EQ(body_of(one), "234");
    EXPECT_EQ(body_of(ask()), "0123456789");
}

// The validators and ranges of the file are not those of the response.
TEST_F(SendFileResponseTest, BehindOtherContentItIsNotConditional) {
    const std::string path = write("a.txt", "0123456789");
    answer([=](const HTTPServerResponse& response) {
        response.write("before ");
        response.send_file(path);
    });
    const std::string reply = ask("Range: bytes=2-4\r\n");
    EXPECT_EQ(status_of(reply), 200);
    EXPECT_EQ(body_of(reply), "before 0123456789");
    EXPECT_EQ(field(reply, "ETag"), "");
    EXPECT_EQ(field(reply, "Accept-Ranges"), "");
}

TEST_F(SendFileResponseTest, HowLongTheFileMayBeCachedIsNotSaidOfErrors) {
    const std::string path = write("a.txt", "0123456789");
    answer([=](const HTTPServerResponse& response) {
        response.set_header("Cache-Control", "max-age=31536000, immutable").ignore("a good field");
        response.set_header("Expires", "Thu, 01 Jan 2099 00:00:00 GMT").ignore("a good field");
        response.send_file(path);
    });
    const std::string unsatisfiable = ask("Range: bytes=10-\r\n");
    EXPECT_EQ(status_of(unsatisfiable), 416);
    EXPECT_EQ(field(unsatisfiable, "Cache-Control"), "");
    EXPECT_EQ(field(unsatisfiable, "Expires"), "");
    const std::string failed = ask("If-Match: \"other\"\r\n");
    EXPECT_EQ(status_of(failed), 412);
    EXPECT_EQ(field(failed, "Cache-Control"), "");
    const std::string same = ask("If-None-Match: *\r\n");
    EXPECT_EQ(status_of(same), 304);
    EXPECT_NE(field(same, "Cache-Control"), "");
}

TEST_F(SendFileResponseTest, NoSuchRangeIs416) {
    send(write("a.txt", "0123456789"));
    const std::string reply = ask("Range: bytes=10-\r\n");
    EXPECT_EQ(status_of(reply), 416);
    EXPECT_EQ(field(reply, "Content-Range"), "bytes */10");
    EXPECT_EQ(body_of(reply), "416: Range Not Satisfiable\n");
}

TEST_F(SendFileResponseTest, WhatIsNoRangeIsIgnored) {
    send(write("a.txt", "0123456789"));
    for (const char* range : {"bytes=5-2", "lines=0-1", "bytes=x", ""})
        EXPECT_EQ(status_of(ask("Range: " + std::string{range} + "\r\n")), 200) << range;
    EXPECT_EQ(status_of(ask("Range: bytes=0-1\r\nRange: bytes=0-1\r\n")), 200);
}

TEST_F(SendFileResponseTest, IfRangeDecidesWhetherTheRangeCounts) {
    const std::string path = write("a.txt", "0123456789");
    const timeval times[2] = {{1'000'000'000, 0}, {1'000'000'000, 0}};
    ASSERT_EQ(::utimes(path.c_str(), times), 0);
    std::this_thread::sleep_for(std::chrono::milliseconds{60});
    send(path);
    const std::string first = ask();
    const auto status = [&](const std::string& validator) {
        return status_of(ask("Range: bytes=0-1\r\nIf-Range: " + validator + "\r\n"));
    };
    EXPECT_EQ(status(field(first, "ETag")), 206);
    EXPECT_EQ(status(field(first, "Last-Modified")), 206);
    EXPECT_EQ(status("W/" + field(first, "ETag")), 200);
    EXPECT_EQ(status("\"other\""), 200);
    EXPECT_EQ(status("Sun, 09 Sep 2001 01:46:41 GMT"), 200);
}

// Conditions of resources that are no files.

TEST_F(SendFileResponseTest, AnswerConditionalEndsWhatNeedsNoAnswer) {
    int made = 0;
    answer([&](const HTTPServerResponse& response) {
        if (response.answer_conditional(ETag{"v1"})) return;
        ++made;
        response.finish("made");
    });
    EXPECT_EQ(status_of(ask("If-None-Match: \"v1\"\r\n")), 304);
    EXPECT_EQ(status_of(ask("If-None-Match: \"v1\"\r\nContent-Length: 0\r\n", "PUT")), 412);
    EXPECT_EQ(status_of(ask("If-Match: \"v0\"\r\nContent-Length: 0\r\n", "DELETE")), 412);
    EXPECT_EQ(made, 0);
    const std::string reply = ask("If-Match: \"v1\"\r\nContent-Length: 0\r\n", "PUT");
    EXPECT_EQ(status_of(reply), 200);
    EXPECT_EQ(field(reply, "ETag"), "") << "that of what there was before";
    EXPECT_EQ(made, 1);
    EXPECT_EQ(field(ask(), "ETag"), "\"v1\"");
}

TEST_F(SendFileResponseTest, AnswerConditionalByDate) {
    answer([&](const HTTPServerResponse& response) {
        const std::chrono::sys_seconds modified{std::chrono::seconds{784'111'777}};
        if (!response.answer_conditional({}, modified)) response.finish("made");
        EXPECT_TRUE(response.answer_conditional({}, modified));
    });
    EXPECT_EQ(status_of(ask("If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n")), 304);
    EXPECT_EQ(field(ask(), "Last-Modified"), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_TRUE(HTTPServerResponse{}.answer_conditional({}, {}));
}

TEST_F(SendFileResponseTest, AnswerConditionalSendsNoBadTag) {
    std::string tag;
    answer([&](const HTTPServerResponse& response) {
        EXPECT_TRUE(response.answer_conditional(ETag{tag}));
        response.finish("made");
    });
    for (const char* bad : {"a\"b", "a b", "a\r\nX: y", "\x7f"}) {
        tag = bad;
        const std::string reply = ask();
        EXPECT_EQ(status_of(reply), 500) << bad;
        EXPECT_EQ(field(reply, "ETag") + field(reply, "X"), "");
    }
}

TEST_F(SendFileResponseTest, ATagThatCannotBeSentIsRefused) {
    answer([&](const HTTPServerResponse& response) {
        for (const char* bad : {"a\"b", "a b", "a\r\nX: y", "\x7f"})
            EXPECT_EQ(response.set_etag({bad}).kind(), Errc::invalid_argument) << bad;
        response.finish();
    });
    EXPECT_EQ(field(ask(), "ETag"), "");
    EXPECT_EQ(HTTPServerResponse{}.set_etag({"a"}).kind(), Errc::closed);
}

TEST_F(SendFileResponseTest, ALengthOfTheHandlersOwnIsNotThatOfARange) {
    const std::string path = write("a", "0123456789");
    answer([=](const HTTPServerResponse& response) {
        EXPECT_FALSE(response.set_header("Content-Length", "10"));
        response.send_file(path);
    });
    const std::string reply = ask("Range: bytes=0-3\r\n");
    EXPECT_EQ(status_of(reply), 206);
    EXPECT_EQ(field(reply, "Content-Length"), "4");
    EXPECT_EQ(body_of(reply), "0123");
}

class AutoEtagTest : public SendFileResponseTest {
protected:
    void auto_etag(bool wanted, Answer answer) {
        serve({.auto_etag = wanted})
            .route("*", "/{path...}",
                   [answer](const HTTPServerRequest&, const HTTPServerResponse& response) {
                       answer(response);
                   });
        listen();
    }
    static void hello(const HTTPServerResponse& response) {
        response.write("hel");
        response.finish("lo");
    }
};

TEST_F(AutoEtagTest, IsMadeOfTheBody) {
    auto_etag(true, hello);
    const std::string reply = ask();
    EXPECT_EQ(field(reply, "ETag"), ETag::of("hello").to_string());
    EXPECT_EQ(body_of(reply), "hello");
    const std::string again = ask("If-None-Match: " + field(reply, "ETag") + "\r\n");
    EXPECT_EQ(status_of(again), 304);
    EXPECT_EQ(body_of(again), "");
    EXPECT_EQ(status_of(ask("If-None-Match: \"x\"\r\n")), 200);
    EXPECT_EQ(field(ask({}, "HEAD"), "ETag"), field(reply, "ETag"));
}

TEST_F(AutoEtagTest, OffByDefault) {
    auto_etag(false, hello);
    EXPECT_EQ(field(ask(), "ETag"), "");
}

TEST_F(AutoEtagTest, OnlyForAWhole200ToGetOrHead) {
    int status = 200;
    bool flush = false;
    auto_etag(true, [&](const HTTPServerResponse& response) {
        EXPECT_FALSE(response.set_status(status));
        if (flush) response.flush();
        hello(response);
    });
    EXPECT_EQ(field(ask("Content-Length: 0\r\n", "POST"), "ETag"), "");
    status = 201;
    EXPECT_EQ(field(ask(), "ETag"), "");
    status = 200;
    flush = true;
    EXPECT_EQ(field(ask(), "ETag"), "");
}

TEST_F(AutoEtagTest, ATagOfTheHandlersOwnStays) {
    auto_etag(true, [](const HTTPServerResponse& response) {
        EXPECT_FALSE(response.set_etag({"mine"}));
        hello(response);
    });
    EXPECT_EQ(field(ask(), "ETag"), "\"mine\"");
}

TEST_F(AutoEtagTest, WriteCallbacksAreCalledAlsoWhenTheBodyIsNotSent) {
    auto_etag(true, [&](const HTTPServerResponse& response) {
        response.write("hello", [this](const Error& error) { told.push_back(error.kind()); });
        response.finish();
    });
    EXPECT_EQ(status_of(ask("If-None-Match: " + ETag::of("hello").to_string() + "\r\n")), 304);
    EXPECT_EQ(told, (std::vector{Errc::ok}));
}

TEST_F(SendFileResponseTest, ACompressedFileThatGetsShorterIs500AndTellsTheCallback) {
    const std::string path = write("a.txt", numbers(100'000));
    serve({.compress_response = true})
        .get("/", [=, this](const HTTPServerRequest&, const HTTPServerResponse& response) {
            const File file = File::open(path).file;
            ASSERT_EQ(::truncate(path.c_str(), 60'000), 0);
            response.send_file(file, {},
                               [this](const Error& error) { told.push_back(error.kind()); });
        });
    listen();
    EXPECT_EQ(status_of(ask("Accept-Encoding: gzip\r\n")), 500);
    settle();
    EXPECT_EQ(told, (std::vector{Errc::closed}));
    EXPECT_EQ(take_reports().size(), 1U);
}

TEST_F(SendFileResponseTest, BehindOtherPiecesOfTheBodyItIsNotConditional) {
    const std::string path = write("a", "0123456789");
    answer([=](const HTTPServerResponse& response) {
        response.write("before ");
        response.send_file(path);
    });
    const std::string reply = ask("Range: bytes=0-3\r\n");
    EXPECT_EQ(status_of(reply), 200);
    EXPECT_EQ(field(reply, "ETag"), "");
    EXPECT_EQ(body_of(reply), "before 0123456789");
}

TEST_F(AutoEtagTest, NotOfTheEmptyBodyThatAHeadRequestMayBeGiven) {
    auto_etag(true, [](const HTTPServerResponse& response) {
        EXPECT_FALSE(response.set_header("Content-Length", "5"));
        response.finish();
    });
    const std::string reply = ask({}, "HEAD");
    EXPECT_EQ(status_of(reply), 200);
    EXPECT_EQ(field(reply, "ETag"), "");
}

TEST_F(SendFileResponseTest, AnErrorPageMayDestroyTheServerAndTheResponse) {
    HTTPServerResponse kept;
    answer([&](const HTTPServerResponse& response) { kept = response; });
    server->application().set_error_page([&](const HTTPServerRequest&, ErrorPage&) {
        server.reset();
        kept = {};
    });
    RawClient client = connect();
    client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n").wait_for([&] { return !kept.finished(); });
    kept.send_file(folder.path("none"), {},
                   [this](const Error& error) { told.push_back(error.kind()); });
    client.until_end();
    EXPECT_EQ(told.size(), 1U);
}

}  // namespace
}  // namespace gyre::http::test
