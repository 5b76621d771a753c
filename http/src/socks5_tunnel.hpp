#pragma once

#include "proxy_handshake.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gyre::http::detail {

// Asks a SOCKS 5 proxy for a tunnel (CONNECT, RFC 1928), with a name and a password (RFC 1929) if
// there is one and the proxy wants it. Host names are looked up by the proxy. It reads exactly the
// proxy's replies.
class Socks5Tunnel final : public ProxyHandshake {
public:
    // An IP address in `host` has no brackets. Without a user name only proxies that ask for none
    // will do. What does not fit into the protocol is an `invalid_argument`, and nothing is sent.
    Socks5Tunnel(std::string_view host, std::uint16_t port, std::string username,
                 std::string password);

    std::size_t wanted() const noexcept override { return expected_ - reply_.size(); }
    void give(std::string_view bytes) override;
    void finish(Error cause) override;

private:
    enum class Reading {
        method,     ///< Which way of authentication the proxy chose: RFC 1928 3.
        login,      ///< Whether it accepts the name and password: RFC 1929 2.
        reply,      ///< Up to the type of the address that it is bound to: RFC 1928 6.
        name_size,  ///< One byte, if that address is a name.
        bound,      ///< The rest of that address, which means nothing to us.
    };

    bool has_login() const noexcept { return !username_.empty(); }
    void send_greeting();
    void send_login();
    void send_request();
    void expect(Reading reading, std::size_t size) noexcept;
    bool check_version();
    void on_reply();
    void on_method(std::uint8_t method);
    void on_address_type(std::uint8_t type);

    std::string request_;
    std::string username_;
    std::string password_;
    Reading reading_ = Reading::method;
    std::string reply_;  // what came of the part that is being read
    std::size_t expected_ = 0;
    bool reply_begun_ = false;
};

}  // namespace gyre::http::detail
