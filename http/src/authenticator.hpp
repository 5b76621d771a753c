#pragma once

#include <gyre/http/auth_mode.hpp>
#include <gyre/reactor_ref.hpp>

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace gyre::http::detail {

// Shows a server, or an HTTP proxy, who we are. One object serves all requests that one fetch sends
// to it, over several connections if need be: what a challenge said is used again.
class Authenticator {
public:
    virtual ~Authenticator() = default;
    Authenticator(const Authenticator&) = delete;
    Authenticator& operator=(const Authenticator&) = delete;

    // The value of Authorization (Proxy-Authorization) for the next request; empty: none is sent.
    // `uri` is the target of its request line.
    virtual std::string authorization(std::string_view method, std::string_view uri) = 0;
    // The request was answered 401 (407) with these values of WWW-Authenticate
    // (Proxy-Authenticate). True if authorization()
    // now has an answer to them, so that it is worth sending the request again.
    virtual bool on_challenge(std::span<const std::string_view> challenges) = 0;
    // The request was answered otherwise, with this value of Authentication-Info
    // (Proxy-Authentication-Info).
    virtual void on_info(std::string_view value) { static_cast<void>(value); }

protected:
    Authenticator() = default;
};

// Basic (RFC 7617) from the first request on; Digest (RFC 7616) once there is a challenge. Without
// both parts nothing is sent. A challenge to credentials that were sent is answered only if those
// were merely stale.
std::shared_ptr<Authenticator> make_authenticator(AuthMode mode, std::string username,
                                                  std::string password,
                                                  const gyre::detail::ReactorRef& reactor);

}  // namespace gyre::http::detail
