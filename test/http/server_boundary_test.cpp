#include "server_fixture.hpp"
#include "server_limit.hpp"
#include "support/test_certificates.hpp"

#include <functional>
#include <ostream>
#include <set>
#include <string>
#include <vector>

// Every limit one below, at and one above its edge, with the counter that tells of it.
namespace gyre::http::test {
namespace {

using namespace std::chrono_literals;

using Request = HTTPServerRequest;
using Response = HTTPServerResponse;
using Count = std::uint64_t HTTPServerLimitCounts::*;

/// How late a deadline may be told.
constexpr Duration tick = 100ms;

/// What was counted of all limits together.
std::uint64_t sum(const HTTPServerLimitCounts& counts) {
    std::uint64_t total = 0;
    for (const detail::ServerLimitEntry& limit : detail::server_limits())
        total += counts.*limit.count;
    return total;
}

class Boundary : public ServerTest {
protected:
    /// Only this limit was met, so often.
    void expect_counted(Count limit, std::uint64_t times) {
        EXPECT_EQ(server->metrics().limits.*limit, times);
        EXPECT_EQ(sum(server->metrics().limits), times);
    }
    void expect_balanced() {
        const HTTPServerMetrics metrics = server->metrics();
        std::uint64_t complete = 0;
        for (const auto& [status, times] : metrics.by_status)
            complete += times;
        EXPECT_EQ(metrics.requests, metrics.in_flight + metrics.aborted + complete);
    }
};

std::string filler(std::size_t size) { return std::string(size, 'x'); }

std::string chunked(const std::string& body) {
    return "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n" + body;
}

/// A limit of size: what a request looks like that has so much of it.
struct SizeLimit {
    const char* name;
    HTTPServerOptions options;
    std::size_t limit;
    std::function<std::string(std::size_t)> request;
    int refused;
    Count count;
    /// What a streaming handler's `on_finish` is told; null for what is found in the head.
    const char* message = nullptr;

