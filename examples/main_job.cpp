// main_job: a server and a client in one process; three URLs fetched with handle_response.
#include "support/command_line.hpp"
#include <gyre/http/async_http_client.hpp>
#include <gyre/http/http_server.hpp>
#include <gyre/reactor.hpp>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>

namespace {

using namespace std::chrono_literals;
using gyre::http::HTTPResponse;
using gyre::http::HTTPServerRequest;
using gyre::http::HTTPServerResponse;

// Prints a line with the time since the first one.
void say(const std::string& text) {
    static const auto begin = std::chrono::steady_clock::now();
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
    std::printf("%6.3f s  %s\n", elapsed.count(), text.c_str());
    std::fflush(stdout);
}

// "/stream" answers in three pieces; a URL that has no handler, such as "/nowhere", is a 404.
void add_routes(gyre::Reactor& reactor, gyre::http::HTTPServer& server) {
    server.get("/hello", [](const HTTPServerRequest&, const HTTPServerResponse& response) {
        response.finish("Hello, World!");
    });
    server.get("/stream", [&](const HTTPServerRequest&, const HTTPServerResponse& response) {
        response.write("START");
        reactor.call_later(1200ms, [response] { response.write("MIDDLE"); });
        reactor.call_later(2800ms, [response] { response.finish("END"); });
    });
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Serves three URLs to itself, one of them slowly, and prints what arrives when."};
    if (const auto status = example::parse(app, argc, argv)) return *status;

    gyre::Reactor reactor;
    gyre::http::HTTPServer server{reactor};
    add_routes(reactor, server);
    if (const gyre::Error error = server.listen(0, "127.0.0.1"))
        return example::complain(app, error.message(), 1);
    const std::string site = "http://127.0.0.1:" + std::to_string(server.port());
    say("listening on " + site);

    gyre::http::AsyncHTTPClient http_client{reactor};
    int waiting = 3;
    std::size_t streamed = 0;
    const auto handle_response = [&](const HTTPResponse& response) {
        // A body that was shown piece by piece is not kept.
        const bool in_pieces = static_cast<bool>(response.request.streaming_callback);
        const std::size_t size = in_pieces ? streamed : response.body.size();
        std::ostringstream line;
        if (response.error)
            line << "Error: " << response.error << ": " << response.request.url;
        else
            line << response.request.url << ": " << size << " bytes";
        say(line.str());
        if (--waiting == 0) server.stop();
    };
    const auto show_piece = [&](std::string_view piece) {
        streamed += piece.size();
        say(site + "/stream: " + std::string{piece});
    };
    http_client.fetch({.url = site + "/stream", .streaming_callback = show_piece}, handle_response);
    http_client.fetch(site + "/hello", handle_response);
    http_client.fetch(site + "/nowhere", handle_response);
    say("three fetches are under way");

    reactor.run();  // returns when nothing is left to wait for
    say("done");
    return 0;
}
