#include "event_stream_parser.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

namespace gyre::http::detail {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

// Of the memory that a long line took.
constexpr std::size_t most_to_keep = std::size_t{64} * 1024;

bool is_digit(char byte) noexcept { return byte >= '0' && byte <= '9'; }

}  // namespace

EventStreamParser::EventStreamParser(std::size_t limit, std::string last_event_id)
    : limit_(std::min(limit, std::numeric_limits<std::size_t>::max() - 1)) {
    message_.last_event_id = std::move(last_event_id);
}

EventStreamParser::Step EventStreamParser::parse(std::string_view& input) {
    if (failed_) return fail();
    skip_byte_order_mark(input);
    std::string_view line;
    while (take_line(input, line)) {
        const Step step = line.size() > limit_ ? fail() : on_line(line);
        if (line_.capacity() > most_to_keep) line_ = {};
        line_.clear();
        if (step != Step::need_more) return step;
    }
    return line_.size() > limit_ ? fail() : Step::need_more;
}

// A mark that breaks off was the beginning of a line.
void EventStreamParser::skip_byte_order_mark(std::string_view& input) {
    while (!begun_ && !input.empty()) {
        if (input.front() != byte_order_mark[mark_seen_]) {
            begun_ = true;
            line_ = byte_order_mark.substr(0, mark_seen_);
        } else {
            input.remove_prefix(1);
            begun_ = ++mark_seen_ == byte_order_mark.size();
        }
    }
}

// A line ends with CRLF, LF or CR. A CR ends it at once, whether or not an LF follows: an event
// must not wait for the packet after it. The line is a view of the input if all of it is there.
bool EventStreamParser::take_line(std::string_view& input, std::string_view& line) {
    if (after_return_ && !input.empty()) {
        after_return_ = false;
        if (input.front() == '\n') input.remove_prefix(1);
    }
    const auto* const end =
        std::ranges::find_if(input, [](char byte) { return byte == '\n' || byte == '\r'; });
    const auto size = static_cast<std::size_t>(end - input.begin());
    if (size == input.size()) {
        // One byte over the limit is enough to know.
        line_.append(input.substr(0, limit_ - std::min(limit_, line_.size()) + 1));
        input = {};
        return false;
    }
    line = input.substr(0, size);
    after_return_ = *end == '\r';
    if (!line_.empty()) line = line_.append(line.substr(0, limit_ + 1));
    input.remove_prefix(size + 1);
    return true;
}

EventStreamParser::Step EventStreamParser::on_line(std::string_view line) {
    if (line.empty()) return on_empty_line();
    const std::size_t colon = line.find(':');
    if (colon == 0) return Step::need_more;  // a comment
    if (colon == std::string_view::npos) return on_field(line, {});
    std::string_view value = line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    return on_field(line.substr(0, colon), value);
}

EventStreamParser::Step EventStreamParser::on_empty_line() {
    if (std::exchange(id_changed_, false)) message_.last_event_id = std::exchange(id_, {});
    if (!std::exchange(has_data_, false)) {
        type_.clear();
        return Step::need_more;
    }
    message_.data = std::exchange(data_, {});
    message_.type = type_.empty() ? "message" : std::exchange(type_, {});
    return Step::message;
}

EventStreamParser::Step EventStreamParser::on_field(std::string_view name, std::string_view value) {
    if (name == "data") return on_data(value);
    if (name == "retry") return on_retry(value);
    if (name == "event") type_ = value;
    if (name == "id" && value.find('\0') == std::string_view::npos) {
        id_ = value;
        id_changed_ = true;
    }
    return Step::need_more;
}

EventStreamParser::Step EventStreamParser::on_data(std::string_view value) {
    const std::size_t line_feed = has_data_ ? 1 : 0;
    if (value.size() + line_feed > limit_ - data_.size()) return fail();
    if (std::exchange(has_data_, true)) data_ += '\n';
    data_ += value;
    return Step::need_more;
}

EventStreamParser::Step EventStreamParser::on_retry(std::string_view value) {
    if (value.empty() || !std::ranges::all_of(value, is_digit)) return Step::need_more;
    using Milliseconds = std::int64_t;
    Milliseconds number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error == std::errc::result_out_of_range) number = std::numeric_limits<Milliseconds>::max();
    retry_ = std::chrono::milliseconds{number};
    return Step::retry;
}

EventStreamParser::Step EventStreamParser::fail() noexcept {
    failed_ = true;
    return Step::too_large;
}

}  // namespace gyre::http::detail
