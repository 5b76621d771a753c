#include "server_fixture.hpp"
#include <gyre/http/monitoring.hpp>
#include <gyre/log.hpp>
#include <gyre/metrics.hpp>

#include <gmock/gmock.h>

#include <sstream>
#include <string>
#include <vector>

#include <netinet/tcp.h>

// What can be seen of a server: metrics, access log, request ids, the end of a response.
namespace gyre::http::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

using Request = HTTPServerRequest;
using Response = HTTPServerResponse;

/// An entry whose text lives on.
struct Logged {
    std::string request;
    int status = 0;
    std::uint64_t bytes = 0;
    RequestOutcome outcome = RequestOutcome::completed;
    std::string user;
    std::string remote;
    std::string id;
    Duration duration{};
    std::optional<Duration> first_byte;
};

class ServerSight : public ServerTest {
protected:
    HTTPServer& serve_logged(HTTPServerOptions options = {}) {
        serve(std::move(options)).get("/", [](const Request&, const Response& to) {
            to.finish("hello");
        });
        server->get("/keep", [this](const Request&, const Response& to) { kept = to; });
        server->set_access_log([this](const AccessLogEntry& entry) {
            log.push_back({.request = std::string{entry.method} + '|' + std::string{entry.target} +
                                      '|' + std::string{entry.version},
                           .status = entry.status,
                           .bytes = entry.body_bytes,
                           .outcome = entry.outcome,
                           .user = std::string{entry.user},
                           .remote = entry.remote_address.host(),
                           .id = std::string{entry.request_id},
                           .duration = entry.duration,
                           .first_byte = entry.time_to_first_byte});
            EXPECT_FALSE(combined_log_line(entry).empty());
        });
        return *server;
    }
    /// Waits for the next line of the log and takes it out.
    Logged next(RawClient& client) {
        client.wait_for([&] { return !log.empty(); });
        if (log.empty()) return {};
        Logged first = log.front();
        log.erase(log.begin());
        return first;
    }
    void TearDown() override {
        kept = {};
        ServerTest::TearDown();
    }

    Response kept;
    std::vector<Logged> log;
};

TEST_F(ServerSight, MetricsCountRequestsStatusesAndBytes) {
    serve_logged();
    listen();
    RawClient client = connect();
    const std::string request = get("/");
    std::size_t sent = 0;
    for (int i = 0; i < 3; ++i) {
        client.send(request).until("hello");
        sent += client.take().size();
    }
    const std::string missing = get("/missing");
    client.send(missing).until("404: Not Found");
    sent += client.take().size();
    const HTTPServerMetrics metrics = server->metrics();
    EXPECT_EQ(metrics.connections, 1u);
    EXPECT_EQ(metrics.accepted, 1u);
    EXPECT_EQ(metrics.requests, 4u);
    EXPECT_EQ(metrics.in_flight, 0u);
    EXPECT_EQ(metrics.aborted, 0u);
    EXPECT_EQ(metrics.by_status, (std::map<int, std::uint64_t>{{200, 3}, {404, 1}}));
    EXPECT_EQ(metrics.by_class, (std::array<std::uint64_t, 6>{0, 0, 3, 0, 1, 0}));
    EXPECT_EQ(metrics.bytes_read, 3 * request.size() + missing.size());
    EXPECT_EQ(metrics.bytes_written, sent);
    EXPECT_EQ(metrics.request_time.count(), 4u);
}

TEST_F(ServerSight, MetricsKnowWhatRunsHowLongAndWhatWasAborted) {
    serve_logged();
    listen();
    RawClient client = connect();
    client.send(get("/keep")).settled();
    EXPECT_EQ(server->metrics().in_flight, 1u);
    advance(3s);
    kept.finish("done");
    client.until("done");
    EXPECT_EQ(server->metrics().in_flight, 0u);
    EXPECT_EQ(server->metrics().request_time.max(), 3s);
    client.send(get("/keep")).settled();
    client.reset();
    client.wait_for([&] { return server->connections() == 0; });
    EXPECT_EQ(server->metrics().in_flight, 0u);
    EXPECT_EQ(server->metrics().aborted, 1u);
    EXPECT_EQ(server->metrics().requests, 2u);
}

