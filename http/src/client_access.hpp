#pragma once

#include "client_core.hpp"
#include <gyre/http/async_http_client.hpp>
#include <gyre/reactor_ref.hpp>

namespace gyre::http::detail {

/// What helpers on top of a client reach through it.
class ClientAccess {
public:
    /// Not alive for a client that is inert.
    static gyre::detail::ReactorRef reactor(const AsyncHTTPClient& client) {
        return client.client_ ? client.client_->core()->reactor() : gyre::detail::ReactorRef{};
    }
};

}  // namespace gyre::http::detail
