#pragma once

#include <gyre/export.hpp>
#include <gyre/histogram.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace gyre::http {

/// How often each limit and time-out of a server was met; the options of the same sense are in
/// `HTTPServerOptions`.
struct HTTPServerLimitCounts {
    std::uint64_t head_size = 0;         ///< Heads over `max_head_size`.
    std::uint64_t field_line = 0;        ///< Fields over `max_field_line_size`.
    std::uint64_t fields = 0;            ///< Heads with more than `max_fields`.
    std::uint64_t target = 0;            ///< Targets over `max_target_size`.
    std::uint64_t body_size = 0;         ///< Bodies over `max_body_size` or the handler's limit.
    std::uint64_t chunk_extensions = 0;  ///< Over one of the two limits for chunk extensions.
    std::uint64_t trailers = 0;          ///< Over `max_trailers_size`.
    std::uint64_t discarded_body = 0;    ///< Bodies over `max_discarded_body` after the response.
    std::uint64_t cookies = 0;           ///< Requests with too many cookies.
    std::uint64_t multipart = 0;         ///< Over one of the limits for forms.
    std::uint64_t decompression = 0;     ///< Compressed bodies that grow too large.
    std::uint64_t head_timeout = 0;
    std::uint64_t body_idle_timeout = 0;
    std::uint64_t body_rate = 0;           ///< Bodies slower than `min_body_rate`.
    std::uint64_t body_timeout = 0;        ///< Bodies that took too long altogether.
    std::uint64_t keep_alive_timeout = 0;  ///< Idle connections that were closed.
    std::uint64_t handshake_timeout = 0;
    std::uint64_t write_timeout = 0;     ///< Clients that did not read.
    std::uint64_t pending_writes = 0;    ///< Writes over `max_pending_writes`.
    std::uint64_t response_timeout = 0;  ///< Responses that nobody wrote to.
    std::uint64_t connections = 0;       ///< Connections over `max_connections`.
    std::uint64_t pipelined = 0;         ///< How often reading paused at `max_pipelined`.
    std::uint64_t drain_timeout = 0;     ///< Connections that `stop` had to abort.
};

/// What a server has done and has to do (`HTTPServer::metrics`). Numbers are since it was made.
struct HTTPServerMetrics {
    std::size_t connections = 0;  ///< Open now.
    std::uint64_t accepted = 0;   ///< Taken, whether or not their TLS handshake succeeded.
    std::uint64_t refused = 0;    ///< Closed at once as they were over `max_connections`.
    std::uint64_t shed = 0;       ///< How often accepting failed for want of descriptors or memory.
    std::uint64_t handshakes = 0;         ///< Of TLS, that succeeded …
    std::uint64_t handshakes_failed = 0;  ///< … and that did not.

    /// With those that were refused before a handler saw them. Each is in flight, has had its
    /// response, or was aborted: `requests` is the sum of these.
    std::uint64_t requests = 0;
    std::size_t in_flight = 0;
    /// Requests that the end of their connection left without a whole response.
    std::uint64_t aborted = 0;
    /// The complete responses of each status that there were.
    std::map<int, std::uint64_t> by_status{};
    /// The same by class: `by_class[4]` is 400 to 499.
    std::array<std::uint64_t, 6> by_class{};

    /// What passed through connections, as HTTP: before encryption.
    std::uint64_t bytes_read = 0;
    std::uint64_t bytes_written = 0;

    /// From the complete head of a request to its complete response. Time stands still during a
    /// turn of the loop, so a handler that answers at once counts as zero; how long handlers run is
    /// `ReactorMetrics::callback_time`.
    Histogram request_time{};

    HTTPServerLimitCounts limits{};
};

/// The metrics in Prometheus's text format (version 0.0.4), with names that begin with
/// "gyre_http_". `labels` goes into every line's braces: `server="main"`. See also
/// `metrics_handler`.
GYRE_API std::string prometheus_text(const HTTPServerMetrics& metrics,
                                     std::string_view labels = {});

}  // namespace gyre::http
