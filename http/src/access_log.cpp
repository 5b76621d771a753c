#include "log_text.hpp"
#include <gyre/http/access_log.hpp>
#include <gyre/log.hpp>

#include <array>
#include <cstdio>

namespace gyre::http {

using detail::append_json;
using detail::append_quoted;

std::string_view to_string(RequestOutcome outcome) noexcept {
    constexpr std::array<std::string_view, 7> names{"completed",      "refused", "timed_out",
                                                    "client_aborted", "failed",  "server_aborted",
                                                    "unanswered"};
    return names[static_cast<std::size_t>(outcome)];
}

std::string combined_log_line(const AccessLogEntry& entry) {
    std::string line = detail::log_host(entry.remote_address);
    line += " - ";
    detail::append_word(line, entry.user);
    line.append(" [").append(detail::apache_time(entry.time)).append("] \"");
    if (entry.method.empty()) {
        line += '-';
    } else {
        detail::append_escaped(line, entry.method);
        if (!entry.target.empty()) detail::append_escaped(line += ' ', entry.target);
        if (!entry.version.empty()) detail::append_escaped(line += ' ', entry.version);
    }
    line.append("\" ").append(entry.status == 0 ? "-" : std::to_string(entry.status));
    line.append(" ").append(std::to_string(entry.body_bytes)).append(" ");
    append_quoted(line, entry.referer);
    append_quoted(line += ' ', entry.user_agent);
    line.append(" ").append(detail::log_seconds(entry.duration));
    return line;
}

std::string json_log_line(const AccessLogEntry& entry) {
    std::string line = "{\"time\":\"" + detail::iso_time(entry.time) + '"';
    append_json(line, "remote", detail::log_host(entry.remote_address));
    append_json(line, "user", entry.user);
    append_json(line, "method", entry.method);
    append_json(line, "target", entry.target);
    append_json(line, "version", entry.version);
    if (entry.status != 0) line.append(",\"status\":").append(std::to_string(entry.status));
    line.append(",\"body_bytes\":").append(std::to_string(entry.body_bytes));
    append_json(line, "referer", entry.referer);
    append_json(line, "user_agent", entry.user_agent);
    append_json(line, "host", entry.host);
    append_json(line, "request_id", entry.request_id);
    line.append(",\"duration\":").append(detail::log_seconds(entry.duration));
    if (entry.time_to_first_byte)
        line.append(",\"time_to_first_byte\":")
            .append(detail::log_seconds(*entry.time_to_first_byte));
    append_json(line, "outcome", to_string(entry.outcome));
    return line += '}';
}

namespace {

std::string log_line(const AccessLogEntry& entry, AccessLogFormat format) {
    return format == AccessLogFormat::json ? json_log_line(entry) : combined_log_line(entry);
}

}  // namespace

Handler<void(const AccessLogEntry&)> access_log_to_stderr(AccessLogFormat format) {
    return [format](const AccessLogEntry& entry) {
        // One call, so that lines of several threads do not mix.
        const std::string line = log_line(entry, format) + '\n';
        std::fwrite(line.data(), 1, line.size(), stderr);
    };
}

Handler<void(const AccessLogEntry&)> access_log_to_log(AccessLogFormat format) {
    return [format](const AccessLogEntry& entry) { log(LogLevel::info, log_line(entry, format)); };
}

}  // namespace gyre::http
