#pragma once

#include "support/reactor_fixture.hpp"
#include "support/test_certificates.hpp"
#include <gyre/iostream.hpp>
#include <gyre/memory_transport.hpp>
#include <gyre/network.hpp>
#include <gyre/reactor_ref.hpp>
#include <gyre/tcp_server.hpp>
#include <gyre/tls.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <unistd.h>

namespace gyre::test {

/// Two connected streams, in memory or over sockets, and notes of what their callbacks get.
class StreamPairTest : public ReactorTest {
protected:
    using Kinds = std::vector<Errc>;

    void TearDown() override {
        stream.abort();
        peer.abort();
        server.reset();
        settle();
        ReactorTest::TearDown();
    }

    void connect(const MemoryPairOptions& pair = {}, const IOStreamOptions& options = {},
                 const IOStreamOptions& peer_options = {}) {
        auto [first, second] = make_memory_pair(reactor(), pair);
        stream = IOStream{reactor(), std::move(first), options};
        peer = IOStream{reactor(), std::move(second), peer_options};
        note_ends();
    }

    /// `stream` is the one that was accepted.
    void connect_sockets(const IOStreamOptions& options = {},
                         const IOStreamOptions& peer_options = {},
                         std::string_view host = "127.0.0.1") {
        accept_on(host, options);
        auto result = reactor().network().connect(reactor(), server->address(), {});
        EXPECT_FALSE(result.error);
        peer = IOStream{reactor(), std::move(result.transport), peer_options};
        run_until([this] { return static_cast<bool>(stream); });
        note_ends();
    }
    void accept_on(std::string_view host, const IOStreamOptions& options) {
        server.emplace(reactor(), TCPServerOptions{.stream = options});
        server->handle_stream([this](const IOStream& accepted) { stream = accepted; });
        EXPECT_FALSE(server->listen(0, host));
    }

    void start_tls() {
        static const TestAuthority authority;
        static const TestCertificate certificate = authority.issue_for_localhost();
        const auto ours =
            TLSContext::server({.certificate = certificate.certificate, .key = certificate.key});
        const auto theirs = TLSContext::client({.ca = authority.certificate()});
        EXPECT_FALSE(ours.error);
        EXPECT_FALSE(theirs.error);
        int done = 0;
        const auto count = [&done](const Error& error) {
            EXPECT_FALSE(error) << error;
            ++done;
        };
        stream.start_tls_server(ours.context, count);
        peer.start_tls_client(theirs.context, "localhost", count);
        run_until([&done] { return done == 2; });
    }

    /// Turns the loop, waiting for the kernel where need be, until `done`.
    template <class Done>
    void run_until(Done done) {
        for (int i = 0; i < 20'000 && !done(); ++i)
            if (reactor().poll() == 0) ::usleep(200);
        EXPECT_TRUE(done());
    }

    /// A read callback that notes what it got.
    auto note() {
        return [this](const Error& error, const std::string& bytes) {
            kinds.push_back(error.kind());
            got += bytes;
        };
    }
    auto note_write() {
        return [this](const Error& error) { writes.push_back(error.kind()); };
    }
    /// What `peer` gets goes to `peer_got`.
    void let_peer_read() {
        peer.on_data([this](std::string_view bytes) { peer_got += bytes; });
    }
    void note_ends() {
        stream.set_close_callback([this](const Error& error) { ends.push_back(error.kind()); });
        peer.set_close_callback([this](const Error& error) { peer_ends.push_back(error.kind()); });
    }

    std::optional<TCPServer> server;
    IOStream stream;
    IOStream peer;
    std::string got;
    std::string peer_got;
    Kinds kinds;
    Kinds writes;
    Kinds ends;
    Kinds peer_ends;
};

}  // namespace gyre::test
