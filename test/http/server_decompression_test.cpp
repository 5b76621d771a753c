#include "coding_driver.hpp"
#include "server_fixture.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gyre::http::test {
namespace {

using namespace std::string_view_literals;
using detail::coding_name;
using detail::ContentCoding;
using detail::test::all_codings;
using detail::test::encode;
using detail::test::noise;

using Request = HTTPServerRequest;
using Response = HTTPServerResponse;

std::string coded_post(std::string_view target, std::string_view coding, std::string_view body,
                       std::string_view fields = {}) {
    return "POST " + std::string{target} +
           " HTTP/1.1\r\nHost: t\r\nContent-Encoding: " + std::string{coding} +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + std::string{fields} +
           "\r\n" + std::string{body};
}

std::string coded_post(std::string_view target, ContentCoding coding, std::string_view body) {
    return coded_post(target, coding_name(coding), encode(coding, body));
}

/// The same body in chunks of this size.
std::string chunked_post(std::string_view target, std::string_view coding, std::string_view body,
                         std::size_t size) {
    std::string all = "POST " + std::string{target} +
                      " HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\nContent-Encoding: " +
                      std::string{coding} + "\r\n\r\n";
    for (std::size_t at = 0; at < body.size(); at += size) {
        const std::string_view piece = body.substr(at, size);
        char line[20];
        std::snprintf(line, sizeof line, "%zx\r\n", piece.size());
        all.append(line).append(piece).append("\r\n");
    }
    return all + "0\r\n\r\n";
}

/// A server that decodes: POST /echo answers with its whole body, POST /up keeps what it gets.
class ServerDecompression : public ServerTest {
protected:
    void begin(HTTPServerOptions options = {}) {
        options.decompress_request = true;
        start(std::move(options));
    }
    void start(HTTPServerOptions options) {
        serve(std::move(options)).post("/echo", [](const Request& from, const Response& to) {
            EXPECT_EQ(from.headers().get("Content-Encoding", "none"),
                      from.headers().get("X", "none"));
            to.finish("[" + std::string{from.body()} + "]");
        });
        server->stream("POST", "/up", [this](const Request& from, const Response& to) {
            request = from;
            response = to;
            if (max_body > 0) from.set_max_body_size(max_body);
            from.on_data([this](std::string_view piece) {
                body.append(piece);
                ++pieces;
                largest = std::max(largest, piece.size());
                if (pause_each) request.pause();
            });
            from.on_finish([this](const Error& error) {
                ended = true;
                error.ignore("it is looked at below");
                failure = error;
                if (!error) response.finish("done");
            });
        });
        server->get("/", [](const Request&, const Response& to) { to.finish("next"); });
        listen();
    }
    std::string answer(std::string_view request_bytes) {
        RawClient client = connect();
        client.send(request_bytes);
        return client.until("\r\n\r\n");
    }
    void TearDown() override {
        request = {};
        response = {};
        ServerTest::TearDown();
    }

