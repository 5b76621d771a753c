#include "percent.hpp"
#include "route_pattern.hpp"
#include "router.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

// The look-up of Router.
namespace gyre::http::detail {
namespace {

constexpr std::size_t consumed = std::string_view::npos;

// A handler for any method does not expect to be a proxy or an echo (RFC 9110
// sections 9.3.6, 9.3.8).
bool may_be_any(std::string_view method) noexcept {
    return method != "TRACE" && method != "CONNECT";
}

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
            const auto route = route_for(node.ending);
            return route ? route : mount_at(node, "/");
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
            case SegmentKind::rest: {
                --depth_;
                captures_[captured_] = path_.substr(frame.begin);
                const auto route = route_for(node.rest);
                return route ? route : mount_at(node, path_.substr(frame.begin - 1));
            }
        }
        return std::nullopt;
    }

    void enter_capturing(NodeIndex node, std::string_view segment, std::size_t after) noexcept {
        captures_[captured_++] = segment;
        enter(node, after);
    }

    std::optional<std::size_t> mount_at(const Node& node, std::string_view rest) noexcept {
        if (node.mount) rest_ = rest;
        return node.mount;
    }

    std::optional<std::size_t> route_for(const MethodRoutes& routes) {
        const MethodRoute* fallback = nullptr;
        for (const MethodRoute& candidate : routes) {
            if (candidate.method == method_) return candidate.route;
            // HEAD is asked of GET before it is asked of any method.
            if ((candidate.method == "GET" && method_ == "HEAD") ||
                (candidate.method == "*" && fallback == nullptr && may_be_any(method_)))
                fallback = &candidate;
        }
        if (fallback != nullptr) return fallback->route;
        for (const MethodRoute& candidate : routes)
            allowed_.push_back(candidate.method);
        return std::nullopt;
    }

    RouteMatch found(std::size_t route) const {
        RouteMatch match;
        match.status = rest_.empty() ? MatchStatus::matched : MatchStatus::mounted;
        match.index = route;
        match.rest = rest_;
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
        match.allow = allow_value(std::move(allowed_));
        return match;
    }

    const Router& router_;
    std::string_view method_;
    std::string_view path_;
    std::vector<std::string_view> allowed_;
    std::string_view rest_;  // for the mount that was found
    std::size_t depth_ = 0;
    std::size_t captured_ = 0;
    std::array<Frame, max_segments + 1> frames_;
    std::array<std::string_view, max_segments + 1> captures_;
};

std::string allow_value(std::vector<std::string_view> methods) {
    if (std::find(methods.begin(), methods.end(), "*") != methods.end()) {
        std::erase(methods, "*");
        methods.insert(methods.end(), {"DELETE", "GET", "PATCH", "POST", "PUT"});
    }
    if (std::find(methods.begin(), methods.end(), "GET") != methods.end())
        methods.emplace_back("HEAD");
    methods.emplace_back("OPTIONS");
    std::sort(methods.begin(), methods.end());
    methods.erase(std::unique(methods.begin(), methods.end()), methods.end());
    std::string value;
    for (const std::string_view method : methods)
        value.append(value.empty() ? "" : ", ").append(method);
    return value;
}

RouteMatch Router::match(std::string_view method, std::string_view path) const {
    if (!path.starts_with('/')) {
        RouteMatch match;
        match.status = MatchStatus::no_path;
        return match;
    }
    return Search(*this, method, path).run();
}

}  // namespace gyre::http::detail
