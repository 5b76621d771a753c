#include "client_connection.hpp"

#include <gyre/reactor.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace gyre::http::detail {
namespace {

/// Takes a few bytes and then breaks, but has nothing to say to a reader.
class BreakingTransport final : public Transport {
public:
    explicit BreakingTransport(TransportListener*& listener) : listener_(listener) {}

    void set_listener(TransportListener* listener) noexcept override { listener_ = listener; }
    void want_read(bool) noexcept override {}
    void want_write(bool) noexcept override {}
    IOResult read_some(std::span<char>) noexcept override {
        return {.status = IOStatus::would_block};
    }
    IOResult write_some(std::span<const std::string_view>) noexcept override {
        if (std::exchange(broken_, true))
            return {.status = IOStatus::failed, .error = {Errc::connection_reset, "write"}};
        return {.bytes = 1};
    }
    void shutdown_write() noexcept override {}
    void close() noexcept override {}
    void abort() noexcept override {}
    Address local_address() const noexcept override { return {}; }
    Address peer_address() const noexcept override { return {}; }
    int native_handle() const noexcept override { return -1; }

private:
    TransportListener*& listener_;
    bool broken_ = false;
};

class NoUser final : public ConnectionUser {
    void on_secured(ClientConnection&, Error) noexcept override {}
    void on_sent(ClientConnection&) noexcept override { ADD_FAILURE() << "it was not sent"; }
    void on_bytes(ClientConnection&, std::string_view) noexcept override {}
    void on_ended(ClientConnection&, Error) noexcept override {}
};

TEST(ClientConnection, ARequestThatBrokeOffWasNotSent) {
    Reactor reactor;
    TransportListener* listener = nullptr;
    const auto connection =
        std::make_shared<ClientConnection>(gyre::detail::ReactorRef{reactor}, ConnectionKey{},
                                           std::make_unique<BreakingTransport>(listener));
    NoUser user;
    connection->start(user, false);
    EXPECT_FALSE(connection->send("head", "body"));
    EXPECT_FALSE(connection->has_sent_all());
    ASSERT_NE(listener, nullptr);
    listener->on_writable();
    EXPECT_FALSE(connection->has_sent_all()) << "the server waits for the rest";
    connection->close();
}

}  // namespace
}  // namespace gyre::http::detail
