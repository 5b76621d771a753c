#include "support/serve.hpp"
#include <gyre/tcp_server.hpp>

#include <chrono>
#include <csignal>
#include <iostream>
#include <thread>
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

struct Shard {
    std::unique_ptr<gyre::Reactor> reactor;
    std::unique_ptr<Service> service;
};

// Drains all of them, each on its own thread, then stops all reactors.
void drain_all(std::vector<Shard>& shards, std::size_t& serving) {
    gyre::Reactor& home = *shards.front().reactor;
    const auto count_down = [&] {
        if (--serving > 0) return;
        for (const Shard& each : shards)
            each.reactor->stop();
    };
    for (const Shard& shard : shards)
        shard.reactor->add_callback([&home, &shard, count_down] {
            shard.service->drain([&home, count_down] { home.add_callback(count_down); });
        });
}

// Each on its own thread. What cannot be loaded leaves the old certificate in place.
void reload_all(const std::vector<Shard>& shards) {
    for (const Shard& shard : shards)
        shard.reactor->add_callback([&shard] {
            if (const gyre::Error error = shard.service->reload())
                std::cerr << "the certificate stays as it is: " << error << '\n';
            else
                std::cerr << "the certificate was loaded again\n";
        });
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
    std::vector<Shard> shards;
    std::uint16_t port = options.port;
    for (int i = 0; i < options.threads; ++i) {
        auto reactor = std::make_unique<gyre::Reactor>();
        // Goes on until it is told to stop: the first one gets the signals, so it has to outlast
        // the others, and each has to see the end of its drain.
        reactor->call_later(std::chrono::years{100}, [] {});
        auto service = make(*reactor);
        if (const gyre::Error error = start_listening(*service, inherited, port, options.address))
            return cannot_listen(error);
        port = service->address().port();
        shards.push_back({std::move(reactor), std::move(service)});
    }

    for (const gyre::InheritedSocket& socket : inherited.sockets)
        ::close(socket.descriptor);  // the servers have their copies

    gyre::Reactor& home = *shards.front().reactor;
    std::size_t serving = shards.size();
    on_first_signal(home, [&] { drain_all(shards, serving); });
    if (!options.cert.empty())
        if (const gyre::Error error =
                home.add_signal_handler(SIGHUP, [&](int) { reload_all(shards); }))
            std::cerr << "SIGHUP will not reload the certificate: " << error << '\n';
    // The first reactor gets the signals, so it goes on until the last one has drained.
    home.call_later(std::chrono::years{100}, [] {});
    announce(scheme, shards.front().service->address());

    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < shards.size(); ++i)
        threads.emplace_back([&reactor = *shards[i].reactor] { reactor.run(); });
    home.run();
    return 0;
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
