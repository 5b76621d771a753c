#include "router.hpp"

#include "field_rules.hpp"
#include "percent.hpp"
#include "route_pattern.hpp"

#include <algorithm>
#include <utility>

namespace gyre::http::detail {
namespace {

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

RouteAdded refuse(std::string_view pattern, std::string_view reason) {
    return {0, "the pattern " + quoted(pattern) + " is malformed: " + std::string(reason)};
}

// Segments that whoever follows a link takes away, encoded or not (RFC 3986 section 5.2.4).
bool is_dots(std::string_view segment) noexcept { return segment == "." || segment == ".."; }

// The text of a parameter in a path, if it fits there.
std::optional<std::string> encoded(std::string_view parameter, std::string_view argument) {
    switch (kind_of(parameter)) {
        case SegmentKind::integer:
            return is_integer(argument) ? std::optional{std::string{argument}} : std::nullopt;
        case SegmentKind::rest: {
            std::string path;
            for (;;) {
                const std::size_t slash = argument.find('/');
                if (is_dots(argument.substr(0, slash))) return std::nullopt;
                path += percent_encode(argument.substr(0, slash));
                if (slash == std::string_view::npos) return path;
                path += '/';
                argument.remove_prefix(slash + 1);
            }
        }
        default:
            if (argument.empty() || is_dots(argument)) return std::nullopt;
            return percent_encode(argument);
    }
}

}  // namespace

RouteAdded Router::add(std::string_view method, std::string_view pattern) {
    if (!is_method(method)) return {0, quoted(method) + " is not a method"};
    if (const std::string_view reason = check_text(pattern); !reason.empty())
        return refuse(pattern, reason);
    const std::vector<std::string_view> segments = split(pattern);
    if (const std::string_view reason = check_segments(segments); !reason.empty())
        return refuse(pattern, reason);

    const bool takes_rest = kind_of(segments.back()) == SegmentKind::rest;
    Node& node = nodes_[node_for(segments)];
    MethodRoutes& routes = takes_rest ? node.rest : node.ending;
    for (const MethodRoute& other : routes) {
        if (other.method == method)
            return {0, "the pattern " + quoted(pattern) + " matches the same paths as " +
                           quoted(routes_[other.route].pattern) + ", which is there for " +
                           other.method};
    }
    routes.push_back({std::string(method), keep(pattern, segments)});
    if (!knows_method(method)) methods_.emplace_back(method);
    return {routes_.size() - 1, {}};
}

RouteAdded Router::mount(std::string_view prefix) {
    if (const std::string_view reason = check_text(prefix); !reason.empty())
        return refuse(prefix, reason);
    const std::string_view without_slash =
        prefix.ends_with('/') ? prefix.substr(0, prefix.size() - 1) : prefix;
    const std::vector<std::string_view> segments = split(without_slash);
    if (const std::string_view reason = check_segments(segments); !reason.empty())
        return refuse(prefix, reason);
    if (!segments.empty() && kind_of(segments.back()) == SegmentKind::rest)
        return refuse(prefix, "what is mounted takes the rest itself");
    Node& node = nodes_[node_for(segments)];
    if (node.mount) return {0, "something is mounted at " + quoted(prefix) + " already"};
    node.mount = keep(without_slash, segments);
    return {routes_.size() - 1, {}};
}

std::size_t Router::keep(std::string_view pattern, std::span<const std::string_view> segments) {
    Route route{std::string(pattern), {}};
    for (const std::string_view segment : segments) {
        if (is_parameter(segment)) route.names.emplace_back(name_of(segment));
    }
    routes_.push_back(std::move(route));
    return routes_.size() - 1;
}

std::optional<std::string> Router::build(std::size_t index,
                                         std::span<const std::string_view> arguments) const {
    const Route& route = routes_[index];
    if (arguments.size() != route.names.size()) return std::nullopt;
    std::string path;
    for (const std::string_view segment : split(route.pattern)) {
        path += '/';
        if (!is_parameter(segment)) {
            path += segment;
            continue;
        }
        auto text = encoded(segment, arguments.front());
        if (!text) return std::nullopt;
        // As a link "//host" would lead to another server.
        if (path == "/" && text->starts_with('/')) text->replace(0, 1, "%2F");
        path += *text;
        arguments = arguments.subspan(1);
    }
    return path;
}

std::vector<std::string_view> Router::methods() const { return {methods_.begin(), methods_.end()}; }

bool Router::knows_method(std::string_view method) const noexcept {
    return std::find(methods_.begin(), methods_.end(), method) != methods_.end();
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

// Where a pattern leads; for one that takes the rest, where that begins.
Router::NodeIndex Router::node_for(std::span<const std::string_view> segments) {
    NodeIndex node = 0;
    for (const std::string_view segment : segments) {
        if (kind_of(segment) == SegmentKind::rest) break;
        node = child_for(node, segment);
    }
    return node;
}

}  // namespace gyre::http::detail
