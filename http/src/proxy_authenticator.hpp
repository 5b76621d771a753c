#pragma once

#include <gyre/reactor_ref.hpp>

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace gyre::http::detail {

struct ProxySettings;

// Shows an HTTP proxy who we are. One object serves all requests that one fetch sends to its proxy,
// over several connections if need be: what a challenge said is used again.
class ProxyAuthenticator {
public:
    virtual ~ProxyAuthenticator() = default;
    ProxyAuthenticator(const ProxyAuthenticator&) = delete;
    ProxyAuthenticator& operator=(const ProxyAuthenticator&) = delete;

    // The value of Proxy-Authorization for the next request; empty: none is sent. `uri` is the
    // target of its request line.
    virtual std::string authorization(std::string_view method, std::string_view uri) = 0;
    // The request was answered 407 with these values of Proxy-Authenticate. True if authorization()
    // now has an answer to them, so that it is worth sending the request again.
    virtual bool on_challenge(std::span<const std::string_view> challenges) = 0;

protected:
    ProxyAuthenticator() = default;
};

// The value of Proxy-Authorization for Basic authentication (RFC 7617), empty without a user name
// or with another mode. Plain http requests in absolute-form (RFC 9112 3.2.2) carry it themselves.
std::string proxy_authorization(const ProxySettings& proxy);

// For these settings: Basic from the first request on, Digest (RFC 7616) once there is a challenge.
// A challenge to credentials that were sent is answered only if those were merely stale.
std::shared_ptr<ProxyAuthenticator> make_proxy_authenticator(
    const ProxySettings& proxy, const gyre::detail::ReactorRef& reactor);

}  // namespace gyre::http::detail
