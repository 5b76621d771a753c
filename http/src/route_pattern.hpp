#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace gyre::http::detail {

// The grammar of the router's patterns.

enum class SegmentKind : std::uint8_t { literal, integer, name, rest };

bool is_parameter(std::string_view segment) noexcept;
SegmentKind kind_of(std::string_view segment) noexcept;
/// The name of a parameter.
std::string_view name_of(std::string_view segment) noexcept;
/// Decimal digits that fit into 63 bits.
bool is_integer(std::string_view segment) noexcept;
/// The segments of a path that is empty or begins with a slash.
std::vector<std::string_view> split(std::string_view path);

/// What is wrong with a pattern as a line of text, before it is looked at segment by segment.
std::string_view check_text(std::string_view pattern) noexcept;
std::string_view check_segments(std::span<const std::string_view> segments) noexcept;

}  // namespace gyre::http::detail
