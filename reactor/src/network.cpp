#include <gyre/network.hpp>

namespace gyre {
namespace {

Error no_multicast() { return {Errc::not_supported, "this datagram socket has no such setting"}; }

}  // namespace

AcceptorResult Network::listen_on(const detail::ReactorRef&, int, const ListenOptions&) {
    return {.error = {Errc::not_supported, "this network does not listen on descriptors"}};
}

DatagramSocketResult Network::open_datagram(const detail::ReactorRef&, const Address&,
                                            const DatagramOptions&) {
    return {.error = {Errc::not_supported, "this network has no datagrams"}};
}

Error DatagramSocket::join_group(const Address&, std::string_view) { return no_multicast(); }
Error DatagramSocket::leave_group(const Address&, std::string_view) { return no_multicast(); }
Error DatagramSocket::set_multicast_interface(std::string_view) { return no_multicast(); }
Error DatagramSocket::set(DatagramSetting, int) { return no_multicast(); }

}  // namespace gyre
