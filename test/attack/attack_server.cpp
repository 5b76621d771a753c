// What the runs in this folder attack: GET /plaintext, POST /upload, GET /endless, /metrics. It
// says "listening on PORT", ends with SIGTERM, and prints its metrics then.
#include <gyre/http/http_server.hpp>
#include <gyre/http/monitoring.hpp>
#include <gyre/metrics.hpp>
#include <gyre/reactor.hpp>

#include <charconv>
#include <csignal>
#include <cstddef>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>

namespace {

using gyre::http::HTTPServerOptions;
using gyre::http::HTTPServerRequest;
using gyre::http::HTTPServerResponse;

// As much as a client takes; there is a next piece only when the system has taken this one.
void send_more(const HTTPServerResponse& response) {
    static const auto block = std::make_shared<const std::string>(64 * 1024, 'x');
    response.write(block, [response](const gyre::Error& error) {
        if (!error) send_more(response);  // an error: the client has gone
    });
}

bool parse_number(const std::string& text, std::size_t& number) {
    const char* end = text.data() + text.size();
    return std::from_chars(text.data(), end, number).ptr == end;
}

bool parse(int argc, char** argv, HTTPServerOptions& options) {
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string_view name = argv[i];
        const std::string value = argv[i + 1];
        if (name == "--max-connections") {
            if (!parse_number(value, options.max_connections)) return false;
            continue;
        }
        if (name == "--unsent") {
            if (!parse_number(value, options.socket.unsent_limit.emplace())) return false;
            continue;
        }
        if (!options.tls) options.tls.emplace();
        if (name == "--cert")
            options.tls->certificate_file = value;
        else if (name == "--key")
            options.tls->key_file = value;
        else
            return false;
    }
    return argc % 2 == 1;
}

void add_routes(gyre::http::HTTPServer& server, const gyre::Reactor& reactor) {
    server.get("/plaintext", [](const HTTPServerRequest&, const HTTPServerResponse& response) {
        response.finish("Hello, World!");
    });
    server.stream("POST", "/upload",
                  [](const HTTPServerRequest& request, const HTTPServerResponse& response) {
                      request.on_data([](std::string_view) {});
                      request.on_finish([response](const gyre::Error& error) {
                          error ? response.send_error(400) : response.finish("taken");
                      });
                  });
    server.get("/endless", [](const HTTPServerRequest&, const HTTPServerResponse& response) {
        send_more(response);
    });
    server.get("/metrics", gyre::http::metrics_handler(server, reactor));
}

}  // namespace

int main(int argc, char** argv) {
    HTTPServerOptions options;
    if (!parse(argc, argv, options)) {
        std::cerr << "usage: attack_server [--max-connections N] [--unsent BYTES]"
                     " [--cert FILE --key FILE]\n";
        return 2;
    }
    gyre::Reactor reactor;
    gyre::http::HTTPServer server{reactor, options};
    add_routes(server, reactor);
    if (const gyre::Error error = server.listen(0, "127.0.0.1")) {
        std::cerr << "attack_server: " << error << '\n';
        return 1;
    }
    if (const gyre::Error error = reactor.add_signal_handler(SIGTERM, [&](int) { reactor.stop(); }))
        std::cerr << "attack_server: " << error << '\n';
    std::cout << "listening on " << server.port() << std::endl;
    reactor.run();
    std::cout << prometheus_text(server.metrics()) << prometheus_text(reactor.metrics());
    return 0;
}
