#pragma once

#include <gyre/http/async_http_client.hpp>
#include <gyre/iostream.hpp>
#include <gyre/reactor.hpp>
#include <gyre/tcp_server.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gyre::http::test {

using namespace std::chrono_literals;

struct ScriptedRequest {
    std::string head;
    std::string body;
    int connection = 0;  // counted from 1
    int number = 0;      // of all requests, counted from 1

    bool has(std::string_view text) const { return head.find(text) != std::string::npos; }
    std::string line() const { return head.substr(0, head.find("\r\n")); }
};

/// A server whose every answer is written by the test.
class ScriptedServer {
public:
    using Script = std::function<void(const ScriptedRequest&, const IOStream&)>;

    ScriptedServer(Reactor& reactor, Script script, TCPServerOptions options = {})
        : server_(reactor, std::move(options)), script_(std::move(script)) {
        scheme_ = "http";
        server_.handle_stream([this](IOStream stream) { on_stream(std::move(stream)); });
        EXPECT_FALSE(server_.listen(0, "127.0.0.1"));
    }

    std::string url(std::string_view path = "/") const {
        return scheme_ + "://127.0.0.1:" + std::to_string(server_.port()) + std::string{path};
    }
    std::string secure_url(std::string_view host, std::string_view path = "/") const {
        return "https://" + std::string{host} + ":" + std::to_string(server_.port()) +
               std::string{path};
    }
    std::uint16_t port() const { return server_.port(); }
    int connections() const { return connections_; }
    const std::vector<ScriptedRequest>& requests() const { return requests_; }

    /// Called with each new connection, before anything is read from it.
    std::function<void(const IOStream&)> on_accept;
    /// False: nothing is read from new connections.
    bool reads = true;

private:
    void on_stream(IOStream stream) {
        const int connection = ++connections_;
        if (on_accept) on_accept(stream);
        if (reads) read_request(connection, stream);
    }

    void read_request(int connection, const IOStream& stream) {
        stream.read_until("\r\n\r\n",
                          [this, connection, stream](const Error& error, std::string head) {
                              if (!error) read_body(connection, stream, std::move(head));
                          });
    }

    void read_body(int connection, const IOStream& stream, std::string head) {
        const std::size_t length = content_length(head);
        if (length == 0) return answer(connection, stream, {std::move(head), {}, 0, 0});
        stream.read_bytes(length,
                          [this, connection, stream, head](const Error& error, std::string body) {
                              if (!error) answer(connection, stream, {head, std::move(body), 0, 0});
                          });
    }

    void answer(int connection, const IOStream& stream, ScriptedRequest request) {
        request.connection = connection;
        request.number = static_cast<int>(requests_.size()) + 1;
        requests_.push_back(request);
        script_(request, stream);
        if (!stream.closed()) read_request(connection, stream);
    }

    static std::size_t content_length(std::string_view head) {
        constexpr std::string_view name = "Content-Length: ";
        const std::size_t at = head.find(name);
        std::size_t length = 0;
        if (at != std::string_view::npos)
            std::from_chars(head.data() + at + name.size(), head.data() + head.size(), length);
        return length;
    }

    TCPServer server_;
    Script script_;
    std::string scheme_;
    int connections_ = 0;
    std::vector<ScriptedRequest> requests_;
};

/// A whole response with a length.
inline std::string reply(std::string_view body, std::string_view status = "200 OK",
                         std::string_view fields = "") {
    return "HTTP/1.1 " + std::string{status} + "\r\n" + std::string{fields} +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string{body};
}

/// A script that gives every request the same bytes.
inline ScriptedServer::Script always(std::string bytes) {
    return [bytes = std::move(bytes)](const ScriptedRequest&, const IOStream& stream) {
        stream.write(bytes);
    };
}

/// The same, and then the connection ends.
inline ScriptedServer::Script once_and_close(std::string bytes) {
    return [bytes = std::move(bytes)](const ScriptedRequest&, const IOStream& stream) {
        stream.write(bytes);
        stream.close();
    };
}

class ClientTest : public testing::Test {
protected:
    ClientTest() {
        reactor->on_unhandled_error([this](const Error& error) { reports.push_back(error); });
    }

    /// Runs the loop until `condition`, for five seconds at most.
    bool run_until(const std::function<bool()>& condition, Duration longest = 5s) {
        const auto end = std::chrono::steady_clock::now() + longest;
        while (!condition()) {
            if (std::chrono::steady_clock::now() > end) return false;
            reactor->add_callback([] {});
            reactor->run_for(1ms);
        }
        return true;
    }
    void run_for(Duration duration) { reactor->run_for(duration); }

    /// Fetches and waits for the response.
    HTTPResponse fetch_with(const AsyncHTTPClient& with, HTTPRequest request) {
        std::optional<HTTPResponse> got;
        int calls = 0;
        with.fetch(std::move(request), [&](HTTPResponse response) {
            ++calls;
            got = std::move(response);
        });
        EXPECT_EQ(calls, 0) << "called inline";
        EXPECT_TRUE(run_until([&] { return calls > 0; })) << "no response";
        EXPECT_EQ(calls, 1);
        return got ? std::move(*got) : HTTPResponse{};
    }
    HTTPResponse fetch(HTTPRequest request) { return fetch_with(client, std::move(request)); }
    HTTPResponse get(const std::string& url) { return fetch({.url = url}); }

    std::unique_ptr<Reactor> reactor = std::make_unique<Reactor>();
    std::vector<Error> reports;
    AsyncHTTPClient client{*reactor};
};

}  // namespace gyre::http::test
