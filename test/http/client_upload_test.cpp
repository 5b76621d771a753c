// Bodies that are fed while they are sent, and bodies that wait for `100 Continue`.
#include "client_fixture.hpp"

#include <stdexcept>

namespace gyre::http::test {
namespace {

/// A server that keeps all that a connection sends, and answers when it has seen `end`.
class Sink {
public:
    Sink(Reactor& reactor, std::string end, std::string answer = reply("ok"))
        : server_(reactor), end_(std::move(end)), answer_(std::move(answer)) {
        server_.handle_stream([this](const IOStream& stream) {
            stream.on_data([this, stream](std::string_view bytes) {
                got += bytes;
                if (got.ends_with(end_)) stream.write(answer_);
            });
        });
        EXPECT_FALSE(server_.listen(0, "127.0.0.1"));
    }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()) + "/"; }
    std::string body() const { return got.substr(got.find("\r\n\r\n") + 4); }

    std::string got;

private:
    TCPServer server_;
    std::string end_;
    std::string answer_;
};

TEST_F(ClientTest, AProducedBodyGoesInChunks) {
    Sink sink{*reactor, "0\r\n\r\n"};
    const HTTPResponse response = fetch(
        {.url = sink.url(), .method = "POST", .body_producer = [](const HTTPRequestBody& body) {
             body.write("abc");
             body.write(std::string{"defgh"});
             body.finish();
         }});
    EXPECT_FALSE(response.error) << response.error;
    EXPECT_NE(sink.got.find("Transfer-Encoding: chunked\r\n"), std::string::npos);
    EXPECT_EQ(sink.body(), "3\r\nabc\r\n5\r\ndefgh\r\n0\r\n\r\n");
}

TEST_F(ClientTest, AProducedBodyOfKnownLength) {
    Sink sink{*reactor, "12345"};
    const HTTPResponse response = fetch({.url = sink.url(),
                                         .method = "PUT",
                                         .headers = {{"Content-Length", "5"}},
                                         .body_producer = [](const HTTPRequestBody& body) {
                                             body.write("123");
                                             body.finish("45");
                                         }});
    EXPECT_FALSE(response.error) << response.error;
    EXPECT_EQ(sink.body(), "12345");
    EXPECT_EQ(sink.got.find("chunked"), std::string::npos);
}

TEST_F(ClientTest, ABodyIsFedOverTimeAndItsWritesAreTold) {
    Sink sink{*reactor, "0\r\n\r\n"};
    int written = 0;
    const HTTPResponse response = fetch(
        {.url = sink.url(), .method = "POST", .body_producer = [&](const HTTPRequestBody& body) {
             body.write("a", [&, body](const Error& error) {
                 EXPECT_FALSE(error);
                 ++written;
                 reactor->call_later(5ms, [&, body] {
                     body.write("b", [&](const Error& late) {
                         EXPECT_FALSE(late);
                         ++written;
                     });
                     body.finish();
                     EXPECT_TRUE(body.finished());
                     body.write("c", [&](const Error& closed) {
                         EXPECT_EQ(closed.kind(), Errc::closed);
                         ++written;
                     });
                 });
             });
             EXPECT_EQ(written, 0) << "inline";
         }});
    EXPECT_FALSE(response.error) << response.error;
    EXPECT_EQ(sink.body(), "1\r\na\r\n1\r\nb\r\n0\r\n\r\n");
    EXPECT_EQ(written, 3);
}