    Request request;
    Response response;
    std::string body;
    std::uint64_t max_body = 0;
    std::size_t pieces = 0;
    std::size_t largest = 0;
    bool pause_each = false;
    bool ended = false;
    Error failure;
};

TEST_F(ServerDecompression, IsOffUnlessAskedFor) {
    start({});
    const std::string coded = encode(ContentCoding::gzip, "text");
    RawClient client = connect();
    client.send(coded_post("/echo", "gzip", coded, "X: gzip\r\n"));
    EXPECT_EQ(body_of(client.until("]")), "[" + coded + "]");
    client.take();
    client.send(coded_post("/echo", "zstd", "other", "X: zstd\r\n"));
    EXPECT_EQ(body_of(client.until("]")), "[other]");
}

TEST_F(ServerDecompression, BufferedBodyIsDecoded) {
    begin();
    for (const ContentCoding coding : all_codings) {
        const std::string name{coding_name(coding)};
        const std::string coded = encode(coding, "text and more text");
        RawClient client = connect();
        client.send(coded_post("/echo", name, coded, "X: " + name + "\r\n") + get("/"));
        client.until("next");
        EXPECT_NE(client.received.find("[text and more text]"), std::string::npos) << name;
    }
}

// A decoded body of exactly as many bytes as came must not be taken for those.
TEST_F(ServerDecompression, BodyAsLongAsItsCodedFormIsDecoded) {
    begin();
    for (std::size_t size = 1; size < 200; ++size) {
        const std::string text = noise(10) + std::string(size, 'a');
        const std::string coded = encode(ContentCoding::gzip, text);
        if (coded.size() != text.size()) continue;
        RawClient client = connect();
        client.send(coded_post("/echo", "gzip", coded, "X: gzip\r\n"));
        EXPECT_EQ(body_of(client.until("]")), "[" + text + "]");
        return;
    }
    FAIL() << "no such body";
}

TEST_F(ServerDecompression, BodyIsDecodedAtEverySplit) {
    begin();
    const std::string all = coded_post("/up", ContentCoding::gzip, "some text") + get("/");
    for (std::size_t at = 1; at < all.size(); ++at) {
        body.clear();
        ended = false;
        RawClient client = connect();
        client.send(std::string_view{all}.substr(0, at));
        client.send(std::string_view{all}.substr(at));
        client.until("next");
        EXPECT_EQ(body, "some text") << at;
        EXPECT_FALSE(failure) << at;
    }
}

TEST_F(ServerDecompression, ChunksMayCutTheCodedBytesAnywhere) {
    begin();
    const std::string text = noise(3000);
    for (const ContentCoding coding : all_codings)
        for (const std::size_t size : {1u, 7u, 4000u}) {
            body.clear();
            RawClient client = connect();
            client.send(chunked_post("/up", coding_name(coding), encode(coding, text), size));
            client.until("done");
            EXPECT_EQ(body, text);
        }
}

TEST_F(ServerDecompression, IdentityAndOtherNamesOfIt) {
    begin();
    for (const auto& [coding, coded] :
         {std::pair{"identity"sv, std::string{"text"}}, std::pair{""sv, std::string{"text"}},
          std::pair{"identity, identity"sv, std::string{"text"}},
          std::pair{"GZIP"sv, encode(ContentCoding::gzip, "text")},
          std::pair{"x-gzip"sv, encode(ContentCoding::gzip, "text")},
          std::pair{"identity, gzip"sv, encode(ContentCoding::gzip, "text")}}) {
        body.clear();
        RawClient client = connect();
        client.send(coded_post("/up", coding, coded));
        client.until("done");
        EXPECT_EQ(body, "text") << coding;
    }
}

// RFC 9110 section 15.5.16
TEST_F(ServerDecompression, UnknownCodingAndSeveralLayersAre415) {
    begin();
    for (const char* coding : {"zstd", "compress", "gzip, gzip", "gzip, br", "gzip;q=1", "*"})
        for (const char* target : {"/echo", "/up"}) {
            RawClient client = connect();
            client.send(coded_post(target, coding, "text") + get("/"));
            const std::string reply = client.until("next");
            EXPECT_EQ(status_of(reply), 415) << coding;
            EXPECT_EQ(count(reply, "\r\nAccept-Encoding: gzip, deflate, br\r\n"), 1u) << coding;
        }
    const std::string two_fields = coded_post("/echo", "gzip", "x", "Content-Encoding: br\r\n");
    EXPECT_EQ(status_of(answer(two_fields)), 415);
    EXPECT_EQ(pieces, 0u);
}

TEST_F(ServerDecompression, UnknownCodingIsRefusedBeforeTheBodyIsAskedFor) {
    begin();
    RawClient client = connect();
    client.send(
        "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Encoding: zstd\r\nContent-Length: 5\r\n"
        "Expect: 100-continue\r\n\r\n");
    EXPECT_EQ(status_of(client.until_end()), 415);
}

TEST_F(ServerDecompression, OtherErrorPagesNameNoCodings) {
    begin();
    serve({.decompress_request = true}).post("/", [](const Request&, const Response& to) {
        to.send_error(415);
    });
    listen();
    EXPECT_EQ(answer(post("/", "x")).find("Accept-Encoding"), std::string::npos);
}

TEST_F(ServerDecompression, RequestWithoutABodyHasNothingToDecode) {
    begin();
    EXPECT_EQ(status_of(answer(get("/", "Content-Encoding: zstd\r\n"))), 200);
    EXPECT_EQ(status_of(answer(coded_post("/echo", "gzip", "", "X: gzip\r\n"))), 200);
}

TEST_F(ServerDecompression, BadDataIs400AndTellsTheHandler) {
    begin();
    const std::string good = encode(ContentCoding::gzip, "text");
    std::string wrong = good;
    wrong[wrong.size() - 6] ^= 1;
    const struct {
        std::string coded;
        Errc kind;
    } rows[] = {{"not gzip at all", Errc::protocol_error},
                {wrong, Errc::protocol_error},
                {good + "more", Errc::protocol_error},
                {good.substr(0, good.size() - 1), Errc::truncated}};
    for (const auto& row : rows) {
        ended = false;
        RawClient client = connect();
        client.send(coded_post("/up", "gzip", row.coded));
        EXPECT_EQ(status_of(client.until_end()), 400);
        EXPECT_TRUE(ended);
        EXPECT_EQ(failure, row.kind);
        RawClient other = connect();
        other.send(coded_post("/echo", "gzip", row.coded) + get("/"));
        const std::string reply = other.until_end();
        EXPECT_EQ(status_of(reply), 400);
        EXPECT_EQ(count(reply, "HTTP/1.1"), 1u) << "nothing behind it is a request";
    }
}

TEST_F(ServerDecompression, LimitCountsDecodedBytes) {
    begin({.max_body_size = 5000});
    for (const ContentCoding coding : all_codings)
        for (const auto& [size, status] :
             {std::pair{4999u, 200}, std::pair{5000u, 200}, std::pair{5001u, 413}})
            for (const std::string& text : {noise(size), std::string(size, 'a')}) {
                const std::string name{coding_name(coding)};
                const std::string coded = encode(coding, text);
                EXPECT_EQ(
                    status_of(answer(coded_post("/echo", name, coded, "X: " + name + "\r\n"))),
                    status)
                    << name << ' ' << size;
            }
}

TEST_F(ServerDecompression, CodedBytesAreBoundedToo) {
    begin({.max_body_size = 5000});
    const std::string head =
        "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Encoding: gzip\r\nContent-Length: ";
    EXPECT_EQ(status_of(answer(head + "7000\r\n\r\n")), 413) << "no body can need so many";
    std::string empty_members;
    while (empty_members.size() < 7000)
        empty_members += encode(ContentCoding::gzip, "");
    EXPECT_EQ(status_of(answer(chunked_post("/echo", "gzip", empty_members, 500))), 413);
}

TEST_F(ServerDecompression, LimitOfAStreamingHandlerCountsDecodedBytes) {
    begin();
    max_body = 3000;
    for (const auto& [size, good] : {std::pair{3000u, true}, std::pair{3001u, false}}) {
        ended = false;
        body.clear();
        RawClient client = connect();
        client.send(coded_post("/up", ContentCoding::brotli, std::string(size, 'a')));
        client.wait_for([&] { return ended; });
        EXPECT_EQ(status_of(client.until("\r\n\r\n")), good ? 200 : 413);
        EXPECT_EQ(!failure, good);
        if (!good) EXPECT_EQ(failure, Errc::limit_exceeded);
        EXPECT_EQ(server->metrics().limits.decompression, good ? 0U : 1U);
    }
}

TEST_F(ServerDecompression, BombIsRefusedAndLittleOfItIsDecoded) {
    begin();
    const std::string zeros(10'000'000, '\0');
    for (const ContentCoding coding : all_codings) {
        const std::string bomb = encode(coding, zeros);
        body.clear();
        ended = false;
        EXPECT_EQ(status_of(answer(coded_post("/up", coding_name(coding), bomb))), 413);
        EXPECT_EQ(failure, Errc::limit_exceeded);
        EXPECT_LE(body.size(), 100 * bomb.size() + 128 * 1024);
        EXPECT_LE(largest, 16u * 1024);
        EXPECT_EQ(status_of(answer(coded_post("/echo", coding_name(coding), bomb))), 413);
    }
}

TEST_F(ServerDecompression, LargeBodyTakesSeveralTurns) {
    begin();
    const std::string random = noise(64'000);  // keeps the ratio below the limit
    std::string text;
    for (std::size_t at = 0; at < random.size(); at += 64)
        text += random.substr(at, 64) + std::string(3000, 'a');
    for (const ContentCoding coding : all_codings) {
        body.clear();
        RawClient client = connect();
        client.send(coded_post("/up", coding, text) + get("/"));
        client.until("next");
        EXPECT_EQ(body.size(), text.size());
        EXPECT_TRUE(body == text) << coding_name(coding);
    }
}

TEST_F(ServerDecompression, ClientMayEndItsSideBehindTheBody) {
    begin();
    const std::string text(1'000'000, 'a');
    RawClient client = connect();
    client.send(coded_post("/up", "gzip", encode(ContentCoding::gzip, noise(20'000) + text)));
    client.half_close();
    EXPECT_EQ(body_of(client.until_end()), "done");
    EXPECT_EQ(body.size(), 1'020'000u);
}

TEST_F(ServerDecompression, PauseHoldsDecodedBytesBackUntilResume) {
    begin();
    pause_each = true;
    const std::string text = noise(1000) + std::string(90'000, 'a');
    for (const ContentCoding coding : all_codings) {
        body.clear();
        pieces = 0;
        ended = false;
        RawClient client = connect();
        client.send(coded_post("/up", coding, text) + get("/"));
        client.wait_for([&] { return pieces == 1; });
        client.settled();
        EXPECT_EQ(pieces, 1u) << "no more than one piece after pause";
        EXPECT_FALSE(ended);
        while (!ended) {
            const std::size_t before = pieces;
            request.resume();
            client.wait_for([&] { return ended || pieces > before; });
            ASSERT_LE(pieces, before + 1);
        }
        EXPECT_EQ(body, text);
        EXPECT_GE(pieces, 6u);
        client.until("next");
    }
}

TEST_F(ServerDecompression, ClientThatGoesWhileTheHandlerPausesIsTold) {
    begin();
    pause_each = true;
    RawClient client = connect();
    client.send(coded_post("/up", ContentCoding::gzip, std::string(60'000, 'a')));
    client.wait_for([&] { return pieces == 1; });
    client.reset();
    connect().wait_for([&] { return ended; });
    EXPECT_TRUE(failure);
    EXPECT_EQ(pieces, 1u);
}

TEST_F(ServerDecompression, HandlerMayAnswerBeforeTheBodyIsDecoded) {
    begin();
    server->stream("POST", "/early", [](const Request& from, const Response& to) {
        from.on_data([to](std::string_view) { to.finish("enough"); });
        from.on_finish([](const Error& error) { EXPECT_EQ(error, Errc::canceled); });
    });
    RawClient client = connect();
    client.send(coded_post("/early", ContentCoding::gzip, std::string(60'000, 'a')) + get("/"));
    client.until("next");
    EXPECT_EQ(count(client.received, "enough"), 1u);
}

TEST_F(ServerDecompression, HandlerMayFailOrThrowInsideAPiece) {
    begin();
    server->stream("POST", "/throw", [](const Request& from, const Response& to) {
        from.on_data([to](std::string_view) { throw std::runtime_error{"boom"}; });
        from.on_finish([](const Error& error) { error.ignore("of no interest"); });
    });
    EXPECT_EQ(
        status_of(answer(coded_post("/throw", ContentCoding::brotli, std::string(60'000, 'a')))),
        500);
    EXPECT_EQ(take_reports().size(), 1u);
}

TEST_F(ServerDecompression, ServerMayBeDestroyedInsideAPiece) {
    for (const ContentCoding coding : all_codings) {
        begin();
        gyre::test::Captures captures;
        server->stream("POST", "/destroy",
                       [this, token = captures.token()](const Request& from, const Response& to) {
                           from.on_data([this, token, to](std::string_view piece) {
                               server.reset();
                               body.assign(piece);  // valid until the end of the call
                           });
                           from.on_finish([token](const Error&) { FAIL() << "called"; });
                       });
        RawClient client = connect();
        client.send(coded_post("/destroy", coding, std::string(60'000, 'a')));
        client.until_end();
        settle();
        EXPECT_EQ(body, std::string(body.size(), 'a'));
        EXPECT_FALSE(body.empty());
        EXPECT_TRUE(captures.released());
    }
}

TEST_F(ServerDecompression, TimeOutsHoldForCodedBodies) {
    begin();
    RawClient client = connect();
    const std::string all = coded_post("/up", ContentCoding::gzip, noise(1000));
    client.send(all.substr(0, all.size() - 10));
    client.wait_for([&] { return !response.finished(); });
    client.settled();
    advance(std::chrono::seconds{31});
    EXPECT_EQ(status_of(client.until_end()), 408);
    EXPECT_EQ(failure, Errc::timed_out);
}

TEST_F(ServerDecompression, EchoOfACompressedBodyMayBeCompressed) {
    begin({.compress_response = true});
    const std::string text(4000, 'a');
    RawClient client = connect();
    client.send(coded_post("/echo", "br", encode(ContentCoding::brotli, text),
                           "X: br\r\nAccept-Encoding: deflate\r\nConnection: close\r\n"));
    const std::string reply = client.until_end();
    EXPECT_EQ(detail::test::decode(ContentCoding::deflate, body_of(reply)).body, "[" + text + "]");
}

TEST_F(ServerDecompression, LimitThatAMiddlewareSetsCountsDecodedBytes) {
    begin();
    server->use([](const Request& from, const Response&, const Next& next) {
        from.set_max_body_size(3000);
        next();
    });
    RawClient client = connect();
    client.send(coded_post("/up", ContentCoding::brotli, std::string(3001, 'a')));
    client.wait_for([&] { return ended; });
    EXPECT_EQ(status_of(client.until("\r\n\r\n")), 413);
    EXPECT_EQ(failure, Errc::limit_exceeded);
}

}  // namespace
}  // namespace gyre::http::test
