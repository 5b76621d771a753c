#pragma once

#include <gyre/clock.hpp>

#include <CLI/CLI.hpp>

#include <chrono>
#include <limits>
#include <optional>
#include <string>

namespace batch {

/// What the command line of `batch_update` asks for.
struct Options {
    int requests = 1000;
    int limit = std::numeric_limits<int>::max();
    gyre::Duration shortest_delay = std::chrono::seconds{2};
    gyre::Duration longest_delay = std::chrono::seconds{3};
    std::string url;  ///< Empty: that of a server in this process.
};

/// Nothing, or what `main` shall return; see `example::parse`. The limit is then no higher than
/// there are descriptors for, so that no request fails for want of one.
std::optional<int> parse_options(CLI::App& app, int argc, char** argv, Options& options);

}  // namespace batch
