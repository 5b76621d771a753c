#pragma once

#include "url.hpp"
#include <gyre/error.hpp>
#include <gyre/http/headers.hpp>
#include <gyre/http/http_request.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gyre::http::detail {

// One request of a fetch: the first, or one that a redirect led to.
struct ClientHop {
    Url url;  // without user information
    std::string method;
    HTTPHeaders headers;
    bool has_body = false;
    bool expects_continue = false;
    // For digest authentication, which needs a challenge first; others are among the headers.
    std::string user;
    std::string password;
    // A redirect led away from the origin that the user named, perhaps back again later: the client
    // certificate and the server name of the TLS options were meant for that one only.
    bool left_origin = false;
};

// The first request of a fetch, or an error that says which argument is wrong.
struct HopResult {
    Error error;
    ClientHop hop;
};
HopResult first_hop(const HTTPRequest& request);

// The text of a URL, perhaps of a bad one, as it may be shown to anyone.
std::string without_userinfo(std::string url);

// The length of its body; nothing for one that is sent in chunks.
std::optional<std::uint64_t> body_length(const ClientHop& hop, const HTTPRequest& request);

// What the client calls itself.
std::string_view user_agent_of(const ClientHop& hop, const HTTPRequest& request);

// What goes into a head beside the request's own headers; what is empty does not.
struct HopFields {
    bool asks_proxy = false;  // the target is the whole URL
    bool tunneled = false;    // a proxy was told already what is meant for it
    std::string_view cookies{};
    std::string_view authorization{};
    std::string_view proxy_authorization{};
};

// Writes the request's head, or says what in it may not be sent.
Error append_hop_head(std::string& out, const ClientHop& hop, const HTTPRequest& request,
                      const HopFields& more);

// Whether sending it twice does what sending it once does. RFC 9110 9.2.2
bool is_idempotent(std::string_view method) noexcept;

}  // namespace gyre::http::detail
