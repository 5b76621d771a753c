#include "response_writer.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace gyre::http::detail {
namespace {

using gyre::detail::OutputQueue;

/// Everything that is in the queue; its callbacks are discarded.
std::string text_of(OutputQueue& queue) {
    std::string text;
    std::array<std::string_view, 4> parts;
    std::vector<Callback<void(Error)>> done;
    while (!queue.empty()) {
        const std::size_t used = queue.front(parts);
        std::size_t size = 0;
        for (std::size_t i = 0; i < used; ++i) {
            text += parts[i];
            size += parts[i].size();
        }
        queue.advance(size, done);
    }
    for (auto& callback : done)
        callback.discard();
    return text;
}

class ResponseWriterTest : public testing::Test {
protected:
    /// What one call of `encode` adds; "!" if it failed.
    std::string encode(bool last, std::string_view data = {}) {
        if (writer.encode(out, context, last, data) != SerializeError::none) return "!";
        return text_of(out);
    }

    ResponseWriter writer;
    OutputQueue out;
    ResponseContext context{.head_request = false,
                            .version_minor = 1,
                            .keep_alive = true,
                            .server_name = {},
                            .date = {}};
};

TEST_F(ResponseWriterTest, WholeAtOnce) {
    EXPECT_EQ(encode(true, "abc"),
              "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n"
              "Content-Type: text/plain; charset=utf-8\r\n\r\nabc");
    EXPECT_EQ(writer.state(), ResponseWriter::State::done);
    EXPECT_TRUE(writer.keeps_alive());
}

TEST_F(ResponseWriterTest, EmptyHasNoType) {
    EXPECT_EQ(encode(true), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

TEST_F(ResponseWriterTest, PiecesAreChunks) {
    writer.headers().set("Content-Type", "a/b");
    writer.body().append("abc");
    EXPECT_EQ(encode(false),
              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: a/b\r\n\r\n"
              "3\r\nabc\r\n");
    EXPECT_EQ(encode(false), "") << "an empty chunk would end the body";
    EXPECT_EQ(encode(true, "d"), "1\r\nd\r\n0\r\n\r\n");
}

TEST_F(ResponseWriterTest, Http10EndsWithTheConnection) {
    context.version_minor = 0;
    EXPECT_EQ(encode(false, "a").find("Transfer-Encoding"), std::string::npos);
    EXPECT_FALSE(writer.keeps_alive());
    EXPECT_EQ(encode(true, "b"), "b");
}

TEST_F(ResponseWriterTest, Http10IsToldThatItsConnectionIsKept) {
    context.version_minor = 0;
    EXPECT_NE(encode(true, "a").find("Connection: keep-alive\r\n"), std::string::npos);
    EXPECT_TRUE(writer.keeps_alive());
}

TEST_F(ResponseWriterTest, HeadDescribesTheBodyAndSendsNone) {
    context.head_request = true;
    const std::string head = encode(true, "abc");
    EXPECT_NE(head.find("Content-Length: 3\r\n"), std::string::npos);
    EXPECT_TRUE(head.ends_with("\r\n\r\n"));
}

TEST_F(ResponseWriterTest, HeadOfAStreamSendsNoChunks) {
    context.head_request = true;
    EXPECT_NE(encode(false, "abc").find("Transfer-Encoding: chunked\r\n"), std::string::npos);
    EXPECT_EQ(encode(true, "def"), "");
}

TEST_F(ResponseWriterTest, HeadMayNameALengthWithoutABody) {
    context.head_request = true;
    writer.headers().set("Content-Length", "1000");
    EXPECT_NE(encode(true).find("Content-Length: 1000\r\n"), std::string::npos);
}

TEST_F(ResponseWriterTest, NotModifiedMayNameALengthAndSendsNothing) {
    writer.set_status(304, {});
    writer.headers().set("Content-Length", "1000");
    const std::string reply = encode(true, "not sent");
    EXPECT_NE(reply.find("Content-Length: 1000\r\n"), std::string::npos);
    EXPECT_TRUE(reply.ends_with("\r\n\r\n"));
    EXPECT_EQ(reply.find("Content-Type"), std::string::npos);
}

TEST_F(ResponseWriterTest, NoContentNamesNoLength) {
    writer.set_status(204, {});
    writer.headers().set("Content-Length", "0");
    EXPECT_EQ(encode(true), "HTTP/1.1 204 No Content\r\n\r\n");
}

TEST_F(ResponseWriterTest, OwnLengthIsHeldTo) {
    for (const auto& [length, body, good] :
         {std::tuple{"3", "abc", true}, std::tuple{"2", "abc", false},
          std::tuple{"4", "abc", false}, std::tuple{"x", "abc", false},
          std::tuple{"03", "abc", false}, std::tuple{"-1", "", false},
          std::tuple{"18446744073709551616", "", false}}) {
        writer.reset();
        writer.headers().set("Content-Length", length);
        EXPECT_EQ(encode(true, body) != "!", good) << length;
        EXPECT_EQ(writer.state() == ResponseWriter::State::open, !good) << "nothing is out";
    }
}

TEST_F(ResponseWriterTest, OwnLengthIsHeldToOverPieces) {
    writer.headers().set("Content-Length", "4");
    EXPECT_NE(encode(false, "ab"), "!");
    EXPECT_EQ(encode(false, "cd"), "cd");
    EXPECT_EQ(encode(false, "e"), "!");
    EXPECT_EQ(encode(true), "");
}

TEST_F(ResponseWriterTest, CloseOfTheHandlersIsFoundInAnyField) {
    writer.headers().add("Connection", "a, b");
    writer.headers().add("connection", "x, CLOSE");
    const std::string reply = encode(true);
    EXPECT_FALSE(writer.keeps_alive());
    EXPECT_EQ(reply.find("Connection: close"), std::string::npos) << "it is there already";
}

TEST_F(ResponseWriterTest, KeepAliveOfTheHandlersCannotContradict) {
    context.keep_alive = false;
    writer.headers().set("Connection", "keep-alive");
    const std::string reply = encode(true);
    EXPECT_EQ(reply.find("keep-alive"), std::string::npos);
    EXPECT_NE(reply.find("Connection: close\r\n"), std::string::npos);
}

TEST_F(ResponseWriterTest, ServerAndDateAreAddedUnlessGiven) {
    context.server_name = "gyre";
    context.date = "now";
    const std::string reply = encode(true);
    EXPECT_NE(reply.find("Server: gyre\r\n"), std::string::npos);
    EXPECT_NE(reply.find("Date: now\r\n"), std::string::npos);
    writer.reset();
    writer.headers().set("Server", "mine");
    writer.headers().set("Date", "then");
    const std::string other = encode(true);
    EXPECT_EQ(other.find("gyre"), std::string::npos);
    EXPECT_EQ(other.find("now"), std::string::npos);
}

TEST_F(ResponseWriterTest, CallbacksOfABodyThatIsNotSentStayInOrder) {
    context.head_request = true;
    int called = 0;
    writer.body().append("abc");
    writer.body().when_sent([&](const Error&) { ++called; });
    ASSERT_EQ(writer.encode(out, context, true), SerializeError::none);
    std::vector<Callback<void(Error)>> done;
    out.advance(out.bytes(), done);
    ASSERT_EQ(done.size(), 1u);
    std::move(done[0])(Error{});
    EXPECT_EQ(called, 1);
}

}  // namespace
}  // namespace gyre::http::detail
