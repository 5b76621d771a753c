#pragma once

#include <gyre/clock.hpp>
#include <gyre/http/http_server_response.hpp>
#include <gyre/reactor.hpp>

#include <functional>
#include <optional>
#include <string>

namespace httpbin {

/// Where a body comes from: its next piece, or nothing at the end.
using Source = std::function<std::optional<std::string>()>;

/// Sends what `source` gives and ends the response. The next piece is asked for when the system has
/// taken the one before, so a client that does not read costs the memory of one; and not before
/// `pause` has passed.
void feed(gyre::Reactor& reactor, const gyre::http::HTTPServerResponse& response, Source source,
          gyre::Duration pause = gyre::Duration::zero());

}  // namespace httpbin
