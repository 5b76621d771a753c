// hand_over: a server that hands its listening socket to its successor; no request is lost.
//
// On SIGUSR2 it starts its own program again, with the socket (LISTEN_FDS). With --control PATH the
// successor is started by somebody else: it asks whoever serves PATH for the socket (SCM_RIGHTS).
// In both cases the old one goes on until the new one says that it listens, and then ends
// gracefully.
#include "support/command_line.hpp"
#include "support/serve.hpp"
#include <gyre/pass_descriptor.hpp>
#include <gyre/reactor.hpp>
#include <gyre/subprocess.hpp>

#include <array>
#include <chrono>
#include <csignal>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <sys/socket.h>
#include <unistd.h>

namespace {

using gyre::http::HTTPServerRequest;
using gyre::http::HTTPServerResponse;

/// A descriptor that is closed at the end.
class Descriptor {
public:
    explicit Descriptor(int number = -1) noexcept : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    int get() const noexcept { return number_; }

private:
    int number_;
};

Descriptor unix_socket() { return Descriptor{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)}; }

class Program {
public:
    Program(std::vector<std::string> argv, std::string control, example::ServerOptions options)
        : argv_(std::move(argv)),
          control_path_(std::move(control)),
          options_(std::move(options)),
          server_(reactor_, {.tls = example::tls_options(options_),
                             // For clients that keep their connections: most send their next
                             // request in this time, and learn by its answer to connect anew.
                             .drain_grace = std::chrono::seconds{1}}) {
        server_.get("/plaintext", [](const HTTPServerRequest&, const HTTPServerResponse& response) {
            response.finish("Hello, World!");
        });
        server_.get("/pid", [](const HTTPServerRequest&, const HTTPServerResponse& response) {
            response.finish(std::to_string(::getpid()) + "\n");
        });
    }

    int run() {
        if (const gyre::Error error = listen()) return example::cannot_listen(error);
        example::on_first_signal(reactor_, [this] { drain(); });
        if (const gyre::Error error =
                reactor_.add_signal_handler(SIGUSR2, [this](int) { start_successor(); }))
            std::cerr << "there will be no successor: " << error << '\n';
        example::announce(options_.cert.empty() ? "http" : "https", server_.address());
        tell_predecessor();
        serve_control();
        reactor_.run();
        return 0;
    }

private:
    // On the socket that was inherited, or handed over, or on one of our own.
    gyre::Error listen() {
        gyre::InheritedSockets inherited = gyre::inherited_sockets();
        if (inherited.error) return inherited.error;
        int listening = -1;
        for (const gyre::InheritedSocket& socket : inherited.sockets)
            if (socket.name == "ready")
                predecessor_ = Descriptor{socket.descriptor};
            else
                listening = socket.descriptor;
        if (listening >= 0) return server_.listen_on(listening);
        if (gyre::ReceivedDescriptor received = ask_for_socket(); !received.error)
            return server_.listen_on(received.descriptor);
        else
            received.error.ignore("nobody serves there, so we are the first");
        return server_.listen(options_.port, options_.address);
    }

    gyre::ReceivedDescriptor ask_for_socket() {
        const auto address = gyre::Address::from_path(control_path_);
        if (!address) return {.error = gyre::Errc::closed};
        predecessor_ = unix_socket();
        if (::connect(predecessor_.get(), static_cast<const sockaddr*>(address->native()),
                      static_cast<socklen_t>(address->native_size())) == 0)
            return gyre::receive_descriptor(predecessor_.get());
        predecessor_ = Descriptor{};
        return {.error = gyre::Errc::closed};
    }

    void tell_predecessor() {
        if (predecessor_.get() < 0) return;
        if (::send(predecessor_.get(), "x", 1, MSG_NOSIGNAL) != 1)
            std::cerr << "the predecessor is gone\n";
        predecessor_ = Descriptor{};
    }

    void start_successor() {
        std::array<int, 2> ends{};
        if (successor_.get() >= 0 ||
            ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
            return;
        successor_ = Descriptor{ends[0]};
        const Descriptor theirs{ends[1]};
        const auto started = gyre::Subprocess::spawn(
            reactor_, {.argv = argv_,
                       .sockets = {{.name = "web", .descriptor = server_.native_handle()},
                                   {.name = "ready", .descriptor = theirs.get()}},
                       .outlive_reactor = true});
        if (started.error) {
            std::cerr << "no successor: " << started.error << '\n';
            successor_ = Descriptor{};
            return;
        }
        wait_for_successor();
    }

    // It says a byte when it listens; an end says that it could not.
    void wait_for_successor() {
        const auto on_said = [this](int socket, gyre::IOEvents) {
            char byte = 0;
            const bool ready = ::recv(socket, &byte, 1, MSG_DONTWAIT) == 1;
            reactor_.remove_handler(socket);
            successor_ = Descriptor{};
            if (ready) return drain();
            std::cerr << "the successor did not come up; this server goes on\n";
        };
        if (const gyre::Error error =
                reactor_.add_handler(successor_.get(), gyre::IOEvents::read, on_said))
            std::cerr << "cannot wait for the successor: " << error << '\n';
    }

    void serve_control() {
        const auto address = gyre::Address::from_path(control_path_);
        if (!address) return;
        if (control_path_.front() != '@') ::unlink(control_path_.c_str());
        control_ = unix_socket();
        // The predecessor may still have an abstract name; a path was taken away from it.
        if (::bind(control_.get(), static_cast<const sockaddr*>(address->native()),
                   static_cast<socklen_t>(address->native_size())) != 0 ||
            ::listen(control_.get(), 1) != 0) {
            std::cerr << "cannot serve " << control_path_ << '\n';
            return;
        }
        const gyre::Error error =
            reactor_.add_handler(control_.get(), gyre::IOEvents::read, [this](int socket, auto) {
                Descriptor asking{::accept4(socket, nullptr, nullptr, SOCK_CLOEXEC)};
                if (asking.get() < 0 || successor_.get() >= 0) return;
                if (const gyre::Error failed =
                        gyre::send_descriptor(asking.get(), server_.native_handle())) {
                    std::cerr << "not handed over: " << failed << '\n';
                    return;
                }
                successor_ = std::move(asking);
                wait_for_successor();
            });
        if (error) std::cerr << "cannot serve " << control_path_ << ": " << error << '\n';
    }

    void drain() {
        if (control_.get() >= 0) reactor_.remove_handler(control_.get());
        control_ = Descriptor{};
        server_.stop([this] { reactor_.stop(); });
    }

    std::vector<std::string> argv_;
    std::string control_path_;
    example::ServerOptions options_;
    gyre::Reactor reactor_;
    gyre::http::HTTPServer server_;
    Descriptor control_;      // on which a successor asks
    Descriptor successor_;    // that was asked to say when it listens
    Descriptor predecessor_;  // that waits for us to say so
};

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"GET /plaintext answers Hello, World!; SIGUSR2 starts a successor."};
    example::ServerOptions options;
    std::string control;
    example::add_server_options(app, options);
    example::add_tls_options(app, options);
    app.add_option("--control", control, "Unix socket to take the listening socket over from")
        ->type_name("PATH");
    if (const auto status = example::parse(app, argc, argv)) return *status;
    return Program{{argv, argv + argc}, std::move(control), std::move(options)}.run();
}
