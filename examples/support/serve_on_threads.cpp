#include "support/serve.hpp"
#include <gyre/reactor_pool.hpp>
#include <gyre/tcp_server.hpp>

#include <csignal>
#include <cstddef>
#include <iostream>
#include <memory>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace example {
namespace {

// Servers that share a port (SO_REUSEPORT) would also share it with a stranger that does the same.
gyre::Error check_port_is_free(const ServerOptions& options) {
    gyre::Reactor reactor;
    gyre::TCPServer probe{reactor};
    return probe.listen(options.port, options.address);
}

// Where each of the servers is to listen: a copy of the inherited socket, or a share of the port.
gyre::Error start_listening(Service& service, const gyre::InheritedSockets& inherited,
                            std::uint16_t port, std::string_view address) {
    if (inherited.sockets.empty()) return service.listen(port, address);
    // A server owns what it listens on; if it cannot, the program ends and the copy with it.
    return service.listen_on(::fcntl(inherited.sockets.front().descriptor, F_DUPFD_CLOEXEC, 0));
}

void reload(Service& service) {
    if (const gyre::Error error = service.reload())
        std::cerr << "the certificate stays as it is: " << error << '\n';
    else
        std::cerr << "the certificate was loaded again\n";
}

// The services of a pool, each of which lives on its member's thread.
using Services = std::vector<std::weak_ptr<Service>>;

// The signals go to the program's own thread, which is member 0's.
void handle_signals(gyre::Reactor& reactor, gyre::ReactorPool& pool, const Services& services,
                    bool has_certificate) {
    on_first_signal(reactor, [&pool] { pool.stop(); });
    if (!has_certificate) return;
    const gyre::Error error = reactor.add_signal_handler(SIGHUP, [&](int) {
        for (std::size_t i = 0; i < services.size(); ++i)
            pool.add_callback(i, [service = services[i]] {
                if (const auto alive = service.lock()) reload(*alive);
            });
    });
    if (error) std::cerr << "SIGHUP will not reload the certificate: " << error << '\n';
}

class HTTPService final : public Service {
public:
    HTTPService(gyre::Reactor& reactor, gyre::http::HTTPServerOptions options)
        : server(reactor, options), tls(std::move(options.tls)) {}

    gyre::Error listen(std::uint16_t port, std::string_view address) override {
        return server.listen(port, address);
    }
    gyre::Error listen_on(int descriptor) override { return server.listen_on(descriptor); }
    gyre::Address address() const override { return server.address(); }
    void drain(gyre::Callback<void()> done) override { server.stop(std::move(done)); }
    gyre::Error reload() override { return tls ? server.set_tls(*tls) : gyre::Error{}; }

    gyre::http::HTTPServer server;
    std::optional<gyre::TLSOptions> tls;
};

}  // namespace

int serve_on_threads(const ServerOptions& options, std::string_view scheme,
                     const std::function<std::unique_ptr<Service>(gyre::Reactor&)>& make) {
    const gyre::InheritedSockets inherited = gyre::inherited_sockets();
    if (inherited.error) return cannot_listen(inherited.error);
    if (options.threads > 1 && inherited.sockets.empty())
        if (const gyre::Error error = check_port_is_free(options)) return cannot_listen(error);
    gyre::ReactorPool pool{{.threads = static_cast<std::size_t>(options.threads)}};
    std::uint16_t port = options.port;
    Services services;
    const gyre::Error error = pool.run([&](gyre::PoolMember& member) -> gyre::Error {
        const std::shared_ptr<Service> service = make(member.reactor());
        if (gyre::Error failed = start_listening(*service, inherited, port, options.address))
            return failed;
        port = service->address().port();
        services.push_back(service);
        member.on_stop([service](gyre::Callback<void()> done) { service->drain(std::move(done)); });
        if (member.index() == 0)
            handle_signals(member.reactor(), pool, services, !options.cert.empty());
        if (member.index() + 1 < pool.size()) return {};
        for (const gyre::InheritedSocket& socket : inherited.sockets)
            ::close(socket.descriptor);  // the servers have their copies
        announce(scheme, service->address());
        return {};
    });
    return error ? cannot_listen(error) : 0;
}

int serve_on_threads(
    const ServerOptions& options,
    const std::function<void(gyre::Reactor&, gyre::http::HTTPServer&)>& add_routes) {
    const auto make = [&](gyre::Reactor& reactor) {
        auto service = std::make_unique<HTTPService>(
            reactor, gyre::http::HTTPServerOptions{.tls = tls_options(options),
                                                   .reuse_port = options.threads > 1});
        add_routes(reactor, service->server);
        return service;
    };
    return serve_on_threads(options, options.cert.empty() ? "http" : "https", make);
}

int serve_on_threads(const ServerOptions& options,
                     const std::function<void(gyre::http::HTTPServer&)>& add_routes) {
    return serve_on_threads(
        options, [&](gyre::Reactor&, gyre::http::HTTPServer& server) { add_routes(server); });
}

}  // namespace example
