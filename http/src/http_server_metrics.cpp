#include "server_limit.hpp"
#include <gyre/http/http_server_metrics.hpp>
#include <gyre/prometheus_text.hpp>

namespace gyre::http {
namespace {

void add_connections(gyre::detail::PrometheusText& text, const HTTPServerMetrics& metrics) {
    text.gauge("http_connections", "Connections that are open.", metrics.connections);
    text.counter("http_accepted_total", "Connections taken.", metrics.accepted);
    text.counter("http_refused_total", "Connections over the limit.", metrics.refused);
    text.counter("http_shed_total", "How often accepting failed for want of resources.",
                 metrics.shed);
    text.counter("http_handshakes_total", "TLS handshakes that succeeded.", metrics.handshakes);
    text.counter("http_handshakes_failed_total", "TLS handshakes that failed.",
                 metrics.handshakes_failed);
    text.counter("http_read_bytes_total", "Bytes read, before encryption.", metrics.bytes_read);
    text.counter("http_written_bytes_total", "Bytes written, before encryption.",
                 metrics.bytes_written);
}

void add_requests(gyre::detail::PrometheusText& text, const HTTPServerMetrics& metrics) {
    text.counter("http_requests_total", "Requests.", metrics.requests);
    text.gauge("http_requests_in_flight", "Requests without a whole response so far.",
               metrics.in_flight);
    text.counter("http_requests_aborted_total", "Requests whose connection ended too early.",
                 metrics.aborted);
    // The classes are sums that whoever reads this can make.
    text.counter_family("http_responses_total", "Complete responses.");
    for (const auto& [status, times] : metrics.by_status)
        text.counter_line("http_responses_total", "status=\"" + std::to_string(status) + '"',
                          times);
    text.histogram("http_request_seconds", "From a request's head to its complete response.",
                   metrics.request_time);
}

}  // namespace

std::string prometheus_text(const HTTPServerMetrics& metrics, std::string_view labels) {
    gyre::detail::PrometheusText text{labels};
    add_connections(text, metrics);
    add_requests(text, metrics);
    text.counter_family("http_limits_total", "How often a limit or time-out was met.");
    for (const detail::ServerLimitEntry& limit : detail::server_limits())
        text.counter_line("http_limits_total", "limit=\"" + std::string{limit.name} + '"',
                          metrics.limits.*limit.count);
    return text.take();
}

}  // namespace gyre::http
