#pragma once

#include <gyre/address.hpp>
#include <gyre/callback.hpp>
#include <gyre/error.hpp>
#include <gyre/handler.hpp>
#include <gyre/http/http_server.hpp>
#include <gyre/inherited_sockets.hpp>
#include <gyre/reactor.hpp>

#include <CLI/CLI.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

// What every server among the examples does alike: where it listens, how it says so, and how it
// ends.
namespace example {

struct ServerOptions {
    std::uint16_t port = 8080;
    std::string address = "127.0.0.1";
    int threads = 1;
    std::string cert;
    std::string key;
    std::string client_ca;
};

void add_server_options(CLI::App& app, ServerOptions& options);
CLI::Option* add_thread_option(CLI::App& app, ServerOptions& options);
void add_tls_options(CLI::App& app, ServerOptions& options);
/// To serve only clients whose certificate this authority has signed.
void add_client_ca_option(CLI::App& app, ServerOptions& options);
/// What `--cert`, `--key` and `--client-ca` ask for; nothing without them.
std::optional<gyre::TLSOptions> tls_options(const ServerOptions& options);

/// Writes one line on stderr and returns what `main` shall return when listening failed: 2 for
/// options that cannot be used, 1 for a port that cannot be had.
int cannot_listen(const gyre::Error& error);

/// Says on stdout that connections are accepted: "listening on SCHEME://ADDRESS:PORT".
void announce(std::string_view scheme, const gyre::Address& address);

/// Calls `drain` on the first SIGTERM or SIGINT. A second one ends the program at once, with the
/// status that a shell gives to a program that died of that signal.
void on_first_signal(gyre::Reactor& reactor, const gyre::Handler<void()>& drain);

/// Listens, on the first socket that the program was started with (socket activation) if there is
/// one, else where the options say; says so, and runs `reactor` until a signal has come and the
/// running requests have ended. Returns what `main` shall return: 0, or what `cannot_listen` says.
int serve(gyre::Reactor& reactor, gyre::http::HTTPServer& server, const ServerOptions& options);

/// One server of any kind on a reactor of its own, to run many of them side by side.
class Service {
public:
    Service() = default;
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;
    virtual ~Service() = default;

    virtual gyre::Error listen(std::uint16_t port, std::string_view address) = 0;
    virtual gyre::Error listen_on(int descriptor) = 0;
    virtual gyre::Address address() const = 0;
    /// Ends gracefully; `done` is called when nothing is left.
    virtual void drain(gyre::Callback<void()> done) = 0;
    /// Reads its certificate again, if it has one, for the connections to come.
    virtual gyre::Error reload() { return {}; }
};

/// As `serve`, with a pool of `options.threads` reactors on as many threads. `make` is called on
/// each of them, one after another. Their services share the port, for which `make` has to set
/// `reuse_port` if there is more than one. With a certificate, SIGHUP reloads them.
int serve_on_threads(const ServerOptions& options, std::string_view scheme,
                     const std::function<std::unique_ptr<Service>(gyre::Reactor&)>& make);

/// The same for HTTP servers, which `add_routes` gives their handlers. Some handlers need to know
/// the reactor that they run on.
int serve_on_threads(
    const ServerOptions& options,
    const std::function<void(gyre::Reactor&, gyre::http::HTTPServer&)>& add_routes);
int serve_on_threads(const ServerOptions& options,
                     const std::function<void(gyre::http::HTTPServer&)>& add_routes);

}  // namespace example
