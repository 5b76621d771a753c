// Certificates that are replaced while a server runs.
#include "tls_fixture.hpp"
#include <gyre/tcp_server.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace gyre {
namespace {

using testing::HasSubstr;

class TlsReloadTest : public TlsTest {
protected:
    TlsReloadTest() {
        std::string pattern = testing::TempDir() + "gyre-reload-XXXXXX";
        folder = ::mkdtemp(pattern.data());
        options = {.certificate_file = folder + "/cert.pem", .key_file = folder + "/key.pem"};
        write_files("first");
    }
    ~TlsReloadTest() override {
        tcp.reset();
        std::filesystem::remove_all(folder);
    }

    void write_files(const std::string& subject) const {
        const test::TestCertificate made =
            authority().issue({.common_name = subject, .dns_names = {"localhost"}});
        std::ofstream{options.certificate_file} << made.certificate;
        std::ofstream{options.key_file} << made.key;
    }
    void listen() {
        tcp.emplace(*reactor, TCPServerOptions{.tls = options});
        listen_and_echo();
    }
    void listen_and_echo() {
        tcp->handle_stream([](const IOStream& stream) {
            stream.on_data([stream](std::string_view bytes) { stream.write(bytes); });
            stream.set_close_callback(
                [](const Error& error) { error.ignore("clients just go away"); });
        });
        const Error error = tcp->listen(0, "127.0.0.1");
        ASSERT_FALSE(error) << error;
    }
    std::unique_ptr<Transport> connect_socket() {
        TransportResult result = reactor->network().connect(*reactor, tcp->address(), {});
        EXPECT_FALSE(result.error) << result.error;
        return std::move(result.transport);
    }
    std::unique_ptr<Side> connect_client() { return shake_hands(connect_socket()); }
    std::unique_ptr<Side> shake_hands(std::unique_ptr<Transport> socket) {
        auto side = std::make_unique<Side>();
        side->take(make_tls_transport(*reactor, std::move(socket), client_context(),
                                      TLSRole::client, "localhost"));
        run_until([&] { return side->connected || side->writable > 0; });
        EXPECT_TRUE(side->connected) << side->handshake_error;
        return side;
    }
    static std::string subject(Side& side) { return side->tls_info().peer_subject; }
    void expect_echo(Side& side, const std::string& text) {
        side.in.clear();
        side.send(text);
        run_until([&] { return side.in.size() >= text.size() || side.ended || side.read_error; });
        EXPECT_EQ(side.in, text);
    }