TEST_F(ClientTest, ALargeBodyIsHeldBackByTheServer) {
    ScriptedServer server{*reactor, always("")};
    server.reads = false;
    std::vector<IOStream> streams;
    server.on_accept = [&](const IOStream& stream) { streams.push_back(stream); };
    const std::string piece(32 * 1024, 'x');
    std::size_t written = 0;
    int drained = 0;
    std::function<void(const HTTPRequestBody&)> feed = [&](const HTTPRequestBody& body) {
        while (written < 8u * 1024 * 1024 && body.queued_bytes() <= 64 * 1024) {
            body.write(piece);
            written += piece.size();
        }
        if (written >= 8u * 1024 * 1024) body.finish();
    };
    std::optional<HTTPResponse> got;
    client.fetch({.url = server.url(),
                  .method = "POST",
                  .body_producer =
                      [&](const HTTPRequestBody& body) {
                          body.on_drain([&, body] {
                              ++drained;
                              feed(body);
                          });
                          feed(body);
                      }},
                 [&](HTTPResponse response) { got = std::move(response); });
    ASSERT_TRUE(run_until([&] { return !streams.empty() && written > 64 * 1024; }));
    run_for(50ms);
    EXPECT_LT(written, 8u * 1024 * 1024) << "more than the system takes was asked for";
    std::size_t received = 0;
    std::string end;
    streams[0].on_data([&](std::string_view bytes) {
        received += bytes.size();
        end = (end + std::string{bytes})
                  .substr(end.size() + bytes.size() > 8 ? end.size() + bytes.size() - 8 : 0);
        if (end.ends_with("0\r\n\r\n")) streams[0].write(reply("ok"));
    });
    ASSERT_TRUE(run_until([&] { return got.has_value(); }, 20s));
    EXPECT_FALSE(got->error) << got->error;
    EXPECT_GT(received, 8u * 1024 * 1024);
    EXPECT_GT(drained, 1);
}

TEST_F(ClientTest, AnOverfullQueueIsRefused) {
    ScriptedServer server{*reactor, always("")};
    server.reads = false;
    std::vector<IOStream> streams;
    server.on_accept = [&](const IOStream& stream) { streams.push_back(stream); };
    const auto big = std::make_shared<const std::string>(20u * 1024 * 1024, 'x');
    Errc told = Errc::ok;
    HTTPRequest request{.url = server.url(), .method = "POST", .request_timeout = 500ms};
    request.body_producer = [&](const HTTPRequestBody& body) {
        body.write(big);  // one of any size
        body.write(big, [&, body](const Error& error) { told = error.kind(); });
        body.on_close([body] { EXPECT_TRUE(body.finished()); });
    };
    EXPECT_EQ(fetch(request).error.kind(), Errc::timed_out);
    EXPECT_EQ(told, Errc::limit_exceeded);
    request.body_producer = [&](const HTTPRequestBody& body) {
        body.write(big);
        body.write(big);
        EXPECT_TRUE(body.finished());
    };
    EXPECT_EQ(fetch(request).error.kind(), Errc::limit_exceeded);
}

TEST_F(ClientTest, BodiesThatAreNotAsLongAsTheySay) {
    Sink sink{*reactor, "never"};
    Errc told = Errc::ok;
    HTTPRequest request{.url = sink.url(), .method = "POST", .headers = {{"Content-Length", "4"}}};
    request.body_producer = [&](const HTTPRequestBody& body) {
        body.write("12345", [&](const Error& error) { told = error.kind(); });
    };
    HTTPResponse response = fetch(request);
    EXPECT_EQ(response.error.kind(), Errc::invalid_argument) << response.error;
    EXPECT_EQ(response.error.phase(), "send");
    EXPECT_EQ(response.failure, FetchFailure::partly_sent);
    ASSERT_TRUE(run_until([&] { return told != Errc::ok; }));
    EXPECT_EQ(told, Errc::invalid_argument);
    request.body_producer = [](const HTTPRequestBody& body) { body.finish("123"); };
    EXPECT_EQ(fetch(request).error.kind(), Errc::invalid_argument);
}

