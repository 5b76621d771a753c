#include "support/serve.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <utility>

namespace example {

int cannot_listen(const gyre::Error& error) {
    std::cerr << std::string{program_invocation_short_name} + ": " + error.message() + "\n";
    const bool bad_options =
        error == gyre::Errc::invalid_argument || error == gyre::Errc::tls_failed;
    return bad_options ? 2 : 1;
}

void announce(std::string_view scheme, const gyre::Address& address) {
    if (address.family() == gyre::Address::Family::unix_path)
        std::cout << "listening on " << address << '\n' << std::flush;
    else
        std::cout << "listening on " << scheme << "://" << address << '\n' << std::flush;
}

void on_first_signal(gyre::Reactor& reactor, const gyre::Handler<void()>& drain) {
    const auto draining = std::make_shared<bool>(false);
    const auto handle = [draining, drain](int signal) {
        if (std::exchange(*draining, true)) std::_Exit(128 + signal);
        drain();
    };
    for (const int signal : {SIGTERM, SIGINT})
        if (const gyre::Error error = reactor.add_signal_handler(signal, handle))
            std::cerr << "there will be no graceful end: " << error << '\n';
}

int serve(gyre::Reactor& reactor, gyre::http::HTTPServer& server, const ServerOptions& options) {
    const gyre::InheritedSockets inherited = gyre::inherited_sockets();
    if (inherited.error) return cannot_listen(inherited.error);
    const gyre::Error error = inherited.sockets.empty()
                                  ? server.listen(options.port, options.address)
                                  : server.listen_on(inherited.sockets.front().descriptor);
    if (error) return cannot_listen(error);
    on_first_signal(reactor, [&] { server.stop([&] { reactor.stop(); }); });
    announce("http", server.address());
    reactor.run();
    return 0;
}

}  // namespace example
