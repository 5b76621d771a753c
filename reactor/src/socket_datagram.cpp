#include "socket_datagram.hpp"

#include "native_socket.hpp"

#include <net/if.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace gyre::detail {
namespace {

constexpr std::uint32_t broken = EPOLLERR | EPOLLHUP;

bool is_ip(const Address& address) noexcept {
    return address.family() == Address::Family::ipv4 || address.family() == Address::Family::ipv6;
}

int level_of(Address::Family family) noexcept {
    return family == Address::Family::ipv6 ? IPPROTO_IPV6 : IPPROTO_IP;
}

// 0: the system chooses.
std::optional<unsigned> interface_index(std::string_view name) {
    if (name.empty()) return 0;
    const unsigned index = ::if_nametoindex(std::string{name}.c_str());
    if (index == 0) return std::nullopt;
    return index;
}

Error no_interface(std::string_view name) {
    return {Errc::invalid_argument, "there is no network interface \"" + std::string{name} + '"'};
}

Error change_membership(int descriptor, int option, const Address& group,
                        std::string_view interface) {
    if (!is_ip(group)) return {Errc::invalid_argument, "a multicast group is an IP address"};
    const std::optional<unsigned> index = interface_index(interface);
    if (!index) return no_interface(interface);
    group_req request{};
    request.gr_interface = *index;
    std::memcpy(&request.gr_group, group.native(), group.native_size());
    return try_option(descriptor, level_of(group.family()), option, request,
                      "multicast group " + group.host());
}

// A refusal is what became of an earlier datagram (udp(7)).
bool is_of_earlier_datagram(int error_number) noexcept { return error_number == ECONNREFUSED; }

std::string describe(std::string_view data, const Address& to) {
    std::string text = "send a datagram of " + std::to_string(data.size()) + " bytes";
    if (to.family() != Address::Family::none) text += " to " + to.to_string();
    return text;
}

}  // namespace

DatagramSocketResult SocketDatagram::open(const ReactorRef& reactor, Poller& poller,
                                          const Address& local, const DatagramOptions& options) {
    if (!is_ip(local))
        return {.error = {Errc::invalid_argument, "a UDP socket needs an IP address to bind to"}};
    const int descriptor = open_socket(local, SOCK_DGRAM);
    if (descriptor < 0) return {.error = system_error(errno, "open a UDP socket")};
    auto socket = std::make_unique<SocketDatagram>(reactor, poller, descriptor, local.family());
    if (Error error = socket->bind(local, options); ErrorAccess::failed(error))
        return {.error = std::move(error)};
    return {.socket = std::move(socket)};
}

SocketDatagram::SocketDatagram(ReactorRef reactor, Poller& poller, int descriptor,
                               Address::Family family) noexcept
    : reactor_(std::move(reactor)), poller_(poller), descriptor_(descriptor), family_(family) {}

Error SocketDatagram::bind(const Address& local, const DatagramOptions& options) {
    if (options.reuse_address) set_option(descriptor_, SOL_SOCKET, SO_REUSEADDR, 1);
    if (options.reuse_port) set_option(descriptor_, SOL_SOCKET, SO_REUSEPORT, 1);
    if (options.broadcast) set_option(descriptor_, SOL_SOCKET, SO_BROADCAST, 1);
    if (family_ == Address::Family::ipv6)
        set_option(descriptor_, IPPROTO_IPV6, IPV6_V6ONLY, int{options.ipv6_only});
    if (Error error = set_buffer_sizes(descriptor_, options.send_buffer, options.receive_buffer);
        ErrorAccess::failed(error))
        return error;
    if (::bind(descriptor_, native(local), native_size(local)) != 0)
        return system_error(errno, "bind to " + local.to_string());
    Error error = poller_.add(descriptor_, 0, *this);
    registered_ = !ErrorAccess::failed(error);
    return error;
}

void SocketDatagram::watch(std::uint32_t events) noexcept {
    if (!registered_ || !reactor_.alive()) return;
    if (events != std::exchange(watched_, events)) poller_.modify(descriptor_, events, *this);
}

void SocketDatagram::want_read(bool wanted) noexcept {
    watch(wanted ? watched_ | EPOLLIN : watched_ & ~std::uint32_t{EPOLLIN});
}

void SocketDatagram::want_write(bool wanted) noexcept {
    watch(wanted ? watched_ | EPOLLOUT : watched_ & ~std::uint32_t{EPOLLOUT});
}

// The listener may close this in each of the calls.
void SocketDatagram::on_poll_events(std::uint32_t events) noexcept {
    if (events & broken) take_error(events);
    if (events & EPOLLIN && watched_ & EPOLLIN && listener_) listener_->on_readable();
    if (events & EPOLLOUT && watched_ & EPOLLOUT && listener_) listener_->on_writable();
}

// Taken from the socket, as the poller would tell it for ever.
void SocketDatagram::take_error(std::uint32_t events) noexcept {
    const int error_number = get_option(descriptor_, SOL_SOCKET, SO_ERROR).value_or(EBADF);
    if (events & EPOLLHUP) {  // somebody shut it down, which nothing takes back
        poller_.remove(descriptor_, *this);
        registered_ = false;
    }
    if (error_number != 0 && listener_)
        listener_->on_error(system_error(error_number, "a datagram sent before"));
}

