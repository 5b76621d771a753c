#pragma once

#include "client_hop.hpp"
#include <gyre/error.hpp>

#include <string_view>
#include <vector>

namespace gyre::http::detail {

// 301, 302, 303, 307 and 308. RFC 9110 15.4
bool is_redirect(int status) noexcept;

// The request that a redirect with this status and these values of Location (at least one) leads
// to, or an error that says why it must not be followed.
HopResult next_hop(const ClientHop& from, int status,
                   const std::vector<std::string_view>& locations);

}  // namespace gyre::http::detail
