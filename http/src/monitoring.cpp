#include "field_rules.hpp"
#include <gyre/http/monitoring.hpp>
#include <gyre/metrics.hpp>
#include <gyre/reactor.hpp>

#include <utility>

namespace gyre::http {
namespace {

// A media range that names it (RFC 9110 section 12.5.1), whatever its weight: who sends one wants
// to read it.
bool names_json(std::string_view accept) {
    bool found = false;
    detail::for_each_token(accept, [&](std::string_view range) {
        found = found ||
                detail::iequals(detail::trim(range.substr(0, range.find(';'))), "application/json");
    });
    return found;
}

void set(const HTTPServerResponse& response, std::string_view name, std::string_view value) {
    response.set_header(name, value).ignore("the response may be gone, else it is a good field");
}

}  // namespace

RequestHandler metrics_handler(const HTTPServer& server, const Reactor& reactor,
                               std::string labels) {
    return [&server, &reactor, labels = std::move(labels)](const HTTPServerRequest&,
                                                           const HTTPServerResponse& response) {
        set(response, "Content-Type", "text/plain; version=0.0.4; charset=utf-8");
        set(response, "Cache-Control", "no-store");
        response.finish(prometheus_text(server.metrics(), labels) +
                        gyre::prometheus_text(reactor.metrics(), labels));
    };
}

RequestHandler health_handler(const HTTPServer& server) {
    return [&server](const HTTPServerRequest& request, const HTTPServerResponse& response) {
        const std::string state = server.stopping() ? "draining" : "ok";
        const bool json = names_json(request.headers().get_joined("Accept"));
        set(response, "Content-Type", json ? "application/json" : "text/plain; charset=utf-8");
        set(response, "Cache-Control", "no-store");
        if (server.stopping()) {
            response.set_status(503).ignore("the response may be gone");
            set(response, "Connection", "close");
        }
        response.finish(json ? R"({"status":")" + state + "\"}\n" : state + '\n');
    };
}

}  // namespace gyre::http
