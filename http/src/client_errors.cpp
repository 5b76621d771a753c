#include "client_errors.hpp"

#include <gyre/error_access.hpp>
#include <gyre/http/status.hpp>

#include <array>
#include <chrono>
#include <cstdio>
#include <utility>

namespace gyre::http::detail {
namespace {

using gyre::detail::ErrorAccess;

Error over_limit(std::string_view what, std::string_view option, std::uint64_t limit) {
    return {Errc::limit_exceeded, std::string{what} + " is larger than " + std::string{option} +
                                      " (" + std::to_string(limit) + ")"};
}

std::string place_in_reply(const ReplyProgress& progress) {
    if (!progress.head_begun) return "before the server answered";
    if (!progress.head_complete) return "inside the head of the reply";
    std::string place = "after " + std::to_string(progress.body_received);
    if (progress.length_known) place += " of " + std::to_string(progress.length);
    return place + " bytes of the body";
}

}  // namespace

Error reply_error(Http1Error error, const Http1Limits& limits) {
    switch (error) {
        case Http1Error::body_too_large:
            return over_limit("the body of the reply", "max_body_size", limits.max_body);
        case Http1Error::head_too_large:
            return over_limit("the head of the reply", "max_header_size", limits.max_head);
        case Http1Error::field_too_large:
            return over_limit("a header line of the reply", "max_header_line",
                              limits.max_field_line);
        case Http1Error::too_many_fields:
            return over_limit("the number of headers of the reply", "max_header_count",
                              limits.max_fields);
        case Http1Error::chunk_extension_too_large:
        case Http1Error::trailers_too_large:
            return {Errc::limit_exceeded, "the reply was refused: " + std::string{describe(error)}};
        default:
            return {Errc::protocol_error,
                    "the server's reply is not valid HTTP: " + std::string{describe(error)}};
    }
}

Error decode_error(DecodeError error, std::uint64_t max_body) {
    Error made;
    if (error == DecodeError::too_large)
        made = over_limit("the decoded body of the reply", "max_body_size", max_body);
    else
        made = {error == DecodeError::ratio_exceeded ? Errc::limit_exceeded
                : error == DecodeError::truncated    ? Errc::truncated
                                                     : Errc::protocol_error,
                "the body of the reply cannot be decoded: " + std::string{describe(error)}};
    ErrorAccess::set_phase(made, "decode");
    return made;
}

Error ended_early(Error cause, const ReplyProgress& progress) {
    if (ErrorAccess::failed(cause)) {
        ErrorAccess::add_context(cause, "the connection broke " + place_in_reply(progress));
        return cause;
    }
    return {progress.head_begun ? Errc::truncated : Errc::end_of_stream,
            "the server closed the connection " + place_in_reply(progress)};
}

Error status_error(int status, std::string_view reason) {
    if (reason.empty()) reason = reason_phrase(status);
    std::string message = "HTTP " + std::to_string(status);
    if (!reason.empty()) message.append(": ").append(reason);
    return ErrorAccess::make(Errc::http_status, status, "http", std::move(message));
}

Error too_slow(std::string_view what, std::string_view option, Duration limit) {
    return {Errc::timed_out, std::string{what} + " took longer than " + std::string{option} + " (" +
                                 in_seconds(limit) + ")"};
}

std::string in_seconds(Duration duration) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%g s",
                  std::chrono::duration<double>(duration).count());
    return text.data();
}

}  // namespace gyre::http::detail
