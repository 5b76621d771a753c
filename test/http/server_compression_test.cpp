#include "coding_driver.hpp"
#include "server_fixture.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gyre::http::test {
namespace {

using namespace std::string_literals;
using detail::coding_name;
using detail::ContentCoding;
using detail::DecodeError;
using gyre::test::ExpectOnce;

using Request = HTTPServerRequest;
using Response = HTTPServerResponse;

const std::string page(5000, 'p');

/// The value of a field in a reply's head; empty if it has none.
std::string field_of(std::string_view reply, std::string_view name) {
    const std::string line = "\r\n" + std::string{name} + ": ";
    const std::string_view head = reply.substr(0, reply.find("\r\n\r\n") + 2);
    const std::size_t at = head.find(line);
    if (at == std::string_view::npos) return {};
    const std::string_view rest = head.substr(at + line.size());
    return std::string{rest.substr(0, rest.find("\r\n"))};
}

std::string unchunk(std::string_view body) {
    std::string all;
    while (!body.empty()) {
        const std::size_t size = std::stoul(std::string{body.substr(0, body.find("\r\n"))}, {}, 16);
        body.remove_prefix(body.find("\r\n") + 2);
        all.append(body.substr(0, size));
        body.remove_prefix(std::min(size + 2, body.size()));
        if (size == 0) break;
    }
    return all;
}

/// A body of a reply as its Content-Encoding says; it must be whole.
std::string decoded_body(std::string_view reply) {
    const std::string body = field_of(reply, "Transfer-Encoding") == "chunked"
                                 ? unchunk(body_of(reply))
                                 : body_of(reply);
    const std::string coding = field_of(reply, "Content-Encoding");
    if (coding.empty()) return body;
    const auto decoded = detail::test::decode(*detail::coding_named(coding), body);
    EXPECT_EQ(decoded.error, DecodeError::none);
    return decoded.body;
}

/// A server that compresses, and what handlers at GET and HEAD / do with the response.
class ServerCompression : public ServerTest {
protected:
    void begin(std::function<void(const Response&)> answer, HTTPServerOptions options = {}) {
        options.compress_response = true;
        serve(std::move(options)).route("*", "/", [answer](const Request&, const Response& to) {
            answer(to);
        });
        listen();
    }
    /// The whole reply to a request with this Accept-Encoding.
    std::string reply_to(std::string_view accepted, std::string_view method = "GET",
                         std::string_view version = "1.1") {
        RawClient client = connect();
        client.send(std::string{method} + " / HTTP/" + std::string{version} +
                    "\r\nHost: t\r\nConnection: close\r\nAccept-Encoding: " +
                    std::string{accepted} + "\r\n\r\n");
        return client.until_end();
    }
    void expect_plain(const std::string& reply, bool varies) {
        EXPECT_EQ(field_of(reply, "Content-Encoding"), "") << reply;
        EXPECT_EQ(field_of(reply, "Vary"), varies ? "Accept-Encoding" : "") << reply;
    }
};

TEST_F(ServerCompression, WholeBodyHasTheLengthOfItsCodedBytes) {
    begin([](const Response& to) { to.finish(page); });
    for (const ContentCoding coding : detail::test::all_codings) {
        const std::string reply = reply_to(coding_name(coding));
        EXPECT_EQ(field_of(reply, "Content-Encoding"), coding_name(coding));
        EXPECT_EQ(field_of(reply, "Content-Length"), std::to_string(body_of(reply).size()));
        EXPECT_EQ(field_of(reply, "Vary"), "Accept-Encoding");
        EXPECT_LT(body_of(reply).size(), 200u);
        EXPECT_EQ(decoded_body(reply), page);
    }
}

TEST_F(ServerCompression, IsOffUnlessAskedFor) {
    serve().get("/", [](const Request&, const Response& to) { to.finish(page); });
    listen();
    const std::string reply = reply_to("gzip");
    expect_plain(reply, false);
    EXPECT_EQ(body_of(reply), page);
}

TEST_F(ServerCompression, BrotliThenGzipThenDeflateAtEqualWeight) {
    begin([](const Response& to) { to.finish(page); });
    for (const auto& [accepted, coding] :
         {std::pair{"gzip, deflate, br", "br"}, std::pair{"deflate, gzip", "gzip"},
          std::pair{"*", "br"}, std::pair{"br;q=0.5, gzip;q=0.6", "gzip"},
          std::pair{"br;q=0, gzip;q=0, *", "deflate"}})
        EXPECT_EQ(field_of(reply_to(accepted), "Content-Encoding"), coding) << accepted;
}

TEST_F(ServerCompression, PlainBodyVariesTooWhereTheRequestDecided) {
    begin([](const Response& to) { to.finish(page); });
    for (const char* accepted : {"", "identity", "zstd", "gzip;q=0", "gzip;q=0.5, identity"}) {
        const std::string reply = reply_to(accepted);
        expect_plain(reply, true);
        EXPECT_EQ(body_of(reply), page);
    }
    RawClient client = connect();
    client.send(get("/"));
    expect_plain(client.until(page), true);
}

TEST_F(ServerCompression, PlainBodyIsServedToWhoTakesNothing) {
    begin([](const Response& to) { to.finish(page); });
    for (const char* accepted : {"identity;q=0", "*;q=0", "zstd, *;q=0"}) {
        const std::string reply = reply_to(accepted);
        EXPECT_EQ(status_of(reply), 200);
        expect_plain(reply, true);
        EXPECT_EQ(body_of(reply), page);
    }
}

TEST_F(ServerCompression, PiecesAreReadableAsSoonAsTheyAreFlushed) {
    for (const ContentCoding coding : detail::test::all_codings) {
        Response kept;
        begin([&](const Response& to) { kept = to; });
        RawClient client = connect();
        client.send(get("/", "Accept-Encoding: " + std::string{coding_name(coding)} + "\r\n"));
        client.wait_for([&] { return !kept.finished(); });
        detail::ContentDecoder decoder{coding, detail::test::no_limit};
        std::string body;
        std::size_t used = 0;
        const auto read_on = [&] {
            // The chunks so far; each is complete when it is flushed.
            const std::string coded = unchunk(body_of(client.received) + "0\r\n");
            std::string_view rest = std::string_view{coded}.substr(used);
            used = coded.size();
            for (;;) {
                const detail::DecodeStep step = decoder.decode(rest);
                rest.remove_prefix(step.consumed);
                if (step.event != detail::DecodeStep::Event::data) return;
                body.append(step.piece);
            }
        };
        for (const std::string piece : {"data: one\n\n", "data: two\n\n"}) {
            const std::string before = body;
            kept.write(piece);
            kept.flush();
            client.settled();
            read_on();
            EXPECT_EQ(body, before + piece) << coding_name(coding);
        }
        EXPECT_EQ(field_of(client.received, "Transfer-Encoding"), "chunked");
        EXPECT_EQ(field_of(client.received, "Vary"), "Accept-Encoding");
        kept.finish("end");
        client.until("\r\n0\r\n\r\n");
        EXPECT_EQ(decoded_body(client.received), "data: one\n\ndata: two\n\nend");
        kept = {};
        server.reset();
    }
}

TEST_F(ServerCompression, FlushOfTheHeadAloneIsFollowedByTheBody) {
    begin([](const Response& to) {
        to.flush();
        to.write("a");
        to.flush();
        to.flush();
        to.finish("b");
    });
    EXPECT_EQ(decoded_body(reply_to("gzip")), "ab");
}

TEST_F(ServerCompression, WriteCallbacksComeInOrderAndNothingIsLeftQueued) {
    std::string order;
    Response kept;
    begin([&](const Response& to) {
        kept = to;
        to.write("one", [&](const Error& error) { order += error ? '!' : '1'; });
        to.write("", [&](const Error& error) { order += error ? '!' : '2'; });
        to.write(std::string(100'000, 'x'),
                 [&](const Error& error) { order += error ? '!' : '3'; });
        EXPECT_EQ(to.queued_bytes(), 100'003u);
        to.flush([&](const Error& error) { order += error ? '!' : '4'; });
    });
    RawClient client = connect();
    client.send(get("/", "Accept-Encoding: br\r\n"));
    client.wait_for([&] { return order.size() == 4; });
    EXPECT_EQ(order, "1234");
    EXPECT_EQ(kept.queued_bytes(), 0u);
    kept.finish();
    client.until("\r\n0\r\n\r\n");
}

TEST_F(ServerCompression, BackpressureCountsWhatIsOnItsWay) {
    Response kept;
    int drained = 0;
    begin([&](const Response& to) { kept = to; });
    RawClient client = connect(4096);
    client.send(get("/", "Accept-Encoding: gzip\r\n"));
    client.wait_for([&] { return !kept.finished(); });
    kept.on_drain([&] { ++drained; });
    kept.write(detail::test::noise(8'000'000));
    kept.flush();
    EXPECT_GT(kept.queued_bytes(), 64u * 1024) << "the coded bytes wait";
    client.wait_for([&] { return drained == 1; });
    EXPECT_LE(kept.queued_bytes(), 16u * 1024);
    kept.finish();
    client.until("\r\n0\r\n\r\n");
    EXPECT_EQ(decoded_body(client.received).size(), 8'000'000u);
}

TEST_F(ServerCompression, CallbacksAreToldWhenTheClientGoes) {
    ExpectOnce once;
    Response kept;
    begin([&](const Response& to) {
        kept = to;
        to.write(detail::test::noise(16'000'000),
                 once([](const Error& error) { EXPECT_TRUE(error); }));
    });
    RawClient client = connect(4096);
    client.send(get("/", "Accept-Encoding: gzip\r\n"));
    client.wait_for([&] { return kept.head_sent(); });
    client.reset();
    connect().wait_for([&] { return once.calls() == 1; });
}

TEST_F(ServerCompression, SmallBodyStaysPlain) {
    for (const auto& [size, coded] : {std::pair{99u, false}, std::pair{100u, true}}) {
        begin([size = size](const Response& to) { to.finish(std::string(size, 'a')); },
              {.compression = {.min_size = 100}});
        const std::string reply = reply_to("gzip");
        EXPECT_EQ(!field_of(reply, "Content-Encoding").empty(), coded) << size;
        EXPECT_EQ(!field_of(reply, "Vary").empty(), coded) << size;
        EXPECT_EQ(decoded_body(reply), std::string(size, 'a'));
    }
}

TEST_F(ServerCompression, PiecesWrittenInOneTurnAreOneBody) {
    begin([](const Response& to) {
        for (int i = 0; i < 100; ++i)
            to.write(std::string(20, static_cast<char>('a' + i % 26)));
        to.finish();
    });
    const std::string reply = reply_to("gzip");
    EXPECT_EQ(field_of(reply, "Content-Length"), std::to_string(body_of(reply).size()));
    EXPECT_EQ(decoded_body(reply).size(), 2000u);
}

TEST_F(ServerCompression, OnlyListedTypesAreCompressed) {
    std::string type;
    begin([&](const Response& to) {
        if (!type.empty()) to.set_header("Content-Type", type).ignore("a good field");
        to.finish(page);
    });
    for (const char* listed :
         {"", "text/html", "text/html; charset=utf-8", "TEXT/CSS", "application/json;charset=x",
          "image/svg+xml", "application/javascript", "text/event-stream"}) {
        type = listed;
        EXPECT_EQ(field_of(reply_to("gzip"), "Content-Encoding"), "gzip") << type;
    }
    for (const char* other : {"image/png", "application/zip", "video/mp4", "textual/html",
                              "application/octet-stream", "application/jsonx", "text"}) {
        type = other;
        expect_plain(reply_to("gzip"), false);
    }
}

TEST_F(ServerCompression, ListOfTypesMayBeAnother) {
    begin(
        [](const Response& to) {
            to.set_header("Content-Type", "a/b").ignore("a good field");
            to.finish(page);
        },
        {.compression = {.types = {"a/*"}}});
    EXPECT_EQ(field_of(reply_to("gzip"), "Content-Encoding"), "gzip");
}

TEST_F(ServerCompression, WhatMustStayAsItIsDoes) {
    const std::pair<int, HTTPField> rows[] = {
        {200, {"Content-Encoding", "zstd"}},
        {200, {"Content-Encoding", "identity"}},
        {200, {"Cache-Control", "max-age=1, No-Transform"}},
        {206, {"Content-Range", "bytes 0-4999/9000"}},
        {206, {"X-Other", "1"}},
        {416, {"Content-Range", "bytes */9000"}},
        {200, {"Content-Digest", "sha-256=:AA==:"}},
        {200, {"Repr-Digest", "sha-256=:AA==:"}},
        {200, {"Content-MD5", "AA=="}},
    };
    for (const auto& [status, field] : rows) {
        begin([status = status, field = field](const Response& to) {
            to.set_status(status).ignore("a good status");
            to.set_header(field.name, field.value).ignore("a good field");
            to.finish(page);
        });
        const std::string reply = reply_to("gzip");
        EXPECT_EQ(status_of(reply), status);
        EXPECT_EQ(body_of(reply), page) << field.name;
        EXPECT_EQ(field_of(reply, "Vary"), "") << field.name;
        EXPECT_EQ(field_of(reply, field.name), field.value);
    }
}

TEST_F(ServerCompression, NoContentStaysEmpty) {
    begin([](const Response& to) {
        to.set_status(204).ignore("a good status");
        to.finish(page);
    });
    const std::string reply = reply_to("gzip");
    expect_plain(reply, false);
    EXPECT_EQ(body_of(reply), "");
}

// RFC 9110 section 15.4.5
TEST_F(ServerCompression, NotModifiedSaysWhatTheWholeResponseWouldSay) {
    begin([](const Response& to) {
        to.set_status(304).ignore("a good status");
        to.set_header("ETag", "\"v1\"").ignore("a good field");
        to.finish();
    });
    const std::string coded = reply_to("gzip");
    EXPECT_EQ(field_of(coded, "ETag"), "W/\"v1\"");
    expect_plain(coded, true);
    EXPECT_EQ(body_of(coded), "");
    const std::string plain = reply_to("identity");
    EXPECT_EQ(field_of(plain, "ETag"), "\"v1\"");
    expect_plain(plain, true);
}

// Else a cache would put a weak tag in the place of its strong one, and could not resume by it.
TEST_F(ServerCompression, NotModifiedLeavesAStrongTagToWhoHasIt) {
    begin([](const Response& to) {
        if (to.answer_conditional(ETag{.value = "v1"})) return;
        to.set_header("Content-Type", "image/png").ignore("a good field");
        to.finish(page);
    });
    EXPECT_EQ(field_of(reply_to("gzip"), "ETag"), "\"v1\"");
    EXPECT_EQ(field_of(reply_to("gzip\r\nIf-None-Match: \"v0\", \"v1\""), "ETag"), "\"v1\"");
    EXPECT_EQ(field_of(reply_to("gzip\r\nIf-None-Match: W/\"v1\""), "ETag"), "W/\"v1\"");
}

// RFC 9110 section 8.8.1: other bytes, another strong validator.
TEST_F(ServerCompression, StrongEtagIsWeakenedOnlyIfCompressed) {
    std::string etag;
    begin([&](const Response& to) {
        to.set_header("ETag", etag).ignore("a good field");
        to.set_header("Accept-Ranges", "bytes").ignore("a good field");
        to.finish(page);
    });
    for (const auto& [given, sent] :
         {std::pair{"\"v1\"", "W/\"v1\""}, std::pair{"W/\"v1\"", "W/\"v1\""}}) {
        etag = given;
        const std::string coded = reply_to("gzip");
        EXPECT_EQ(field_of(coded, "ETag"), sent);
        EXPECT_EQ(field_of(coded, "Accept-Ranges"), "");
        const std::string plain = reply_to("identity");
        EXPECT_EQ(field_of(plain, "ETag"), given);
        EXPECT_EQ(field_of(plain, "Accept-Ranges"), "bytes");
    }
}

TEST_F(ServerCompression, VaryIsNotRepeated) {
    for (const char* vary : {"Accept-Encoding", "Origin, accept-encoding", "*"}) {
        begin([vary](const Response& to) {
            to.set_header("Vary", vary).ignore("a good field");
            to.finish(page);
        });
        const std::string reply = reply_to("gzip");
        EXPECT_EQ(field_of(reply, "Vary"), vary);
        EXPECT_EQ(count(reply, "\r\nVary: "), 1u);
    }
    begin([](const Response& to) {
        to.set_header("Vary", "Origin").ignore("a good field");
        to.finish(page);
    });
    EXPECT_NE(reply_to("gzip").find("\r\nVary: Accept-Encoding\r\n"), std::string::npos);
}

TEST_F(ServerCompression, LengthOfTheHandlersIsReplaced) {
    begin([](const Response& to) {
        to.set_header("Content-Length", std::to_string(page.size())).ignore("a good field");
        to.finish(page);
    });
    const std::string reply = reply_to("gzip");
    EXPECT_EQ(field_of(reply, "Content-Length"), std::to_string(body_of(reply).size()));
    EXPECT_EQ(decoded_body(reply), page);
}

TEST_F(ServerCompression, LengthOfTheHandlersIsDroppedWhereItStreams) {
    begin([](const Response& to) {
        to.set_header("Content-Length", "5000").ignore("a good field");
        to.write(page.substr(0, 2000));
        to.flush();
        to.finish(page.substr(2000));
    });
    const std::string reply = reply_to("gzip");
    EXPECT_EQ(field_of(reply, "Content-Length"), "");
    EXPECT_EQ(decoded_body(reply), page);
}

TEST_F(ServerCompression, SmallLengthOfTheHandlersKeepsAStreamPlain) {
    begin([](const Response& to) {
        to.set_header("Content-Length", "4").ignore("a good field");
        to.write("ab");
        to.flush();
        to.finish("cd");
    });
    const std::string reply = reply_to("gzip");
    expect_plain(reply, false);
    EXPECT_EQ(body_of(reply), "abcd");
}

TEST_F(ServerCompression, LengthOfTheHandlersIsHeldTo) {
    for (const char* length : {"4999", "5001", "x"}) {
        begin([length](const Response& to) {
            to.set_header("Content-Length", length).ignore("a good field");
            to.finish(page);
        });
        EXPECT_EQ(status_of(reply_to("gzip")), 500) << length;
    }
    begin([](const Response& to) {
        to.set_header("Content-Length", "5000").ignore("a good field");
        to.write(page.substr(1));
        to.flush();
        to.finish();
    });
    EXPECT_EQ(reply_to("gzip").find("\r\n0\r\n\r\n"), std::string::npos) << "must not look whole";
    EXPECT_EQ(take_reports().size(), 4u);
}

TEST_F(ServerCompression, HeadGetsTheHeadOfGet) {
    begin([](const Response& to) { to.finish(page); });
    const std::string whole = reply_to("gzip");
    const std::string head = reply_to("gzip", "HEAD");
    EXPECT_EQ(head, whole.substr(0, whole.find("\r\n\r\n") + 4));
}

TEST_F(ServerCompression, HeadOfAStreamGetsTheHeadOfGet) {
    begin([](const Response& to) {
        to.write(page);
        to.flush();
        to.finish();
    });
    const std::string whole = reply_to("gzip");
    const std::string head = reply_to("gzip", "HEAD");
    EXPECT_EQ(head, whole.substr(0, whole.find("\r\n\r\n") + 4));
}

TEST_F(ServerCompression, HeadWithALengthOfTheHandlersNamesNone) {
    begin([](const Response& to) {
        to.set_header("Content-Length", "5000").ignore("a good field");
        to.finish();
    });
    RawClient client = connect();
    client.send("HEAD / HTTP/1.1\r\nHost: t\r\nAccept-Encoding: gzip\r\n\r\n");
    const std::string reply = client.until("\r\n\r\n");
    EXPECT_EQ(field_of(reply, "Content-Encoding"), "gzip");
    EXPECT_EQ(field_of(reply, "Content-Length"), "");
    EXPECT_EQ(field_of(reply, "Transfer-Encoding"), "");
    client.take();
    client.send("HEAD / HTTP/1.1\r\nHost: t\r\n\r\n");
    EXPECT_EQ(field_of(client.until("\r\n\r\n"), "Content-Length"), "5000") << "kept alive";
}

TEST_F(ServerCompression, HTTP10GetsWholeBodiesAndStreams) {
    begin([](const Response& to) { to.finish(page); });
    const std::string whole = reply_to("gzip", "GET", "1.0");
    EXPECT_EQ(field_of(whole, "Content-Length"), std::to_string(body_of(whole).size()));
    EXPECT_EQ(decoded_body(whole), page);
    begin([](const Response& to) {
        to.write(page);
        to.flush();
        to.finish("end");
    });
    const std::string stream = reply_to("gzip", "GET", "1.0");
    EXPECT_EQ(field_of(stream, "Content-Encoding"), "gzip");
    EXPECT_EQ(field_of(stream, "Transfer-Encoding"), "");
    EXPECT_EQ(decoded_body(stream), page + "end");
}

TEST_F(ServerCompression, HandlerMayRefuseIt) {
    begin([](const Response& to) {
        EXPECT_FALSE(to.set_compression(false));
        to.finish(page);
    });
    expect_plain(reply_to("gzip"), false);
    begin([](const Response& to) {
        EXPECT_FALSE(to.set_compression(false));
        EXPECT_FALSE(to.set_compression(true));
        to.finish(page);
    });
    EXPECT_EQ(field_of(reply_to("gzip"), "Content-Encoding"), "gzip");
}

TEST_F(ServerCompression, RefusalHoldsForOneResponseAndBeforeTheHead) {
    int calls = 0;
    begin([&](const Response& to) {
        if (++calls == 1) EXPECT_FALSE(to.set_compression(false));
        to.write(page);
        to.flush();
        const Error late = to.set_compression(false);
        EXPECT_EQ(late, Errc::closed);
        to.finish();
    });
    expect_plain(reply_to("gzip"), false);
    EXPECT_EQ(field_of(reply_to("gzip"), "Content-Encoding"), "gzip");
    EXPECT_EQ(Response{}.set_compression(false), Errc::closed);
}

TEST_F(ServerCompression, PipelinedResponsesAreCompressedEach) {
    std::vector<Response> kept;
    begin([&](const Response& to) { kept.push_back(to); });
    RawClient client = connect();
    client.send(get("/", "Accept-Encoding: gzip\r\n") + get("/") +
                get("/", "Accept-Encoding: br\r\nConnection: close\r\n"));
    client.wait_for([&] { return kept.size() == 3; });
    for (auto it = kept.rbegin(); it != kept.rend(); ++it) {
        it->write(page);
        it->finish("end");
    }
    std::string all = client.until_end();
    for (const char* coding : {"gzip", "", "br"}) {
        EXPECT_EQ(field_of(all, "Content-Encoding"), coding);
        const std::size_t size =
            all.find("\r\n\r\n") + 4 + std::stoul(field_of(all, "Content-Length"));
        EXPECT_EQ(decoded_body(all.substr(0, size)), page + "end");
        all.erase(0, size);
    }
}

TEST_F(ServerCompression, ErrorPageReplacesACompressedResponseThatWaits) {
    std::vector<Response> kept;
    ExpectOnce once;
    begin([&](const Response& to) { kept.push_back(to); });
    RawClient client = connect();
    client.send(get("/") + get("/", "Accept-Encoding: gzip\r\n"));
    client.wait_for([&] { return kept.size() == 2; });
    kept[1].write(page, once([](const Error& error) { EXPECT_EQ(error, Errc::closed); }));
    kept[1].flush();
    kept[1].send_error(503);
    kept[0].finish("first");
    const std::string all = client.until("503: Service Unavailable");
    EXPECT_EQ(count(all, "Content-Encoding"), 0u);
}

TEST_F(ServerCompression, BadOptionsAreRefused) {
    const auto refused = [this](CompressionOptions options) {
        serve({.compression = std::move(options)});
        return server->listen(0, "127.0.0.1") == Errc::invalid_argument;
    };
    EXPECT_TRUE(refused({.min_size = 0}));
    for (const int level : {-1, 0, 10})
        EXPECT_TRUE(refused({.gzip_level = level})) << level;
    for (const int level : {-1, 12})
        EXPECT_TRUE(refused({.brotli_level = level})) << level;
    for (const char* type : {"", "text", "/", "text/", "/html", "text/html; charset=x", "te xt/a"})
        EXPECT_TRUE(refused({.types = {type}})) << type;
    EXPECT_FALSE(refused({.min_size = 1, .gzip_level = 9, .brotli_level = 0, .types = {}}));
    EXPECT_FALSE(refused({.gzip_level = 1, .brotli_level = 11}));
}

}  // namespace
}  // namespace gyre::http::test
