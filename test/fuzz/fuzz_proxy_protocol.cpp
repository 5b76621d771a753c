// The header of the PROXY protocol: how it is cut decides nothing, and what is behind it is left.

#include "http1_split_check.hpp"
#include "proxy_protocol.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

using gyre::http::detail::ProxyProtocolParser;
using gyre::http::detail::test::FuzzInput;
using gyre::http::detail::test::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using Result = ProxyProtocolParser::Result;
    const FuzzInput input{data, size};
    ProxyProtocolParser whole;
    const Result result = whole.parse(input.text);
    require(whole.consumed() <= ProxyProtocolParser::prefix_size + ProxyProtocolParser::max_rest,
            "too much was taken");
    require(result != Result::need_more || whole.consumed() == input.text.size(),
            "it waits for what it has");

    ProxyProtocolParser split;
    Result end = Result::need_more;
    std::size_t used = 0;
    while (end == Result::need_more && used < input.text.size()) {
        end = split.parse(std::string_view{input.text}.substr(used, input.piece_at(used)));
        used += split.consumed();
    }
    require(end == result && used == whole.consumed(), "the cuts decide");
    if (result != Result::complete) return 0;
    require(split.source() == whole.source() && split.destination() == whole.destination(),
            "the cuts decide the addresses");
    require(whole.source().has_value() == whole.destination().has_value(), "half a pair");
    return 0;
}
