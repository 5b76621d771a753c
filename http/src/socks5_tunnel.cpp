#include "socks5_tunnel.hpp"

#include "ip_network.hpp"
#include <gyre/address.hpp>
#include <gyre/error_access.hpp>

#include <optional>
#include <utility>

namespace gyre::http::detail {
namespace {

constexpr std::uint8_t socks_version = 5;
constexpr std::uint8_t login_version = 1;
constexpr std::uint8_t connect_command = 1;
constexpr std::size_t max_size = 255;  // of what a byte tells the length of

// RFC 1928 3
constexpr std::uint8_t no_login = 0;
constexpr std::uint8_t login = 2;
constexpr std::uint8_t no_method = 0xff;

// RFC 1928 5
constexpr std::uint8_t ipv4 = 1;
constexpr std::uint8_t name = 3;
constexpr std::uint8_t ipv6 = 4;

constexpr std::size_t port_size = 2;

char to_char(std::size_t byte) noexcept { return static_cast<char>(byte); }

std::string sized(std::string_view text) { return to_char(text.size()) + std::string{text}; }

// ATYP and DST.ADDR.
std::string address_of(std::string_view host) {
    const auto address = Address::from_ip(host, 0);
    const auto bytes = address ? IPBytes::of(*address) : std::nullopt;
    if (!bytes) return to_char(name) + sized(host);
    std::string text{to_char(bytes->bytes().size() == 4 ? ipv4 : ipv6)};
    for (const std::uint8_t byte : bytes->bytes())
        text += to_char(byte);
    return text;
}

bool fits(std::string_view text) noexcept { return !text.empty() && text.size() <= max_size; }

// What is wrong with them; empty if nothing is.
std::string_view check(std::string_view host, std::uint16_t port, std::string_view username,
                       std::string_view password) noexcept {
    if (!fits(host)) return "a host for a SOCKS proxy has to be 1 to 255 bytes";
    if (port == 0) return "there is no port to connect to";
    const bool no_login_wanted = username.empty() && password.empty();
    if (no_login_wanted || (fits(username) && fits(password))) return {};
    return "the name and the password for a SOCKS proxy have to be 1 to 255 bytes";
}

// RFC 1928 6: the field REP.
Error reply_error(std::uint8_t code) {
    switch (code) {
        case 1:
            return {Errc::host_unreachable,
                    "the SOCKS proxy could not connect and does not say why"};
        case 2:
            return {Errc::permission_denied, "the SOCKS proxy does not allow this connection"};
        case 3:
            return {Errc::host_unreachable, "the SOCKS proxy says: the network is unreachable"};
        case 4:
            return {Errc::host_unreachable, "the SOCKS proxy says: the host is unreachable"};
        case 5:
            return {Errc::connection_refused, "the SOCKS proxy says: the connection was refused"};
        case 6:
            return {Errc::timed_out,
                    "the SOCKS proxy says: the TTL expired on the way to the host"};
        case 7:
            return {Errc::not_supported, "the SOCKS proxy does not support CONNECT"};
        case 8:
            return {Errc::not_supported, "the SOCKS proxy does not support this type of address"};
        default:
            return {Errc::protocol_error,
                    "the SOCKS proxy answered with the unknown reply code " + std::to_string(code)};
    }
}

}  // namespace

Socks5Tunnel::Socks5Tunnel(std::string_view host, std::uint16_t port, std::string username,
                           std::string password)
    : username_(std::move(username)), password_(std::move(password)) {
    if (const std::string_view wrong = check(host, port, username_, password_); !wrong.empty()) {
        fail({Errc::invalid_argument, std::string{wrong}});
        return;
    }
    request_ = {to_char(socks_version), to_char(connect_command), '\0'};
    request_ += address_of(host);
    request_ += {to_char(port >> 8U), to_char(port & 0xffU)};
    send_greeting();
}

void Socks5Tunnel::send_greeting() {
    std::string methods{to_char(no_login)};
    if (has_login()) methods += to_char(login);
    send(to_char(socks_version) + sized(methods));
    expect(Reading::method, 2);
}

void Socks5Tunnel::send_login() {
    send(to_char(login_version) + sized(username_) + sized(password_));
    expect(Reading::login, 2);
}

void Socks5Tunnel::send_request() {
    send(std::move(request_));
    expect(Reading::reply, 4);
}

void Socks5Tunnel::expect(Reading reading, std::size_t size) noexcept {
    reading_ = reading;
    expected_ = size;
    reply_.clear();
}

void Socks5Tunnel::give(std::string_view bytes) {
    reply_begun_ = reply_begun_ || !bytes.empty();
    while (going_on() && !bytes.empty()) {
        const std::string_view part = bytes.substr(0, wanted());
        bytes.remove_prefix(part.size());
        reply_ += part;
        if (check_version() && wanted() == 0) on_reply();
    }
    // Only to be had by giving more than was wanted.
    if (state() == State::established && !bytes.empty())
        fail({Errc::protocol_error, "the SOCKS proxy sent bytes behind its reply"});
}

// At its first byte already, as something else than a SOCKS proxy may never send a second one.
bool Socks5Tunnel::check_version() {
    if (reading_ == Reading::name_size || reading_ == Reading::bound) return true;
    if (reply_.front() == to_char(reading_ == Reading::login ? login_version : socks_version))
        return true;
    fail({Errc::protocol_error, "the proxy does not speak SOCKS 5"});
    return false;
}

void Socks5Tunnel::on_reply() {
    const auto last = static_cast<std::uint8_t>(reply_.back());
    switch (reading_) {
        case Reading::method:
            return on_method(last);
        case Reading::login:
            if (last == 0) return send_request();
            return fail(
                {Errc::permission_denied, "the SOCKS proxy refused the user name or the password"});
        case Reading::reply:
            if (reply_[1] == 0) return on_address_type(last);
            return fail(reply_error(static_cast<std::uint8_t>(reply_[1])));
        case Reading::name_size:
            return expect(Reading::bound, last + port_size);
        case Reading::bound:
            return establish();
    }
}

void Socks5Tunnel::on_method(std::uint8_t method) {
    if (method == no_login) return send_request();
    if (method == login && has_login()) return send_login();
    if (method != no_method)
        return fail({Errc::protocol_error,
                     "the SOCKS proxy chose a way of authentication that it was not offered"});
    fail({Errc::permission_denied, has_login() ? "the SOCKS proxy takes no user name and password"
                                               : "the SOCKS proxy wants authentication"});
}

void Socks5Tunnel::on_address_type(std::uint8_t type) {
    switch (type) {
        case ipv4:
            return expect(Reading::bound, 4 + port_size);
        case ipv6:
            return expect(Reading::bound, 16 + port_size);
        case name:
            return expect(Reading::name_size, 1);
        default:
            fail({Errc::protocol_error, "the SOCKS proxy answered with an unknown address type"});
    }
}

void Socks5Tunnel::finish(Error cause) {
    if (!going_on()) return gyre::detail::ErrorAccess::mark_looked_at(cause);
    fail_at_end(std::move(cause), reply_begun_);
}

}  // namespace gyre::http::detail
