#include "event_stream_format.hpp"

#include <cstddef>

namespace gyre::http::detail {
namespace {

bool is_one_line(std::string_view text) noexcept {
    constexpr std::string_view line_ends{"\r\n\0", 3};
    return text.find_first_of(line_ends) == std::string_view::npos;
}

/// One line for each line of `text`; a line ends at CRLF, LF or CR (section 9.2.5, end-of-line).
/// The space behind the prefix is taken off by the reader, so that one of the text stays.
void append_lines(std::string& out, std::string_view prefix, std::string_view text) {
    for (;;) {
        const std::size_t end = text.find_first_of("\r\n");
        const std::string_view line = text.substr(0, end);
        out.append(prefix);
        if (!line.empty()) out.append(" ").append(line);
        out += '\n';
        if (end == std::string_view::npos) return;
        text.remove_prefix(end + (text.substr(end, 2) == "\r\n" ? 2 : 1));
    }
}

}  // namespace

std::string check_event(const ServerSentEvent& event) {
    if (!event.id && !event.event && !event.data && !event.retry)
        return "an event with nothing in it";
    if (event.id && !is_one_line(*event.id)) return "an event's id has a line break or a NUL";
    if (event.event && !is_one_line(*event.event))
        return "an event's type has a line break or a NUL";
    if (event.retry && event.retry->count() < 0) return "an event's retry is negative";
    return {};
}

std::string format_event(const ServerSentEvent& event) {
    std::string out;
    if (event.id) append_lines(out, "id:", *event.id);
    if (event.event) append_lines(out, "event:", *event.event);
    if (event.retry) append_lines(out, "retry:", std::to_string(event.retry->count()));
    if (event.data) append_lines(out, "data:", *event.data);
    out += '\n';
    return out;
}

std::string format_comment(std::string_view text) {
    std::string out;
    append_lines(out, ":", text);
    out += '\n';
    return out;
}

}  // namespace gyre::http::detail
