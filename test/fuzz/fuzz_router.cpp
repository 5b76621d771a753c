// The router against a slow one that tries every pattern: both find the same route.

#include "percent.hpp"
#include "router.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

namespace detail = gyre::http::detail;
using Segments = std::vector<std::string_view>;

void require(bool condition) {
    if (!condition) std::abort();
}

Segments split(std::string_view path) {
    Segments segments;
    for (std::size_t begin = 1; begin <= path.size();) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        segments.push_back(path.substr(begin, end - begin));
        begin = end + 1;
    }
    return segments;
}

bool is_integer(std::string_view text) {
    constexpr std::string_view largest = "9223372036854775807";
    if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos)
        return false;
    text.remove_prefix(std::min(text.find_first_not_of('0'), text.size()));
    return text.size() < largest.size() || (text.size() == largest.size() && text <= largest);
}

/// 0 literal, 1 int, 2 name, 3 rest; 4 when the segment does not fit.
int rank(std::string_view pattern, const Segments& path, std::size_t at) {
    const bool parameter = pattern.starts_with('{');
    if (parameter && pattern.ends_with("...}")) return 3;
    if (parameter && pattern.ends_with(":int}")) return is_integer(path[at]) ? 1 : 4;
    if (parameter) return path[at].empty() ? 4 : 2;
    return pattern == path[at] ? 0 : 4;
}

/// The ranks of a pattern's segments, or nothing when it does not match. Smaller ones go first.
std::vector<int> ranks(const Segments& pattern, const Segments& path) {
    std::vector<int> found;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        found.push_back(i < path.size() ? rank(pattern[i], path, i) : 4);
        if (found.back() == 4) return {};
        if (found.back() == 3) return found;
    }
    return pattern.size() == path.size() ? found : std::vector<int>{};
}

struct Routes {
    detail::Router router;
    std::vector<std::string> patterns;
};

void check(const Routes& routes, std::string_view path) {
    const detail::RouteMatch match = routes.router.match("GET", path);
    std::vector<int> best;
    std::size_t expected = 0;
    for (std::size_t i = 0; path.starts_with('/') && i < routes.patterns.size(); ++i) {
        std::vector<int> candidate = ranks(split(routes.patterns[i]), split(path));
        if (!candidate.empty() && (best.empty() || candidate < best)) {
            best = std::move(candidate);
            expected = i;
        }
    }
    const bool hit = match.status == detail::MatchStatus::matched ||
                     match.status == detail::MatchStatus::bad_request;
    require(hit == !best.empty());
    if (match.status != detail::MatchStatus::matched) return;
    require(match.index == expected);
    for (const detail::RouteArgument& argument : match.arguments)
        require(detail::percent_decode(argument.raw) == argument.value);
    require(routes.router.match("PUT", path).status == detail::MatchStatus::method_not_allowed);
}

}  // namespace

// Lines: patterns up to an empty line, then paths.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view input(reinterpret_cast<const char*>(data), size);
    Routes routes;
    bool patterns = true;
    while (!input.empty()) {
        const std::string_view line = input.substr(0, input.find('\n'));
        input.remove_prefix(std::min(line.size() + 1, input.size()));
        if (patterns && line.empty())
            patterns = false;
        else if (!patterns)
            check(routes, line);
        else if (routes.router.add("GET", line))
            routes.patterns.emplace_back(line);
    }
    return 0;
}
