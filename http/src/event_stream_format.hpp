#pragma once

#include <gyre/http/event_stream.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace gyre::http::detail {

/// What is wrong with an event as a sentence for people; empty if nothing is.
[[nodiscard]] std::string check_event(const ServerSentEvent& event);

/// The bytes of an event that passed the check (WHATWG HTML section 9.2.5). Line feeds only.
[[nodiscard]] std::string format_event(const ServerSentEvent& event);

/// Each line of `text` as a comment, and an empty line, which flushes what filters by lines.
[[nodiscard]] std::string format_comment(std::string_view text);

}  // namespace gyre::http::detail
