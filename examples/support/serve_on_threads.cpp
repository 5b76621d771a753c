#include "support/serve.hpp"
#include <gyre/reactor_pool.hpp>
#include <gyre/tcp_server.hpp>

#include <cstddef>
#include <utility>

namespace example {
namespace {

// Servers that share a port (SO_REUSEPORT) would also share it with a stranger that does the same.
gyre::Error check_port_is_free(const ServerOptions& options) {
    gyre::Reactor reactor;
    gyre::TCPServer probe{reactor};
    return probe.listen(options.port, options.address);
}

class HTTPService final : public Service {
public:
    HTTPService(gyre::Reactor& reactor, gyre::http::HTTPServerOptions options)
        : server(reactor, std::move(options)) {}

    gyre::Error listen(std::uint16_t port, std::string_view address) override {
        return server.listen(port, address);
    }
    gyre::Address address() const override { return server.address(); }
    void drain(gyre::Callback<void()> done) override { server.stop(std::move(done)); }

    gyre::http::HTTPServer server;
};

}  // namespace

int serve_on_threads(const ServerOptions& options, std::string_view scheme,
                     const std::function<std::unique_ptr<Service>(gyre::Reactor&)>& make) {
    if (options.threads > 1)
        if (const gyre::Error error = check_port_is_free(options)) return cannot_listen(error);
    gyre::ReactorPool pool{{.threads = static_cast<std::size_t>(options.threads)}};
    std::uint16_t port = options.port;
    const gyre::Error error = pool.run([&](gyre::PoolMember& member) -> gyre::Error {
        const std::shared_ptr<Service> service = make(member.reactor());
        if (gyre::Error failed = service->listen(port, options.address)) return failed;
        port = service->address().port();
        member.on_stop([service](gyre::Callback<void()> done) { service->drain(std::move(done)); });
        // This program's thread, which gets the signals, is member 0's.
        if (member.index() == 0) on_first_signal(member.reactor(), [&] { pool.stop(); });
        if (member.index() + 1 == pool.size()) announce(scheme, service->address());
        return {};
    });
    return error ? cannot_listen(error) : 0;
}

int serve_on_threads(const ServerOptions& options,
                     const std::function<void(gyre::http::HTTPServer&)>& add_routes) {
    const auto make = [&](gyre::Reactor& reactor) {
        auto service = std::make_unique<HTTPService>(
            reactor, gyre::http::HTTPServerOptions{.tls = tls_options(options),
                                                   .reuse_port = options.threads > 1});
        add_routes(service->server);
        return service;
    };
    return serve_on_threads(options, options.cert.empty() ? "http" : "https", make);
}

}  // namespace example