    friend void PrintTo(const SizeLimit& limit, std::ostream* out) { *out << limit.name; }
};

class SizeBoundary : public Boundary, public ::testing::WithParamInterface<SizeLimit> {};

TEST_P(SizeBoundary, BelowAtAndAbove) {
    const SizeLimit& limit = GetParam();
    serve(limit.options).route("*", "/{rest...}", [](const Request&, const Response& to) {
        to.finish("fine");
    });
    listen();
    for (const std::size_t size : {limit.limit - 1, limit.limit, limit.limit + 1}) {
        RawClient client = connect();
        const bool good = size <= limit.limit;
        client.send(limit.request(size));
        const std::string reply = good ? client.until("fine") : client.until_end();
        EXPECT_EQ(status_of(reply), good ? 200 : limit.refused) << size;
        EXPECT_EQ(count(reply, "Connection: close"), good ? 0u : 1u);
        expect_counted(limit.count, good ? 0 : 1);
    }
    EXPECT_EQ(server->metrics().by_class[2], 2u);
    EXPECT_EQ(server->metrics().by_class[4], 1u);
    expect_balanced();
}

class BodyBoundary : public SizeBoundary {};

TEST_P(BodyBoundary, AStreamingHandlerIsToldWhichLimit) {
    const SizeLimit& limit = GetParam();
    std::vector<std::string> told;
    serve(limit.options).stream("POST", "/", [&](const Request& from, const Response& to) {
        from.set_max_body_size(limit.options.max_body_size);
        from.on_finish([&told, to](const Error& error) {
            told.push_back(error ? error.message() : "");
            EXPECT_EQ(error.kind(), told.back().empty() ? Errc::ok : Errc::limit_exceeded);
            to.finish("fine");
        });
    });
    listen();
    connect().send(limit.request(limit.limit)).until("fine");
    connect().send(limit.request(limit.limit + 1)).until_end();
    ASSERT_EQ(told.size(), 2u);
    EXPECT_EQ(told[0], "");
    EXPECT_NE(told[1].find(limit.message), std::string::npos) << told[1];
    expect_counted(limit.count, 1);
}

const SizeLimit size_limits[] = {
    {"head",
     {.max_head_size = 300},
     300,
     [](std::size_t size) {
         const std::string bare = get("/", "A: \r\n");
         return get("/", "A: " + filler(size - bare.size()) + "\r\n");
     },
     431,
     &HTTPServerLimitCounts::head_size},
    {"field_line",
     {.max_field_line_size = 100},
     100,
     [](std::size_t size) { return get("/", "A: " + filler(size - 3) + "\r\n"); },
     431,
     &HTTPServerLimitCounts::field_line},
    {"fields",
     {.max_fields = 10},
     10,
     [](std::size_t size) {
         std::string fields;
         for (std::size_t i = 1; i < size; ++i)
             fields += "A: 1\r\n";
         return get("/", fields);
     },
     431,
     &HTTPServerLimitCounts::fields},
    {"target",
     {.max_target_size = 50},
     50,
     [](std::size_t size) { return get("/" + filler(size - 1)); },
     414,
     &HTTPServerLimitCounts::target},
    {"body",
     {.max_body_size = 100},
     100,
     [](std::size_t size) { return post("/", filler(size)); },
     413,
     &HTTPServerLimitCounts::body_size,
     "the body is too large"},
    {"chunked_body",
     {.max_body_size = 10},
     10,
     [](std::size_t size) {
         return chunked("5\r\nhello\r\n" + std::to_string(size - 5) + "\r\n" + filler(size - 5) +
                        "\r\n0\r\n\r\n");
     },
     413,
     &HTTPServerLimitCounts::body_size,
     "the body is too large"},
    {"chunk_extension",
     {.max_chunk_extension_size = 20},
     20,
     [](std::size_t size) { return chunked("1;" + filler(size - 1) + "\r\nx\r\n0\r\n\r\n"); },
     400,
     &HTTPServerLimitCounts::chunk_extensions,
     "the chunk extensions are too long"},
    {"chunk_extensions",
     {.max_chunk_extensions_size = 50},
     50,
     [](std::size_t size) {
         return chunked("1;" + filler(24) + "\r\nx\r\n1;" + filler(size - 26) +
                        "\r\nx\r\n0\r\n\r\n");
     },
     400,
     &HTTPServerLimitCounts::chunk_extensions,
     "the chunk extensions are too long"},
    {"trailers",
     {.max_trailers_size = 60},
     60,
     [](std::size_t size) { return chunked("0\r\nT: " + filler(size - 7) + "\r\n\r\n"); },
     400,
     &HTTPServerLimitCounts::trailers,
     "the trailers are too long"},
};

INSTANTIATE_TEST_SUITE_P(Limits, SizeBoundary, ::testing::ValuesIn(size_limits),
                         [](const auto& test) { return std::string{test.param.name}; });

std::vector<SizeLimit> limits_of_bodies() {
    std::vector<SizeLimit> found;
    for (const SizeLimit& limit : size_limits)
        if (limit.message) found.push_back(limit);
    return found;
}

INSTANTIATE_TEST_SUITE_P(Limits, BodyBoundary, ::testing::ValuesIn(limits_of_bodies()),
                         [](const auto& test) { return std::string{test.param.name}; });

/// A time-out: what leaves the server waiting for so long.
struct TimeLimit {
    const char* name;
    HTTPServerOptions options;
    std::string_view begun;  // what the client sends, and then no more
    Duration limit;
    int status;  // 0: closed without a word
    Count count;
    const char* message = nullptr;

