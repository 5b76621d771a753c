#pragma once

#include <gyre/http/message_event.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gyre::http::detail {

/// Reads a stream of server-sent events as it comes in, cut anywhere (WHATWG HTML section 9.2.6).
/// Takes time linear in what it is given, and keeps no more than the limit for each of a line, an
/// event's data, its type and its id. What stands behind the last empty line when the stream ends
/// is no event.
class EventStreamParser {
public:
    enum class Step : std::uint8_t {
        need_more,  ///< All of the input is consumed.
        message,    ///< `message()` is an event.
        retry,      ///< `retry()` is how long to wait before connecting again.
        too_large,  ///< A line, or an event's data, is over the limit; the end.
    };

    /// Neither a line nor the data of an event may have more than `limit` bytes. `last_event_id` is
    /// that of the events that came before this stream.
    explicit EventStreamParser(std::size_t limit, std::string last_event_id = {});

    /// Takes bytes off the front of `input` up to the next thing to tell. Call it until it needs
    /// more.
    Step parse(std::string_view& input);

    /// Valid until the next `parse`.
    const MessageEvent& message() const noexcept { return message_; }
    std::chrono::milliseconds retry() const noexcept { return retry_; }
    /// As of the last empty line: what to send when connecting again.
    const std::string& last_event_id() const noexcept { return message_.last_event_id; }

private:
    void skip_byte_order_mark(std::string_view& input);
    bool take_line(std::string_view& input, std::string_view& line);
    Step on_line(std::string_view line);
    Step on_empty_line();
    Step on_field(std::string_view name, std::string_view value);
    Step on_data(std::string_view value);
    Step on_retry(std::string_view value);
    Step fail() noexcept;

    std::size_t limit_;
    std::size_t mark_seen_ = 0;  // bytes of the byte order mark, if the stream begins with it
    bool begun_ = false;         // it is known whether it does
    bool after_return_ = false;  // a line feed now belongs to the line before
    bool failed_ = false;
    std::string line_;  // the part that has come
    std::string data_;
    std::string type_;
    std::string id_;
    bool has_data_ = false;
    bool id_changed_ = false;
    // Its id is that of the last empty line. It stays there, as a copy for each event would let a
    // long one make many short events expensive.
    MessageEvent message_;
    std::chrono::milliseconds retry_{};
};

}  // namespace gyre::http::detail
