// stream: one response in three pieces, START, MIDDLE and END, seconds apart, by timers.
#include "support/command_line.hpp"
#include "support/serve.hpp"
#include <gyre/log.hpp>

#include <chrono>

namespace {

using gyre::http::HTTPServerRequest;
using gyre::http::HTTPServerResponse;

struct Gaps {
    gyre::Duration before_middle = std::chrono::seconds{3};
    gyre::Duration before_end = std::chrono::seconds{5};
};

// Returns at once; the rest happens when the timers fire, while other requests are served.
void start_stream(gyre::Reactor& reactor, const Gaps& gaps, const HTTPServerResponse& response) {
    response.write("START");
    const auto middle =
        reactor.call_later(gaps.before_middle, [response] { response.write("MIDDLE"); });
    const auto end = reactor.call_later(gaps.before_middle + gaps.before_end,
                                        [response] { response.finish("END"); });
    response.on_connection_close([middle, end] {
        middle.cancel();
        end.cancel();
        gyre::log(gyre::LogLevel::info, "the client went away: its timers are cancelled");
    });
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"GET /stream sends START, MIDDLE and END, seconds apart."};
    example::ServerOptions options;
    Gaps gaps;
    example::add_server_options(app, options);
    example::add_two_seconds(app, "--gaps", gaps.before_middle, gaps.before_end,
                             "Seconds before MIDDLE and before END");
    if (const auto status = example::parse(app, argc, argv)) return *status;

    gyre::Reactor reactor;
    gyre::http::HTTPServer server{reactor};
    server.get("/stream", [&](const HTTPServerRequest&, const HTTPServerResponse& response) {
        start_stream(reactor, gaps, response);
    });
    return example::serve(reactor, server, options);
}
