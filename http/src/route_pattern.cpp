#include "route_pattern.hpp"

#include "decimal.hpp"
#include "field_rules.hpp"
#include "percent.hpp"
#include "router.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace gyre::http::detail {
namespace {

constexpr std::string_view rest_suffix = "...";
constexpr std::string_view int_suffix = ":int";

std::string_view inside(std::string_view segment) noexcept {
    return segment.substr(1, segment.size() - 2);
}

bool is_identifier(std::string_view name) noexcept {
    const auto is_word = [](char byte) {
        return byte == '_' || (to_lower(byte) >= 'a' && to_lower(byte) <= 'z');
    };
    return !name.empty() && is_word(name.front()) &&
           std::all_of(name.begin(), name.end(),
                       [&](char byte) { return is_word(byte) || (byte >= '0' && byte <= '9'); });
}

}  // namespace

bool is_parameter(std::string_view segment) noexcept {
    return segment.size() >= 2 && segment.front() == '{' && segment.back() == '}';
}

SegmentKind kind_of(std::string_view segment) noexcept {
    if (!is_parameter(segment)) return SegmentKind::literal;
    if (inside(segment).ends_with(rest_suffix)) return SegmentKind::rest;
    return inside(segment).ends_with(int_suffix) ? SegmentKind::integer : SegmentKind::name;
}

std::string_view name_of(std::string_view segment) noexcept {
    std::string_view name = inside(segment);
    const SegmentKind kind = kind_of(segment);
    if (kind == SegmentKind::rest)
        name.remove_suffix(rest_suffix.size());
    else if (kind == SegmentKind::integer)
        name.remove_suffix(int_suffix.size());
    return name;
}

bool is_integer(std::string_view segment) noexcept {
    return parse_decimal<std::int64_t>(segment).has_value();
}

std::vector<std::string_view> split(std::string_view path) {
    std::vector<std::string_view> segments;
    while (!path.empty()) {
        path.remove_prefix(1);
        segments.push_back(path.substr(0, path.find('/')));
        path.remove_prefix(segments.back().size());
    }
    return segments;
}

std::string_view check_text(std::string_view pattern) noexcept {
    if (!pattern.starts_with('/')) return "it does not begin with '/'";
    if (!is_target(pattern) || pattern.find('?') != std::string_view::npos)
        return "it has a character that no path has; such a one is written percent-encoded";
    if (!is_percent_encoded(pattern))
        return "it has a '%' that does not begin an escape such as %20";
    return {};
}

namespace {

std::string_view check_segment(std::string_view segment, bool is_last) noexcept {
    if (!is_parameter(segment)) {
        const bool has_brace = segment.find_first_of("{}") != std::string_view::npos;
        return has_brace ? "a parameter must be a whole segment, as in /{name}/" : "";
    }
    if (!is_identifier(name_of(segment)))
        return "a parameter must read {name}, {name:int} or {name...}";
    if (kind_of(segment) == SegmentKind::rest && !is_last)
        return "{name...} must be the last segment";
    return {};
}

}  // namespace

std::string_view check_segments(std::span<const std::string_view> segments) noexcept {
    if (segments.size() > Router::max_segments) return "it has more than 32 segments";
    for (std::size_t i = 0; i < segments.size(); ++i) {
        if (const auto reason = check_segment(segments[i], i + 1 == segments.size());
            !reason.empty())
            return reason;
        const auto same_name = [&](std::string_view other) {
            return is_parameter(other) && name_of(other) == name_of(segments[i]);
        };
        if (is_parameter(segments[i]) &&
            std::any_of(segments.begin(), segments.begin() + static_cast<std::ptrdiff_t>(i),
                        same_name))
            return "it has two parameters of the same name";
    }
    return {};
}

}  // namespace gyre::http::detail
