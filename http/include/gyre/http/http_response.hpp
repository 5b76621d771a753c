#pragma once

#include <gyre/clock.hpp>
#include <gyre/error.hpp>
#include <gyre/http/headers.hpp>
#include <gyre/http/http_request.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace gyre::http {

/// Where the time of a fetch went (Tornado's `time_info`). The steps before the exchange are summed
/// up over redirects and retries; they are zero where a pooled connection was used.
struct TimeInfo {
    Duration queue{};          ///< Waiting for one of the client's `max_clients`.
    Duration namelookup{};     ///< Looking the host up.
    Duration connect{};        ///< Connecting, without the look-up and TLS.
    Duration tls{};            ///< The TLS handshake.
    Duration starttransfer{};  ///< From the beginning to the first byte of the last reply.
    Duration total{};          ///< From the beginning to the end; `request_time` as well.
};

/// How far the last request of a fetch got when there was no whole response to it: whether it is
/// safe to repeat. (Twisted's `RequestNotSent`, `RequestTransmissionFailed`, `ResponseFailed`.)
enum class FetchFailure : std::uint8_t {
    none,           ///< There is a whole response, of whatever status.
    not_sent,       ///< The server has seen nothing of it.
    partly_sent,    ///< It may have seen the head and some of the body, not all of it.
    response_lost,  ///< It may have seen all of it and done what was asked.
};

/// What a fetch came to (Tornado's `HTTPResponse`): look at `error` first. A value; it owns all
/// that is in it.
///
/// `error` is null for a status of 2xx. For any other status (after redirects; 304 too) its kind is
/// `http_status`, its category "http" and its code the status, and the rest of the response is as
/// it was received. If there is no whole response, `code` is 599, there are no headers and no body,
/// and the error says what happened, with `phase()` telling when:
///
/// - "queue": wrong arguments (`invalid_argument`, `bad_url`), or it ended in the client's queue
/// - "resolve", "connect": `host_not_found`, `resolver_failed`, `connection_refused`,
/// `permission_denied` (an address filter), `timed_out` …
/// - "proxy": `protocol_error`, `http_status` (what it answered to CONNECT; also 407),
/// `connection_refused` and the like as SOCKS tells it, `end_of_stream` …
/// - "tls": `certificate_rejected`, `host_name_mismatch`, `tls_failed`; options that cannot be
/// loaded
/// - "send", "wait": `connection_reset`, `end_of_stream` (the server closed without an answer) …
/// - "receive": `truncated`, `protocol_error`, `limit_exceeded`, `connection_reset` …
/// - "decode": `protocol_error` (not what Content-Encoding says), `limit_exceeded`, `truncated`
/// - "redirect": `too_many_redirects`, `bad_url` (a Location that cannot or must not be followed)
///
/// In each of them `timed_out` and `canceled` may come. An error that nobody looks at is reported
/// to `Reactor::on_unhandled_error` with the line that registered the fetch's callback.
struct HTTPResponse {
    /// As it was given to `fetch`; its `url` is the original one.
    HTTPRequest request{};
    /// The status; 599 without a whole response.
    int code = 599;
    /// What the server called the status, if anything; "Transport Failure" with 599.
    std::string reason{};
    HTTPHeaders headers{};
    /// The fields behind a body in chunks.
    HTTPHeaders trailers{};
    /// The URL that this response, or the failure, belongs to, after redirects; without user
    /// information.
    std::string effective_url{};
    /// Empty with `streaming_callback`.
    std::string body{};
    Error error{};
    FetchFailure failure = FetchFailure::none;
    /// "HTTP/1.1" or "HTTP/1.0"; empty without a whole response.
    std::string http_version{};

    std::chrono::system_clock::time_point start_time{};
    /// The same as `time_info.total`.
    Duration request_time{};
    TimeInfo time_info{};

    /// The URLs that redirects led to and that were requested, in order.
    std::vector<std::string> redirects{};
    int redirect_count() const noexcept { return static_cast<int>(redirects.size()); }
};

}  // namespace gyre::http
