#include "client_fixture.hpp"
#include <gyre/http/http_client.hpp>
#include <gyre/http/http_server.hpp>
#include <gyre/log.hpp>

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace gyre::http::test {
namespace {

/// A server on a thread of its own, as what waits here cannot turn its loop.
class HTTPClientTest : public testing::Test {
protected:
    HTTPClientTest() {
        server_.get("/hello", [](const HTTPServerRequest&, const HTTPServerResponse& response) {
            response.finish("hello");
        });
        server_.get("/peer",
                    [](const HTTPServerRequest& request, const HTTPServerResponse& response) {
                        response.finish(std::to_string(request.remote_address().port()));
                    });
        server_.post("/echo",
                     [](const HTTPServerRequest& request, const HTTPServerResponse& response) {
                         response.finish(request.body());
                     });
        server_.get("/never", [this](const HTTPServerRequest&, HTTPServerResponse response) {
            kept_.push_back(std::move(response));
        });
        EXPECT_FALSE(server_.listen(0, "127.0.0.1"));
        port_ = server_.port();
        thread_ = std::thread{[this] { reactor_.run(); }};
    }
    ~HTTPClientTest() override {
        reactor_.stop();
        thread_.join();
    }
    std::string url(const std::string& path) const {
        return "http://127.0.0.1:" + std::to_string(port_) + path;
    }

private:
    Reactor reactor_;
    HTTPServer server_{reactor_};
    std::vector<HTTPServerResponse> kept_;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

TEST_F(HTTPClientTest, Fetches) {
    HTTPClient client;
    const HTTPResponse response = client.fetch(url("/hello"));
    EXPECT_FALSE(response.error) << response.error;
    EXPECT_EQ(response.body, "hello");
    const HTTPResponse echo =
        client.fetch({.url = url("/echo"), .method = "POST", .body = "a body"});
    EXPECT_FALSE(echo.error) << echo.error;
    EXPECT_EQ(echo.body, "a body");
}

TEST_F(HTTPClientTest, KeepsItsConnection) {
    HTTPClient client;
    const std::string first = client.fetch(url("/peer")).body;
    EXPECT_FALSE(first.empty());
    EXPECT_EQ(client.fetch(url("/peer")).body, first);
    HTTPClient other;
    EXPECT_NE(other.fetch(url("/peer")).body, first);
}

TEST_F(HTTPClientTest, TellsFailuresByTheResponse) {
    HTTPClient client;
    const HTTPResponse missing = client.fetch(url("/missing"));
    EXPECT_EQ(missing.error.kind(), Errc::http_status);
    EXPECT_EQ(missing.code, 404);
    const HTTPResponse late =
        client.fetch({.url = url("/never"), .request_timeout = std::chrono::milliseconds{50}});
    EXPECT_EQ(late.error.kind(), Errc::timed_out);
    EXPECT_EQ(client.fetch("nonsense").error.kind(), Errc::bad_url);
    EXPECT_FALSE(client.fetch(url("/hello")).error);
}

TEST_F(HTTPClientTest, HasOptionsAndDefaults) {
    HTTPClient client{{.defaults = {.request_timeout = std::chrono::milliseconds{50}}}};
    EXPECT_EQ(client.fetch(url("/never")).error.kind(), Errc::timed_out);
    EXPECT_EQ(client.request("http://x/").request_timeout, std::chrono::milliseconds{50});
    HTTPClient wrong{{.max_idle = 0}};
    EXPECT_EQ(wrong.fetch(url("/hello")).error.kind(), Errc::invalid_argument);
}

TEST_F(HTTPClientTest, AnErrorNobodyLooksAtIsReportedWithItsLine) {
    std::vector<std::string> lines;
    set_log_handler([&](LogLevel, std::string_view line) { lines.emplace_back(line); });
    {
        HTTPClient client;
        client.fetch("nonsense");
        client.fetch("nonsense").error.ignore("on purpose");
    }
    set_log_handler({});
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_NE(lines[0].find("http_client_test.cpp"), std::string::npos) << lines[0];
}

TEST_F(HTTPClientTest, InsideACallbackOfAnotherReactor) {
    Reactor outer;
    HTTPClient client;
    int calls = 0;
    outer.add_callback([&] {
        ++calls;
        EXPECT_EQ(client.fetch(url("/hello")).body, "hello");
        HTTPClient inner;
        EXPECT_EQ(inner.fetch(url("/hello")).body, "hello");
    });
    outer.call_later(std::chrono::milliseconds{1}, [&] { ++calls; });
    outer.run();
    EXPECT_EQ(calls, 2);
}

TEST_F(HTTPClientTest, ACallbackOfItsOwnRequestCannotWaitForAnother) {
    HTTPClient client;
    int calls = 0;
    HTTPRequest request{.url = url("/hello")};
    request.streaming_callback = [&](std::string_view) {
        ++calls;
        EXPECT_EQ(client.fetch(url("/hello")).error.kind(), Errc::already_in_progress);
    };
    EXPECT_FALSE(client.fetch(request).error);
    EXPECT_EQ(calls, 1);
}

TEST_F(HTTPClientTest, ClosedItFetchesNothing) {
    HTTPClient client;
    EXPECT_FALSE(client.fetch(url("/hello")).error);
    client.close();
    client.close();
    const HTTPResponse response = client.fetch("http://user:secret@127.0.0.1/");
    EXPECT_EQ(response.error.kind(), Errc::closed);
    EXPECT_EQ(response.code, 599);
    EXPECT_EQ(response.effective_url, "http://127.0.0.1/");
}

TEST_F(HTTPClientTest, CloseInsideACallbackCancels) {
    HTTPClient client;
    HTTPRequest request{.url = url("/hello")};
    request.streaming_callback = [&](std::string_view) { client.close(); };
    EXPECT_EQ(client.fetch(request).error.kind(), Errc::canceled);
    EXPECT_EQ(client.fetch(url("/hello")).error.kind(), Errc::closed);
}

TEST_F(HTTPClientTest, AThrowingCallbackFailsTheFetch) {
    set_log_handler([](LogLevel, std::string_view) {});
    {
        HTTPClient client;
        HTTPRequest request{.url = url("/hello")};
        request.streaming_callback = [](std::string_view) { throw std::runtime_error{"x"}; };
        EXPECT_EQ(client.fetch(request).error.kind(), Errc::unhandled_exception);
        EXPECT_FALSE(client.fetch(url("/hello")).error);
    }
    set_log_handler({});
}

}  // namespace
}  // namespace gyre::http::test
