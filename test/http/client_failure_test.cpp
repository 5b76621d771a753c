#include "client_fixture.hpp"
#include "support/fake_network.hpp"
#include <gyre/clock.hpp>

namespace gyre::http::test {
namespace {

using gyre::test::FakeNetwork;
using gyre::test::FakeResolver;

/// What every transport failure has in common.
void expect_failure(const HTTPResponse& response, Errc kind, std::string_view phase) {
    EXPECT_EQ(response.code, 599);
    EXPECT_EQ(response.error.kind(), kind) << response.error;
    EXPECT_EQ(response.error.phase(), phase) << response.error;
    EXPECT_EQ(response.body, "");
    EXPECT_TRUE(response.headers.empty());
}

TEST_F(ClientTest, WrongArgumentsArriveInTheCallback) {
    expect_failure(get("not a url"), Errc::bad_url, "queue");
    expect_failure(fetch({.url = "http://h/", .method = "BREW"}), Errc::invalid_argument, "queue");
    expect_failure(fetch({.url = "http://h/", .headers = {{"A", "b\r\nC: d"}}}),
                   Errc::invalid_argument, "queue");
    EXPECT_EQ(get("not a url").effective_url, "not a url");
}

TEST_F(ClientTest, UserInformationIsNotInTheEffectiveUrlOfAFailure) {
    ScriptedServer server{*reactor, always(reply("x"))};
    EXPECT_EQ(fetch({.url = "http://user:secret@h/a@b", .method = "BREW"}).effective_url,
              "http://h/a@b");
    EXPECT_EQ(get("ftp://user:secret@h/").effective_url, "ftp://h/");
    EXPECT_EQ(get("http://user:se@cret@h:x").effective_url, "http://h:x");
    EXPECT_EQ(get("http://user:sec/ret@h/").effective_url, "http://h/");
    EXPECT_EQ(get("http://user:sec#ret@h/").effective_url, "http://h/");
    EXPECT_EQ(get("http:/user:secret@h/").effective_url, "h/");
    EXPECT_EQ(get("user:secret@h/").effective_url, "h/");
    std::string url;
    const auto handle = client.fetch("http://user:secret@h/", [&](const HTTPResponse& response) {
        url = response.effective_url;
    });
    handle.cancel();
    ASSERT_TRUE(run_until([&] { return !url.empty(); }));
    EXPECT_EQ(url, "http://h/");
}

TEST_F(ClientTest, UserInformationIsNotAmongWhatThePendingWorkIs) {
    const auto handle = client.fetch("http://user:secret@h/a", [](const HTTPResponse&) {});
    int found = 0;
    for (const PendingOperation& operation : reactor->pending())
        if (operation.kind == "fetch") found += operation.detail == "http://h/a" ? 1 : 100;
    EXPECT_EQ(found, 1);
    handle.cancel();
    reactor->run();
}

TEST_F(ClientTest, RefusedPort) {
    std::string url;
    {
        ScriptedServer server{*reactor, always("")};
        url = server.url();
    }
    const HTTPResponse response = get(url);
    expect_failure(response, Errc::connection_refused, "connect");
    EXPECT_NE(response.error.message().find("127.0.0.1"), std::string::npos)
        << response.error.message();
}

TEST_F(ClientTest, UnknownHost) {
    auto resolver = std::make_shared<FakeResolver>();
    resolver->fail_with(Errc::host_not_found);
    Reactor own{{.resolver = resolver}};
    resolver->attach(gyre::detail::ReactorRef{own});
    AsyncHTTPClient own_client{own};
    bool done = false;
    own_client.fetch("http://no-such-host.test/", [&](const HTTPResponse& response) {
        expect_failure(response, Errc::host_not_found, "resolve");
        done = true;
    });
    own.run_for(5s);
    EXPECT_TRUE(done);
}

/// A client on a virtual clock whose network answers as it is told.
struct VirtualClient {
    std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>(true);
    std::shared_ptr<FakeNetwork> network = std::make_shared<FakeNetwork>();
    Reactor reactor{{.clock = clock, .network = network}};
    AsyncHTTPClient client{reactor};
};

TEST(ClientTimeout, Connect) {
    VirtualClient virtual_client;
    std::optional<HTTPResponse> got;
    virtual_client.client.fetch({.url = "http://10.0.0.1/", .connect_timeout = 3s},
                                [&](HTTPResponse response) { got = std::move(response); });
    virtual_client.reactor.run_for(60s);
    ASSERT_TRUE(got);
    expect_failure(*got, Errc::timed_out, "connect");
    EXPECT_GE(got->request_time, 3s);
    EXPECT_LT(got->request_time, 4s);
    EXPECT_EQ(virtual_client.network->open(), 0);
}

TEST(ClientTimeout, RequestWhileConnecting) {
    VirtualClient virtual_client;
    std::optional<HTTPResponse> got;
    virtual_client.client.fetch({.url = "http://10.0.0.1/", .request_timeout = 2s},
                                [&](HTTPResponse response) { got = std::move(response); });
    virtual_client.reactor.run_for(60s);
    ASSERT_TRUE(got);
    expect_failure(*got, Errc::timed_out, "connect");
    EXPECT_EQ(got->error.message(), "the request took longer than request_timeout (2 s)");
    EXPECT_EQ(virtual_client.network->open(), 0);
}

TEST(ClientTimeout, InTheQueue) {
    VirtualClient virtual_client;
    AsyncHTTPClient one{virtual_client.reactor, {.max_clients = 1}};
    std::vector<HTTPResponse> got;
    const auto keep = [&](HTTPResponse response) { got.push_back(std::move(response)); };
    one.fetch({.url = "http://10.0.0.1/"}, keep);
    one.fetch({.url = "http://10.0.0.1/", .request_timeout = 1s}, keep);
    virtual_client.reactor.run_for(60s);
    ASSERT_EQ(got.size(), 2U);
    expect_failure(got[0], Errc::timed_out, "queue");
    expect_failure(got[1], Errc::timed_out, "connect");
}

TEST_F(ClientTest, RequestTimeoutWhileWaiting) {
    ScriptedServer server{*reactor, [](const ScriptedRequest&, const IOStream&) {}};
    const HTTPResponse response = fetch({.url = server.url(), .request_timeout = 100ms});
    expect_failure(response, Errc::timed_out, "wait");
    EXPECT_EQ(response.error.message(), "the request took longer than request_timeout (0.1 s)");
    EXPECT_GE(response.request_time, 100ms);
}

TEST_F(ClientTest, RequestTimeoutWhileSending) {
    ScriptedServer server{*reactor, always("")};
    server.reads = false;
    server.on_accept = [](const IOStream& stream) { stream.pause_reading(); };
    expect_failure(fetch({.url = server.url(),
                          .method = "POST",
                          .body = std::string(32 * 1024 * 1024, 'x'),
                          .request_timeout = 200ms}),
                   Errc::timed_out, "send");
}

TEST_F(ClientTest, ADrippingServerMeetsTheRequestTimeout) {
    std::function<void(IOStream)> drip = [&](const IOStream& stream) {
        stream.write("x");
        if (!stream.closed()) reactor->call_later(5ms, [&drip, stream] { drip(stream); });
    };
    ScriptedServer server{*reactor, [&](const ScriptedRequest&, const IOStream& stream) {
                              stream.write("HTTP/1.1 200 OK\r\n\r\n");
                              drip(stream);
                          }};
    expect_failure(fetch({.url = server.url(), .request_timeout = 200ms}), Errc::timed_out,
                   "receive");
    run_for(50ms);
}

TEST_F(ClientTest, CloseBeforeTheReply) {
    ScriptedServer server{*reactor, once_and_close("")};
    const HTTPResponse response = get(server.url());
    expect_failure(response, Errc::end_of_stream, "wait");
    EXPECT_EQ(response.error.message(),
              "the server closed the connection before the server answered");
    EXPECT_EQ(server.requests().size(), 1U) << "a fresh connection is no reason to try again";
}

TEST_F(ClientTest, TruncatedBody) {
    ScriptedServer server{*reactor,
                          once_and_close("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")};
    const HTTPResponse response = get(server.url());
    expect_failure(response, Errc::truncated, "receive");
    EXPECT_EQ(response.error.message(),
              "the server closed the connection after 3 of 9 bytes of the body");
}

TEST_F(ClientTest, ResetInTheBody) {
    ScriptedServer server{*reactor, [&](const ScriptedRequest&, const IOStream& stream) {
                              stream.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
                              reactor->call_later(20ms, [stream] { stream.abort(); });
                          }};
    const HTTPResponse response = get(server.url());
    expect_failure(response, Errc::connection_reset, "receive");
    EXPECT_TRUE(response.error.message().starts_with(
        "the connection broke after 3 of 9 bytes of the body: "))
        << response.error.message();
}

TEST_F(ClientTest, BadRepliesAreProtocolErrors) {
    for (const char* bytes :
         {"SSH-2.0-OpenSSH_9.2\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\nx",
          "HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n", "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
          "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\nx\r\n"}) {
        ScriptedServer server{*reactor, always(bytes)};
        expect_failure(get(server.url()), Errc::protocol_error, "receive");
    }
}

TEST_F(ClientTest, AnSshBannerBeforeTheRequest) {
    ScriptedServer server{*reactor, always("")};
    server.on_accept = [](const IOStream& stream) { stream.write("SSH-2.0-OpenSSH_9.2\r\n"); };
    const HTTPResponse response = get(server.url());
    expect_failure(response, Errc::protocol_error, "receive");
    EXPECT_NE(response.error.message().find("not valid HTTP"), std::string::npos);
}

TEST_F(ClientTest, EndlessHead) {
    std::string fields;
    for (int i = 0; i < 90; ++i)
        fields += "X-" + std::to_string(i) + ": " + std::string(300, 'v') + "\r\n";
    ScriptedServer server{*reactor, always("HTTP/1.1 200 OK\r\n" + fields)};
    const HTTPResponse response = get(server.url());
    expect_failure(response, Errc::limit_exceeded, "receive");
    EXPECT_EQ(response.error.message(),
              "the head of the reply is larger than max_header_size (16384)");
}

TEST_F(ClientTest, EndlessInterimReplies) {
    std::string bytes;
    for (int i = 0; i < 1000; ++i)
        bytes += "HTTP/1.1 100 Continue\r\n\r\n";
    ScriptedServer server{*reactor, always(bytes)};
    expect_failure(get(server.url()), Errc::limit_exceeded, "receive");
}

TEST_F(ClientTest, EndlessBody) {
    ScriptedServer server{*reactor, always("HTTP/1.1 200 OK\r\n\r\n" + std::string(300'000, 'x'))};
    expect_failure(fetch({.url = server.url(), .max_body_size = 100'000}), Errc::limit_exceeded,
                   "receive");
}

/// Answers the first request of each connection and closes at the second, which it does not answer.
ScriptedServer::Script second_request_dies(bool reset = false) {
    return [last = 0, reset](const ScriptedRequest& request, const IOStream& stream) mutable {
        if (std::exchange(last, request.connection) != request.connection)
            return stream.write(reply("x"));
        reset ? stream.abort() : stream.close();
    };
}

TEST_F(ClientTest, AStaleConnectionIsRetriedOnce) {
    for (const bool reset : {false, true}) {
        ScriptedServer server{*reactor, second_request_dies(reset)};
        EXPECT_EQ(get(server.url()).body, "x");
        const HTTPResponse response = get(server.url());
        EXPECT_FALSE(response.error) << response.error;
        EXPECT_EQ(response.body, "x");
        EXPECT_EQ(server.connections(), 2);
        EXPECT_EQ(server.requests().size(), 3U);
    }
    EXPECT_TRUE(reports.empty());
}

TEST_F(ClientTest, ARetryIsNotRetried) {
    ScriptedServer server{*reactor, [](const ScriptedRequest& request, const IOStream& stream) {
                              request.number == 1 ? stream.write(reply("x")) : stream.close();
                          }};
    get(server.url());
    expect_failure(get(server.url()), Errc::end_of_stream, "wait");
    EXPECT_EQ(server.requests().size(), 3U);
}

TEST_F(ClientTest, PostIsNotRetried) {
    ScriptedServer server{*reactor, second_request_dies()};
    get(server.url());
    expect_failure(fetch({.url = server.url(), .method = "POST", .body = "pay"}),
                   Errc::end_of_stream, "wait");
    EXPECT_EQ(server.requests().size(), 2U);
}

TEST_F(ClientTest, APostOfWhichNothingWasSentGoesOnAFreshConnection) {
    std::optional<IOStream> kept;
    ScriptedServer server{*reactor, [&](const ScriptedRequest&, const IOStream& stream) {
                              if (!kept) kept = stream;
                              stream.write(reply("x"));
                          }};
    const HTTPRequest post{.url = server.url(), .method = "POST", .body = "pay"};
    HTTPResponse second;
    client.fetch(post, [&](const HTTPResponse&) {
        kept->abort();  // the client has had no turn to see it
        client.fetch(post, [&](HTTPResponse response) { second = std::move(response); });
    });
    EXPECT_TRUE(run_until([&] { return second.code != 599 || second.error; }));
    EXPECT_EQ(second.body, "x") << second.error;
    EXPECT_EQ(server.connections(), 2);
    EXPECT_EQ(server.requests().size(), 2U);
}

TEST_F(ClientTest, ABeginOfAReplyIsNotRetried) {
    ScriptedServer server{*reactor, [](const ScriptedRequest& request, const IOStream& stream) {
                              if (request.number == 1) return stream.write(reply("x"));
                              stream.write("HTTP");
                              stream.close();
                          }};
    get(server.url());
    expect_failure(get(server.url()), Errc::truncated, "receive");
    EXPECT_EQ(server.requests().size(), 2U);
}

TEST_F(ClientTest, AConnectionThatClosedWhileIdleServesNoPost) {
    ScriptedServer server{*reactor, once_and_close(reply("x"))};
    get(server.url());
    const HTTPResponse response = fetch({.url = server.url(), .method = "POST", .body = "b"});
    EXPECT_FALSE(response.error) << response.error;
    EXPECT_EQ(server.connections(), 2);
}

TEST_F(ClientTest, AnEarlyAnswerToALongUploadIsDelivered) {
    ScriptedServer server{*reactor, always("")};
    server.reads = false;
    server.on_accept = [](const IOStream& stream) {
        stream.read_until("\r\n\r\n", [stream](const Error& error, const std::string&) {
            if (!error) stream.write(reply("too much", "413 Content Too Large"));
        });
    };
    const HTTPResponse response =
        fetch({.url = server.url(), .method = "POST", .body = std::string(64 * 1024 * 1024, 'x')});
    EXPECT_EQ(response.code, 413) << response.error;
    EXPECT_EQ(response.body, "too much");
}

}  // namespace
}  // namespace gyre::http::test
