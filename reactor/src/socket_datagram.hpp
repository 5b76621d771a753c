#pragma once

#include "poller.hpp"
#include <gyre/network.hpp>
#include <gyre/reactor_ref.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace gyre::detail {

/// A UDP socket of the system. It is registered with the poller from the beginning, so that
/// watching it cannot fail later and its errors are heard even when nothing is wanted.
class SocketDatagram final : public DatagramSocket, public PollListener {
public:
    static DatagramSocketResult open(const ReactorRef& reactor, Poller& poller,
                                     const Address& local, const DatagramOptions& options);

    /// Takes the descriptor over.
    SocketDatagram(ReactorRef reactor, Poller& poller, int descriptor,
                   Address::Family family) noexcept;
    ~SocketDatagram() override { close(); }

    void set_listener(DatagramListener* listener) noexcept override { listener_ = listener; }
    void want_read(bool wanted) noexcept override;
    void want_write(bool wanted) noexcept override;
    DatagramReceived receive(std::span<char> room) noexcept override;
    IOResult send(std::string_view data, const Address& to) noexcept override;
    Error connect(const Address& peer) noexcept override;
    void close() noexcept override;

    Error join_group(const Address& group, std::string_view interface) override;
    Error leave_group(const Address& group, std::string_view interface) override;
    Error set_multicast_interface(std::string_view interface) override;
    Error set(DatagramSetting setting, int value) override;

    Address local_address() const noexcept override;
    Address peer_address() const noexcept override;
    int native_handle() const noexcept override { return descriptor_; }

    void on_poll_events(std::uint32_t events) noexcept override;

private:
    Error bind(const Address& local, const DatagramOptions& options);
    Error set_ip(int ipv4, int ipv6, int value, std::string_view what);
    void watch(std::uint32_t events) noexcept;
    void take_error(std::uint32_t events) noexcept;
    void tell_later(int error_number) noexcept;

    ReactorRef reactor_;
    Poller& poller_;  // used only while reactor_ is alive
    DatagramListener* listener_ = nullptr;
    int descriptor_;
    Address::Family family_;
    std::uint32_t watched_ = 0;  // what the poller has been told
    bool registered_ = false;
    std::shared_ptr<SocketDatagram*> self_;  // posted errors look through it; null inside: closed
};

}  // namespace gyre::detail
