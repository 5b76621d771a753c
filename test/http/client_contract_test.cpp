#include "client_fixture.hpp"

#include <source_location>
#include <stdexcept>
#include <thread>

namespace gyre::http::test {
namespace {

ScriptedServer::Script never() {
    return [](const ScriptedRequest&, const IOStream&) {};
}

TEST_F(ClientTest, CancelAtOnce) {
    ScriptedServer server{*reactor, always(reply("x"))};
    int calls = 0;
    const FetchHandle handle = client.fetch(server.url(), [&](const HTTPResponse& response) {
        ++calls;
        EXPECT_EQ(response.error.kind(), Errc::canceled);
        EXPECT_EQ(response.code, 599);
    });
    handle.cancel();
    handle.cancel();
    EXPECT_EQ(calls, 0) << "canceled inline";
    ASSERT_TRUE(run_until([&] { return calls > 0; }));
    handle.cancel();
    run_for(20ms);
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(server.connections(), 0);
}

TEST_F(ClientTest, CancelInEveryPhase) {
    ScriptedServer server{*reactor, [](const ScriptedRequest& request, const IOStream& stream) {
                              if (request.has(" /part ")) stream.write("HTTP/1.1 200 OK\r\n\r\nx");
                          }};
    std::vector<std::string> phases;
    for (const auto& [path, delay] :
         {std::pair{"/", 0ms}, std::pair{"/", 50ms}, std::pair{"/part", 50ms}}) {
        bool done = false;
        const FetchHandle handle =
            client.fetch(server.url(path), [&](const HTTPResponse& response) {
                EXPECT_EQ(response.error.kind(), Errc::canceled);
                phases.emplace_back(response.error.phase());
                done = true;
            });
        reactor->poll();
        if (delay > 0ms) run_for(delay);
        handle.cancel();
        ASSERT_TRUE(run_until([&] { return done; }));
    }
    EXPECT_EQ(phases[1], "wait");
    EXPECT_EQ(phases[2], "receive");
    EXPECT_TRUE(reports.empty());
}

TEST_F(ClientTest, CancelInTheQueueLetsTheOthersGoOn) {
    ScriptedServer server{*reactor, always(reply("x"))};
    AsyncHTTPClient one{*reactor, {.max_clients = 1}};
    std::vector<Errc> got;
    const auto keep = [&](const HTTPResponse& response) { got.push_back(response.error.kind()); };
    std::vector<FetchHandle> handles;
    for (int i = 0; i < 4; ++i)
        handles.push_back(one.fetch(server.url(), keep));
    reactor->poll();
    handles[1].cancel();
    handles[2].cancel();
    ASSERT_TRUE(run_until([&] { return got.size() == 4; }));
    EXPECT_EQ(std::ranges::count(got, Errc::canceled), 2);
    EXPECT_EQ(std::ranges::count(got, Errc::ok), 2);
}

TEST_F(ClientTest, CancelInsideTheCallbacks) {
    ScriptedServer server{*reactor, always(reply("body"))};
    for (const bool in_head : {true, false}) {
        int calls = 0;
        int events = 0;
        FetchHandle handle;
        HTTPRequest request{.url = server.url()};
        const auto cancel = [&](std::string_view) {
            ++events;
            handle.cancel();
        };
        in_head ? request.header_callback = cancel : request.streaming_callback = cancel;
        handle = client.fetch(request, [&](const HTTPResponse& response) {
            ++calls;
            handle.cancel();
            EXPECT_EQ(response.error.kind(), Errc::canceled);
        });
        ASSERT_TRUE(run_until([&] { return calls > 0; }));
        run_for(20ms);
        EXPECT_EQ(calls, 1);
        EXPECT_EQ(events, 1) << "an event after the cancel";
    }
}

TEST_F(ClientTest, AThrowingCallbackIsReportedAndTheLoopGoesOn) {
    ScriptedServer server{*reactor, always(reply("x"))};
    client.fetch(server.url(), [](const HTTPResponse& response) {
        if (!response.error) throw std::runtime_error{"thrown on purpose"};
    });
    ASSERT_TRUE(run_until([&] { return !reports.empty(); }));
    EXPECT_EQ(reports[0].kind(), Errc::unhandled_exception);
    EXPECT_EQ(get(server.url()).body, "x");
    EXPECT_EQ(server.connections(), 1) << "the connection was whole";
}

TEST_F(ClientTest, AThrowingStreamingCallbackFailsTheFetch) {
    ScriptedServer server{*reactor, always(reply("x"))};
    HTTPRequest request{.url = server.url()};
    request.streaming_callback = [](std::string_view) { throw std::runtime_error{"on purpose"}; };
    const HTTPResponse response = fetch(request);
    EXPECT_EQ(response.error.kind(), Errc::unhandled_exception);
    EXPECT_EQ(response.error.phase(), "receive");
    run_for(10ms);
    EXPECT_EQ(reports.size(), 1U);
}

TEST_F(ClientTest, FetchAgainInsideTheCallback) {
    ScriptedServer server{*reactor, always(reply("x"))};
    AsyncHTTPClient one{*reactor, {.max_clients = 1}};
    int left = 20;
    std::function<void(const HTTPResponse&)> again = [&](const HTTPResponse& response) {
        EXPECT_FALSE(response.error) << response.error;
        if (--left > 0) one.fetch(server.url(), again);
    };
    one.fetch(server.url(), again);
    EXPECT_TRUE(run_until([&] { return left == 0; }));
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(ClientTest, DestroyingTheReactorReleasesCapturesWithoutACall) {
    ScriptedServer server{*reactor, never()};
    auto own = std::make_unique<Reactor>();
    AsyncHTTPClient own_client{*own, {.max_clients = 2}};
    auto captured = std::make_shared<int>(0);
    std::vector<FetchHandle> handles;
    for (int i = 0; i < 5; ++i) {
        HTTPRequest request{.url = server.url()};
        request.streaming_callback = [captured](std::string_view) {};
        handles.push_back(
            own_client.fetch(request, [captured](const HTTPResponse&) { ++*captured; }));
    }
    own->poll();
    ASSERT_TRUE(run_until([&] {
        own->poll();
        return server.requests().size() == 2;
    }));
    handles[1].cancel();
    own_client.fetch(server.url(), [captured](const HTTPResponse&) { ++*captured; });
    EXPECT_GT(captured.use_count(), 1);
    own.reset();
    EXPECT_EQ(captured.use_count(), 1) << "captures were kept";
    EXPECT_EQ(*captured, 0) << "a callback was called";
    for (const FetchHandle& handle : handles)
        handle.cancel();
    EXPECT_FALSE(own_client);
    EXPECT_TRUE(reports.empty());
}

/// Does something when the captures that hold it are released.
class OnRelease {
public:
    explicit OnRelease(std::function<void()> action)
        : action_(new std::function<void()>{std::move(action)}, [](std::function<void()>* owned) {
              (*owned)();
              delete owned;
          }) {}

private:
    std::shared_ptr<std::function<void()>> action_;
};

TEST_F(ClientTest, ACancelWhileTheReactorGoesStartsNothing) {
    ScriptedServer server{*reactor, [](const ScriptedRequest& request, const IOStream& stream) {
                              if (!request.has(" /silent ")) stream.write(reply("x"));
                          }};
    ScriptedServer silent{*reactor, never()};
    auto own = std::make_unique<Reactor>();
    AsyncHTTPClient one{*own, {.max_clients = 1}};
    bool parked = false;
    one.fetch(server.url(), [&](const HTTPResponse& response) { parked = !response.error; });
    const auto spin_until = [&](const std::function<bool()>& condition) {
        return run_until([&] {
            own->poll();
            return condition();
        });
    };
    ASSERT_TRUE(spin_until([&] { return parked; }));
    const FetchHandle running = one.fetch(silent.url(), [](const HTTPResponse&) {});
    one.fetch(server.url("/queued"),
              [guard = OnRelease{[running] { running.cancel(); }}](const HTTPResponse&) {});
    ASSERT_TRUE(spin_until([&] { return silent.requests().size() == 1; }));
    own.reset();
    run_for(50ms);
    EXPECT_EQ(server.requests().size(), 1U) << "a fetch began on a reactor that was going";
}

TEST_F(ClientTest, AReactorThatIsGoingLeavesNoClientForTheNextOne) {
    ScriptedServer server{*reactor, always(reply("x"))};
    std::optional<Reactor> own{std::in_place};
    Reactor& going = *own;
    own->call_later(1h, [guard = OnRelease{[&] { AsyncHTTPClient{going}; }}] {});
    own.emplace();
    EXPECT_TRUE(AsyncHTTPClient{*own});
}

TEST_F(ClientTest, AReactorAtTheSameAddressGetsAClientOfItsOwn) {
    ScriptedServer server{*reactor, always(reply("x"))};
    std::optional<Reactor> own;
    for (int i = 0; i < 3; ++i) {
        own.emplace();
        AsyncHTTPClient own_client{*own};
        bool done = false;
        own_client.fetch(server.url(), [&](const HTTPResponse& response) {
            EXPECT_FALSE(response.error);
            done = true;
        });
        ASSERT_TRUE(run_until([&] {
            own->poll();
            return done;
        }));
    }
    EXPECT_EQ(server.connections(), 3);
}

TEST_F(ClientTest, AnInertClientDropsTheCallbackWhichIsReported) {
    AsyncHTTPClient inert;
    EXPECT_FALSE(inert);
    bool called = false;
    inert.fetch("http://127.0.0.1/", [&](const HTTPResponse&) { called = true; }).cancel();
    run_for(10ms);
    EXPECT_FALSE(called);
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0].kind(), Errc::callback_dropped);
}

TEST_F(ClientTest, AnErrorNobodyLooksAtNamesTheLineOfItsCallback) {
    ScriptedServer server{*reactor, always(reply("x", "404 Not Found"))};
    int calls = 0;
    const unsigned line = std::source_location::current().line() + 1;
    client.fetch(server.url(), [&](const HTTPResponse&) { ++calls; });
    client.fetch("nonsense", [&](const HTTPResponse& response) { calls += response.code == 599; });
    ASSERT_TRUE(run_until([&] { return calls == 2 && reports.size() == 2; }));
    for (const Error& error : reports) {
        const bool is_status = error.kind() == Errc::http_status;
        EXPECT_EQ(error.place().line(), is_status ? line : line + 1);
        EXPECT_TRUE(
            std::string_view{error.place().file_name()}.ends_with("client_contract_test.cpp"));
    }
}

TEST_F(ClientTest, ACancelNobodyLooksAtIsNoNews) {
    ScriptedServer server{*reactor, never()};
    bool done = false;
    client.fetch(server.url(), [&](const HTTPResponse&) { done = true; }).cancel();
    ASSERT_TRUE(run_until([&] { return done; }));
    run_for(10ms);
    EXPECT_TRUE(reports.empty());
}

TEST_F(ClientTest, HandlesMayBeDestroyedOnAnotherThread) {
    std::vector<IOStream> streams;
    ScriptedServer server{*reactor, [&](const ScriptedRequest&, const IOStream& stream) {
                              streams.push_back(stream);
                              stream.write(reply("x"));
                          }};
    auto own = std::make_unique<AsyncHTTPClient>(*reactor, AsyncHTTPClientOptions{});
    fetch_with(*own, {.url = server.url()});
    std::thread{[client = std::move(own)]() mutable { client.reset(); }}.join();
    EXPECT_TRUE(run_until([&] { return streams.at(0).closed(); }));
}

TEST_F(ClientTest, TheResponseMayOutliveTheReactor) {
    ScriptedServer server{*reactor, always(reply("x", "404 x"))};
    HTTPResponse kept = get(server.url());
    EXPECT_EQ(kept.error.code(), 404);
    EXPECT_EQ(kept.body, "x");
}

TEST_F(ClientTest, ManyFetchesThatCannotBeginDoNotNest) {
    AsyncHTTPClient one{*reactor, {.max_clients = 1}};
    int failed = 0;
    for (int i = 0; i < 5000; ++i)
        one.fetch({.url = "https://127.0.0.1/", .ca_certs = "/no/such/file"},
                  [&](const HTTPResponse& response) { failed += response.error ? 1 : 0; });
    EXPECT_TRUE(run_until([&] { return failed == 5000; }, 20s));
}

}  // namespace
}  // namespace gyre::http::test
