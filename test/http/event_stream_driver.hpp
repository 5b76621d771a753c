#pragma once

#include "event_stream_parser.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace gyre::http::detail::test {

/// An account of a stream: "type|data|last id" of each event, "retry|ms", "too large".
class EventStreamDriver {
public:
    explicit EventStreamDriver(std::size_t limit, std::string last_event_id = {})
        : parser{limit, std::move(last_event_id)}, limit_(limit) {}

    /// False when it is over.
    bool feed(std::string_view bytes) {
        // A copy of the exact size lets a sanitizer see a read beyond it.
        const std::string piece{bytes};
        std::string_view input = piece;
        for (;;) {
            switch (parser.parse(input)) {
                case EventStreamParser::Step::need_more:
                    stuck |= !input.empty();
                    return true;
                case EventStreamParser::Step::message:
                    on_message(parser.message());
                    break;
                case EventStreamParser::Step::retry:
                    account += "retry|" + std::to_string(parser.retry().count()) + '\n';
                    break;
                case EventStreamParser::Step::too_large:
                    account += "too large\n";
                    return false;
            }
        }
    }

    EventStreamParser parser;
    std::string account;
    bool stuck = false;       // input was left over
    bool over_limit = false;  // more was given than the limit allows

private:
    void on_message(const MessageEvent& event) {
        account += event.type + '|' + event.data + '|' + event.last_event_id + '\n';
        over_limit |= std::max({event.data.size(), event.last_event_id.size()}) > limit_ ||
                      (event.type != "message" && event.type.size() > limit_);
    }

    std::size_t limit_;
};

}  // namespace gyre::http::detail::test
