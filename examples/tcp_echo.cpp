// tcp_echo: sends every byte back, and stops reading from a client that does not read.
#include "support/command_line.hpp"
#include "support/serve.hpp"
#include <gyre/iostream.hpp>
#include <gyre/tcp_server.hpp>

#include <chrono>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace {

constexpr gyre::IOStreamOptions stream_options{};

class EchoService final : public example::Service {
public:
    EchoService(gyre::Reactor& reactor, bool reuse_port)
        : reactor_(reactor),
          server_(reactor, {.stream = stream_options, .reuse_port = reuse_port}) {
        server_.handle_stream([this](const gyre::IOStream& stream) { echo(stream); });
    }

    gyre::Error listen(std::uint16_t port, std::string_view address) override {
        return server_.listen(port, address);
    }
    gyre::Error listen_on(int descriptor) override { return server_.listen_on(descriptor); }
    gyre::Address address() const override { return server_.address(); }
    void drain(gyre::Callback<void()> done) override;

private:
    void echo(const gyre::IOStream& stream);

    gyre::Reactor& reactor_;
    gyre::TCPServer server_;
    std::list<gyre::IOStream> open_;
    gyre::Callback<void()> drained_;
};

// What is written before the system takes it is queued. Reading pauses at the mark above which the
// stream counts as congested, so a queue never grows by more than one piece beyond it.
void EchoService::echo(const gyre::IOStream& stream) {
    stream.on_data([stream](std::string_view bytes) {
        stream.write(bytes);
        if (stream.queued_bytes() >= stream_options.write_high_water) stream.pause_reading();
    });
    stream.set_drain_callback([stream] { stream.resume_reading(); });

    const auto place = open_.insert(open_.end(), stream);
    stream.set_close_callback([this, place](const gyre::Error& error) {
        error.ignore("how a client leaves is its own affair");
        open_.erase(place);
        if (open_.empty()) std::exchange(drained_, {})();
    });
}

// Whatever was read is still sent back; a client that does not take it is cut off in the end.
void EchoService::drain(gyre::Callback<void()> done) {
    server_.stop();
    if (open_.empty()) return reactor_.add_callback(std::move(done));
    drained_ = std::move(done);
    for (const gyre::IOStream& stream : open_)
        stream.close();
    reactor_
        .call_later(std::chrono::seconds{10},
                    [this] {
                        for (const gyre::IOStream& stream : open_)
                            stream.abort();
                    })
        .unref();
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Echoes bytes."};
    example::ServerOptions options;
    std::string path;
    example::add_server_options(app, options);
    auto* threads = example::add_thread_option(app, options);
    app.add_option("--unix", path, "Listen on this Unix socket instead of a port")
        ->type_name("PATH")
        ->excludes(threads);
    if (const auto status = example::parse(app, argc, argv)) return *status;
    if (!path.empty()) options.address = "unix:" + path;

    return example::serve_on_threads(options, "tcp", [&](gyre::Reactor& reactor) {
        return std::make_unique<EchoService>(reactor, options.threads > 1);
    });
}