    std::string folder;
    TLSOptions options;
    std::optional<TCPServer> tcp;
};

TEST_F(TlsReloadTest, WhatSetTlsLetsGoOfMayDestroyTheServer) {
    const TLSOptions without = options;
    std::shared_ptr<int> guard{new int{0}, [this](const int* number) {
                                   delete number;
                                   tcp.reset();
                               }};
    options.select_context =
        TLSNameSelector{[guard = std::move(guard)](std::string_view) { return TLSContext{}; }};
    listen();
    options = without;
    EXPECT_FALSE(tcp->set_tls(without));
    EXPECT_FALSE(tcp);
}

TEST_F(TlsReloadTest, NewConnectionsGetTheNewCertificateAndOldOnesGoOn) {
    listen();
    const auto before = connect_client();
    EXPECT_EQ(subject(*before), "CN=first");
    expect_echo(*before, "one");
    write_files("second");
    EXPECT_EQ(subject(*connect_client()), "CN=first");
    EXPECT_FALSE(tcp->set_tls(options));
    const auto after = connect_client();
    EXPECT_EQ(subject(*after), "CN=second");
    EXPECT_FALSE((*after)->tls_info().resumed);
    expect_echo(*before, "two");
    expect_echo(*after, "three");
    EXPECT_TRUE((*connect_client())->tls_info().resumed);
}

TEST_F(TlsReloadTest, AHandshakeThatHasBegunEndsWithTheOldOne) {
    listen();
    auto socket = connect_socket();
    // This one came later, so the server has begun to wait for the first one's hello.
    connect_client();
    write_files("second");
    EXPECT_FALSE(tcp->set_tls(options));
    const auto side = shake_hands(std::move(socket));
    EXPECT_EQ(subject(*side), "CN=first");
    expect_echo(*side, "hello");
}

TEST_F(TlsReloadTest, ABadFileLeavesTheOldOneInPlace) {
    listen();
    const auto before = connect_client();
    std::ofstream{options.certificate_file} << "garbage";
    const Error bad = tcp->set_tls(options);
    EXPECT_EQ(bad, Errc::tls_failed);
    EXPECT_THAT(bad.message(), HasSubstr("cert.pem"));
    std::filesystem::remove(options.certificate_file);
    EXPECT_EQ(tcp->set_tls(options), Errc::system);
    EXPECT_EQ(subject(*connect_client()), "CN=first");
    expect_echo(*before, "still there");
}

TEST_F(TlsReloadTest, HalfOfAPairLeavesTheOldOneInPlace) {
    listen();
    const test::TestCertificate other = authority().issue_for_localhost();
    std::ofstream{options.certificate_file} << other.certificate;
    EXPECT_THAT(tcp->set_tls(options).message(), HasSubstr("does not match"));
    EXPECT_EQ(subject(*connect_client()), "CN=first");
}

TEST_F(TlsReloadTest, BeforeListening) {
    tcp.emplace(*reactor, TCPServerOptions{.tls = TLSOptions{}});
    EXPECT_FALSE(tcp->set_tls(options));
    listen_and_echo();
    EXPECT_EQ(subject(*connect_client()), "CN=first");
}

TEST_F(TlsReloadTest, AServerWithoutTlsStaysWithout) {
    tcp.emplace(*reactor);
    EXPECT_EQ(tcp->set_tls(options), Errc::invalid_argument);
}

TEST_F(TlsReloadTest, ASelectorMayDestroyTheServer) {
    options.select_context = TLSNameSelector{[this](std::string_view) {
        tcp.reset();
        return TLSContext{};
    }};
    listen();
    auto side = std::make_unique<Side>();
    side->take(make_tls_transport(*reactor, connect_socket(), client_context(), TLSRole::client,
                                  "localhost"));
    run_until([&] { return side->writable > 0; });
    EXPECT_FALSE(tcp);
    EXPECT_TRUE(side->handshake_error);
}

TEST_F(TlsReloadTest, ASelectorMayReplaceTheOptions) {
    const TLSOptions plain = options;
    options.select_context = TLSNameSelector{[this, plain](std::string_view) {
        write_files("second");
        EXPECT_FALSE(tcp->set_tls(plain));
        return TLSContext{};
    }};
    listen();
    options = plain;
    EXPECT_EQ(subject(*connect_client()), "CN=first");
    EXPECT_EQ(subject(*connect_client()), "CN=second");
}

TEST_F(TlsReloadTest, EqualOptionsOfClientsShareAContextUntilAFileChanges) {
    const TLSOptions of_client{.certificate_file = options.certificate_file,
                               .key_file = options.key_file};
    const TLSContext first = client_context(of_client);
    EXPECT_EQ(client_context(of_client), first);
    EXPECT_NE(client_context({.verify_peer = TLSVerify::none}), first);
    EXPECT_EQ(client_context(of_client), first);
    write_files("second");
    const TLSContext second = client_context(of_client);
    EXPECT_NE(second, first);
    EXPECT_EQ(client_context(of_client), second);
    std::filesystem::remove(options.key_file);
    EXPECT_EQ(TLSContext::client(of_client).error, Errc::system);
}

TEST_F(TlsReloadTest, OfClientsContextsTheLastUsedAreKept) {
    const TLSOptions first{.alpn = {"first"}};
    const TLSContext kept = client_context(first);
    for (int i = 0; i < 15; ++i)
        client_context({.alpn = {std::to_string(i)}});
    EXPECT_EQ(client_context(first), kept);
    for (int i = 0; i < 16; ++i)
        client_context({.alpn = {"other " + std::to_string(i)}});
    EXPECT_NE(client_context(first), kept);
}

}  // namespace
}  // namespace gyre
