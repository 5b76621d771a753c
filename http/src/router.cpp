#include "router.hpp"

#include "field_rules.hpp"
#include "percent.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace gyre::http::detail {

namespace {

constexpr std::size_t consumed = std::string_view::npos;
constexpr std::string_view rest_suffix = "...";
constexpr std::string_view int_suffix = ":int";

enum class SegmentKind : std::uint8_t { literal, integer, name, rest };

bool is_parameter(std::string_view segment) noexcept {
    return segment.size() >= 2 && segment.front() == '{' && segment.back() == '}';
}

std::string_view inside(std::string_view segment) noexcept {
    return segment.substr(1, segment.size() - 2);
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

bool is_identifier(std::string_view name) noexcept {
    const auto is_word = [](char byte) {
        return byte == '_' || (to_lower(byte) >= 'a' && to_lower(byte) <= 'z');
    };
    return !name.empty() && is_word(name.front()) &&
           std::all_of(name.begin(), name.end(),
                       [&](char byte) { return is_word(byte) || (byte >= '0' && byte <= '9'); });
}

bool is_integer(std::string_view segment) noexcept {
    std::int64_t value = 0;
    const auto [end, error] =
        std::from_chars(segment.data(), segment.data() + segment.size(), value);
    return !segment.empty() && segment.front() != '-' && error == std::errc{} &&
           end == segment.data() + segment.size();
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

/// What is wrong with a pattern as a line of text, before it is looked at segment by segment.
std::string_view check_text(std::string_view pattern) noexcept {
    if (!pattern.starts_with('/')) return "it does not begin with '/'";
    if (!is_target(pattern) || pattern.find('?') != std::string_view::npos)
        return "it has a character that no path has; such a one is written percent-encoded";
    if (!is_percent_encoded(pattern))
        return "it has a '%' that does not begin an escape such as %20";
    return {};
}

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

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

}  // namespace

/// One look-up. The way down is kept in an array, as deep as the longest pattern may be, instead
/// of on the stack; a path that is longer than that stops matching early.
class Router::Search {
public:
    Search(const Router& router, std::string_view method, std::string_view path) noexcept
        : router_(router), method_(method), path_(path) {}

    RouteMatch run() {
        enter(0, 1);
        while (depth_ > 0) {
            if (const std::optional<std::size_t> route = step()) return found(*route);
        }
        return missed();
    }

private:
    /// A node on the way down: what it was entered with, and which of its ways comes next.
    /// Without initial values, since filling the whole array would cost more than the look-up.
    struct Frame {
        NodeIndex node;
        SegmentKind next;
        std::size_t captures;
        std::size_t begin;  ///< of the segment to match; `consumed` behind the last
        std::size_t end;
    };

    void enter(NodeIndex node, std::size_t begin) noexcept {
        const std::size_t end =
            begin == consumed ? consumed : std::min(path_.find('/', begin), path_.size());
        frames_[depth_++] = {node, SegmentKind::literal, captured_, begin, end};
    }

    std::optional<std::size_t> step() {
        Frame& frame = frames_[depth_ - 1];
        const Node& node = router_.nodes_[frame.node];
        captured_ = frame.captures;
        if (frame.begin == consumed) {
            --depth_;
            return route_for(node.ending);
        }
        const std::string_view segment = path_.substr(frame.begin, frame.end - frame.begin);
        const std::size_t after = frame.end == path_.size() ? consumed : frame.end + 1;
        switch (frame.next) {
            case SegmentKind::literal:
                frame.next = SegmentKind::integer;
                if (const auto child = node.literals.find(segment); child != node.literals.end())
                    enter(child->second, after);
                return std::nullopt;
            case SegmentKind::integer:
                frame.next = SegmentKind::name;
                if (node.int_child != no_node && is_integer(segment))
                    enter_capturing(node.int_child, segment, after);
                return std::nullopt;
            case SegmentKind::name:
                frame.next = SegmentKind::rest;
                if (node.name_child != no_node && !segment.empty())
                    enter_capturing(node.name_child, segment, after);
                return std::nullopt;
            case SegmentKind::rest:
                --depth_;
                captures_[captured_++] = path_.substr(frame.begin);
                return route_for(node.rest);
        }
        return std::nullopt;
    }

    void enter_capturing(NodeIndex node, std::string_view segment, std::size_t after) noexcept {
        captures_[captured_++] = segment;
        enter(node, after);
    }

    std::optional<std::size_t> route_for(const MethodRoutes& routes) {
        const MethodRoute* fallback = nullptr;
        for (const MethodRoute& candidate : routes) {
            if (candidate.method == method_) return candidate.route;
            // HEAD is asked of GET before it is asked of any method.
            if ((candidate.method == "GET" && method_ == "HEAD") ||
                (candidate.method == "*" && fallback == nullptr))
                fallback = &candidate;
        }
        if (fallback != nullptr) return fallback->route;
        for (const MethodRoute& candidate : routes)
            allowed_.push_back(candidate.method);
        return std::nullopt;
    }

    RouteMatch found(std::size_t route) const {
        RouteMatch match;
        match.status = MatchStatus::matched;
        match.index = route;
        const std::vector<std::string>& names = router_.routes_[route].names;
        match.arguments.reserve(names.size());
        for (std::size_t i = 0; i < names.size(); ++i) {
            std::optional<std::string> value = percent_decode(captures_[i]);
            if (!value) {
                RouteMatch bad;
                bad.status = MatchStatus::bad_request;
                return bad;
            }
            match.arguments.emplace_back(names[i], captures_[i], *std::move(value));
        }
        return match;
    }

    RouteMatch missed() {
        RouteMatch match;
        if (allowed_.empty()) return match;
        match.status = MatchStatus::method_not_allowed;
        if (std::find(allowed_.begin(), allowed_.end(), "GET") != allowed_.end())
            allowed_.emplace_back("HEAD");
        std::sort(allowed_.begin(), allowed_.end());
        allowed_.erase(std::unique(allowed_.begin(), allowed_.end()), allowed_.end());
        for (const std::string_view method : allowed_)
            match.allow.append(match.allow.empty() ? "" : ", ").append(method);
        return match;
    }

    const Router& router_;
    std::string_view method_;
    std::string_view path_;
    std::vector<std::string_view> allowed_;
    std::size_t depth_ = 0;
    std::size_t captured_ = 0;
    std::array<Frame, max_segments + 1> frames_;
    std::array<std::string_view, max_segments + 1> captures_;
};

RouteAdded Router::add(std::string_view method, std::string_view pattern) {
    const auto refuse = [&](std::string_view reason) {
        return RouteAdded{
            0, "the pattern " + quoted(pattern) + " is malformed: " + std::string(reason)};
    };
    if (!is_method(method)) return {0, quoted(method) + " is not a method"};
    if (const std::string_view reason = check_text(pattern); !reason.empty()) return refuse(reason);
    const std::vector<std::string_view> segments = split(pattern);
    if (const std::string_view reason = check_segments(segments); !reason.empty())
        return refuse(reason);

    MethodRoutes& routes = routes_of(segments);
    for (const MethodRoute& other : routes) {
        if (other.method == method)
            return {0, "the pattern " + quoted(pattern) + " matches the same paths as " +
                           quoted(routes_[other.route].pattern) + ", which is there for " +
                           other.method};
    }
    Route route{std::string(pattern), {}};
    for (const std::string_view segment : segments) {
        if (is_parameter(segment)) route.names.emplace_back(name_of(segment));
    }
    routes_.push_back(std::move(route));
    routes.push_back({std::string(method), routes_.size() - 1});
    return {routes_.size() - 1, {}};
}

Router::NodeIndex Router::existing_child(const Node& parent, std::string_view segment) {
    if (kind_of(segment) == SegmentKind::integer) return parent.int_child;
    if (kind_of(segment) == SegmentKind::name) return parent.name_child;
    const auto found = parent.literals.find(segment);
    return found == parent.literals.end() ? no_node : found->second;
}

Router::NodeIndex Router::child_for(NodeIndex parent, std::string_view segment) {
    if (const NodeIndex child = existing_child(nodes_[parent], segment); child != no_node)
        return child;
    const auto child = static_cast<NodeIndex>(nodes_.size());
    nodes_.emplace_back();
    if (kind_of(segment) == SegmentKind::integer)
        nodes_[parent].int_child = child;
    else if (kind_of(segment) == SegmentKind::name)
        nodes_[parent].name_child = child;
    else
        nodes_[parent].literals.try_emplace(std::string(segment), child);
    return child;
}

Router::MethodRoutes& Router::routes_of(std::span<const std::string_view> segments) {
    NodeIndex node = 0;
    for (const std::string_view segment : segments) {
        if (kind_of(segment) == SegmentKind::rest) return nodes_[node].rest;
        node = child_for(node, segment);
    }
    return nodes_[node].ending;
}

RouteMatch Router::match(std::string_view method, std::string_view path) const {
    if (!path.starts_with('/')) return {};
    return Search(*this, method, path).run();
}

}  // namespace gyre::http::detail
