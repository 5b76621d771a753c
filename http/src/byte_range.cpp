#include "byte_range.hpp"

#include "field_rules.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

namespace gyre::http::detail {
namespace {

constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
// A part's head takes about so many bytes.
constexpr std::uint64_t worth_a_part = 100;

// A position beyond every file is as good as any other.
std::optional<std::uint64_t> parse_position(std::string_view digits) noexcept {
    if (digits.empty() || skip_chars(digits, 0, digits.size(), decimal_digit) != digits.size())
        return std::nullopt;
    std::uint64_t value = 0;
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc::result_out_of_range ? most : value;
}

/// A range-spec as it was written; `first` is absent for a suffix, whose length is `last`.
struct Spec {
    std::optional<std::uint64_t> first;
    std::uint64_t last = most;
};

std::optional<Spec> parse_spec(std::string_view text) noexcept {
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    Spec spec;
    if (dash > 0) {
        spec.first = parse_position(text.substr(0, dash));
        if (!spec.first) return std::nullopt;
        if (dash + 1 == text.size()) return spec;
    }
    const auto last = parse_position(text.substr(dash + 1));
    if (!last || (spec.first && *last < *spec.first)) return std::nullopt;
    spec.last = *last;
    return spec;
}

// What of it exists. The end of nothing is nothing.
ByteRange resolve(const Spec& spec, std::uint64_t size) noexcept {
    if (!spec.first) {
        const std::uint64_t length = std::min(spec.last, size);
        return {size - length, length};
    }
    if (*spec.first >= size) return {};
    return {*spec.first, std::min(spec.last, size - 1) - *spec.first + 1};
}

bool any_close_together(std::vector<ByteRange> sorted) {
    for (std::size_t i = 1; i < sorted.size(); ++i)
        if (sorted[i].first < sorted[i - 1].first + sorted[i - 1].length + worth_a_part)
            return true;
    return false;
}

void join_close_ones(std::vector<ByteRange>& ranges) {
    std::vector<ByteRange> sorted = ranges;
    std::sort(sorted.begin(), sorted.end(),
              [](const ByteRange& a, const ByteRange& b) { return a.first < b.first; });
    if (!any_close_together(sorted)) return;
    ranges.clear();
    for (const ByteRange& next : sorted) {
        if (!ranges.empty()) {
            ByteRange& last = ranges.back();
            const std::uint64_t end = last.first + last.length;
            if (next.first < end + worth_a_part) {
                last.length = std::max(end, next.first + next.length) - last.first;
                continue;
            }
        }
        ranges.push_back(next);
    }
}

}  // namespace

RangeRequest parse_range(std::string_view field, std::uint64_t size) {
    using Kind = RangeRequest::Kind;
    const std::size_t equals = field.find('=');
    if (equals == std::string_view::npos || !iequals(field.substr(0, equals), "bytes")) return {};
    RangeRequest request{.kind = Kind::unsatisfiable};
    std::size_t count = 0;
    bool good = true;
    bool end_of_nothing = false;
    for_each_token(field.substr(equals + 1), [&](std::string_view text) {
        const auto spec = parse_spec(text);
        good = spec && ++count <= max_ranges;
        if (!good) return false;
        if (const ByteRange range = resolve(*spec, size); range.length > 0)
            request.ranges.push_back(range);
        // Satisfiable by RFC 9110 section 14.1.2, but Content-Range has no way to say so.
        end_of_nothing = end_of_nothing || (!spec->first && spec->last > 0 && size == 0);
        return true;
    });
    if (!good || count == 0 || end_of_nothing) return {};
    if (!request.ranges.empty()) request.kind = Kind::partial;
    join_close_ones(request.ranges);
    return request;
}

std::string content_range(const ByteRange& range, std::uint64_t size) {
    return "bytes " + std::to_string(range.first) + '-' +
           std::to_string(range.first + range.length - 1) + '/' + std::to_string(size);
}

std::string unsatisfied_range(std::uint64_t size) { return "bytes */" + std::to_string(size); }

std::string part_head(std::string_view boundary, std::string_view content_type,
                      const ByteRange& range, std::uint64_t size) {
    std::string head{"\r\n--"};
    head.append(boundary).append("\r\n");
    if (!content_type.empty()) head.append("Content-Type: ").append(content_type).append("\r\n");
    return head.append("Content-Range: ").append(content_range(range, size)).append("\r\n\r\n");
}

std::string last_part_end(std::string_view boundary) {
    return std::string{"\r\n--"}.append(boundary).append("--\r\n");
}

}  // namespace gyre::http::detail
