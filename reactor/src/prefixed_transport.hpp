#pragma once

#include <gyre/prefixed_transport.hpp>
#include <gyre/reactor_ref.hpp>
#include <gyre/transport.hpp>

#include <memory>
#include <string>

namespace gyre::detail {

/// Gives its own bytes first. Events of the transport below go straight to the listener; only the
/// readable event for the bytes is its own.
class PrefixedTransport final : public Transport {
public:
    PrefixedTransport(ReactorRef reactor, std::unique_ptr<Transport> lower, std::string bytes);
    ~PrefixedTransport() override;

    void set_listener(TransportListener* listener) noexcept override;
    void want_read(bool wanted) noexcept override;
    void want_write(bool wanted) noexcept override { lower_->want_write(wanted); }
    Error finish_connect() noexcept override { return lower_->finish_connect(); }
    IOResult read_some(std::span<char> room) noexcept override;
    IOResult write_some(std::span<const std::string_view> buffers) noexcept override {
        return lower_->write_some(buffers);
    }
    void shutdown_write() noexcept override { lower_->shutdown_write(); }
    void close() noexcept override;
    void abort() noexcept override;

    Address local_address() const noexcept override { return lower_->local_address(); }
    Address peer_address() const noexcept override { return lower_->peer_address(); }
    int native_handle() const noexcept override { return lower_->native_handle(); }
    bool is_secure() const noexcept override { return lower_->is_secure(); }
    std::string_view application_protocol() const noexcept override {
        return lower_->application_protocol();
    }
    TLSInfo tls_info() const override { return lower_->tls_info(); }

private:
    bool has_event() const noexcept { return !bytes_.empty() && wanted_ && listener_; }
    void post_event() noexcept;
    void drop_bytes() noexcept;

    ReactorRef reactor_;
    std::unique_ptr<Transport> lower_;
    std::string bytes_;
    std::size_t taken_ = 0;  // of bytes_
    TransportListener* listener_ = nullptr;
    std::shared_ptr<PrefixedTransport*> self_;  // posted events look through it; null inside: gone
    bool wanted_ = false;
    bool posted_ = false;
};

}  // namespace gyre::detail
