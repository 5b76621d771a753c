#include "server_fixture.hpp"

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

// The contract of a callback, for each of those that a server calls.
namespace gyre::http::test {
namespace {

using namespace std::chrono_literals;
using gyre::test::Captures;
using gyre::test::ExpectNever;
using gyre::test::ExpectOnce;

using Request = HTTPServerRequest;
using Response = HTTPServerResponse;

enum class Place { handler, on_data, on_finish, write, connection_close, drain };
enum class Deed { abort, destroy, throws, finish, finish_other, let_go, set_again };

const char* const place_names[] = {"handler", "on_data", "on_finish", "write", "close", "drain"};
const char* const deed_names[] = {"abort",        "destroy", "throws",   "finish",
                                  "finish_other", "let_go",  "set_again"};

/// Does a deed in a callback, once. The request is the second of two on its connection, except for
/// what needs it to be sent; `other` is an earlier one.
class ServerContract : public ServerTest,
                       public testing::WithParamInterface<std::tuple<Place, Deed>> {
protected:
    Place place() const { return std::get<0>(GetParam()); }
    Deed deed() const { return std::get<1>(GetParam()); }

    void arrange(const Request& given, const Response& to) {
        request = given;
        response = to;
        if (place() == Place::handler) return act();
        const auto token = captures.token();
        const auto at = [&](Place here) {
            return [this, here, token] {
                if (here == place()) act();
            };
        };
        request.on_data([run = at(Place::on_data)](std::string_view) { run(); });
        request.on_finish([run = at(Place::on_finish)](Error error) {
            error.ignore("of no interest here");
            run();
        });
        response.on_connection_close([run = at(Place::connection_close)] { run(); });
        response.on_drain([run = at(Place::drain)] { run(); });
        response.write(std::string(place() == Place::drain ? 200'000 : 10, 'x'),
                       [run = at(Place::write)](Error error) {
                           error.ignore("of no interest here");
                           run();
                       });
    }
    void act() {
        ++acted;
        switch (deed()) {
            case Deed::abort:
                return response.fail(Error{Errc::canceled, "as planned"});
            case Deed::destroy:
                return server.reset();
            case Deed::throws:
                throw std::runtime_error{"boom"};
            case Deed::finish:
                response.finish("a");
                return response.finish("b");
            case Deed::finish_other:
                return other.finish("other");
            case Deed::let_go:
                request = {};
                response = {};
                return;
            case Deed::set_again:
                request.on_data([](std::string_view) {});
                request.on_finish([](Error error) { error.ignore("of no interest"); });
                response.on_connection_close([] {});
                response.on_drain([] {});
                return;
        }
    }
    void TearDown() override {
        request = {};
        response = {};
        other = {};
        ServerTest::TearDown();
    }

    Request request;
    Response response;
    Response other;
    Captures captures;
    int acted = 0;
};

TEST_P(ServerContract, CallbackMayDoAnything) {
    serve().get("/other", [this](const Request&, const Response& to) { other = to; });
    server->get("/", [](const Request&, const Response& to) { to.finish("good"); });
    server->stream("POST", "/",
                   [this](const Request& given, const Response& to) { arrange(given, to); });
    listen();
    const std::uint16_t port = server->port();
    RawClient client = connect();
    client.send(get("/other"));
    client.wait_for([&] { return !other.finished(); });
    client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n\r\nab");
    client.wait_for([&] { return !response.finished() || acted > 0; });
    settle();
    if (acted == 0) client.send("cd").settled();
    // What has its turn only when the first response is complete, or the client gone.
    if (acted == 0 && place() != Place::connection_close) other.finish("other");
    if (acted == 0) client.settled();
    if (acted == 0) client.close();
    for (int i = 0; i < 100 && acted == 0; ++i) {
        settle();
        std::this_thread::sleep_for(1ms);
    }
    EXPECT_EQ(acted, 1);
    settle();
    take_reports();
    if (server) {
        RawClient good{reactor(), port};
        EXPECT_EQ(body_of(good.send(get("/")).until("good")), "good") << "others go on";
    }
    client.close();
    response = {};
    request = {};
    other = {};
    server.reset();
    settle();
    take_reports();
    EXPECT_TRUE(captures.released());
}

INSTANTIATE_TEST_SUITE_P(
    All, ServerContract,
    testing::Combine(testing::Values(Place::handler, Place::on_data, Place::on_finish, Place::write,
                                     Place::connection_close, Place::drain),
                     testing::Values(Deed::abort, Deed::destroy, Deed::throws, Deed::finish,
                                     Deed::finish_other, Deed::let_go, Deed::set_again)),
    [](const auto& chosen) {
        return std::string{place_names[static_cast<std::size_t>(std::get<0>(chosen.param))]} + "_" +
               deed_names[static_cast<std::size_t>(std::get<1>(chosen.param))];
    });

/// A streaming handler at POST /up and one for GET / that keep their request and response.
class ServerCallbacks : public ServerTest {
protected:
    void SetUp() override {
        const auto keep = [this](const Request& given, const Response& to) {
            request = given;
            response = to;
        };
        serve().get("/", keep);
        server->stream("POST", "/up", keep);
        listen();
    }
    RawClient begin(std::string_view bytes) {
        RawClient client = connect();
        client.send(bytes);
        client.wait_for([&] { return !response.finished(); });
        return client;
    }
    void TearDown() override {
        request = {};
        response = {};
        ServerTest::TearDown();
    }

    Request request;
    Response response;
};

constexpr std::string_view head_10 = "POST /up HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\n";

TEST_F(ServerCallbacks, AFailedBodyIsNotAWholeOneForWhoAsksLater) {
    RawClient client = begin("POST /up HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n");
    request.on_data([](std::string_view) {});
    client.send("zz\r\n").until_end();
    ExpectOnce once;
    request.on_finish(once([](Error error) { EXPECT_EQ(error, Errc::protocol_error); }));
    settle();
}

TEST_F(ServerCallbacks, BodyOfAFinishedResponseIsCanceled) {
    Captures captures;
    RawClient client = begin(head_10);
    response.finish("early");
    ExpectOnce once;
    request.on_finish(
        once([token = captures.token()](Error error) { EXPECT_EQ(error, Errc::canceled); }));
    request.on_data([token = captures.token(), kept = request](std::string_view) { FAIL(); });
    response.on_drain([token = captures.token(), kept = response] { FAIL(); });
    settle();
    EXPECT_TRUE(captures.released());
    client.send("0123456789").settled();
}

TEST_F(ServerCallbacks, NothingIsCalledInsideSetMaxBodySize) {
    RawClient client = begin(head_10);
    bool returned = false;
    ExpectOnce once;
    request.on_finish(once([&](Error error) {
        EXPECT_TRUE(returned);
        EXPECT_EQ(error, Errc::limit_exceeded);
    }));
    request.set_max_body_size(9);
    returned = true;
    EXPECT_EQ(status_of(client.until_end()), 413);
}

TEST_F(ServerCallbacks, OnDataThatThrowsFailsTheRequest) {
    RawClient client = begin(head_10);
    request.on_data([](std::string_view) { throw std::runtime_error{"boom"}; });
    client.send("abc");
    EXPECT_EQ(status_of(client.until("\r\n\r\n")), 500);
    EXPECT_EQ(take_reports().size(), 1u);
    EXPECT_TRUE(response.finished());
}

TEST_F(ServerCallbacks, OnFinishThatThrowsFailsTheRequest) {
    RawClient client = begin(head_10);
    request.on_finish([](const Error&) { throw std::runtime_error{"boom"}; });
    client.send("0123456789");
    EXPECT_EQ(status_of(client.until("\r\n\r\n")), 500);
    EXPECT_EQ(take_reports().size(), 1u);
}

TEST_F(ServerCallbacks, AWriteCallbackThatThrowsFailsTheResponse) {
    RawClient client = begin(get("/"));
    response.write("half", [](const Error&) { throw std::runtime_error{"boom"}; });
    EXPECT_EQ(client.until_end().find("0\r\n\r\n"), std::string::npos);
    EXPECT_EQ(take_reports().size(), 1u);
    EXPECT_TRUE(response.finished());
}

TEST_F(ServerCallbacks, DrainIsToldAlsoWhenTheSystemTakesAllAtOnce) {
    RawClient client = begin(get("/"));
    ExpectOnce once;
    bool returned = false;
    response.on_drain(once([&] { EXPECT_TRUE(returned); }));
    response.write(std::string(100'000, 'x'));
    response.flush();
    returned = true;
    client.wait_for([&] { return once.calls() == 1; });
    response.finish();
    client.until("0\r\n\r\n");
}

TEST_F(ServerCallbacks, ASteadyWriterIsNotCutOffByWhatHasBeenSent) {
    RawClient client = connect(4096);
    client.send(get("/"));
    client.wait_for([&] { return !response.finished(); });
    response.write(std::string(8 * 1024 * 1024, 'x'));
    settle();
    // From now on the queue is never empty: what is read of it is written again.
    for (int i = 0; i < 100; ++i) {
        while (response.queued_bytes() > 500'000)
            client.read_some();
        response.write(std::string(100'000, 'x'),
                       [](const Error& error) { EXPECT_FALSE(error) << error; });
        ASSERT_FALSE(response.finished());
    }
    response.finish("END");
    client.until("END\r\n0\r\n\r\n");
}

TEST_F(ServerCallbacks, AnErrorPageIsOnlyForErrors) {
    for (const int status : {0, 99, 101, 204, 399, 600}) {
        RawClient client = begin(get("/"));
        response.send_error(status);
        EXPECT_EQ(status_of(client.until("\r\n\r\n")), 500) << status;
    }
    RawClient client = begin(get("/"));
    response.send_error(418);
    EXPECT_EQ(status_of(client.until("\r\n\r\n")), 418);
}

TEST_F(ServerCallbacks, ABadServerNameIsRefusedByListen) {
    HTTPServer other{reactor(), {.server_name = "a\r\nX: y"}};
    EXPECT_EQ(other.listen(0, "127.0.0.1"), Errc::invalid_argument);
    HTTPServer bodyless{reactor(), {.max_body_size = 0}};
    EXPECT_EQ(bodyless.listen(0, "127.0.0.1"), Errc::invalid_argument);
}

// References on other threads.

TEST_F(ServerCallbacks, ReferencesMayBeCopiedAndDroppedOnManyThreads) {
    for (int round = 0; round < 20; ++round) {
        RawClient client = begin(get("/"));
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([to = response, from = request] {
                for (int n = 0; n < 200; ++n) {
                    const Response copy = to;
                    const Request other = from;
                }
            });
        request = {};
        if (round % 2 == 0) response.finish("x");
        if (round % 3 == 0) response = {};
        settle();
        for (std::thread& thread : threads)
            thread.join();
        response = {};
        client.until("\r\n\r\n");
        take_reports();
    }
}

TEST_F(ServerCallbacks, ReferencesMayOutliveTheServerOnAnotherThread) {
    RawClient client = begin(get("/"));
    std::thread thread{
        [to = std::exchange(response, {}), from = std::exchange(request, {})]() mutable {
            std::this_thread::sleep_for(2ms);
            to = {};
            from = {};
        }};
    server.reset();
    settle();
    thread.join();
    settle();
}

TEST_F(ServerCallbacks, ReferencesMayOutliveTheReactorOnOtherThreads) {
    std::vector<std::thread> threads;
    std::vector<RawClient> clients;
    for (int i = 0; i < 8; ++i) {
        clients.push_back(begin(get("/")));
        if (i % 2 == 0) response.finish("x");
        threads.emplace_back(
            [to = std::exchange(response, {}), from = std::exchange(request, {}), i]() mutable {
                std::this_thread::sleep_for(std::chrono::microseconds{300 * i});
                to = {};
                from = {};
            });
    }
    reports.clear();
    reactor_holder.reset();
    server.reset();
    for (std::thread& thread : threads)
        thread.join();
    make_reactor({.clock = clock});
}

}  // namespace
}  // namespace gyre::http::test
