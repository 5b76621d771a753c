#include "support/command_line.hpp"
#include "support/serve.hpp"

namespace example {

void add_server_options(CLI::App& app, ServerOptions& options) {
    add_number<std::uint16_t>(app, "--port", options.port, "Port to listen on; 0 picks a free one",
                              0);
    app.add_option("--address", options.address, "Address to listen on")
        ->type_name("A")
        ->default_str(options.address);
}

CLI::Option* add_thread_option(CLI::App& app, ServerOptions& options) {
    return add_number(app, "--threads", options.threads, "Reactors, each on a thread of its own", 1,
                      1024);
}

void add_tls_options(CLI::App& app, ServerOptions& options) {
    auto* cert = app.add_option("--cert", options.cert, "Serve HTTPS with this certificate (PEM)")
                     ->check(CLI::ExistingFile);
    app.add_option("--key", options.key, "Private key of the certificate (PEM)")
        ->check(CLI::ExistingFile)
        ->needs(cert);
}

void add_client_ca_option(CLI::App& app, ServerOptions& options) {
    app.add_option("--client-ca", options.client_ca,
                   "Serve only clients with a certificate of this authority (PEM)")
        ->check(CLI::ExistingFile)
        ->needs(app.get_option("--cert"));
}

std::optional<gyre::TLSOptions> tls_options(const ServerOptions& options) {
    if (options.cert.empty()) return std::nullopt;
    gyre::TLSOptions tls{.certificate_file = options.cert, .key_file = options.key};
    if (!options.client_ca.empty()) {
        tls.ca_file = options.client_ca;
        tls.verify_peer = gyre::TLSVerify::require;
    }
    return tls;
}

}  // namespace example
