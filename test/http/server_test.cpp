#include "server_fixture.hpp"

#include <string>
#include <thread>
#include <vector>

namespace gyre::http::test {
namespace {

using namespace std::chrono_literals;

using Request = HTTPServerRequest;
using Response = HTTPServerResponse;

void hello(const Request&, const Response& response) { response.finish("hello"); }

TEST_F(ServerTest, AnswersAndKeepsTheConnection) {
    serve().get("/", hello);
    listen();
    RawClient client = connect();
    EXPECT_EQ(body_of(client.send(get("/")).until("hello")), "hello");
    client.take();
    EXPECT_EQ(status_of(client.send(get("/")).until("hello")), 200);
    EXPECT_EQ(server->connections(), 1u);
}

TEST_F(ServerTest, RequestShowsEverythingThatCame) {
    serve().post("/report/{id}", [](const Request& request, const Response& response) {
        EXPECT_EQ(request.method(), "POST");
        EXPECT_EQ(request.target(), "/report/a%20b?full=1&name=x+y");
        EXPECT_EQ(request.path(), "/report/a%20b");
        EXPECT_EQ(request.query(), "full=1&name=x+y");
        EXPECT_EQ(request.query_argument("name"), "x y");
        EXPECT_EQ(request.query_argument("none"), std::nullopt);
        EXPECT_EQ(request.path_argument("id"), "a b");
        EXPECT_EQ(request.path_argument("none"), "");
        EXPECT_EQ(request.headers().get("x-one", ""), "1");
        EXPECT_EQ(request.body(), "body");
        EXPECT_EQ(request.version_minor(), 1);
        EXPECT_EQ(request.remote_address().host(), "127.0.0.1");
        EXPECT_FALSE(request.is_secure());
        response.finish("ok");
    });
    listen();
    EXPECT_EQ(body_of(connect()
                          .send("POST /report/a%20b?full=1&name=x+y HTTP/1.1\r\nHost: t\r\n"
                                "X-One: 1\r\nContent-Length: 4\r\n\r\nbody")
                          .until("ok")),
              "ok");
}

TEST_F(ServerTest, AbsoluteFormFindsTheSameRoute) {
    serve().get("/a", [](const Request& request, const Response& response) {
        response.finish(request.path());
    });
    listen();
    const std::string reply =
        connect().send("GET http://test/a?q=1 HTTP/1.1\r\nHost: test\r\n\r\n").until("\r\n\r\n/a");
    EXPECT_EQ(status_of(reply), 200);
}

TEST_F(ServerTest, RequestStaysReadableAfterItsResponse) {
    Request kept;
    serve().get("/{name}", [&](const Request& request, const Response& response) {
        kept = request;
        response.finish("one");
    });
    listen();
    RawClient client = connect();
    client.send(get("/first")).until("one");
    const std::string_view path = kept.path();
    for (int i = 0; i < 5; ++i) {
        const Request before = kept;
        client.take();
        client.send(get("/another")).until("one");
        if (i == 0) {
            EXPECT_EQ(path, "/first") << "the block is pinned by the copy";
        }
    }
}

TEST_F(ServerTest, PipelinedRequestsAreAnsweredInOrder) {
    Response slow;
    serve().get("/slow", [&](const Request&, const Response& response) { slow = response; });
    server->get("/fast", hello);
    listen();
    RawClient client = connect();
    client.send(get("/slow") + get("/fast") + get("/fast"));
    EXPECT_EQ(client.settled(), "");
    slow.finish("slow");
    const std::string all = client.until("hello");
    EXPECT_LT(all.find("slow"), all.find("hello"));
    EXPECT_EQ(count(client.settled(), "hello"), 2u);
}

TEST_F(ServerTest, ReadingPausesAtTheLimitOfPipelinedRequests) {
    std::vector<Response> waiting;
    serve({.max_pipelined = 4}).get("/", [&](const Request&, const Response& response) {
        waiting.push_back(response);
    });
    listen();
    RawClient client = connect();
    std::string many;
    for (int i = 0; i < 10; ++i)
        many += get("/");
    client.send(many).settled();
    EXPECT_EQ(waiting.size(), 4u);
    waiting[0].finish("0");
    client.settled();
    EXPECT_EQ(waiting.size(), 5u);
    for (std::size_t i = 1; i < waiting.size(); ++i) {
        waiting[i].finish("done");
        client.settled();
    }
    EXPECT_EQ(waiting.size(), 10u);
    EXPECT_EQ(count(client.received, "HTTP/1.1 200"), 10u);
}

TEST_F(ServerTest, AnyPacketBoundaryGivesTheSameAnswer) {
    serve().post("/echo", [](const Request& request, const Response& response) {
        response.finish(request.body());
    });
    listen();
    const std::string request =
        post("/echo", "some bytes") +
        "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    for (std::size_t cut = 1; cut < request.size(); ++cut) {
        RawClient client = connect();
        client.send(request.substr(0, cut)).send(request.substr(cut));
        const std::string reply = client.until("\r\n\r\nabc");
        ASSERT_NE(reply.find("\r\n\r\nsome bytes"), std::string::npos) << "cut at " << cut;
    }
}

TEST_F(ServerTest, HeadHasNoBody) {
    serve().get("/", hello);
    listen();
    const std::string reply =
        connect().send("HEAD / HTTP/1.1\r\nHost: t\r\n\r\n").until("\r\n\r\n");
    EXPECT_NE(reply.find("Content-Length: 5"), std::string::npos);
    EXPECT_EQ(body_of(reply), "");
}

TEST_F(ServerTest, Http10ClosesUnlessAskedToKeep) {
    serve().get("/", hello);
    listen();
    EXPECT_NE(connect().send("GET / HTTP/1.0\r\n\r\n").until_end().find("Connection: close"),
              std::string::npos);
    RawClient kept = connect();
    kept.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_NE(kept.until("hello").find("Connection: keep-alive"), std::string::npos);
    EXPECT_FALSE(kept.ended);
}

TEST_F(ServerTest, UnknownPathAndMethodAndBadEscapeHaveTheirStatus) {
    serve().get("/a/{name}", hello);
    listen();
    RawClient client = connect();
    EXPECT_EQ(status_of(client.send(get("/none")).until("Not Found\n")), 404);
    client.take();
    const std::string refused = client.send(post("/a/b", "")).until("Allowed\n");
    EXPECT_EQ(status_of(refused), 405);
    EXPECT_NE(refused.find("Allow: GET, HEAD"), std::string::npos) << refused;
    client.take();
    EXPECT_EQ(status_of(client.send(get("/a/%zz")).until("400")), 400);
}

TEST_F(ServerTest, AnyBytesGetAnErrorOrAClose) {
    serve().get("/", hello);
    listen();
    for (const std::string& bytes :
         {std::string{"\x16\x03\x01\x02\x00\x01\x00", 7}, std::string{"SSH-2.0-x\r\n"},
          std::string(40, '\0'), std::string{"GET / HTTP/1.1\nHost: a\n\n"},
          std::string{"GET / HTTP/3.0\r\nHost: a\r\n\r\n"}, std::string{"\r\n\r\n\r\n"}}) {
        const std::string reply = connect().send(bytes).until_end();
        if (!reply.empty()) {
            EXPECT_GE(status_of(reply), 400) << reply;
        }
    }
    EXPECT_EQ(status_of(connect().send(get("/")).until("hello")), 200);
}

TEST_F(ServerTest, ListenTellsWhatIsWrong) {
    serve();
    EXPECT_EQ(server->listen(0, "not an address"), Errc::invalid_argument);
    EXPECT_EQ(server->listen(0, "127.0.0.1"), Errc::ok);
    EXPECT_EQ(server->listen(0, "127.0.0.1"), Errc::already_in_progress);
    HTTPServer second{reactor()};
    EXPECT_EQ(second.listen(server->port(), "127.0.0.1"), Errc::address_in_use);
    HTTPServer no_time{reactor(), {.head_timeout = 0s}};
    EXPECT_EQ(no_time.listen(0, "127.0.0.1"), Errc::invalid_argument);
    HTTPServer no_room{reactor(), {.max_head_size = 0}};
    EXPECT_EQ(no_room.listen(0, "127.0.0.1"), Errc::invalid_argument);
    HTTPServer bad_route{reactor()};
    bad_route.get("/{", hello);
    EXPECT_EQ(bad_route.listen(0, "127.0.0.1"), Errc::invalid_argument);
    HTTPServer bad_tls{reactor(), {.tls = TLSOptions{.certificate_file = "/none"}}};
    const Error no_file = bad_tls.listen(0, "127.0.0.1");
    EXPECT_NE(no_file.message().find("/none"), std::string::npos);
}

TEST_F(ServerTest, UnlimitedIsALimitToo) {
    serve({.max_body_size = unlimited, .keep_alive_timeout = unlimited}).get("/", hello);
    listen();
    RawClient client = connect();
    client.send(get("/")).until("hello");
    advance(std::chrono::hours{10});
    client.take();
    EXPECT_EQ(status_of(client.send(get("/")).until("hello")), 200);
}

TEST_F(ServerTest, ConnectionsOverTheLimitAreClosed) {
    serve({.max_connections = 2}).get("/", hello);
    listen();
    RawClient one = connect();
    RawClient two = connect();
    one.send(get("/")).until("hello");
    two.send(get("/")).until("hello");
    RawClient three = connect();
    three.until_end();
    EXPECT_EQ(three.received, "");
    one.close();
    two.wait_for([&] { return server->connections() == 1; });
    EXPECT_EQ(status_of(connect().send(get("/")).until("hello")), 200);
}

}  // namespace
}  // namespace gyre::http::test
