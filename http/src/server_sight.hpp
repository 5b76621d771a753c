#pragma once

#include "server_limit.hpp"
#include <gyre/clock.hpp>
#include <gyre/http/access_log.hpp>
#include <gyre/http/http_server_metrics.hpp>
#include <gyre/random.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gyre::http::detail {

/// What can be seen of a server from outside: its numbers, its access log, the names of its
/// requests. Counting costs an addition; nothing else is done that nobody has asked for.
class ServerSight {
public:
    void count(ServerLimit limit) noexcept { detail::count(limits, limit); }
    /// A response is complete.
    void count_response(int status, Duration took) noexcept;
    /// All but what the server and its listener know themselves.
    void add_to(HTTPServerMetrics& metrics) const;

    /// 32 hexadecimal digits that come once.
    std::string make_id(Random& random);
    /// What a client may call its request, for it goes into logs and into a response.
    static bool is_id(std::string_view id) noexcept;

    std::uint64_t accepted = 0;
    std::uint64_t handshakes = 0;
    std::uint64_t handshakes_failed = 0;
    std::uint64_t requests = 0;
    std::uint64_t aborted = 0;
    std::size_t in_flight = 0;
    std::uint64_t bytes_read = 0;
    std::uint64_t bytes_written = 0;
    HTTPServerLimitCounts limits;
    Handler<void(const AccessLogEntry&)> access_log;

private:
    static constexpr int lowest_status = 100;
    static constexpr int highest_status = 599;

    std::array<std::uint64_t, highest_status - lowest_status + 1> by_status_{};
    Histogram request_time_;
    std::string id_prefix_;  // random, made with the first id
    std::uint64_t ids_made_ = 0;
};

}  // namespace gyre::http::detail
