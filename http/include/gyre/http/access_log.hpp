#pragma once

#include <gyre/address.hpp>
#include <gyre/clock.hpp>
#include <gyre/export.hpp>
#include <gyre/handler.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gyre::http {

/// Why a request is over.
enum class RequestOutcome {
    completed,       ///< Its whole response was handed to the system, whatever the status.
    refused,         ///< So was the error page for a request that breaks a rule or a limit.
    timed_out,       ///< The client sent or read too slowly, or the handler did not write.
    client_aborted,  ///< The client went away.
    failed,          ///< The server cut off a response that had begun, because of an error.
    server_aborted,  ///< `HTTPServer::stop` waited long enough.
    unanswered,      ///< Its connection ended with the response to an earlier request.
};

/// "completed", "refused", "timed_out" and so on.
GYRE_API std::string_view to_string(RequestOutcome outcome) noexcept;

/// One request, when it is over (`HTTPServer::set_access_log`). Views are valid during the call.
/// What a client sent is as it sent it: to be escaped before it goes anywhere, as the functions
/// below do. Of a request that was refused by the parser, only what could be made out is there.
struct AccessLogEntry {
    std::chrono::system_clock::time_point time{};  ///< When its head was complete.
    Address remote_address{};
    /// From Basic credentials (RFC 7617), without the password, and not verified; else empty.
    std::string_view user{};
    std::string_view method{};
    std::string_view target{};
    std::string_view version{};    ///< "HTTP/1.1"
    int status = 0;                ///< 0 if no head went out.
    std::uint64_t body_bytes = 0;  ///< Of the body, without framing, handed to the system.
    std::string_view referer{};
    std::string_view user_agent{};
    std::string_view host{};
    std::string_view request_id{};  ///< Empty if it has none: see `HTTPServerRequest::id`.
    Duration duration{};            ///< From its head to the last byte handed to the system.
    /// From its head to the head of the response; nothing if none went out.
    std::optional<Duration> time_to_first_byte{};
    RequestOutcome outcome = RequestOutcome::completed;
};

/// A line of Apache's combined format, in UTC, with the duration in seconds behind it; without a
/// line break at its end. Control bytes, quotes, backslashes, bytes beyond ASCII, and spaces in the
/// user's name are escaped, so it is one line with all its fields whatever the client sent.
GYRE_API std::string combined_log_line(const AccessLogEntry& entry);

/// The same as one line of JSON, with every field; what is empty or unknown is left out. Bytes that
/// are no UTF-8 are taken as ISO 8859-1 (RFC 9110 section 5.5).
GYRE_API std::string json_log_line(const AccessLogEntry& entry);

enum class AccessLogFormat { combined, json };

/// A handler that writes each line to stderr.
GYRE_API Handler<void(const AccessLogEntry&)> access_log_to_stderr(
    AccessLogFormat format = AccessLogFormat::combined);

/// A handler that sends each line through `gyre::log`, at level info (`set_log_handler`).
GYRE_API Handler<void(const AccessLogEntry&)> access_log_to_log(
    AccessLogFormat format = AccessLogFormat::combined);

}  // namespace gyre::http
