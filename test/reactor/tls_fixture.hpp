#pragma once

#include "support/test_certificates.hpp"
#include "tls_bio.hpp"
#include "tls_context.hpp"
#include <gyre/memory_transport.hpp>
#include <gyre/network.hpp>
#include <gyre/reactor.hpp>
#include <gyre/reactor_ref.hpp>
#include <gyre/tls_transport.hpp>

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gyre {

/// One side of a connection: finishes the handshake, collects what comes, sends what is queued.
class Side final : public TransportListener {
public:
    ~Side() {
        for (const Error* error : {&handshake_error, &read_error, &write_error})
            error->ignore("each test looks at those that it expects");
    }

    void take(std::unique_ptr<Transport> transport) {
        transport_ = std::move(transport);
        transport_->set_listener(this);
        transport_->want_write(true);
    }
    Transport& operator*() { return *transport_; }
    Transport* operator->() { return transport_.get(); }
    void drop() { transport_.reset(); }

    void send(std::string bytes) {
        out += bytes;
        if (connected && transport_) flush();
    }
    void read_on(bool on) {
        reading = on;
        if (connected) transport_->want_read(on);
    }

    void on_writable() noexcept override {
        ++writable;
        if (!connected && !handshake_error) return on_handshake();
        flush();
        if (when_writable) when_writable();
    }
    void on_readable() noexcept override {
        ++readable;
        if (when_readable) return when_readable();
        read();
    }
    void on_hangup() noexcept override { ++hangups; }

    void read() {
        std::array<char, 64 * 1024> room;
        IOResult result = transport_->read_some(std::span{room}.first(read_size));
        if (result.status == IOStatus::ok) in.append(room.data(), result.bytes);
        if (result.status == IOStatus::ok || result.status == IOStatus::would_block) return;
        ended = result.status == IOStatus::end;
        read_error = std::move(result.error);
        transport_->want_read(false);
        if (when_ended) when_ended();
    }

    void flush() {
        while (!out.empty()) {
            const std::string_view rest = out;
            IOResult result = transport_->write_some({&rest, 1});
            if (result.status == IOStatus::failed) {
                write_error = std::move(result.error);
                out.clear();
            }
            if (result.status != IOStatus::ok) break;
            out.erase(0, result.bytes);
        }
        transport_->want_write(!out.empty());
    }

    std::string in;
    std::string out;
    bool connected = false;
    bool reading = true;
    bool ended = false;
    Error handshake_error;
    Error read_error;
    Error write_error;
    int readable = 0;
    int writable = 0;
    int hangups = 0;
    std::size_t read_size = 64 * 1024;
    std::function<void()> when_connected;
    std::function<void()> when_readable;
    std::function<void()> when_writable;
    std::function<void()> when_ended;

private:
    void on_handshake() {
        handshake_error = transport_->finish_connect();
        transport_->want_write(false);
        if (handshake_error) return transport_->close();
        connected = true;
        transport_->want_read(reading);
        flush();
        if (when_connected) when_connected();
    }

    std::unique_ptr<Transport> transport_;
};

/// OpenSSL driven by hand over a memory transport, for what gyre's own side would never do.
class RawPeer final : public TransportListener {
public:
    RawPeer(std::unique_ptr<Transport> transport, const SSL_METHOD* method)
        : transport_(std::move(transport)), context(SSL_CTX_new(method)) {
        SSL_CTX_set_security_level(context.get(), 0);
        SSL_CTX_set_mode(context.get(), SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    }
    void start(bool as_client, SSL_SESSION* session = nullptr) {
        ssl.reset(SSL_new(context.get()));
        if (!server_name.empty())
            SSL_ctrl(ssl.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                     server_name.data());
        if (session) SSL_set_session(ssl.get(), session);
        as_client ? SSL_set_connect_state(ssl.get()) : SSL_set_accept_state(ssl.get());
        state_.lower = transport_.get();
        detail::attach_bio(ssl.get(), state_);
        transport_->set_listener(this);
        transport_->want_read(true);
        step();
    }
    void send(std::string_view bytes) {
        std::size_t sent = 0;
        ASSERT_EQ(SSL_write_ex(ssl.get(), bytes.data(), bytes.size(), &sent), 1);
    }
    void on_readable() noexcept override { step(); }
    void on_writable() noexcept override {}
    void on_hangup() noexcept override {}

    void step() {
        char room[4096];
        ERR_clear_error();
        for (;;) {
            std::size_t got = 0;
            const int result = SSL_read_ex(ssl.get(), room, sizeof room, &got);
            in.append(room, got);
            if (result == 1) continue;
            error = SSL_get_error(ssl.get(), result);
            reason = ERR_GET_REASON(ERR_peek_error());
            break;
        }
        ERR_clear_error();
        if (state_.ended || error == SSL_ERROR_SSL || error == SSL_ERROR_ZERO_RETURN)
            transport_->want_read(false);
    }

private:
    std::unique_ptr<Transport> transport_;
    detail::TlsBioState state_;

public:
    detail::SslContextPtr context;
    detail::SslPtr ssl;
    std::string server_name;
    std::string in;
    int error = SSL_ERROR_NONE;
    int reason = 0;
};

inline std::string pattern(std::size_t size) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<char>(i * 31 + i / 251);
    return bytes;
}

inline const test::TestAuthority& authority() {
    static const test::TestAuthority made;
    return made;
}

inline const test::TestCertificate& localhost() {
    static const test::TestCertificate made = authority().issue_for_localhost();
    return made;
}

inline TLSOptions server_options(const test::TestCertificate& certificate = localhost()) {
    return {.certificate = certificate.certificate, .key = certificate.key};
}

inline TLSOptions client_options() { return {.ca = authority().certificate()}; }

inline TLSContext server_context(const TLSOptions& options = server_options()) {
    TLSContextResult result = TLSContext::server(options);
    EXPECT_FALSE(result.error) << result.error;
    return result.context;
}

inline TLSContext client_context(const TLSOptions& options = client_options()) {
    TLSContextResult result = TLSContext::client(options);
    EXPECT_FALSE(result.error) << result.error;
    return result.context;
}

inline TLSOptions mutual(TLSVerify verify) {
    TLSOptions options = server_options();
    options.verify_peer = verify;
    options.ca = authority().certificate();
    return options;
}

inline TLSOptions client_with(const test::TestCertificate& certificate) {
    TLSOptions options = client_options();
    options.certificate = certificate.certificate;
    options.key = certificate.key;
    return options;
}

/// One connection of several, with a client and a server of gyre's.
struct Ends {
    Side client;
    Side server;
    bool resumed() { return client->tls_info().resumed && server->tls_info().resumed; }
};

/// A client and a server of gyre's, over a memory transport.
class TlsTest : public testing::Test {
protected:
    TlsTest() {
        reactor->on_unhandled_error(
            [](const Error& error) { ADD_FAILURE() << "unhandled: " << error; });
    }

    void take_client(std::unique_ptr<Transport> lower, const TLSContext& context,
                     const std::string& host = "localhost") {
        client.take(make_tls_transport(*reactor, std::move(lower), context, TLSRole::client, host));
    }
    void take_server(std::unique_ptr<Transport> lower, const TLSContext& context) {
        server.take(make_tls_transport(*reactor, std::move(lower), context, TLSRole::server, {}));
    }
    void connect(const TLSOptions& of_client = client_options(),
                 const TLSOptions& of_server = server_options(),
                 const std::string& host = "localhost", const MemoryPairOptions& pair = {}) {
        auto [first, second] = make_memory_pair(*reactor, pair);
        take_client(std::move(first), client_context(of_client), host);
        take_server(std::move(second), server_context(of_server));
    }
    void connect_and_run() {
        connect();
        reactor->run();
        ASSERT_TRUE(client.connected) << client.handshake_error;
        ASSERT_TRUE(server.connected) << server.handshake_error;
    }

    /// A connection whose handshake has ended, well or badly.
    std::unique_ptr<Ends> run_connection(const TLSContext& of_client, const TLSContext& of_server,
                                         const std::string& host = "localhost") {
        auto ends = std::make_unique<Ends>();
        auto [first, second] = make_memory_pair(*reactor);
        ends->client.take(
            make_tls_transport(*reactor, std::move(first), of_client, TLSRole::client, host));
        ends->server.take(
            make_tls_transport(*reactor, std::move(second), of_server, TLSRole::server, {}));
        reactor->run();
        return ends;
    }

    /// For sockets, which do not keep `run` going.
    void run_until(const std::function<bool()>& done) {
        detail::Hold hold{*reactor};
        hold.set(true);
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
        while (!done()) {
            ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "timed out";
            reactor->run_for(std::chrono::milliseconds{2});
        }
    }

    std::optional<Reactor> reactor{std::in_place};
    Side client;
    Side server;
};

}  // namespace gyre
