// Streams of server-sent events, in one piece and cut up.

#include "../http/event_stream_driver.hpp"
#include "http1_split_check.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

using gyre::http::detail::test::EventStreamDriver;
using gyre::http::detail::test::FuzzInput;
using gyre::http::detail::test::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const FuzzInput input{data, size};
    const std::size_t limit = input.choice % 2 == 0 ? std::size_t{1024} * 1024 : 12;
    EventStreamDriver whole{limit, "0"};
    whole.feed(input.text);
    require(!whole.stuck, "input is left over");
    require(!whole.over_limit, "more than allowed");

    EventStreamDriver split{limit, "0"};
    const std::string_view text = input.text;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t piece = input.piece_at(at);
        if (!split.feed(text.substr(at, piece))) break;
        at += piece;
    }
    require(whole.account == split.account, "the split changed the outcome");
    require(whole.parser.last_event_id() == split.parser.last_event_id(), "another last id");
    return 0;
}
