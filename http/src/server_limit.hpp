#pragma once

#include "http1_error.hpp"
#include <gyre/http/http_server_metrics.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace gyre::http::detail {

/// A limit or time-out that a request or connection of a server has met.
enum class ServerLimit : std::uint8_t {
    head_size,
    field_line,
    fields,
    target,
    body_size,
    chunk_extensions,
    trailers,
    discarded_body,
    cookies,
    multipart,
    decompression,
    head_timeout,
    body_idle_timeout,
    body_rate,
    body_timeout,
    keep_alive_timeout,
    handshake_timeout,
    write_timeout,
    pending_writes,
    response_timeout,
    connections,
    pipelined,
    drain_timeout,
};

/// How a limit is called and where it is counted.
struct ServerLimitEntry {
    std::string_view name;
    std::uint64_t HTTPServerLimitCounts::* count;
};

/// One entry for each limit, in the order of the enumeration.
std::span<const ServerLimitEntry> server_limits() noexcept;

inline void count(HTTPServerLimitCounts& counts, ServerLimit limit) noexcept {
    ++(counts.*server_limits()[static_cast<std::size_t>(limit)].count);
}

/// The limit that a refused message went over, if it was one.
std::optional<ServerLimit> limit_of(Http1Error error) noexcept;

}  // namespace gyre::http::detail
