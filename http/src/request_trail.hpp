#pragma once

#include <gyre/address.hpp>
#include <gyre/callback.hpp>
#include <gyre/clock.hpp>
#include <gyre/error.hpp>
#include <gyre/http/access_log.hpp>
#include <gyre/http/response_summary.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::http::detail {

class MessageHead;

/// What is noted of one request besides what is needed to serve it: for the access log, for
/// `on_finish`, and its id. There is one only where somebody asked for one of them.
struct RequestTrail {
    bool logged = false;  ///< The access log is to have it.
    std::chrono::system_clock::time_point time{};
    TimePoint began{};
    std::optional<TimePoint> first_byte{};
    Address remote{};
    std::string refused_line;  ///< The first line of a head that the parser refused.

    int status = 0;
    RequestOutcome outcome = RequestOutcome::completed;
    std::uint64_t ends_at = 0;  ///< Where in its connection's output the response ends.
    std::uint64_t unsent = 0;   ///< Of its bytes, that never will be.

    std::string id;
    std::vector<Callback<void(ResponseSummary)>> on_finish;

    bool wants_end() const noexcept { return logged || !on_finish.empty(); }
};

/// The line of the access log for a request that ended at `now`. Its views are into the arguments.
AccessLogEntry log_entry(const RequestTrail& trail, const MessageHead& head, std::string_view host,
                         std::string_view user, TimePoint now) noexcept;

/// How a request ended whose connection was lost with `error`.
RequestOutcome outcome_of(const Error& error) noexcept;

/// The part of refused bytes that may be a request line: up to its end, or as far as there is one.
std::string_view first_line(std::string_view bytes) noexcept;

}  // namespace gyre::http::detail
