#include "server_fixture.hpp"

#include <string>

namespace gyre::http::test {
namespace {

using namespace std::chrono_literals;

using Request = HTTPServerRequest;
using Response = HTTPServerResponse;

class ServerLimits : public ServerTest {
protected:
    HTTPServer& start(HTTPServerOptions options) {
        serve(std::move(options)).get("/", [](const Request&, const Response& response) {
            response.finish("hello");
        });
        server->post("/", [](const Request& request, const Response& response) {
            response.finish(std::to_string(request.body().size()));
        });
        listen();
        return *server;
    }
    int ask(const std::string& request) {
        RawClient client = connect();
        return status_of(client.send(request).until("\r\n\r\n"));
    }
};

TEST_F(ServerLimits, BodyAtItsLimit) {
    start({.max_body_size = 100});
    EXPECT_EQ(ask(post("/", std::string(99, 'x'))), 200);
    EXPECT_EQ(ask(post("/", std::string(100, 'x'))), 200);
    EXPECT_EQ(ask(post("/", std::string(101, 'x'))), 413);
}

TEST_F(ServerLimits, ChunkedBodyAtItsLimit) {
    start({.max_body_size = 100});
    const auto chunked = [](const std::string& size, std::size_t bytes) {
        return "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n" + size + "\r\n" +
               std::string(bytes, 'x') + "\r\n0\r\n\r\n";
    };
    EXPECT_EQ(ask(chunked("64", 100)), 200);
    EXPECT_EQ(ask(chunked("65", 101)), 413);
}

TEST_F(ServerLimits, TargetAtItsLimit) {
    start({.max_target_size = 50});
    EXPECT_EQ(ask(get("/" + std::string(49, 'x'))), 404);
    EXPECT_EQ(ask(get("/" + std::string(50, 'x'))), 414);
}

TEST_F(ServerLimits, HeadAndFieldsAtTheirLimits) {
    start({.max_head_size = 300, .max_field_line_size = 100, .max_fields = 3});
    EXPECT_EQ(ask(get("/", "A: " + std::string(97, 'x') + "\r\n")), 200);
    EXPECT_EQ(ask(get("/", "A: " + std::string(98, 'x') + "\r\n")), 431);
    EXPECT_EQ(ask(get("/", "A: 1\r\nB: 2\r\n")), 200);
    EXPECT_EQ(ask(get("/", "A: 1\r\nB: 2\r\nC: 3\r\n")), 431);
    const std::string line = "A: " + std::string(90, 'x') + "\r\n";
    EXPECT_EQ(ask(get("/", line + line + line + line)), 431);
}

TEST_F(ServerLimits, HeadThatDripsIsAnswered408) {
    start({.head_timeout = 15s});
    RawClient client = connect();
    client.send("GET / HT");
    advance(14s);
    client.send("T");
    EXPECT_FALSE(client.ended);
    advance(2s);
    EXPECT_EQ(status_of(client.until_end()), 408);
}

TEST_F(ServerLimits, ConnectionThatSendsNothingIsClosed) {
    start({.keep_alive_timeout = 60s});
    RawClient silent = connect();
    RawClient served = connect();
    served.send(get("/")).until("hello");
    advance(59s);
    EXPECT_EQ(server->connections(), 2u);
    advance(2s);
    silent.until_end();
    served.until_end();
    EXPECT_EQ(silent.received, "");
    EXPECT_EQ(server->connections(), 0u);
}

TEST_F(ServerLimits, BodyWithoutAByteIsAnswered408) {
    start({.body_idle_timeout = 30s});
    RawClient client = connect();
    client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nabc");
    advance(29s);
    EXPECT_FALSE(client.ended);
    advance(2s);
    EXPECT_EQ(status_of(client.until_end()), 408);
}

TEST_F(ServerLimits, BodyBelowTheRateIsAnswered408) {
    start({.min_body_rate = 500});
    RawClient client = connect();
    client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 100000\r\n\r\n");
    for (int i = 0; i < 10; ++i) {
        advance(1s);
        client.send(std::string(10, 'x'));
    }
    EXPECT_EQ(client.received, "");
    advance(1s);
    client.send("x");
    EXPECT_EQ(status_of(client.until_end()), 408);
}

TEST_F(ServerLimits, BodyMayNotTakeForEver) {
    start({.body_timeout = 300s, .min_body_rate = 1});
    RawClient client = connect();
    client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 100000\r\n\r\n");
    for (int i = 0; i < 15; ++i) {
        client.send(std::string(100, 'x'));
        advance(20s);
    }
    EXPECT_EQ(client.received, "");
    advance(2s);
    client.send("x");
    EXPECT_EQ(status_of(client.until_end()), 408);
}

TEST_F(ServerLimits, ClientThatDoesNotReadIsAborted) {
    serve({.write_timeout = 30s}).get("/", [](const Request&, const Response& response) {
        response.finish(std::string(32 * 1024 * 1024, 'x'));
    });
    listen();
    RawClient client = connect(4096);
    client.send(get("/"));
    settle();
    EXPECT_EQ(server->connections(), 1u);
    advance(29s);
    EXPECT_EQ(server->connections(), 1u);
    advance(2s);
    EXPECT_EQ(server->connections(), 0u);
}

TEST_F(ServerLimits, ResponseWithoutAWriteIsFailedAndNamesItsHandler) {
    Response kept;
    serve({.response_timeout = 300s});
    server->get("/", [&](const Request&, const Response& response) { kept = response; });
    const auto line = std::source_location::current().line() - 1;
    listen();
    RawClient client = connect();
    client.send(get("/"));
    advance(299s);
    EXPECT_EQ(client.settled(), "");
    advance(2s);
    EXPECT_EQ(status_of(client.until("\r\n\r\n")), 500);
    const std::vector<Error> told = take_reports();
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].place().line(), line);
    EXPECT_TRUE(kept.finished());
}

TEST_F(ServerLimits, PipelinedRequestsOfANonReaderDoNotGrowMemory) {
    int served = 0;
    serve().get("/", [&](const Request&, const Response& response) {
        ++served;
        response.finish(std::string(100'000, 'x'));
    });
    listen();
    RawClient client = connect(4096);
    std::string many;
    for (int i = 0; i < 500; ++i)
        many += get("/");
    client.send(many);
    settle();
    EXPECT_LT(served, 100) << "the rest waits until the client reads";
    client.wait_for([&] { return count(client.received, "HTTP/1.1 200") == 500; });
    EXPECT_EQ(served, 500);
}

}  // namespace
}  // namespace gyre::http::test
