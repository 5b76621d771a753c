#include "server_sight.hpp"

#include <algorithm>
#include <span>

namespace gyre::http::detail {
namespace {

void append_hex(std::string& out, std::uint64_t value) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (int shift = 60; shift >= 0; shift -= 4)
        out += digits[value >> shift & 15];
}

}  // namespace

void ServerSight::count_response(int status, Duration took) noexcept {
    ++by_status_[static_cast<std::size_t>(std::clamp(status, lowest_status, highest_status) -
                                          lowest_status)];
    request_time_.record(took);
}

void ServerSight::add_to(HTTPServerMetrics& metrics) const {
    metrics.accepted = accepted;
    metrics.refused = limits.connections;
    metrics.handshakes = handshakes;
    metrics.handshakes_failed = handshakes_failed;
    metrics.requests = requests;
    metrics.in_flight = in_flight;
    metrics.aborted = aborted;
    metrics.bytes_read = bytes_read;
    metrics.bytes_written = bytes_written;
    metrics.request_time = request_time_;
    metrics.limits = limits;
    for (int status = lowest_status; status <= highest_status; ++status) {
        const std::uint64_t times = by_status_[static_cast<std::size_t>(status - lowest_status)];
        if (times == 0) continue;
        metrics.by_status[status] = times;
        metrics.by_class[static_cast<std::size_t>(status / 100)] += times;
    }
}

// The first half tells servers apart, the second one their requests.
std::string ServerSight::make_id(Random& random) {
    if (id_prefix_.empty()) {
        std::uint64_t value = 0;
        random.fill(std::as_writable_bytes(std::span{&value, 1}));
        append_hex(id_prefix_, value);
    }
    std::string id = id_prefix_;
    append_hex(id, ++ids_made_);
    return id;
}

bool ServerSight::is_id(std::string_view id) noexcept {
    constexpr std::size_t longest = 128;
    constexpr std::string_view allowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    return !id.empty() && id.size() <= longest &&
           id.find_first_not_of(allowed) == std::string_view::npos;
}

}  // namespace gyre::http::detail
