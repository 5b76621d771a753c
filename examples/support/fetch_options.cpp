#include "support/fetch_options.hpp"

#include "support/command_line.hpp"
#include "support/fetch_footer.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

namespace example {
namespace {

using gyre::http::AuthMode;
using gyre::http::HTTPRequest;

constexpr std::uint64_t most_repeats = 1'000'000'000'000;

std::string trim(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return std::string{text.substr(begin, text.find_last_not_of(" \t") - begin + 1)};
}

void add_header(HTTPRequest& request, const std::string& line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos || colon == 0)
        throw CLI::ValidationError("-H", "not a header, as in 'Name: value': " + line);
    request.headers.add(line.substr(0, colon), trim(std::string_view{line}.substr(colon + 1)));
}

// A variable of a script that is not set must not mean: none.
std::string refuse_empty(const std::string& name) { return name.empty() ? "an empty name" : ""; }

// DATA itself, or what is in @FILE, or with @- what stdin has.
std::string read_data(const std::string& data) {
    if (!data.starts_with('@')) return data;
    // Unlike a stream, stdio neither throws at a folder nor takes it for an end on stdin.
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    const std::unique_ptr<std::FILE, Close> file{
        data == "@-" ? nullptr : std::fopen(data.substr(1).c_str(), "rb")};
    std::FILE* const in = data == "@-" ? stdin : file.get();
    std::string bytes;
    std::array<char, 65536> piece;
    while (in != nullptr && std::feof(in) == 0 && std::ferror(in) == 0)
        bytes.append(piece.data(), std::fread(piece.data(), 1, piece.size(), in));
    if (in == nullptr || std::ferror(in) != 0)
        throw CLI::ValidationError("-d", "cannot read " + data.substr(1));
    return bytes;
}

void add_request_options(CLI::App& app, HTTPRequest& request) {
    auto* method = app.add_option("-X", request.method, "Method; without it GET, or POST with -d");
    const auto take_headers = [&request](const std::vector<std::string>& lines) {
        for (const std::string& line : lines)
            add_header(request, line);
    };
    app.add_option_function<std::vector<std::string>>("-H", take_headers,
                                                      "A header, 'Name: value'; repeatable")
        ->allow_extra_args(false)
        ->type_name("'NAME: VALUE'");
    const auto take_data = [&request, method](const std::string& data) {
        request.body = read_data(data);
        if (method->empty()) request.method = "POST";
    };
    app.add_option_function<std::string>("-d", take_data,
                                         "Body of the request; @FILE: from a file, @-: from stdin")
        ->type_name("DATA");
    add_number(app, "--max-redirects", request.max_redirects, "The most redirects to follow", 0);
    app.add_flag_callback(
        "--no-follow", [&request] { request.follow_redirects = false; }, "Follow no redirects");
    add_seconds(app, "--connect-timeout", request.connect_timeout,
                "Seconds for look-up, connecting and TLS");
    add_seconds(app, "--request-timeout", request.request_timeout, "Seconds for everything");
    add_number<std::uint64_t>(app, "--max-body", request.max_body_size, "The most bytes of a body",
                              1);
    app.add_option("--unix-socket", request.unix_socket, "Connect to this Unix socket")
        ->check(refuse_empty)
        ->type_name("PATH");
    app.add_flag("--compressed", request.decompress_response,
                 "Ask for gzip, deflate or brotli, and decode it; else bodies stay as they are");
}

// Neither passwords nor what looks like one are repeated in messages.
void add_proxy_option(CLI::App& app, HTTPRequest& request) {
    const auto take = [&request](const std::string& url) {
        if (const gyre::Error error = request.set_proxy(url))
            throw CLI::ValidationError("--proxy", error.message());
    };
    app.add_option_function<std::string>("--proxy", take,
                                         "Go through this proxy: http:// or socks5://HOST:PORT, "
                                         "before HOST maybe USER:PASSWORD@")
        ->type_name("URL");
}

void add_auth_options(CLI::App& app, HTTPRequest& request) {
    const auto take_user = [&request](const std::string& user) {
        const std::size_t colon = user.find(':');
        if (colon == std::string::npos || user.size() == 1)
            throw CLI::ValidationError("--user", "not a user, as in NAME:PASSWORD");
        request.auth_username = user.substr(0, colon);
        request.auth_password = user.substr(colon + 1);
    };
    auto* user = app.add_option_function<std::string>("--user", take_user,
                                                      "Name and password for the server (Basic)")
                     ->type_name("U:P");
    app.add_flag_callback(
           "--digest", [&request] { request.auth_mode = AuthMode::digest; },
           "Show them by Digest authentication")
        ->needs(user);
    const auto take_token = [&request](const std::string& token) {
        if (token.empty()) throw CLI::ValidationError("--bearer", "an empty token");
        request.auth_mode = AuthMode::bearer;
        request.auth_password = token;
    };
    app.add_option_function<std::string>("--bearer", take_token, "Token for the server")
        ->type_name("T")
        ->excludes(user);
}

void add_cookie_option(CLI::App& app, FetchOptions& options) {
    const auto take = [&options](const std::string& file) {
        if (file.empty()) throw CLI::ValidationError("--cookie-jar", "an empty file name");
        options.cookie_file = file;
        const gyre::http::CookieJar& jar = options.request.cookie_jar.emplace();
        const gyre::Error error = jar.load(file);
        const bool is_new = error.category() == "system" && error.code() == ENOENT;
        if (error && !is_new) throw CLI::ValidationError("--cookie-jar", error.message());
    };
    app.add_option_function<std::string>(
           "--cookie-jar", take, "Read cookies from this file, if it exists; write them at the end")
        ->type_name("FILE");
}

void add_tls_options(CLI::App& app, HTTPRequest& request) {
    app.add_option("--cacert", request.ca_certs, "Whom to trust (PEM), in place of the system")
        ->check(CLI::ExistingFile);
    auto* cert = app.add_option("--cert", request.client_cert, "Certificate to show (PEM)")
                     ->check(CLI::ExistingFile);
    app.add_option("--key", request.client_key, "Its private key (PEM)")
        ->check(CLI::ExistingFile)
        ->needs(cert);
    app.add_flag_callback(
        "--insecure", [&request] { request.validate_cert = false; }, "Take any certificate");
}

}  // namespace