TEST_F(ClientTest, AProducerThatGivesUp) {
    Sink sink{*reactor, "never"};
    HTTPRequest request{.url = sink.url(), .method = "POST"};
    request.body_producer = [](const HTTPRequestBody& body) { body.write("half"); };
    EXPECT_EQ(fetch(request).error.kind(), Errc::callback_dropped);
    request.body_producer = [](const HTTPRequestBody& body) {
        body.fail({Errc::system, "the disk is gone"});
    };
    HTTPResponse failed = fetch(request);
    EXPECT_EQ(failed.error.kind(), Errc::system);
    EXPECT_EQ(failed.error.message(), "the disk is gone");
    request.body_producer = [](const HTTPRequestBody&) { throw std::runtime_error{"oops"}; };
    const Errc kind = fetch(request).error.kind();
    EXPECT_TRUE(kind == Errc::unhandled_exception || kind == Errc::callback_dropped);
    EXPECT_EQ(std::ranges::count(reports, Errc::unhandled_exception, &Error::kind), 1);
    EXPECT_EQ(fetch({.url = sink.url(),
                     .method = "POST",
                     .body = "x",
                     .body_producer = [](const HTTPRequestBody&) {}})
                  .error.kind(),
              Errc::invalid_argument);
    EXPECT_EQ(
        fetch({.url = sink.url(), .body_producer = [](const HTTPRequestBody&) {}}).error.kind(),
        Errc::invalid_argument)
        << "a GET with a body";
}

TEST_F(ClientTest, TheBodyIsToldThatNobodyWantsIt) {
    ScriptedServer server{*reactor, always(reply("too large", "413 Content Too Large"))};
    int closed = 0;
    const HTTPResponse response = fetch(
        {.url = server.url(), .method = "POST", .body_producer = [&](const HTTPRequestBody& body) {
             body.on_close([&, body] {
                 ++closed;
                 body.write("more",
                            [](const Error& error) { EXPECT_EQ(error.kind(), Errc::closed); });
             });
         }});
    EXPECT_EQ(response.code, 413);
    EXPECT_EQ(response.body, "too large");
    ASSERT_TRUE(run_until([&] { return closed > 0; }));
    EXPECT_EQ(closed, 1);
    EXPECT_EQ(server.requests().size(), 1u);
    // Half a request is on that connection: it must not be used again.
    get(server.url());
    EXPECT_EQ(server.connections(), 2);
}

TEST_F(ClientTest, ACanceledFetchClosesItsBody) {
    Sink sink{*reactor, "never"};
    HTTPRequestBody kept;
    bool closed = false;
    const FetchHandle handle = client.fetch(
        {.url = sink.url(),
         .method = "POST",
         .body_producer =
             [&](const HTTPRequestBody& body) {
                 kept = body;
                 body.on_close([&] { closed = true; });
             }},
        [](const HTTPResponse& response) { EXPECT_EQ(response.error.kind(), Errc::canceled); });
    ASSERT_TRUE(run_until([&] { return !kept.finished(); }));
    handle.cancel();
    EXPECT_FALSE(closed) << "inline";
    EXPECT_TRUE(kept.finished());
    ASSERT_TRUE(run_until([&] { return closed; }));
}

TEST_F(ClientTest, ABodyOutlivesItsReactor) {
    HTTPRequestBody kept;
    {
        Reactor own;
        Sink sink{own, "never"};
        AsyncHTTPClient{own}.fetch({.url = sink.url(),
                                    .method = "POST",
                                    .body_producer =
                                        [&](const HTTPRequestBody& body) {
                                            kept = body;
                                            body.on_close([] { ADD_FAILURE() << "called"; });
                                            body.write("x", [](const Error&) {});
                                        }},
                                   [](const HTTPResponse&) { ADD_FAILURE() << "called"; });
        for (int i = 0; i < 1000 && kept.finished(); ++i)
            own.run_for(1ms);
        ASSERT_FALSE(kept.finished());
    }
    EXPECT_TRUE(kept.finished());
    kept.finish();
    kept.fail({Errc::system, "late"});
}

TEST_F(ClientTest, ARedirectAsksTheProducerAgain) {
    ScriptedServer server{*reactor, [](const ScriptedRequest& request, const IOStream& stream) {
                              stream.write(request.number == 1
                                               ? reply("", "307 Go", "Location: /there\r\n")
                                               : reply(request.body));
                          }};
    int produced = 0;
    const HTTPResponse response = fetch({.url = server.url(),
                                         .method = "POST",
                                         .headers = {{"Content-Length", "3"}},
                                         .body_producer = [&](const HTTPRequestBody& body) {
                                             ++produced;
                                             body.finish("abc");
                                         }});
    EXPECT_EQ(response.body, "abc");
    EXPECT_EQ(produced, 2);
}

