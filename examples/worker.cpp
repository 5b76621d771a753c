// worker: a handler that returns at once; a worker feeds the open response with on_data, on_finish.
#include "support/command_line.hpp"
#include "support/serve.hpp"
#include <gyre/log.hpp>
#include <gyre/timeout.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace {

using gyre::http::HTTPServerRequest;
using gyre::http::HTTPServerResponse;

// Writes a report line by line, each of which takes a while, and tells whoever listens. It keeps
// itself alive by its timer; after `cancel` it calls nobody.
class SomeAsyncWorker : public std::enable_shared_from_this<SomeAsyncWorker> {
public:
    SomeAsyncWorker(gyre::Reactor& reactor, std::string_view id)
        : reactor_(reactor), title_("report " + std::string{id.empty() ? "of today" : id}) {}

    void on_data(gyre::Handler<void(std::string_view)> handler) { on_data_ = std::move(handler); }
    void on_finish(gyre::Callback<void(gyre::Error)> callback) { on_finish_ = std::move(callback); }
    void start() {
        timer_ = reactor_.call_later(time_for_a_line,
                                     [self = shared_from_this()] { self->write_line(); });
    }
    void cancel() {
        gyre::log(gyre::LogLevel::info, title_ + ": the worker is cancelled");
        timer_.cancel();
        on_finish_.discard();
    }

private:
    static constexpr auto time_for_a_line = std::chrono::milliseconds{400};
    static constexpr int lines = 5;

    void write_line() {
        on_data_(title_ + ", line " + std::to_string(++written_) + " of " + std::to_string(lines) +
                 "\n");
        if (written_ < lines) return start();
        std::move(on_finish_)(nullptr);
    }

    gyre::Reactor& reactor_;
    std::string title_;
    int written_ = 0;
    gyre::Timeout timer_;
    gyre::Handler<void(std::string_view)> on_data_;
    gyre::Callback<void(gyre::Error)> on_finish_;
};

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"GET /report and GET /report/ID send a report while a worker writes it."};
    example::ServerOptions options;
    example::add_server_options(app, options);
    if (const auto status = example::parse(app, argc, argv)) return *status;

    gyre::Reactor reactor;
    gyre::http::HTTPServer server{reactor};
    const auto report = [&](const HTTPServerRequest& request, const HTTPServerResponse& response) {
        auto worker = std::make_shared<SomeAsyncWorker>(reactor, request.path_argument("id"));
        worker->on_data([response](std::string_view chunk) { response.write(chunk); });
        worker->on_finish([response](const gyre::Error& error) {
            error ? response.fail(error) : response.finish();
        });
        response.on_connection_close([worker] { worker->cancel(); });
        worker->start();
    };
    server.get("/report", report);
    server.get("/report/{id}", report);
    return example::serve(reactor, server, options);
}
