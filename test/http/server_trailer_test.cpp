#include "server_fixture.hpp"

#include <string>

// Fields behind the body (RFC 9110 section 6.5).
namespace gyre::http::test {
namespace {

using Request = HTTPServerRequest;
using Response = HTTPServerResponse;

class ServerTrailer : public ServerTest {
protected:
    template <class Answer>
    std::string answer(const Answer& handler, const std::string& request = get("/")) {
        serve().route("*", "/", [&](const Request&, const Response& to) { handler(to); });
        listen();
        return connect().send(request).settled();
    }
};

TEST_F(ServerTrailer, OfARequestAreThereWithItsBody) {
    serve().post("/", [](const Request& request, const Response& to) {
        EXPECT_EQ(request.body(), "abc");
        EXPECT_EQ(request.headers().get("Checksum"), std::nullopt);
        to.finish(std::string{request.trailers().get("checksum", "none")} + "END");
    });
    server->stream("POST", "/stream", [](const Request& request, const Response& to) {
        EXPECT_TRUE(request.trailers().empty());
        request.on_data([](std::string_view) {});
        request.on_finish([request, to](const Error& error) {
            EXPECT_FALSE(error);
            to.finish(std::string{request.trailers().get("Checksum", "none")} + "END");
        });
    });
    listen();
    for (const char* path : {"/", "/stream"}) {
        RawClient client = connect();
        client.send("POST " + std::string{path} +
                    " HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
        client.send("0\r\nCheck");
        EXPECT_EQ(body_of(client.send("sum: 900150983cd2\r\n\r\n").until("END")),
                  "900150983cd2END");
        client.take();
        EXPECT_EQ(body_of(client.send(post("/", "abc")).until("END")), "noneEND");
    }
    EXPECT_TRUE(Request{}.trailers().empty());
}

TEST_F(ServerTrailer, MakeAResponseChunkedAndAreAnnounced) {
    const std::string all = answer([](const Response& to) {
        EXPECT_FALSE(to.add_trailer("Checksum", "1"));
        EXPECT_FALSE(to.add_trailer("checksum", "2"));
        EXPECT_FALSE(to.add_trailer("Status", "well"));
        EXPECT_FALSE(to.set_header("Content-Length", "4"));
        to.finish("body");
    });
    EXPECT_NE(all.find("Trailer: Checksum, Status\r\n"), std::string::npos) << all;
    EXPECT_NE(all.find("Transfer-Encoding: chunked\r\n"), std::string::npos);
    EXPECT_EQ(all.find("Content-Length"), std::string::npos);
    EXPECT_EQ(body_of(all), "4\r\nbody\r\n0\r\nChecksum: 1\r\nchecksum: 2\r\nStatus: well\r\n\r\n");
}

TEST_F(ServerTrailer, MayBeKnownOnlyAfterTheHead) {
    const std::string all = answer([](const Response& to) {
        to.write("body");
        to.flush();
        EXPECT_FALSE(to.add_trailer("Checksum", "1"));
        to.finish();
        EXPECT_EQ(to.add_trailer("Late", "1"), Errc::closed);
    });
    EXPECT_EQ(all.find("Trailer:"), std::string::npos);
    EXPECT_TRUE(all.ends_with("4\r\nbody\r\n0\r\nChecksum: 1\r\n\r\n")) << all;
}

TEST_F(ServerTrailer, AreRefusedBehindAContentLength) {
    const std::string all = answer([](const Response& to) {
        EXPECT_FALSE(to.set_header("Content-Length", "4"));
        to.flush();
        EXPECT_EQ(to.add_trailer("Checksum", "1"), Errc::closed);
        to.finish("body");
    });
    EXPECT_TRUE(all.ends_with("\r\n\r\nbody")) << all;
}

TEST_F(ServerTrailer, AnAnnouncementOfOnesOwnStays) {
    const std::string all = answer([](const Response& to) {
        EXPECT_FALSE(to.set_header("Trailer", "Checksum, Status"));
        EXPECT_FALSE(to.add_trailer("Checksum", "1"));
        to.finish("x");
    });
    EXPECT_EQ(count(all, "Trailer:"), 1u);
    EXPECT_NE(all.find("Trailer: Checksum, Status"), std::string::npos);
}

TEST_F(ServerTrailer, WhatFramesOrRoutesIsRefused) {
    answer([](const Response& to) {
        for (const char* name : {"Content-Length", "transfer-encoding", "Host", "Trailer",
                                 "Content-Type", "Content-Encoding", "Set-Cookie", "Authorization",
                                 "Cache-Control", "Connection", "no token", ""})
            EXPECT_EQ(to.add_trailer(name, "x"), Errc::invalid_argument) << name;
        EXPECT_EQ(to.add_trailer("Fine", "a\r\nb"), Errc::invalid_argument);
        to.finish("x");
    });
    EXPECT_EQ(Response{}.add_trailer("Fine", "x"), Errc::closed);
}

TEST_F(ServerTrailer, AreLeftOutForHTTP10) {
    const auto handler = [](const Response& to) {
        EXPECT_FALSE(to.add_trailer("Checksum", "1"));
        to.finish("body");
    };
    const std::string all = answer(handler, "GET / HTTP/1.0\r\n\r\n");
    EXPECT_NE(all.find("Content-Length: 4"), std::string::npos);
    EXPECT_EQ(all.find("hecksum"), std::string::npos) << all;
}

TEST_F(ServerTrailer, AreLeftOutWithoutABody) {
    const auto handler = [](const Response& to) {
        EXPECT_FALSE(to.set_status(204));
        EXPECT_FALSE(to.add_trailer("Checksum", "1"));
        to.finish();
    };
    const std::string all = answer(handler);
    EXPECT_TRUE(all.ends_with("\r\n\r\n"));
    EXPECT_EQ(all.find("hecksum"), std::string::npos) << all;
    EXPECT_EQ(all.find("Transfer-Encoding"), std::string::npos) << all;
}

TEST_F(ServerTrailer, OfAHeadRequestAreAnnouncedAndNotSent) {
    const auto handler = [](const Response& to) {
        EXPECT_FALSE(to.add_trailer("Checksum", "1"));
        to.finish("body");
    };
    const std::string all = answer(handler, "HEAD / HTTP/1.1\r\nHost: t\r\n\r\n");
    EXPECT_NE(all.find("Transfer-Encoding: chunked"), std::string::npos) << all;
    EXPECT_EQ(body_of(all), "");
}

TEST_F(ServerTrailer, AnErrorPageHasNone) {
    const std::string all = answer([](const Response& to) {
        EXPECT_FALSE(to.add_trailer("Checksum", "1"));
        to.send_error(503);
    });
    EXPECT_EQ(status_of(all), 503);
    EXPECT_EQ(all.find("hecksum"), std::string::npos) << all;
}

}  // namespace
}  // namespace gyre::http::test
