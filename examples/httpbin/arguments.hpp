#pragma once

#include <gyre/clock.hpp>
#include <gyre/http/http_server_request.hpp>

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace httpbin {

/// Names and values, decoded, in the order in which they came; a name may come again.
using Pairs = std::vector<std::pair<std::string, std::string>>;

/// The arguments of the query; none if it is malformed.
Pairs arguments_of(const gyre::http::HTTPServerRequest& request);

/// The whole of `text` as a number from `least` to `most`.
template <class Number>
std::optional<Number> parse_number(std::string_view text, Number least, Number most) {
    Number number{};
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || stop != end || !(number >= least && number <= most))
        return std::nullopt;
    return number;
}

/// The query argument `name`, or `otherwise` without it; nothing if it is no number in the range.
template <class Number>
std::optional<Number> number_argument(const gyre::http::HTTPServerRequest& request,
                                      std::string_view name, Number otherwise, Number least,
                                      Number most) {
    const auto given = request.query_argument(name);
    return given ? parse_number<Number>(*given, least, most) : otherwise;
}

/// The same for a time in seconds, up to a minute.
std::optional<gyre::Duration> seconds_argument(const gyre::http::HTTPServerRequest& request,
                                               std::string_view name, double otherwise);

}  // namespace httpbin
