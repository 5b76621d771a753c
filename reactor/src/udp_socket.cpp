#include "udp_socket_impl.hpp"
#include <gyre/listener.hpp>
#include <gyre/udp_socket.hpp>

#include <string>
#include <utility>

namespace gyre {
namespace {

using detail::UDPSocketImpl;

/// The socket if its reactor is there, after a check that this is its thread.
UDPSocketImpl* checked(const std::shared_ptr<UDPSocketImpl>& impl, const char* operation) noexcept {
    if (!impl || !impl->reactor().alive()) return nullptr;
    impl->reactor().check_thread(operation);
    return impl.get();
}

Error inert() { return {Errc::closed, "the socket is inert: it has no reactor"}; }

/// Calls `change` with the open socket below.
template <class Change>
Error change_setting(const std::shared_ptr<UDPSocketImpl>& impl, const char* operation,
                     Change change) {
    if (!checked(impl, operation)) return inert();
    Error error;
    DatagramSocket* socket = impl->opened(error);
    return socket ? change(*socket) : error;
}

Error out_of_range(std::string_view what) {
    return {Errc::invalid_argument, std::string{what} + " is out of range"};
}

}  // namespace

UDPSocket::UDPSocket(Reactor& reactor, const UDPSocketOptions& options)
    : impl_(std::make_shared<UDPSocketImpl>(detail::ReactorRef{reactor}, options)) {
    impl_->start();
}

Error UDPSocket::bind(const Address& local) const {
    return checked(impl_, "UDPSocket::bind") ? impl_->bind(local) : inert();
}

Error UDPSocket::bind(std::uint16_t port, std::string_view host) const {
    if (!checked(impl_, "UDPSocket::bind")) return inert();
    const std::optional<Address> local = detail::listen_address(host, port);
    if (local) return impl_->bind(*local);
    return {Errc::invalid_argument,
            "cannot bind to \"" + std::string{host} + "\": not an IP address"};
}

Error UDPSocket::connect(const Address& peer) const {
    return checked(impl_, "UDPSocket::connect") ? impl_->connect(peer) : inert();
}

void UDPSocket::send_to(std::string_view data, const Address& to,
                        Callback<void(Error)> callback) const {
    if (!checked(impl_, "UDPSocket::send_to")) return;
    if (to.family() == Address::Family::none)
        return impl_->finish_send(std::move(callback),
                                  {Errc::invalid_argument, "no address to send to"});
    impl_->send(data, to, std::move(callback));
}

void UDPSocket::send(std::string_view data, Callback<void(Error)> callback) const {
    if (checked(impl_, "UDPSocket::send")) impl_->send(data, {}, std::move(callback));
}

std::size_t UDPSocket::queued_bytes() const noexcept { return impl_ ? impl_->queued_bytes() : 0; }

void UDPSocket::on_datagram(Handler<void(std::string_view, const Address&)> handler) const {
    if (checked(impl_, "UDPSocket::on_datagram")) impl_->on_datagram(std::move(handler));
}

void UDPSocket::on_error(Handler<void(Error)> handler) const {
    if (checked(impl_, "UDPSocket::on_error")) impl_->set_error_handler(std::move(handler));
}

void UDPSocket::pause_reading() const {
    if (checked(impl_, "UDPSocket::pause_reading")) impl_->set_paused(true);
}

void UDPSocket::resume_reading() const {
    if (checked(impl_, "UDPSocket::resume_reading")) impl_->set_paused(false);
}

Error UDPSocket::join_group(const Address& group, std::string_view interface) const {
    return change_setting(impl_, "UDPSocket::join_group", [&](DatagramSocket& socket) {
        return socket.join_group(group, interface);
    });
}

Error UDPSocket::leave_group(const Address& group, std::string_view interface) const {
    return change_setting(impl_, "UDPSocket::leave_group", [&](DatagramSocket& socket) {
        return socket.leave_group(group, interface);
    });
}

Error UDPSocket::set_multicast_interface(std::string_view interface) const {
    return change_setting(impl_, "UDPSocket::set_multicast_interface", [&](DatagramSocket& socket) {
        return socket.set_multicast_interface(interface);
    });
}

Error UDPSocket::set_multicast_loop(bool enabled) const {
    return change_setting(impl_, "UDPSocket::set_multicast_loop", [&](DatagramSocket& socket) {
        return socket.set(DatagramSetting::multicast_loop, enabled ? 1 : 0);
    });
}

Error UDPSocket::set_multicast_ttl(int hops) const {
    if (hops < 0 || hops > 255) return out_of_range("a TTL of multicast");
    return change_setting(impl_, "UDPSocket::set_multicast_ttl", [&](DatagramSocket& socket) {
        return socket.set(DatagramSetting::multicast_ttl, hops);
    });
}

Error UDPSocket::set_ttl(int hops) const {
    if (hops < 1 || hops > 255) return out_of_range("a TTL");
    return change_setting(impl_, "UDPSocket::set_ttl", [&](DatagramSocket& socket) {
        return socket.set(DatagramSetting::ttl, hops);
    });
}

Error UDPSocket::set_broadcast(bool enabled) const {
    return change_setting(impl_, "UDPSocket::set_broadcast", [&](DatagramSocket& socket) {
        return socket.set(DatagramSetting::broadcast, enabled ? 1 : 0);
    });
}

void UDPSocket::close() const {
    if (checked(impl_, "UDPSocket::close")) impl_->close();
}

void UDPSocket::set_close_callback(Callback<void(Error)> callback) const {
    if (checked(impl_, "UDPSocket::set_close_callback"))
        impl_->set_close_callback(std::move(callback));
}

bool UDPSocket::closed() const noexcept { return !impl_ || impl_->closed(); }

void UDPSocket::unref() const {
    if (checked(impl_, "UDPSocket::unref")) impl_->unref();
}

Address UDPSocket::local_address() const { return impl_ ? impl_->local_address() : Address{}; }
Address UDPSocket::peer_address() const { return impl_ ? impl_->peer_address() : Address{}; }

UDPSocketStats UDPSocket::stats() const noexcept {
    return impl_ ? impl_->stats() : UDPSocketStats{};
}

UDPSocket::operator bool() const noexcept { return impl_ && impl_->reactor().alive(); }

}  // namespace gyre
