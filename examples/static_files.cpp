// static_files: serves a folder: ranges, ETag, Last-Modified, precompressed files, directory index.
#include "support/command_line.hpp"
#include "support/serve.hpp"
#include <gyre/http/static_files.hpp>

#include <iostream>
#include <string>

int main(int argc, char** argv) {
    CLI::App app{"GET /PATH answers the file PATH of the folder DIR."};
    std::string folder;
    gyre::http::StaticFilesOptions files_options;
    example::ServerOptions options;
    app.add_option("DIR", folder, "Folder to serve")->required()->check(CLI::ExistingDirectory);
    app.add_flag("--listing", files_options.listing,
                 "Answer a folder without an index.html with links to what is in it");
    example::add_server_options(app, options);
    example::add_thread_option(app, options);
    example::add_tls_options(app, options);
    if (const auto status = example::parse(app, argc, argv)) return *status;

    const gyre::http::StaticFiles files{folder, files_options};
    if (const gyre::Error error = files.check()) {
        std::cerr << "static_files: " << error << '\n';
        return 2;
    }
    return example::serve_on_threads(
        options, [&](gyre::http::HTTPServer& server) { server.get("/{path...}", files); });
}