std::optional<int> parse_fetch_options(CLI::App& app, int argc, char** argv,
                                       FetchOptions& options) {
    app.footer(std::string{fetch_footer});
    app.add_option("URL", options.urls, "What to fetch")->required()->type_name("");
    add_request_options(app, options.request);
    add_proxy_option(app, options.request);
    add_auth_options(app, options.request);
    add_cookie_option(app, options);
    add_tls_options(app, options.request);
    app.add_option("-o", options.output_file,
                   "Write bodies, of any status, to this file, one fetch after the other")
        ->check(refuse_empty)
        ->type_name("FILE");
    add_number(app, "--max-clients", options.max_clients, "Fetches that run at once", 1);
    add_number<std::uint64_t>(app, "--repeat", options.repeat, "How often to fetch each URL", 1,
                              most_repeats);
    app.add_flag("--json", options.json, "Tell each fetch as a JSON object on a line of its own");
    app.add_flag("--quiet", options.quiet, "Tell failures only, on stderr");
    app.add_flag("--progress", options.progress, "Show a bar on stderr, if that is a terminal");
    const auto refuse = [](std::int64_t) {
        throw CLI::ValidationError("--http2", "HTTP/2 is not supported");
    };
    app.add_flag_function("--http2", refuse, "Use HTTP/2; not supported, so it is refused");
    options.request.decompress_response = false;
    // The user of a command line may send what methods and bodies they like.
    options.request.allow_nonstandard_methods = true;
    const auto status = parse(app, argc, argv);
    if (!options.request.body.empty() && !options.request.headers.contains("Content-Type"))
        options.request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    return status;
}

}  // namespace example
