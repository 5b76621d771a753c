#pragma once

#include <cstdint>
#include <string_view>

namespace gyre::http::detail {

// The four forms of a request target, RFC 9112 3.2.
enum class TargetForm : std::uint8_t {
    // None of them, or one that the method does not allow.
    invalid,
    // `/path?query`.
    origin,
    // `http://host[:port][/path][?query]`, or https.
    absolute,
    // `host:port`, for CONNECT only.
    authority,
    // `*`, for OPTIONS only.
    asterisk,
};

// Of which form the target is. Its characters have been checked already.
TargetForm target_form(std::string_view method, std::string_view target) noexcept;

// Whether the text is `host[:port]` with a name, an IPv4 address or an IPv6 address in brackets.
// RFC 3986 3.2 allows an empty port, so it passes; user information does not, nor a port above
// 65535, nor an empty host.
bool is_host_and_port(std::string_view text) noexcept;

}  // namespace gyre::http::detail