    friend void PrintTo(const TimeLimit& limit, std::ostream* out) { *out << limit.name; }
};

constexpr std::string_view half_a_body =
    "POST /up HTTP/1.1\r\nHost: t\r\nContent-Length: 9\r\n\r\nab";

class TimeBoundary : public Boundary, public ::testing::WithParamInterface<TimeLimit> {};

TEST_P(TimeBoundary, JustBeforeAndJustAfter) {
    const TimeLimit& limit = GetParam();
    std::vector<std::string> told;
    Response kept;
    serve(limit.options).stream("POST", "/up", [&](const Request& from, const Response& to) {
        kept = to;
        from.on_finish([&](const Error& error) {
            EXPECT_EQ(error, Errc::timed_out);
            told.push_back(error.message());
        });
    });
    server->get("/", [&](const Request&, const Response& to) { kept = to; });
    listen();
    RawClient client = connect();
    client.send(limit.begun).settled();
    advance(limit.limit - 1ms);
    EXPECT_EQ(client.settled(), "");
    EXPECT_FALSE(client.ended);
    expect_counted(limit.count, 0);
    advance(1ms + 2 * tick);
    if (limit.count == &HTTPServerLimitCounts::response_timeout) {
        client.until("\r\n\r\n");
        const std::vector<Error> unseen = take_reports();
        ASSERT_EQ(unseen.size(), 1u);
        EXPECT_EQ(unseen[0], Errc::timed_out);
    } else {
        client.until_end();
    }
    EXPECT_EQ(status_of(client.received), limit.status);
    expect_counted(limit.count, 1);
    ASSERT_EQ(told.size(), limit.message ? 1u : 0u);
    if (limit.message) EXPECT_NE(told[0].find(limit.message), std::string::npos) << told[0];
    expect_balanced();
}

const TimeLimit time_limits[] = {
    {"head", {.head_timeout = 5s}, "GET / HT", 5s, 408, &HTTPServerLimitCounts::head_timeout},
    {"body_idle",
     {.body_idle_timeout = 7s},
     half_a_body,
     7s,
     408,
     &HTTPServerLimitCounts::body_idle_timeout,
     "no more of the body came for too long"},
    {"body_total",
     {.body_idle_timeout = unlimited, .body_timeout = 8s},
     half_a_body,
     8s,
     408,
     &HTTPServerLimitCounts::body_timeout,
     "the body took too long altogether"},
    {"keep_alive",
     {.keep_alive_timeout = 9s},
     "",
     9s,
     0,
     &HTTPServerLimitCounts::keep_alive_timeout},
    {"response",
     {.response_timeout = 11s},
     "GET / HTTP/1.1\r\nHost: t\r\n\r\n",
     11s,
     500,
     &HTTPServerLimitCounts::response_timeout},
};

INSTANTIATE_TEST_SUITE_P(Limits, TimeBoundary, ::testing::ValuesIn(time_limits),
                         [](const auto& test) { return std::string{test.param.name}; });

TEST_F(Boundary, HandshakeTimeout) {
    gyre::test::TestAuthority authority;
    const gyre::test::TestCertificate made = authority.issue_for_localhost();
    serve({.tls = TLSOptions{.certificate = made.certificate, .key = made.key},
           .handshake_timeout = 5s});
    listen();
    RawClient silent = connect();
    silent.settled();
    advance(5s - 1ms);
    EXPECT_FALSE(silent.ended);
    expect_counted(&HTTPServerLimitCounts::handshake_timeout, 0);
    advance(1ms + 2 * tick);
    silent.until_end();
    expect_counted(&HTTPServerLimitCounts::handshake_timeout, 1);
    EXPECT_EQ(server->metrics().handshakes_failed, 1u);
    EXPECT_EQ(server->metrics().handshakes, 0u);
}

TEST_F(Boundary, WriteTimeoutTellsTheWrite) {
    std::vector<Errc> told;
    Response kept;
    serve({.write_timeout = 5s}).get("/", [&](const Request&, const Response& to) {
        kept = to;
        to.write(filler(16 * 1024 * 1024),
                 [&](const Error& error) { told.push_back(error.kind()); });
    });
    listen();
    RawClient client = connect(4096);
    client.send(get("/"));
    settle();
    advance(5s - 1ms);
    EXPECT_EQ(server->connections(), 1u);
    expect_counted(&HTTPServerLimitCounts::write_timeout, 0);
    advance(1ms + 2 * tick);
    EXPECT_EQ(server->connections(), 0u);
    EXPECT_EQ(told, std::vector{Errc::timed_out});
    expect_counted(&HTTPServerLimitCounts::write_timeout, 1);
    expect_balanced();
}

TEST_F(Boundary, BodyRate) {
    constexpr std::size_t rate = 500;
    for (const std::size_t size : {rate * 6 - 1, rate * 6, rate * 6 + 1}) {
        std::string told;
        Response kept;
        serve({.min_body_rate = rate, .body_rate_grace = 5s})
            .stream("POST", "/", [&](const Request& from, const Response& to) {
                kept = to;
                from.on_finish([&](const Error& error) { told = error.message(); });
            });
        listen();
        RawClient client = connect();
        client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 100000\r\n\r\n").settled();
        advance(5s);
        client.send("x").settled();  // one byte, but its time of grace is not over
        expect_counted(&HTTPServerLimitCounts::body_rate, 0);
        advance(1s);
        client.send(filler(size - 1));
        if (size >= rate * 6) {
            client.settled();
            expect_counted(&HTTPServerLimitCounts::body_rate, 0);
        } else {
            EXPECT_EQ(status_of(client.until_end()), 408);
            EXPECT_NE(told.find("the body came too slowly"), std::string::npos) << told;
            expect_counted(&HTTPServerLimitCounts::body_rate, 1);
        }
        server.reset();
    }
}

TEST_F(Boundary, BodyOfACompleteResponse) {
    serve({.max_discarded_body = 100}).stream("POST", "/", [](const Request&, const Response& to) {
        to.finish("early");
    });
    server->get("/", [](const Request&, const Response& to) { to.finish("next"); });
    listen();
    for (const unsigned size : {99u, 100u, 101u}) {
        RawClient client = connect();
        client.send(post("/", filler(size)) + get("/"));
        const std::string all = size <= 100 ? client.until("next") : client.until_end();
        EXPECT_EQ(count(all, "next"), size <= 100 ? 1u : 0u);
        expect_counted(&HTTPServerLimitCounts::discarded_body, size <= 100 ? 0 : 1);
    }
}

TEST_F(Boundary, PipelinedRequests) {
    for (const int size : {2, 3, 4}) {
        std::vector<Response> kept;
        serve({.max_pipelined = 3}).get("/", [&](const Request&, const Response& to) {
            kept.push_back(to);
        });
        listen();
        RawClient client = connect();
        for (int i = 0; i < size; ++i)
            client.send(get("/"));
        client.settled();
        EXPECT_EQ(kept.size(), std::min<std::size_t>(static_cast<std::size_t>(size), 3));
        EXPECT_EQ(server->metrics().in_flight, kept.size());
        expect_counted(&HTTPServerLimitCounts::pipelined, size < 3 ? 0 : 1);
        for (std::size_t i = 0; i < static_cast<std::size_t>(size); ++i) {
            client.wait_for([&] { return kept.size() > i; });
            kept[i].finish("done");
        }
        client.wait_for([&] { return count(client.received, "done") == std::size_t(size); });
        expect_balanced();
    }
}

TEST_F(Boundary, Connections) {
    serve({.max_connections = 3});
    listen();
    std::vector<RawClient> clients;
    for (const unsigned refused : {0u, 0u, 0u, 1u}) {
        clients.push_back(connect());
        if (refused > 0) clients.back().until_end();
        clients.back().settled();
        expect_counted(&HTTPServerLimitCounts::connections, refused);
        EXPECT_EQ(server->metrics().refused, refused);
        EXPECT_EQ(server->metrics().accepted, clients.size() - refused);
        EXPECT_EQ(server->metrics().connections, clients.size() - refused);
    }
}

TEST_F(Boundary, PendingWrites) {
    std::vector<std::size_t> sizes{499, 500, 501};
    std::vector<Errc> told;
    serve({.write_high_water = 1000, .write_low_water = 0, .max_pending_writes = 500})
        .get("/", [&](const Request&, const Response& to) {
            to.write(filler(1000));
            to.write(filler(sizes[told.size()]),
                     [&, to](const Error& error) { told.push_back(error.kind()); });
            to.finish();
        });
    listen();
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        connect().send(get("/")).wait_for([&] { return told.size() > i; });
        expect_counted(&HTTPServerLimitCounts::pending_writes, sizes[i] > 500 ? 1 : 0);
    }
    EXPECT_EQ(told, (std::vector{Errc::ok, Errc::ok, Errc::limit_exceeded}));
}

TEST_F(Boundary, WriteMarks) {
    for (const unsigned size : {999u, 1000u, 1001u}) {
        int drained = 0;
        serve({.write_high_water = 1000, .write_low_water = 0})
            .get("/", [&](const Request&, const Response& to) {
                to.on_drain([&drained, to] {
                    ++drained;
                    to.finish("END");
                });
                to.write(filler(size), [to, size](const Error&) {
                    if (size < 1000) to.finish("END");
                });
            });
        listen();
        connect().send(get("/")).until("END");
        EXPECT_EQ(drained, size < 1000 ? 0 : 1) << size;
    }
}

TEST_F(Boundary, DrainTimeout) {
    Response kept;
    Errc told = Errc::ok;
    serve({.drain_timeout = 5s}).get("/", [&](const Request&, const Response& to) {
        kept = to;
        to.on_finish([&](const ResponseSummary& end) { told = end.error.kind(); });
    });
    listen();
    RawClient client = connect();
    client.send(get("/")).settled();
    gyre::test::ExpectOnce stopped;
    server->stop(stopped([] {}));
    advance(5s - 1ms);
    EXPECT_FALSE(client.settled().size());
    EXPECT_TRUE(server->stopping());
    expect_counted(&HTTPServerLimitCounts::drain_timeout, 0);
    advance(1ms);
    client.until_end();
    settle();
    EXPECT_EQ(told, Errc::canceled);
    expect_counted(&HTTPServerLimitCounts::drain_timeout, 1);
    EXPECT_EQ(server->metrics().aborted, 1u);
}

TEST_F(Boundary, ZeroIsRefusedAndUnlimitedIsNot) {
    const auto told = [this](const HTTPServerOptions& options) {
        const Error error = serve(options).listen(0, "127.0.0.1");
        return error.kind();
    };
    EXPECT_EQ(told({.max_chunk_extension_size = 0}), Errc::invalid_argument);
    EXPECT_EQ(told({.max_chunk_extensions_size = 0}), Errc::invalid_argument);
    EXPECT_EQ(told({.max_trailers_size = 0}), Errc::invalid_argument);
    EXPECT_EQ(told({.write_high_water = 0}), Errc::invalid_argument);
    EXPECT_EQ(told({.max_pending_writes = 0}), Errc::invalid_argument);
    EXPECT_EQ(told({.body_rate_grace = 0s}), Errc::invalid_argument);
    EXPECT_EQ(told({.write_high_water = 10, .write_low_water = 11}), Errc::invalid_argument);
    EXPECT_EQ(told({.socket = {.keep_alive = KeepAliveOptions{.count = 0}}}),
              Errc::invalid_argument);
    EXPECT_EQ(told({.max_discarded_body = 0, .write_low_water = 0}), Errc::ok);
}

TEST_F(Boundary, EverythingMayBeUnlimited) {
    serve({.max_head_size = unlimited,
           .max_field_line_size = unlimited,
           .max_fields = unlimited,
           .max_target_size = unlimited,
           .max_body_size = unlimited,
           .max_chunk_extension_size = unlimited,
           .max_chunk_extensions_size = unlimited,
           .max_trailers_size = unlimited,
           .max_discarded_body = unlimited,
           .max_pipelined = unlimited,
           .max_connections = unlimited,
           .write_high_water = unlimited,
           .write_low_water = unlimited,
           .max_pending_writes = unlimited,
           .handshake_timeout = unlimited,
           .head_timeout = unlimited,
           .body_idle_timeout = unlimited,
           .body_timeout = unlimited,
           .body_rate_grace = unlimited,
           .keep_alive_timeout = unlimited,
           .write_timeout = unlimited,
           .response_timeout = unlimited,
           .drain_timeout = unlimited})
        .post("/", [](const Request& from, const Response& to) { to.finish(from.body()); });
    listen();
    RawClient client = connect();
    client.send("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\nA: " +
                filler(100'000) + "\r\n\r\n1;" + filler(100'000) + "\r\nx");
    advance(24h);
    client.send("\r\n0\r\nT: " + filler(100'000) + "\r\n\r\n");
    EXPECT_EQ(body_of(client.until("\r\n\r\nx")), "x");
    EXPECT_EQ(sum(server->metrics().limits), 0u);
}

TEST(ServerLimitNames, AreAllDifferent) {
    std::set<std::string_view> names;
    for (const detail::ServerLimitEntry& limit : detail::server_limits())
        names.insert(limit.name);
    EXPECT_EQ(names.size(), detail::server_limits().size());
}

TEST(ServerLimitNames, EachCountsInItsOwnPlace) {
    for (std::size_t i = 0; i < detail::server_limits().size(); ++i) {
        HTTPServerLimitCounts counts;
        detail::count(counts, static_cast<detail::ServerLimit>(i));
        EXPECT_EQ(counts.*detail::server_limits()[i].count, 1u);
        EXPECT_EQ(sum(counts), 1u);
    }
}

}  // namespace
}  // namespace gyre::http::test