TEST_F(ServerSight, MetricsInPrometheusFormat) {
    HTTPServerMetrics metrics;
    metrics.connections = 3;
    metrics.by_status = {{200, 7}, {404, 2}};
    metrics.limits.head_timeout = 5;
    metrics.request_time.record(1ms);
    const std::string text = prometheus_text(metrics);
    EXPECT_THAT(text, HasSubstr("# TYPE gyre_http_connections gauge\ngyre_http_connections 3\n"));
    EXPECT_THAT(text, HasSubstr("# TYPE gyre_http_responses_total counter\n"
                                "gyre_http_responses_total{status=\"200\"} 7\n"
                                "gyre_http_responses_total{status=\"404\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("gyre_http_limits_total{limit=\"head_timeout\"} 5\n"));
    EXPECT_THAT(text, HasSubstr("gyre_http_request_seconds_count 1\n"));
    std::istringstream lines{prometheus_text(metrics, "server=\"a\"")};
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with('#')) continue;
        EXPECT_THAT(line, MatchesRegex("gyre_http_[a-z_]+\\{server=\"a\"[^}]*\\} [0-9.e+-]+"));
        EXPECT_THAT(line, Not(HasSubstr(",}")));
    }
}

TEST_F(ServerSight, MetricsHandlerAnswersWithServerAndReactor) {
    serve_logged().get("/metrics", metrics_handler(*server, reactor(), "worker=\"1\""));
    listen();
    const std::string reply =
        connect().send(get("/metrics")).until("gyre_executor_run_seconds_count");
    EXPECT_EQ(status_of(reply), 200);
    EXPECT_THAT(reply, HasSubstr("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
    EXPECT_THAT(reply, HasSubstr("\ngyre_http_requests_in_flight{worker=\"1\"} 1\n"));
    EXPECT_THAT(reply, HasSubstr("\ngyre_turns_total{worker=\"1\"} "));
}

TEST_F(ServerSight, HealthIsOkUntilTheServerDrains) {
    serve_logged().get("/health", health_handler(*server));
    listen();
    RawClient client = connect();
    EXPECT_EQ(body_of(client.send(get("/health")).until("ok\n")), "ok\n");
    client.take();
    const std::string json =
        client.send(get("/health", "Accept: text/html, application/json;q=0.5\r\n")).until("}\n");
    EXPECT_EQ(body_of(json), "{\"status\":\"ok\"}\n");
    EXPECT_THAT(json, HasSubstr("Content-Type: application/json\r\n"));
    client.take();
    client.send(get("/keep")).settled();
    RawClient fresh = connect();
    gyre::test::ExpectOnce stopped;
    server->stop(stopped([] {}));
    const std::string reply = fresh.send(get("/health")).until_end();
    EXPECT_EQ(status_of(reply), 503);
    EXPECT_EQ(body_of(reply), "draining\n");
    EXPECT_EQ(count(reply, "Connection: close\r\n"), 1u);
    kept.finish();
    client.until_end();
    settle();
}

TEST_F(ServerSight, AccessLogHasALineForEachRequest) {
    serve_logged();
    listen();
    RawClient client = connect();
    client.send(get("/", "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"));
    const Logged first = next(client);
    EXPECT_EQ(first.request, "GET|/|HTTP/1.1");
    EXPECT_EQ(first.status, 200);
    EXPECT_EQ(first.bytes, 5u);
    EXPECT_EQ(first.outcome, RequestOutcome::completed);
    EXPECT_EQ(first.user, "Aladdin");
    EXPECT_EQ(first.remote, "127.0.0.1");
    EXPECT_EQ(first.id, "") << "nobody asked for one";
    client.send("HEAD / HTTP/1.0\r\n\r\n");
    const Logged head = next(client);
    EXPECT_EQ(head.request, "HEAD|/|HTTP/1.0");
    EXPECT_EQ(head.bytes, 0u);
    client.until_end();
    EXPECT_TRUE(log.empty());
}

TEST_F(ServerSight, AccessLogNamesNoUserWhoseCredentialsAreMalformed) {
    serve_logged();
    listen();
    RawClient client = connect();
    for (const char* value : {"Basic QWxhZGRpbg==", "Basic Q*xhOg==", "Basic", "Bearer QTpi"}) {
        client.send(get("/", "Authorization: " + std::string{value} + "\r\n"));
        EXPECT_EQ(next(client).user, "") << value;
    }
}

TEST_F(ServerSight, AccessLogKnowsTheTimes) {
    serve_logged();
    listen();
    RawClient client = connect();
    client.send(get("/keep")).settled();
    advance(2s);
    kept.write("half");
    settle();
    advance(3s);
    kept.finish("whole");
    const Logged entry = next(client);
    EXPECT_EQ(entry.duration, 5s);
    EXPECT_EQ(entry.first_byte, 2s);
    EXPECT_EQ(entry.bytes, 9u);
}

TEST_F(ServerSight, AccessLogHasPipelinedRequestsInTheirOrder) {
    serve_logged();
    listen();
    RawClient client = connect();
    client.send(get("/keep?1") + get("/?2") + get("/?3")).settled();
    EXPECT_TRUE(log.empty());
    kept.finish("first");
    for (const char* request : {"GET|/keep?1|HTTP/1.1", "GET|/?2|HTTP/1.1", "GET|/?3|HTTP/1.1"})
        EXPECT_EQ(next(client).request, request);
}

TEST_F(ServerSight, AccessLogHasRequestsThatWereRefused) {
    serve_logged({.max_target_size = 20, .max_body_size = 4});
    listen();
    const auto ask = [this](const std::string& bytes) {
        RawClient client = connect();
        client.send(bytes).until_end();
        return next(client);
    };
    const Logged garbage = ask("G@RB\x01 /x HTTP/1.1\r\n\r\n");
    EXPECT_EQ(garbage.request, "G@RB\x01|/x|HTTP/1.1");
    EXPECT_EQ(garbage.status, 400);
    EXPECT_EQ(garbage.outcome, RequestOutcome::refused);
    EXPECT_EQ(garbage.remote, "127.0.0.1");
    EXPECT_EQ(ask(get("/12345678901234567890")).status, 414);
    EXPECT_EQ(ask("\x16\x03\x01").request, "\x16\x03\x01||");
    server->post("/", [](const Request&, const Response&) { FAIL(); });
    const Logged large = ask(post("/", "12345"));
    EXPECT_EQ(large.request, "POST|/|HTTP/1.1");
    EXPECT_EQ(large.status, 413);
    EXPECT_EQ(large.outcome, RequestOutcome::refused);
    EXPECT_TRUE(log.empty());
}

TEST_F(ServerSight, AccessLogHasTimeouts) {
    serve_logged();
    listen();
    RawClient client = connect();
    client.send("GET / HT");
    advance(16s);
    client.until_end();
    const Logged entry = next(client);
    EXPECT_EQ(entry.request, "GET|/|HT");
    EXPECT_EQ(entry.status, 408);
    EXPECT_EQ(entry.outcome, RequestOutcome::timed_out);
    RawClient idle = connect();
    advance(61s);
    idle.until_end();
    EXPECT_TRUE(log.empty()) << "a connection without a request";
}

TEST_F(ServerSight, AccessLogHasClientsThatWentAway) {
    serve_logged();
    listen();
    RawClient client = connect();
    client.send(get("/keep") + get("/?2")).settled();
    client.reset();
    const Logged first = next(client);
    EXPECT_EQ(first.status, 0);
    EXPECT_EQ(first.outcome, RequestOutcome::client_aborted);
    EXPECT_EQ(first.first_byte, std::nullopt);
    const Logged second = next(client);
    EXPECT_EQ(second.request, "GET|/?2|HTTP/1.1");
    EXPECT_EQ(second.bytes, 0u) << "it waited behind the other one";
    EXPECT_EQ(second.outcome, RequestOutcome::client_aborted);
}

TEST_F(ServerSight, AccessLogCountsWhatAClientThatWentAwayHasTaken) {
    constexpr std::size_t size = 32 * 1024 * 1024;
    serve_logged().get(
        "/large", [](const Request&, const Response& to) { to.finish(std::string(size, 'x')); });
    listen();
    RawClient client = connect(4096);
    client.send(get("/large"));
    client.wait_for([&] { return client.received.size() > 1024 * 1024; });
    EXPECT_TRUE(log.empty()) << "the response is complete, but not sent";
    const std::size_t taken = client.received.size();
    client.reset();
    const Logged entry = next(client);
    EXPECT_EQ(entry.status, 200);
    EXPECT_EQ(entry.outcome, RequestOutcome::client_aborted);
    EXPECT_GE(entry.bytes, taken - 1000);
    EXPECT_LT(entry.bytes, size);
}

TEST_F(ServerSight, AccessLogTellsFailuresOfTheServerApart) {
    serve_logged({.response_timeout = 9s});
    server->get("/fail",
                [](const Request&, const Response& to) { to.fail(Error{Errc::canceled}); });
    server->get("/cut", [this](const Request&, const Response& to) {
        to.write("half");
        to.flush();
        to.fail(Error{Errc::canceled});
    });
    listen();
    RawClient client = connect();
    client.send(get("/fail"));
    Logged entry = next(client);
    EXPECT_EQ(entry.status, 500);
    EXPECT_EQ(entry.outcome, RequestOutcome::completed) << "a whole response, of that status";
    client.send(get("/cut"));
    entry = next(client);
    EXPECT_EQ(entry.status, 200);
    EXPECT_EQ(entry.bytes, 4u);
    EXPECT_EQ(entry.outcome, RequestOutcome::failed);
    RawClient slow = connect();
    slow.send(get("/keep")).settled();
    kept.write("half");
    settle();
    advance(10s);
    entry = next(slow);
    EXPECT_EQ(entry.outcome, RequestOutcome::timed_out);
    EXPECT_EQ(take_reports().size(), 1u);
}

TEST_F(ServerSight, AccessLogHasWhatADrainAbortsAndWhatACloseLeavesUnanswered) {
    serve_logged();
    listen();
    RawClient client = connect();
    client.send(get("/keep") + get("/?2")).settled();
    kept.set_header("Connection", "close").ignore("a good field");
    kept.finish("last");
    client.until_end();
    const Logged behind = next(client);  // known before the last response is sent
    EXPECT_EQ(behind.request, "GET|/?2|HTTP/1.1");
    EXPECT_EQ(behind.outcome, RequestOutcome::unanswered);
    EXPECT_EQ(next(client).outcome, RequestOutcome::completed);
    RawClient other = connect();
    other.send(get("/keep")).settled();
    gyre::test::ExpectOnce stopped;
    server->stop(stopped([] {}));
    advance(11s);
    EXPECT_EQ(next(other).outcome, RequestOutcome::server_aborted);
    EXPECT_TRUE(log.empty());
}

TEST_F(ServerSight, AccessLogThatThrowsIsContained) {
    serve_logged().set_access_log([](const AccessLogEntry&) { throw std::runtime_error{"no"}; });
    listen();
    RawClient client = connect();
    for (int i = 0; i < 2; ++i) {
        client.send(get("/")).until("hello");
        client.take();
        client.wait_for([&] { return reports.size() == std::size_t(i) + 1; });
    }
    EXPECT_EQ(take_reports()[0], Errc::unhandled_exception);
}

TEST_F(ServerSight, AccessLogMayDestroyTheServer) {
    std::string host;
    serve_logged().set_access_log([&](const AccessLogEntry& entry) {
        server.reset();
        host = entry.host;  // still valid
    });
    server->get("/hook", [](const Request&, const Response& to) {
        to.on_finish([](const ResponseSummary&) { FAIL() << "its server is gone"; });
        to.finish("hooked");
    });
    listen();
    RawClient client = connect();
    client.send(get("/hook")).wait_for([&] { return !host.empty(); });
    EXPECT_EQ(host, "test");
}

TEST_F(ServerSight, AccessLogMayBeSetAndTakenAwayAtAnyTime) {
    serve_logged();
    listen();
    RawClient client = connect();
    client.send(get("/keep")).settled();
    server->set_access_log({});
    kept.finish("one");
    client.until("one");
    client.send(get("/")).until("hello");
    client.settled();
    EXPECT_TRUE(log.empty());
}

TEST_F(ServerSight, OnFinishTellsWhatBecameOfTheResponse) {
    std::vector<std::string> told;
    serve_logged().get("/hook", [&](const Request&, const Response& to) {
        for (const char* name : {"one", "two"})
            to.on_finish([&told, name](const ResponseSummary& end) {
                told.push_back(name + std::to_string(end.status) + ' ' +
                               std::to_string(end.body_bytes) + ' ' +
                               std::string{to_string(end.error.kind())});
            });
        kept = to;
        to.set_status(201).ignore("a good status");
        to.write("12345");
    });
    listen();
    RawClient client = connect();
    client.send(get("/hook")).until("12345");
    EXPECT_TRUE(told.empty());
    kept.finish("678");
    EXPECT_TRUE(told.empty()) << "not inside the call";
    client.wait_for([&] { return told.size() == 2; });
    EXPECT_THAT(told, ElementsAre("one201 8 ok", "two201 8 ok"));
    gyre::test::ExpectOnce late;
    kept.on_finish(late([](const ResponseSummary& end) { EXPECT_EQ(end.error, Errc::closed); }));
    EXPECT_EQ(late.calls(), 0);
    settle();
}

TEST_F(ServerSight, OnFinishTellsOfAClientThatWentAwayAndNeedNotBeLookedAt) {
    int calls = 0;
    serve_logged().get("/hook", [&](const Request&, const Response& to) {
        kept = to;
        to.on_finish([&](const ResponseSummary&) { ++calls; });
    });
    listen();
    RawClient client = connect();
    client.send(get("/hook")).settled();
    client.reset();
    client.wait_for([&] { return calls == 1; });
}

TEST_F(ServerSight, OnFinishIsReleasedWithItsServer) {
    gyre::test::Captures captures;
    serve_logged().get("/hook", [&](const Request&, const Response& to) {
        kept = to;
        to.on_finish([token = captures.token()](const ResponseSummary&) { FAIL(); });
    });
    listen();
    RawClient client = connect();
    client.send(get("/hook")).settled();
    server.reset();
    EXPECT_TRUE(captures.released());
    Response{}.on_finish([](const ResponseSummary&) { FAIL(); });
}

TEST_F(ServerSight, AnOnFinishThatThrowsIsReportedAndTheNextOneCalled) {
    gyre::test::ExpectOnce second;
    serve_logged().get("/hook", [&](const Request&, const Response& to) {
        to.on_finish([](const ResponseSummary&) { throw std::runtime_error{"no"}; });
        to.on_finish(second([](const ResponseSummary&) {}));
        to.finish("fine");
    });
    listen();
    RawClient client = connect();
    client.send(get("/hook")).wait_for([&] { return second.calls() == 1; });
    EXPECT_EQ(take_reports().size(), 1u);
}

TEST_F(ServerSight, RequestIdsAreMadeOnceAndDiffer) {
    std::vector<std::string> ids;
    serve_logged().get("/id", [&](const Request& from, const Response& to) {
        ids.emplace_back(from.id());
        EXPECT_EQ(from.id(), ids.back());
        to.finish("fine");
    });
    listen();
    RawClient client = connect();
    for (int i = 0; i < 2; ++i) {
        client.send(get("/id", "X-Request-Id: mine\r\n"));
        EXPECT_EQ(next(client).id, ids.back());
    }
    EXPECT_THAT(ids[0], MatchesRegex("[0-9a-f]{32}"));
    EXPECT_NE(ids[0], ids[1]);
    EXPECT_THAT(client.received, Not(HasSubstr("X-Request-Id")));
    EXPECT_EQ(Request{}.id(), "");
}

TEST_F(ServerSight, RequestIdsOfATrustedProxyAreTakenOver) {
    serve_logged({.trust_request_id = true, .send_request_id = true});
    listen();
    RawClient client = connect();
    const auto ask = [&](const std::string& fields) {
        client.take();
        client.send(get("/", fields)).until("hello");
        const std::string id = next(client).id;
        EXPECT_EQ(count(client.received, "X-Request-Id: " + id + "\r\n"), 1u);
        return id;
    };
    EXPECT_EQ(ask("X-Request-Id: a.B_9-\r\n"), "a.B_9-");
    EXPECT_EQ(ask("X-Request-Id: " + std::string(128, 'x') + "\r\n"), std::string(128, 'x'));
    for (const std::string& bad :
         {std::string(129, 'x'), std::string{"a b"}, std::string{"a\"b"}, std::string{}})
        EXPECT_THAT(ask("X-Request-Id: " + bad + "\r\n"), MatchesRegex("[0-9a-f]{32}"));
    EXPECT_EQ(status_of(client.send("BAD\x01\r\n\r\n").until_end()), 200);
    EXPECT_EQ(count(client.received, "X-Request-Id: "), 2u) << "a refused request has one too";
}

/// An option of the one connection that a server of this process has accepted on `port`.
int option_of_accepted(std::uint16_t port, int level, int name) {
    for (int descriptor = 3; descriptor < 1024; ++descriptor) {
        sockaddr_in local{};
        sockaddr_in peer{};
        socklen_t size = sizeof local;
        if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&local), &size) != 0 ||
            local.sin_family != AF_INET || ntohs(local.sin_port) != port)
            continue;
        size = sizeof peer;
        if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) != 0) continue;
        int value = -1;
        size = sizeof value;
        EXPECT_EQ(::getsockopt(descriptor, level, name, &value, &size), 0);
        return value;
    }
    ADD_FAILURE() << "no such connection";
    return -1;
}

