// scraper: fetches a page and the pages that it links to, at most 20 of them at a time.
#include "scraper/links.hpp"
#include "support/command_line.hpp"
#include "support/fetch_report.hpp"
#include "support/map_limit.hpp"
#include "support/progress.hpp"
#include <gyre/http/async_http_client.hpp>
#include <gyre/reactor.hpp>

#include <cstddef>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace {

using gyre::http::HTTPResponse;

struct Page {
    int status = 0;
    std::size_t bytes = 0;
    gyre::Duration time{};
};

// The index page, then its links, then their outcomes: each member starts what the next one gets.
class Scraper {
public:
    Scraper(gyre::Reactor& reactor, int limit, bool progress)
        : reactor_(reactor),
          limit_(limit),
          client_(reactor, {.max_clients = limit, .max_idle_per_host = limit}),
          bar_(reactor, progress, [this] {
              return example::describe_count(ended_, links_.size(), started_ - ended_);
          }) {}

    void start(const std::string& url) {
        client_.fetch(url, [this](const HTTPResponse& response) { on_index(response); });
    }
    bool succeeded() const { return succeeded_; }

private:
    using PageCallback = gyre::Callback<void(gyre::Error, Page)>;
    using Outcomes = std::vector<example::Outcome<Page>>;

    void on_index(const HTTPResponse& index) {
        if (index.error) return print({index.request.url}, {{.error = index.error}});
        links_ = scraper::find_links(index.body, index.effective_url);
        const auto talk = [this](const std::string& link, PageCallback callback) {
            talk_from_page(link, std::move(callback));
        };
        const auto done = [this](const Outcomes& pages) { print(links_, pages); };
        example::map_limit<Page>(reactor_, static_cast<std::size_t>(limit_), links_, talk, done);
    }

    void talk_from_page(const std::string& link, PageCallback callback) {
        ++started_;
        auto on_page = [this,
                        callback = std::move(callback)](const HTTPResponse& response) mutable {
            ++ended_;
            std::move(callback)(response.error,
                                {response.code, response.body.size(), response.request_time});
        };
        client_.fetch(link, std::move(on_page));
    }

    void print(const std::vector<std::string>& links, const Outcomes& pages) {
        bar_.wipe();
        succeeded_ = true;
        std::string lines;
        for (std::size_t i = 0; i < links.size(); ++i) {
            const auto& [error, page] = pages[i];
            if (error) succeeded_ = false;
            example::append_outcome(lines, links[i], error, page.status, page.bytes, page.time);
        }
        std::fputs(lines.c_str(), stdout);
        if (std::fflush(stdout) != 0) succeeded_ = false;
    }

    gyre::Reactor& reactor_;
    int limit_;
    gyre::http::AsyncHTTPClient client_;
    std::vector<std::string> links_;
    std::size_t started_ = 0;
    std::size_t ended_ = 0;
    bool succeeded_ = false;
    example::Progress bar_;
};

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Fetches a page and what it links to, and tells what became of each link."};
    std::string url;
    int limit = 20;
    bool progress = false;
    app.add_option("URL", url, "The index page")->required()->type_name("");
    example::add_number(app, "--limit", limit, "The most pages under way at a time", 1);
    app.add_flag("--progress", progress, "Show a bar on stderr, if that is a terminal");
    if (const auto status = example::parse(app, argc, argv)) return *status;

    gyre::Reactor reactor;
    Scraper scraper{reactor, limit, progress};
    scraper.start(url);
    reactor.run();
    return scraper.succeeded() ? 0 : 1;
}
