#include "request_trail.hpp"

#include "http1_head.hpp"
#include <gyre/error_access.hpp>

#include <algorithm>

namespace gyre::http::detail {
namespace {

std::string_view value_of(const MessageHead& head, std::string_view name) noexcept {
    const Field* field = head.find(name);
    return field ? field->value : std::string_view{};
}

std::string_view take_word(std::string_view& line) noexcept {
    const std::size_t end = std::min(line.find(' '), line.size());
    const std::string_view word = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    return word;
}

}  // namespace

AccessLogEntry log_entry(const RequestTrail& trail, const MessageHead& head, std::string_view host,
                         std::string_view user, TimePoint now) noexcept {
    AccessLogEntry entry{.time = trail.time,
                         .remote_address = trail.remote,
                         .user = user,
                         .method = head.method,
                         .target = head.target,
                         .version = head.version_minor == 0 ? "HTTP/1.0" : "HTTP/1.1",
                         .status = trail.status,
                         .referer = value_of(head, "Referer"),
                         .user_agent = value_of(head, "User-Agent"),
                         .host = host,
                         .request_id = trail.id,
                         .duration = now - trail.began,
                         .outcome = trail.outcome};
    if (trail.first_byte) entry.time_to_first_byte = *trail.first_byte - trail.began;
    if (head.method.empty()) {
        std::string_view line = trail.refused_line;
        entry.method = take_word(line);
        entry.target = take_word(line);
        entry.version = line;
    }
    return entry;
}

RequestOutcome outcome_of(const Error& error) noexcept {
    switch (gyre::detail::ErrorAccess::kind(error)) {
        case Errc::timed_out:
            return RequestOutcome::timed_out;
        case Errc::canceled:
            return RequestOutcome::server_aborted;
        case Errc::closed:
            return RequestOutcome::unanswered;
        default:
            return RequestOutcome::client_aborted;
    }
}

std::string_view first_line(std::string_view bytes) noexcept {
    constexpr std::size_t most = 8 * 1024;
    constexpr std::string_view line_ends = "\r\n";
    bytes.remove_prefix(std::min(bytes.find_first_not_of(line_ends), bytes.size()));
    return bytes.substr(0, std::min(bytes.find_first_of(line_ends), most));
}

}  // namespace gyre::http::detail
