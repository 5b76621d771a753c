#pragma once

#include "ip_network.hpp"
#include <gyre/address.hpp>
#include <gyre/http/field.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::http::detail {

/// A node of RFC 7239 section 6: who made or took a request.
struct ForwardedNode {
    /// None for "unknown", and for an obfuscated name ("_hidden") whose address nobody is told.
    std::optional<Address> address;
};

/// "192.0.2.1", "192.0.2.1:80", "[2001:db8::1]", "[2001:db8::1]:80", "unknown", "_name"; the port
/// may be obfuscated as well ("_port"). Nothing if it is none of them.
std::optional<ForwardedNode> parse_forwarded_node(std::string_view text);

/// One hop, as a proxy has told it in `Forwarded` (RFC 7239 section 4). Empty: not told.
struct ForwardedElement {
    std::optional<ForwardedNode> client;  ///< for: whom the proxy got the request from
    std::string scheme;                   ///< proto: "http" or "https"
    std::string host;                     ///< host: what Host was when the proxy got it
};

/// The value of one `Forwarded` field line, from the client to the server. Nothing if any of it is
/// malformed: a quotation mark that a client has left open may have swallowed what comes after it.
std::optional<std::vector<ForwardedElement>> parse_forwarded(std::string_view value);

/// Which fields the proxies write.
enum class ForwardedKind : std::uint8_t { x_forwarded, forwarded };

/// What a request was before it came to the proxies that are trusted.
struct ForwardedRequest {
    /// Nothing: not told. An empty address: the proxies keep it to themselves.
    std::optional<Address> client;
    std::string scheme;  ///< Empty: not told.
    std::string host;    ///< Empty: not told.
};

/// What the fields of a request say, as far as they can be believed: they are read from the last
/// hop to the first, up to one that is not trusted, which is the client. What a client made up
/// before its own hop is not read, so it cannot take effect by being wrong. Nothing if there are
/// none, or if a hop that was read is malformed: then all of them count for nothing. A malformed
/// X-Forwarded-Proto or X-Forwarded-Host counts for nothing by itself. A line of `Forwarded` that
/// cannot be told apart leaves the client unknown: its address is empty.
std::optional<ForwardedRequest> read_forwarded(std::span<const HTTPField> fields,
                                               ForwardedKind kind, const TrustedPeers& trusted);

}  // namespace gyre::http::detail
