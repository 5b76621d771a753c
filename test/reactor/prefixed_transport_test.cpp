#include "tls_fixture.hpp"
#include <gyre/iostream.hpp>
#include <gyre/memory_transport.hpp>
#include <gyre/prefixed_transport.hpp>
#include <gyre/testing.hpp>

#include <gtest/gtest.h>

#include <string>
#include <utility>

// A transport that first gives back what somebody else has read of it.
namespace gyre::test {
namespace {

class PrefixedTransportTest : public ReactorTest {
protected:
    /// A stream that begins with `prefix`, and its peer.
    IOStream begin_with(std::string prefix, const IOStreamOptions& options = {}) {
        auto [near, far] = make_memory_pair(reactor());
        peer = IOStream{reactor(), std::move(far)};
        const detail::ReactorRef ref{reactor()};
        return make_stream(ref, make_prefixed_transport(ref, std::move(near), std::move(prefix)),
                           options);
    }
    void TearDown() override {
        peer.close();
        settle();
        peer = {};
        ReactorTest::TearDown();
    }

    IOStream peer;
};

TEST_F(PrefixedTransportTest, TheBytesComeFirst) {
    ExpectOnce read;
    IOStream stream = begin_with("first ");
    peer.write("second");
    stream.read_bytes(12, read([](const Error& error, const std::string& bytes) {
                          EXPECT_FALSE(error);
                          EXPECT_EQ(bytes, "first second");
                      }));
    settle();
    stream.close();
}

TEST_F(PrefixedTransportTest, TheyNeedNoEventFromBelow) {
    ExpectOnce read;
    IOStream stream = begin_with("line\nrest");
    stream.read_until(
        "\n", read([](const Error&, const std::string& line) { EXPECT_EQ(line, "line\n"); }));
    settle();
    stream.close();
}

TEST_F(PrefixedTransportTest, TheyMayBeReadInSmallPieces) {
    std::string all;
    const std::string prefix(100'000, 'x');
    IOStream stream = begin_with(prefix, {.read_rate = 1'000'000, .rate_burst = 10'000});
    stream.on_data([&](std::string_view bytes) { all += bytes; });
    peer.write("y");
    for (int i = 0; i < 100 && all.size() < prefix.size() + 1; ++i)
        advance(std::chrono::milliseconds{100});
    EXPECT_EQ(all, prefix + "y");
    stream.close();
}

TEST_F(PrefixedTransportTest, TheEndComesBehindThem) {
    ExpectOnce read;
    IOStream stream = begin_with("all");
    peer.close();
    stream.read_until_close(read([](const Error& error, const std::string& bytes) {
        EXPECT_FALSE(error);
        EXPECT_EQ(bytes, "all");
    }));
    settle();
}

TEST_F(PrefixedTransportTest, WritesPassStraightThrough) {
    ExpectOnce read;
    IOStream stream = begin_with("unread");
    stream.write("reply");
    peer.read_bytes(
        5, read([](const Error&, const std::string& bytes) { EXPECT_EQ(bytes, "reply"); }));
    settle();
    stream.close();
}

TEST_F(PrefixedTransportTest, MayBeClosedInsideItsEvent) {
    IOStream stream = begin_with("one two");
    stream.on_data([&](std::string_view) { stream.close(); });
    settle();
    EXPECT_TRUE(stream.closed());
}

TEST_F(PrefixedTransportTest, NothingComesAfterItsEnd) {
    auto [near, far] = make_memory_pair(reactor());
    const detail::ReactorRef ref{reactor()};
    auto transport = make_prefixed_transport(ref, std::move(near), "bytes");
    struct Never final : TransportListener {
        void on_readable() noexcept override { ADD_FAILURE(); }
        void on_writable() noexcept override { ADD_FAILURE(); }
        void on_hangup() noexcept override {}
    } listener;
    transport->set_listener(&listener);
    transport->want_read(true);
    transport->want_read(false);
    settle();
    transport->want_read(true);
    transport.reset();
    settle();
}

TEST_F(PrefixedTransportTest, WithoutBytesItIsTheTransportItself) {
    auto [near, far] = make_memory_pair(reactor());
    Transport* const itself = near.get();
    const detail::ReactorRef ref{reactor()};
    EXPECT_EQ(make_prefixed_transport(ref, std::move(near), "").get(), itself);
    EXPECT_FALSE(make_stream(ref, nullptr));
}

// As a server does that has read the beginning of a handshake.
class PrefixedTlsTest : public TlsTest {};

TEST_F(PrefixedTlsTest, AHandshakeMayBeginWithThem) {
    auto [near, far] = make_memory_pair(*reactor);
    const detail::ReactorRef ref{*reactor};
    client.take(
        make_tls_transport(ref, std::move(far), client_context(), TLSRole::client, "localhost"));
    std::string hello(200, '\0');
    for (int i = 0; i < 100; ++i) {
        reactor->poll();
        const IOResult result = near->read_some(hello);
        if (result.status != IOStatus::ok) continue;
        hello.resize(result.bytes);
        break;
    }
    ASSERT_EQ(hello.size(), 200u) << "a part of the client's hello";
    server.take(make_tls_transport(ref, make_prefixed_transport(ref, std::move(near), hello),
                                   server_context(), TLSRole::server, {}));
    for (int i = 0; i < 1000 && !(client.connected && server.connected); ++i)
        reactor->poll();
    EXPECT_TRUE(client.connected) << client.handshake_error;
    EXPECT_TRUE(server.connected) << server.handshake_error;
}

}  // namespace
}  // namespace gyre::test