// ---- 100 Continue ----

TEST_F(ClientTest, TheBodyWaitsForContinue) {
    bool early = false;
    ScriptedServer server{*reactor, [](const ScriptedRequest& request, const IOStream& stream) {
                              stream.write(reply(request.body));
                          }};
    server.reads = false;
    server.on_accept = [&](const IOStream& stream) {
        stream.read_until("\r\n\r\n", [&, stream](const Error&, const std::string& head) {
            EXPECT_NE(head.find("Expect: 100-continue\r\n"), std::string::npos);
            EXPECT_EQ(head.find("expect:"), std::string::npos) << "said twice";
            early = true;
            reactor->call_later(30ms, [&, stream] {
                early = false;
                stream.write("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
                stream.write("HTTP/1.1 100 Continue\r\n\r\n");
            });
            stream.read_bytes(4, [&, stream](const Error&, const std::string& body) {
                EXPECT_FALSE(early);
                stream.write(reply(body, "200 OK", "Connection: close\r\n"));
            });
        });
    };
    HTTPRequest request{.url = server.url(),
                        .method = "POST",
                        .headers = {{"expect", "100-continue"}},
                        .body = "body",
                        .expect_100_continue = true};
    const HTTPResponse response = fetch(request);
    EXPECT_EQ(response.body, "body");
    EXPECT_LT(response.request_time, 900ms);
    request.body.clear();
    request.headers.set("Content-Length", "4");
    request.body_producer = [](const HTTPRequestBody& body) { body.finish("prod"); };
    EXPECT_EQ(fetch(request).body, "prod");
}

TEST_F(ClientTest, AServerThatNeverSaysContinueGetsTheBodyAnyway) {
    ScriptedServer server{*reactor, [](const ScriptedRequest& request, const IOStream& stream) {
                              stream.write(reply(request.body));
                          }};
    const HTTPResponse response =
        fetch({.url = server.url(), .method = "POST", .body = "body", .expect_100_continue = true});
    EXPECT_EQ(response.body, "body");
    EXPECT_GE(response.request_time, 1s);
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(ClientTest, ARefusalIsAnsweredWithoutTheBody) {
    std::string got;
    ScriptedServer server{*reactor, always("")};
    server.reads = false;
    server.on_accept = [&](const IOStream& stream) {
        stream.on_data([&, stream](std::string_view bytes) {
            got += bytes;
            if (got.ends_with("\r\n\r\n")) stream.write(reply("no", "403 Forbidden"));
        });
    };
    const HTTPResponse response =
        fetch({.url = server.url(), .method = "PUT", .body = "BODY", .expect_100_continue = true});
    EXPECT_EQ(response.code, 403);
    run_for(20ms);
    EXPECT_EQ(got.find("BODY"), std::string::npos);
    got.clear();
    get(server.url());
    EXPECT_EQ(server.connections(), 2) << "the server still waits for a body on the first";
}

TEST_F(ClientTest, After417ItIsSentWithoutAsking) {
    ScriptedServer server{*reactor, always("")};
    server.reads = false;
    server.on_accept = [&](const IOStream& stream) {
        stream.read_until("\r\n\r\n", [stream](const Error&, const std::string& head) {
            if (head.find("Expect:") != std::string::npos)
                return stream.write(reply("", "417 Expectation Failed"));
            stream.read_bytes(
                4, [stream](const Error&, const std::string& body) { stream.write(reply(body)); });
        });
    };
    const HTTPResponse response =
        fetch({.url = server.url(), .method = "POST", .body = "body", .expect_100_continue = true});
    EXPECT_EQ(response.code, 200);
    EXPECT_EQ(response.body, "body");
    EXPECT_EQ(response.redirect_count(), 0);
}

}  // namespace
}  // namespace gyre::http::test
