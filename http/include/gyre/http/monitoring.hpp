#pragma once

#include <gyre/export.hpp>
#include <gyre/http/http_server.hpp>

#include <string>

namespace gyre {
class Reactor;
}

namespace gyre::http {

/// A handler that answers with the metrics of the server and its reactor in Prometheus's format:
///
///     server.get("/metrics", gyre::http::metrics_handler(server, reactor));
///
/// Both are referred to, and have to live as long as the handler may be called. `labels` goes into
/// every line: `worker="1"`. Who may see the path is for the program to decide.
GYRE_API RequestHandler metrics_handler(const HTTPServer& server, const Reactor& reactor,
                                        std::string labels = {});

/// A handler for load balancers: 200 "ok" while the server takes requests; while it drains, 503
/// "draining" and `Connection: close`. JSON (`{"status":"ok"}`) if Accept names application/json.
/// `server` is referred to.
GYRE_API RequestHandler health_handler(const HTTPServer& server);

}  // namespace gyre::http
