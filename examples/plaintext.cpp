// plaintext: the smallest server: GET /plaintext, POST /echo and GET /bytes/:n.
#include "support/command_line.hpp"
#include "support/serve.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace {

using gyre::http::HTTPServer;
using gyre::http::HTTPServerRequest;
using gyre::http::HTTPServerResponse;

constexpr std::uint64_t largest_body = std::uint64_t{1} << 30;

std::optional<std::uint64_t> parse_size(std::string_view text) {
    std::uint64_t size = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), size);
    if (error != std::errc{} || stop != text.data() + text.size()) return std::nullopt;
    if (size > largest_body) return std::nullopt;
    return size;
}

// Ends the response with `left` bytes. However many they are, little memory is needed: every write
// refers to the same block, and there is a next burst only when the system has taken this one.
void send_bytes(const HTTPServerResponse& response, std::uint64_t left) {
    constexpr std::size_t writes_in_a_burst = 16;
    static thread_local const auto block = std::make_shared<const std::string>(64 * 1024, 'x');
    for (std::size_t i = 1; i < writes_in_a_burst && left >= block->size(); ++i) {
        response.write(block);
        left -= block->size();
    }
    if (left < block->size()) return response.finish(std::string_view{*block}.substr(0, left));
    response.write(block, [response, left = left - block->size()](const gyre::Error& error) {
        if (!error) send_bytes(response, left);  // an error: the client has gone
    });
}

void on_bytes(const HTTPServerRequest& request, const HTTPServerResponse& response) {
    const auto size = parse_size(request.path_argument("n"));
    if (!size) return response.send_error(400);
    response.set_header("Content-Type", "application/octet-stream");
    response.set_header("Content-Length", std::to_string(*size));
    send_bytes(response, *size);
}

// A response is text/plain unless its handler says otherwise.
void add_routes(HTTPServer& server) {
    server.get("/plaintext", [](const HTTPServerRequest&, const HTTPServerResponse& response) {
        response.finish("Hello, World!");
    });
    server.post("/echo", [](const HTTPServerRequest& request, const HTTPServerResponse& response) {
        response.finish(request.body());
    });
    server.get("/bytes/{n}", &on_bytes);
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{
        "GET /plaintext answers Hello, World!, POST /echo the body, GET /bytes/N N bytes."};
    example::ServerOptions options;
    example::add_server_options(app, options);
    example::add_thread_option(app, options);
    example::add_tls_options(app, options);
    if (const auto status = example::parse(app, argc, argv)) return *status;
    return example::serve_on_threads(options, add_routes);
}
