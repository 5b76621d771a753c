#include "client_route.hpp"

#include "field_rules.hpp"
#include <gyre/error_access.hpp>
#include <gyre/network_interface.hpp>

#include <cstdlib>
#include <utility>

namespace gyre::http::detail {
namespace {

using gyre::detail::ErrorAccess;

Error wrong(std::string message) { return {Errc::invalid_argument, std::move(message)}; }

ProxyResult proxy_for(const ClientHop& hop, const HTTPRequest& request) {
    if (request.proxy_host.empty()) {
        if (!request.proxy_from_environment || !request.unix_socket.empty()) return {};
        return proxy_from_environment(hop.url.scheme, hop.url.host, hop.url.port,
                                      [](const char* name) { return std::getenv(name); });
    }
    if (!request.unix_socket.empty())
        return {{}, wrong("proxy_host and unix_socket cannot be used together")};
    ProxySettings proxy{.type = request.proxy_type,
                        .host = request.proxy_host,
                        .port = request.proxy_port,
                        .username = request.proxy_username,
                        .password = request.proxy_password,
                        .auth_mode = request.proxy_auth_mode};
    Error error = check_proxy(proxy);
    return {std::move(proxy), std::move(error)};
}

void map_host(ConnectionKey& key, const HTTPRequest& request) {
    for (const HostMapping& mapping : request.hostname_mapping) {
        if (!iequals(mapping.host, key.host)) continue;
        if (mapping.port != 0 && mapping.port != key.port) continue;
        key.mapped_host = mapping.to_host.empty() ? key.host : mapping.to_host;
        key.mapped_port = mapping.to_port == 0 ? key.port : mapping.to_port;
        return;
    }
}

TLSOptions tls_of(const ClientHop& hop, const HTTPRequest& request, const TLSOptions& client) {
    TLSOptions tls = request.tls_options ? *request.tls_options : client;
    if (!request.client_cert.empty()) {
        tls.certificate_file = request.client_cert;
        tls.key_file = request.client_key;
        tls.certificate.clear();
        tls.key.clear();
    }
    if (hop.left_origin)
        for (std::string* part : {&tls.certificate_file, &tls.certificate, &tls.key_file, &tls.key,
                                  &tls.key_passphrase, &tls.server_name})
            part->clear();
    if (!request.ca_certs.empty()) {
        tls.ca_file = request.ca_certs;
        tls.ca.clear();
    }
    if (!request.validate_cert) tls.verify_peer = TLSVerify::none;
    tls.alpn = {"http/1.1"};
    return tls;
}

// An address of an interface that connections may come from; IPv4 if it has one.
Error set_source(ClientRoute& route, const HTTPRequest& request) {
    const std::string& name = request.network_interface;
    if (name.empty()) return {};
    if (const auto address = Address::from_ip(name, 0)) {
        route.source = *address;
        return {};
    }
    const std::vector<Address> addresses = gyre::interface_addresses(name);
    if (addresses.empty())
        return wrong("network_interface is neither an IP address nor an interface with one: " +
                     name);
    route.source = addresses.front();
    return {};
}

}  // namespace

const std::string& ClientRoute::connect_host() const noexcept {
    return key.proxy ? key.proxy->host : target_host();
}

std::uint16_t ClientRoute::connect_port() const noexcept {
    return key.proxy ? key.proxy->port : target_port();
}

const std::string& ClientRoute::target_host() const noexcept {
    return key.mapped_host.empty() ? key.host : key.mapped_host;
}

std::uint16_t ClientRoute::target_port() const noexcept {
    return key.mapped_port == 0 ? key.port : key.mapped_port;
}

Error set_route(ClientRoute& route, const ClientHop& hop, const HTTPRequest& request,
                const TLSOptions& tls) {
    route = {};
    ConnectionKey& key = route.key;
    key.secure = hop.url.is_secure();
    key.host = hop.url.host;
    key.port = hop.url.port;
    key.unix_socket = request.unix_socket;
    key.network_interface = request.network_interface;
    key.allow_ipv6 = request.allow_ipv6;
    map_host(key, request);
    if (key.secure) key.tls = tls_of(hop, request, tls);
    ProxyResult choice = proxy_for(hop, request);
    if (ErrorAccess::failed(choice.error)) return std::move(choice.error);
    if (choice.proxy.is_set()) key.proxy = std::move(choice.proxy);
    return set_source(route, request);
}

}  // namespace gyre::http::detail
