#pragma once

#include "forwarded.hpp"
#include "ip_network.hpp"
#include <gyre/address.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace gyre::http::detail {

/// Whose word a server takes, and where it is written.
struct ProxyRules {
    TrustedPeers trusted;
    ForwardedKind kind = ForwardedKind::x_forwarded;
};

/// Who is at the other end of a connection: what requests need to know of it, also when it has
/// ended.
struct PeerInfo {
    Address client;                     ///< The peer, or whom it announced by the PROXY protocol.
    std::unique_ptr<Address> proxy;     ///< Then: the peer itself.
    const ProxyRules* rules = nullptr;  ///< Null: what it says of others is not believed.
    std::string server_name;            ///< What it asked for by TLS, in lower case.
    bool secure = false;
    bool keeps_to_name = false;  ///< Requests have to be for that name: its rules were checked.
    std::size_t references = 0;
};

/// A counted reference to a PeerInfo; only on the reactor's thread, so without atomics.
class PeerRef {
public:
    PeerRef() noexcept = default;
    explicit PeerRef(std::unique_ptr<PeerInfo> info) noexcept : info_(info.release()) {
        ++info_->references;
    }
    PeerRef(const PeerRef& other) noexcept : info_(other.info_) {
        if (info_) ++info_->references;
    }
    PeerRef(PeerRef&& other) noexcept : info_(std::exchange(other.info_, nullptr)) {}
    PeerRef& operator=(PeerRef other) noexcept {
        std::swap(info_, other.info_);
        return *this;
    }
    ~PeerRef() {
        if (info_ && --info_->references == 0) delete info_;
    }

    explicit operator bool() const noexcept { return info_ != nullptr; }
    const PeerInfo* operator->() const noexcept { return info_; }

private:
    PeerInfo* info_ = nullptr;
};

/// Whether a request for `host` ("name[:port]") must not be answered on a connection whose client
/// has asked for `server_name` by TLS (RFC 9110 section 7.4): what was asked of the client's
/// certificate there says nothing of what is asked for the other name. Without a name only an
/// address, or no host at all, can be meant.
bool is_misdirected(std::string_view host, std::string_view server_name) noexcept;
/// Whether a request with this target must have come over TLS (RFC 9110 section 7.4), unless who
/// passes it on is trusted.
bool wants_tls(std::string_view target) noexcept;

}  // namespace gyre::http::detail
