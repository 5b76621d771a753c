#include "batch_update/options.hpp"

#include "support/command_line.hpp"
#include "support/descriptors.hpp"

#include <algorithm>
#include <cstddef>

namespace batch {
namespace {

void adapt_limit(const CLI::App& app, Options& options) {
    constexpr std::size_t spare = 64;
    const std::size_t ends = options.url.empty() ? 2 : 1;  // of a connection, in this process
    options.limit = std::min(options.limit, options.requests);
    const auto wanted = static_cast<std::size_t>(options.limit);
    const std::size_t allowed = example::allow_descriptors(wanted * ends + spare);
    if (allowed >= wanted * ends + spare) return;
    options.limit = allowed > spare + ends ? static_cast<int>((allowed - spare) / ends) : 1;
    example::complain(app,
                      "only " + std::to_string(options.limit) +
                          " requests at a time, as no more descriptors are allowed",
                      0);
}

}  // namespace

std::optional<int> parse_options(CLI::App& app, int argc, char** argv, Options& options) {
    example::add_number(app, "--requests", options.requests, "Requests to send", 1, 10'000'000);
    example::add_two_seconds(app, "--delay", options.shortest_delay, options.longest_delay,
                             "The least and the most that the program's own server takes");
    example::add_number(app, "--limit", options.limit, "The most requests under way at a time", 1)
        ->default_str("all");
    app.add_option("--url", options.url, "What to request, in place of that server")
        ->type_name("URL");
    if (const auto status = example::parse(app, argc, argv)) return status;
    if (options.longest_delay < options.shortest_delay)
        return example::complain(app, "--delay: the second time is shorter than the first", 2);
    adapt_limit(app, options);
    return std::nullopt;
}

}  // namespace batch
