#pragma once

#include "client_core.hpp"

#include <memory>

namespace gyre::http::detail {

// A client of its own.
std::shared_ptr<ClientLease> new_client(Reactor& reactor, AsyncHTTPClientOptions options);
// The one that belongs to the reactor and lives as long; made when it is first asked for.
std::shared_ptr<ClientLease> shared_client(Reactor& reactor);

}  // namespace gyre::http::detail
