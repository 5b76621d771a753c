#include "server_connection.hpp"
#include "server_core.hpp"
#include <gyre/error_access.hpp>
#include <gyre/prefixed_transport.hpp>

#include <string>
#include <utility>

// What comes before the first request: the header of the PROXY protocol, and who the peer is.
namespace gyre::http::detail {

using gyre::detail::ErrorAccess;

void ServerConnection::start_behind_proxy() {
    proxy_header_ = std::make_unique<ProxyProtocolParser>();
    reactor_.adopt(shared_from_this());
    transport_->set_listener(this);
    state_ = State::announced;
    transport_->want_read(true);
    read_deadline_.expire_after(options().head_timeout);
}

void ServerConnection::read_proxy_header() noexcept {
    const IOResult result = transport_->read_some(reactor_.blocks().reserve());
    ErrorAccess::mark_looked_at(result.error);
    if (result.status == IOStatus::would_block) return;
    if (result.status != IOStatus::ok) return close();
    gyre::ReadSlice slice = reactor_.blocks().commit(result.bytes);
    switch (proxy_header_->parse(slice.bytes)) {
        case ProxyProtocolParser::Result::need_more:
            return;
        case ProxyProtocolParser::Result::bad:
            return close();
        case ProxyProtocolParser::Result::complete:
            break;
    }
    slice.bytes.remove_prefix(proxy_header_->consumed());
    if (const auto& source = proxy_header_->source())
        announced_client_ = std::make_unique<Address>(*source);
    proxy_header_.reset();
    begin_behind_proxy(std::move(slice));
}

void ServerConnection::begin_behind_proxy(gyre::ReadSlice slice) noexcept {
    if (options().tls) {
        transport_->want_read(false);
        transport_ = core_->secure(
            make_prefixed_transport(reactor_, std::move(transport_), std::string{slice.bytes}));
        transport_->set_listener(this);
        transport_->want_write(true);
        state_ = State::handshaking;
        return update_deadline();
    }
    state_ = State::open;
    read_deadline_.clear();
    update_deadline();
    if (!slice.bytes.empty()) receive(std::move(slice));
}

void ServerConnection::identify_peer() {
    auto info = std::make_unique<PeerInfo>();
    info->client = transport_->peer_address();
    if (announced_client_) {
        info->proxy = std::move(announced_client_);
        std::swap(*info->proxy, info->client);
    }
    const ProxyRules& rules = core_->proxy_rules();
    if (!rules.trusted.empty() && rules.trusted.contains(info->client)) info->rules = &rules;
    info->secure = transport_->is_secure();
    if (const auto& tls = options().tls; tls && tls->select_context) {
        info->keeps_to_name = true;
        info->server_name = transport_->tls_info().server_name;
    }
    peer_ = PeerRef{std::move(info)};
}

}  // namespace gyre::http::detail