void SocketDatagram::tell_later(int error_number) noexcept {
    if (!self_) self_ = std::make_shared<SocketDatagram*>(this);
    reactor_.post(Callback<void()>{[self = self_, error_number] {
                                       if (!*self || !(*self)->listener_) return;
                                       (*self)->listener_->on_error(
                                           system_error(error_number, "a datagram sent before"));
                                   },
                                   Origin{}});
}

DatagramReceived SocketDatagram::receive(std::span<char> room) noexcept {
    if (descriptor_ < 0) return {.status = IOStatus::failed, .error = {Errc::closed, "closed"}};
    sockaddr_storage from{};
    iovec part{room.data(), room.size()};
    msghdr message{};
    message.msg_name = &from;
    message.msg_namelen = sizeof from;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    const ssize_t got = ::recvmsg(descriptor_, &message, 0);
    if (got >= 0)
        return {.bytes = static_cast<std::size_t>(got),
                .truncated = (message.msg_flags & MSG_TRUNC) != 0,
                .from = Address::from_native(&from, message.msg_namelen)};
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
        return {.status = IOStatus::would_block};
    return {.status = IOStatus::failed, .error = system_error(errno, "receive a datagram")};
}

IOResult SocketDatagram::send(std::string_view data, const Address& to) noexcept {
    if (descriptor_ < 0) return {.status = IOStatus::failed, .error = {Errc::closed, "closed"}};
    const bool to_peer = to.family() == Address::Family::none;
    for (bool first = true;; first = false) {
        const ssize_t sent =
            ::sendto(descriptor_, data.data(), data.size(), MSG_NOSIGNAL,
                     to_peer ? nullptr : native(to), to_peer ? 0 : native_size(to));
        if (sent >= 0) return {.bytes = data.size()};
        const int error_number = errno;
        if (error_number == EINTR) continue;
        if (error_number == EAGAIN || error_number == EWOULDBLOCK)
            return {.status = IOStatus::would_block};
        if (!first || !is_of_earlier_datagram(error_number))
            return {.status = IOStatus::failed,
                    .error = system_error(error_number, describe(data, to))};
        tell_later(error_number);
    }
}

Error SocketDatagram::connect(const Address& peer) noexcept {
    if (descriptor_ < 0) return {Errc::closed, "closed"};
    if (::connect(descriptor_, native(peer), native_size(peer)) == 0) return {};
    return system_error(errno, "connect to " + peer.to_string());
}

void SocketDatagram::close() noexcept {
    if (descriptor_ < 0) return;
    if (self_) *std::exchange(self_, nullptr) = nullptr;
    if (registered_ && reactor_.alive()) poller_.remove(descriptor_, *this);
    registered_ = false;
    watched_ = 0;
    listener_ = nullptr;
    ::close(descriptor_);
    descriptor_ = -1;
}

Error SocketDatagram::join_group(const Address& group, std::string_view interface) {
    return change_membership(descriptor_, MCAST_JOIN_GROUP, group, interface);
}

Error SocketDatagram::leave_group(const Address& group, std::string_view interface) {
    return change_membership(descriptor_, MCAST_LEAVE_GROUP, group, interface);
}

// An IPv6 socket has both families' settings, as it may carry IPv4 too.
Error SocketDatagram::set_multicast_interface(std::string_view interface) {
    constexpr std::string_view what = "set the interface of multicast";
    const std::optional<unsigned> index = interface_index(interface);
    if (!index) return no_interface(interface);
    ip_mreqn request{};
    request.imr_ifindex = static_cast<int>(*index);
    if (family_ != Address::Family::ipv6)
        return try_option(descriptor_, IPPROTO_IP, IP_MULTICAST_IF, request, what);
    set_option(descriptor_, IPPROTO_IP, IP_MULTICAST_IF, request);
    return try_option(descriptor_, IPPROTO_IPV6, IPV6_MULTICAST_IF, request.imr_ifindex, what);
}

Error SocketDatagram::set(DatagramSetting setting, int value) {
    switch (setting) {
        case DatagramSetting::broadcast:
            return try_option(descriptor_, SOL_SOCKET, SO_BROADCAST, value, "set broadcast");
        case DatagramSetting::ttl:
            return set_ip(IP_TTL, IPV6_UNICAST_HOPS, value, "set the TTL");
        case DatagramSetting::multicast_ttl:
            return set_ip(IP_MULTICAST_TTL, IPV6_MULTICAST_HOPS, value, "set the TTL of multicast");
        case DatagramSetting::multicast_loop:
            return set_ip(IP_MULTICAST_LOOP, IPV6_MULTICAST_LOOP, value, "set multicast loop");
    }
    return {Errc::not_supported, "no such setting"};
}

Error SocketDatagram::set_ip(int ipv4, int ipv6, int value, std::string_view what) {
    if (family_ != Address::Family::ipv6)
        return try_option(descriptor_, IPPROTO_IP, ipv4, value, what);
    set_option(descriptor_, IPPROTO_IP, ipv4, value);
    return try_option(descriptor_, IPPROTO_IPV6, ipv6, value, what);
}

Address SocketDatagram::local_address() const noexcept { return socket_local_address(descriptor_); }
Address SocketDatagram::peer_address() const noexcept { return socket_peer_address(descriptor_); }

}  // namespace gyre::detail