TEST_F(ServerSight, SocketOptionsAreForEachConnection) {
    serve_logged({.socket = {.no_delay = false, .unsent_limit = 50'000}});
    listen();
    connect().send(get("/")).until("hello");
    RawClient client = connect();
    client.send(get("/")).until("hello");
    EXPECT_EQ(option_of_accepted(server->port(), IPPROTO_TCP, TCP_NODELAY), 0);
    EXPECT_EQ(option_of_accepted(server->port(), IPPROTO_TCP, TCP_NOTSENT_LOWAT), 50'000);
}

TEST_F(ServerSight, RequestIdIsInTheLogLineOfAFailure) {
    std::vector<std::string> lines;
    std::string id;
    set_log_handler([&](LogLevel, std::string_view line) { lines.emplace_back(line); });
    serve_logged().get("/id", [&](const Request& from, const Response& to) {
        id = from.id();
        to.fail(Error{Errc::canceled, "upstream"});
    });
    server->get("/none", [&](const Request&, const Response& to) {
        to.fail(Error{Errc::canceled, "upstream"});
    });
    listen();
    RawClient client = connect();
    client.send(get("/id")).until("500");
    client.send(get("/none")).settled();
    set_log_handler({});
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_EQ(lines[0], "GET /id failed: upstream (request " + id + ")");
    EXPECT_EQ(lines[1], "GET /none failed: upstream");
}

}  // namespace
}  // namespace gyre::http::test
