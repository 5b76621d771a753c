// batch_update: a thousand requests that take two to three seconds each, all at once on one thread.
#include "batch_update/options.hpp"
#include "support/command_line.hpp"
#include "support/map_limit.hpp"
#include "support/progress.hpp"
#include <gyre/http/async_http_client.hpp>
#include <gyre/http/http_server.hpp>
#include <gyre/reactor.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace {

using gyre::http::HTTPResponse;
using gyre::http::HTTPServerRequest;
using gyre::http::HTTPServerResponse;

// Lets every request wait for a while, each for another one. It takes a timer, no thread.
void add_slow_route(gyre::Reactor& reactor, const batch::Options& options,
                    gyre::http::HTTPServer& server) {
    using Delays = std::uniform_int_distribution<gyre::Duration::rep>;
    server.get("/update",
               [&reactor, random = std::minstd_rand{std::random_device{}()},
                delays = Delays{options.shortest_delay.count(), options.longest_delay.count()}](
                   const HTTPServerRequest&, const HTTPServerResponse& response) mutable {
                   reactor.call_later(gyre::Duration{delays(random)},
                                      [response] { response.finish("updated\n"); });
               });
}

class Batch {
public:
    Batch(gyre::Reactor& reactor, const batch::Options& options)
        : reactor_(reactor),
          options_(options),
          client_(reactor, {.max_clients = options.limit,
                            .max_idle_per_host = options.limit,
                            .max_idle = options.limit}),
          bar_(reactor, true, [this] { return describe(); }) {}

    // `done` is called when the last response has come.
    void start(const std::string& url, gyre::Callback<void()> done) {
        request_ = {.url = url,
                    .request_timeout = options_.longest_delay + std::chrono::minutes{1}};
        std::vector<int> numbers(static_cast<std::size_t>(options_.requests));
        std::iota(numbers.begin(), numbers.end(), 1);
        const auto update = [this](int, StatusCallback callback) { send(std::move(callback)); };
        example::map_limit<int>(reactor_, static_cast<std::size_t>(options_.limit), numbers, update,
                                [this, done = std::move(done)](const Outcomes& outcomes) mutable {
                                    on_outcomes(outcomes);
                                    std::move(done)();
                                });
    }
    bool succeeded() const { return succeeded_; }

private:
    using StatusCallback = gyre::Callback<void(gyre::Error, int)>;
    using Outcomes = std::vector<example::Outcome<int>>;

    void send(StatusCallback callback) {
        ++started_;
        client_.fetch(request_,
                      [this, callback = std::move(callback)](const HTTPResponse& response) mutable {
                          ++ended_;
                          std::move(callback)(response.error, response.code);
                      });
    }

    void on_outcomes(const Outcomes& outcomes) {
        bar_.wipe();
        const std::chrono::duration<double> elapsed = reactor_.time() - begin_;
        std::string failures;
        int failed = 0;
        for (std::size_t i = 0; i < outcomes.size(); ++i)
            if (const gyre::Error& error = outcomes[i].error) {
                ++failed;
                failures += "request " + std::to_string(i + 1) +
                            ": error: " + example::printable(error.message()) + "\n";
            }
        std::printf("%d succeeded, %d failed, %.3f s\n%s", options_.requests - failed, failed,
                    elapsed.count(), failures.c_str());
        succeeded_ = failed == 0 && std::fflush(stdout) == 0;
    }

    std::string describe() const {
        return example::describe_count(ended_, static_cast<std::uint64_t>(options_.requests),
                                       started_ - ended_);
    }

    gyre::Reactor& reactor_;
    const batch::Options& options_;
    gyre::http::AsyncHTTPClient client_;
    gyre::http::HTTPRequest request_;
    gyre::TimePoint begin_ = reactor_.time();
    std::uint64_t started_ = 0;
    std::uint64_t ended_ = 0;
    bool succeeded_ = false;
    example::Progress bar_;
};

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Sends many slow requests at once, and tells how many succeeded and what failed."};
    batch::Options options;
    if (const auto status = batch::parse_options(app, argc, argv, options)) return *status;

    gyre::Reactor reactor;
    gyre::http::HTTPServer server{reactor,
                                  {.max_connections = static_cast<std::size_t>(options.limit) + 1,
                                   .response_timeout = gyre::unlimited}};
    std::string url = options.url;
    if (url.empty()) {
        add_slow_route(reactor, options, server);
        if (const gyre::Error error = server.listen(0, "127.0.0.1"))
            return example::complain(app, error.message(), 1);
        url = "http://127.0.0.1:" + std::to_string(server.port()) + "/update";
    }

    Batch batch{reactor, options};
    batch.start(url, [&server] { server.stop(); });
    reactor.run();
    return batch.succeeded() ? 0 : 1;
}
