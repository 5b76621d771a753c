#pragma once

#include "http1_chars.hpp"

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>
#include <system_error>

namespace gyre::http::detail {

/// A number written in decimal digits and nothing else: no sign, no blank. Nothing for any other
/// text, and for what does not fit into the type.
template <std::integral Number>
[[nodiscard]] std::optional<Number> parse_decimal(std::string_view text) noexcept {
    if (text.empty() || !is_char(text.front(), decimal_digit)) return std::nullopt;
    Number value{};
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stop != end) return std::nullopt;
    return value;
}

/// The same where there is one spelling only: without leading zeros.
template <std::integral Number>
[[nodiscard]] std::optional<Number> parse_canonical_decimal(std::string_view text) noexcept {
    if (text.size() > 1 && text.front() == '0') return std::nullopt;
    return parse_decimal<Number>(text);
}

}  // namespace gyre::http::detail
