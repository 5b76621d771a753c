// fetch: a command-line client on AsyncHTTPClient; a line or a JSON object for each URL.
#include "support/command_line.hpp"
#include "support/fetch_body.hpp"
#include "support/fetch_options.hpp"
#include "support/fetch_report.hpp"
#include "support/progress.hpp"
#include <gyre/http/async_http_client.hpp>
#include <gyre/reactor.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>

namespace {

using gyre::http::HTTPRequest;
using gyre::http::HTTPResponse;

// Keeps a window of fetches under way: each one that ends begins the next. So a million of them
// need no more memory than the window does, and the time-outs do not count what waits.
class Fetches {
public:
    Fetches(gyre::Reactor& reactor, const example::FetchOptions& options)
        : options_(options),
          reactor_(reactor),
          client_(reactor, {.max_clients = options.max_clients,
                            .max_idle_per_host = options.max_clients,
                            .max_idle = std::max(options.max_clients, 100)}),
          progress_(reactor, options.progress, [this] { return progress(); }) {}

    bool open_output() { return options_.output_file.empty() || body_.open(options_.output_file); }
    // False if a write failed.
    bool close_output() {
        progress_.wipe();
        return body_.close();
    }
    void start();
    bool succeeded() const { return succeeded_; }

private:
    void fetch_next(HTTPRequest request);
    void on_response(HTTPResponse& response);
    void report(const HTTPResponse& response);
    void write_lines();
    std::string progress() const;

    const example::FetchOptions& options_;
    gyre::Reactor& reactor_;
    gyre::http::AsyncHTTPClient client_;
    example::FetchBody body_;
    bool in_pieces_ = false;  // bodies go to body_
    std::uint64_t started_ = 0;
    std::uint64_t ended_ = 0;
    std::uint64_t total_ = options_.urls.size() * options_.repeat;
    std::string lines_;
    bool succeeded_ = true;
    example::Progress progress_;
};

void Fetches::start() {
    // Bodies go to the file piece by piece, so those of two fetches must not come at the same time.
    const std::uint64_t window =
        body_.is_open() ? 1 : static_cast<std::uint64_t>(options_.max_clients);
    HTTPRequest request = options_.request;
    in_pieces_ = body_.is_open() || (progress_.is_shown() && total_ == 1);
    if (in_pieces_) body_.attach(request);
    for (std::uint64_t i = 0; i < std::min(window, total_); ++i)
        fetch_next(request);
}

void Fetches::fetch_next(HTTPRequest request) {
    request.url = options_.urls[started_++ / options_.repeat];
    body_.begin(reactor_.time());
    client_.fetch(std::move(request), [this](HTTPResponse&& response) { on_response(response); });
}

void Fetches::on_response(HTTPResponse& response) {
    ++ended_;
    if (response.error) succeeded_ = false;
    if (!options_.quiet || response.error) report(response);
    if (started_ < total_) fetch_next(std::move(response.request));  // used again without a copy
}

// What ends in the same turn of the loop is written together.
void Fetches::report(const HTTPResponse& response) {
    if (lines_.empty()) reactor_.add_callback([this] { write_lines(); });
    const std::uint64_t size = in_pieces_ ? body_.bytes() : response.body.size();
    (options_.json ? example::append_json_line : example::append_line)(lines_, response, size);
}

void Fetches::write_lines() {
    progress_.wipe();
    std::FILE* const file = options_.quiet ? stderr : stdout;
    if (std::fwrite(lines_.data(), lines_.size(), 1, file) != 1 || std::fflush(file) != 0)
        succeeded_ = false;
    lines_.clear();
}

std::string Fetches::progress() const {
    if (total_ == 1) return body_.describe(reactor_.time());
    return example::describe_count(ended_, total_, started_ - ended_);
}

// Those without an end as well: a program like this one has no session that is longer.
gyre::Error save_cookies(const example::FetchOptions& options) {
    if (!options.request.cookie_jar) return {};
    return options.request.cookie_jar->save(options.cookie_file, {.session_cookies = true});
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Fetches URLs and tells what became of each, in the order in which they end."};
    example::FetchOptions options;
    if (const auto status = example::parse_fetch_options(app, argc, argv, options)) return *status;

    gyre::Reactor reactor;
    Fetches fetches{reactor, options};
    if (!fetches.open_output())
        return example::complain(app, "cannot write to " + options.output_file, 2);
    fetches.start();
    reactor.run();
    if (!fetches.close_output())
        return example::complain(app, "cannot write all of " + options.output_file, 1);
    if (const gyre::Error error = save_cookies(options))
        return example::complain(app, error.message(), 1);
    return fetches.succeeded() ? 0 : 1;
}
