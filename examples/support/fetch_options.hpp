#pragma once

#include <gyre/http/http_request.hpp>

#include <CLI/CLI.hpp>

#include <optional>
#include <string>
#include <vector>

namespace example {

/// What the command line of `fetch` asks for.
struct FetchOptions {
    std::vector<std::string> urls;
    gyre::http::HTTPRequest request;  ///< For every one of them; its `url` is left empty.
    std::string output_file;
    std::string cookie_file;  ///< Of the request's `cookie_jar`; empty: there is none.
    int max_clients = 10;
    std::uint64_t repeat = 1;
    bool json = false;
    bool quiet = false;
    bool progress = false;
};

/// Nothing, or what `main` shall return; see `example::parse`.
std::optional<int> parse_fetch_options(CLI::App& app, int argc, char** argv, FetchOptions& options);

}  // namespace example
