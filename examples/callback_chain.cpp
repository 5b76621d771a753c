// callback_chain: six callbacks within each other; the last one fails, and the way back is printed.
#include "support/command_line.hpp"
#include <gyre/iostream.hpp>
#include <gyre/reactor.hpp>
#include <gyre/tcp_client.hpp>
#include <gyre/tcp_server.hpp>
#include <gyre/trace_recording.hpp>

#include <chrono>
#include <cstdint>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

using gyre::Error;
using gyre::IOStream;
using gyre::Reactor;

void echo(const IOStream& stream) {
    stream.on_data([stream](std::string_view bytes) { stream.write(bytes); });
    stream.set_close_callback([](const Error& error) { error.ignore("the client has all"); });
}

std::string question() { return "6 x 7\n"; }

// The pyramid as programs grow it: each step is begun by the callback of the one before. When the
// last one throws, the stack shows the loop, and nothing of how it came to run.
void climb(Reactor& reactor, std::uint16_t port) {
    const gyre::TCPClient client{reactor};
    reactor.add_callback([&reactor, client, port] {
        reactor.call_later(std::chrono::milliseconds{5}, [&reactor, client, port] {
            reactor.run_in_executor(&question, [client, port](const Error&, std::string asked) {
                client.connect("127.0.0.1", port, [asked](const Error&, const IOStream& stream) {
                    stream.write(asked, [stream](const Error&) {
                        stream.read_until("\n", [stream](const Error&, const std::string& said) {
                            stream.close();
                            throw std::runtime_error{"not a number: " + said.substr(0, 5)};
                        });
                    });
                });
            });
        });
    });
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Prints the chain of callbacks that led to an error, and saves what ran."};
    std::string picture;
    app.add_option("--save", picture,
                   "Save what ran: NAME.dot for Graphviz, NAME.json for Perfetto")
        ->type_name("FILE");
    if (const auto status = example::parse(app, argc, argv)) return *status;

    Reactor reactor{{.trace = true}};
    const gyre::TraceRecording recording{reactor};
    gyre::TCPServer server{reactor};
    server.handle_stream(&echo);
    if (const Error error = server.listen(0, "127.0.0.1"))
        return example::complain(app, error.message(), 1);
    reactor.on_unhandled_error([&](const Error& error) {
        std::cout << error.describe() << '\n';
        server.stop();
    });
    climb(reactor, server.port());
    reactor.run();

    if (picture.empty()) return 0;
    if (const Error error = recording.save(picture))
        return example::complain(app, error.message(), 1);
    return 0;
}
