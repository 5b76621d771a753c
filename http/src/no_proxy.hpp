#pragma once

#include <cstdint>
#include <string_view>

namespace gyre::http::detail {

// Whether a host is one that no_proxy says to go to without a proxy. The list is separated by
// commas and blanks. Its elements, as in curl: "*" for all hosts; a name, with or without a dot
// before it, for itself and all names below it; an IP address or network ("192.0.2.0/24",
// "2001:db8::/32"), which is compared with hosts that are IP addresses. Beyond curl, ":port" behind
// any of the two, with brackets around IPv6, restricts it to that port. What makes no sense matches
// nothing.
bool is_in_no_proxy(std::string_view list, std::string_view host, std::uint16_t port);

}  // namespace gyre::http::detail
