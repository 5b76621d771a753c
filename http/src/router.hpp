#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gyre::http::detail {

/// One captured part of a path. `name` is valid as long as the router, `raw` as long as the path.
struct RouteArgument {
    std::string_view name;
    std::string_view raw;  ///< as it came, so that an escaped slash can be told from a real one
    std::string value;     ///< percent-decoded; may hold any byte
};

enum class MatchStatus : std::uint8_t {
    matched,
    not_found,           ///< no pattern fits the path
    method_not_allowed,  ///< one does, but not for this method: `allow` has those that it takes
    bad_request,         ///< a captured part has a malformed escape
};

struct RouteMatch {
    MatchStatus status = MatchStatus::not_found;
    std::size_t index = 0;                 ///< of the route, with matched only
    std::vector<RouteArgument> arguments;  ///< in the order of the pattern
    std::string allow;  ///< the value of an Allow field (RFC 9110 section 10.2.1)
};

/// The outcome of Router::add: the index of the route, counted from 0, or what is wrong with it.
struct RouteAdded {
    std::size_t index = 0;
    std::string error;

    explicit operator bool() const noexcept { return error.empty(); }
};

/// Finds the route for a method and a path.
///
/// A pattern is a path whose segments may be `{name}` (one segment, not empty), `{name:int}`
/// (decimal digits that fit into 63 bits) or, at the end, `{name...}` (all the rest, perhaps
/// empty). The path is split at its slashes as it came, before anything is decoded; a literal
/// segment must equal it byte for byte. From left to right a literal goes before an int, that
/// before a name, that before a rest; what does not lead to a route of this method is tried no
/// further. The method "*" stands for every method that has no route of its own at the same
/// place; HEAD is answered by the route for GET unless it has its own.
///
/// The routes form a tree with one level a segment and a hash table in each node. A look-up costs
/// one probe a segment; it visits a node at most once, whatever the path is.
class Router {
public:
    static constexpr std::size_t max_segments = 32;

    [[nodiscard]] RouteAdded add(std::string_view method, std::string_view pattern);

    /// `path` is that of the request target, without a query. Does not allocate when a route
    /// without parameters matches.
    [[nodiscard]] RouteMatch match(std::string_view method, std::string_view path) const;

    [[nodiscard]] std::size_t size() const noexcept { return routes_.size(); }

private:
    using NodeIndex = std::uint32_t;
    static constexpr NodeIndex no_node = 0;  // the root, which is nobody's child

    struct TextHash {
        using is_transparent = void;  // NOLINT(readability-identifier-naming): the library's name
        std::size_t operator()(std::string_view text) const noexcept {
            return std::hash<std::string_view>{}(text);
        }
    };

    struct MethodRoute {
        std::string method;
        std::size_t route = 0;
    };
    using MethodRoutes = std::vector<MethodRoute>;

    struct Node {
        std::unordered_map<std::string, NodeIndex, TextHash, std::equal_to<>> literals;
        NodeIndex int_child = no_node;
        NodeIndex name_child = no_node;
        MethodRoutes ending;  ///< routes that end here
        MethodRoutes rest;    ///< routes that take the rest of the path from here
    };

    struct Route {
        std::string pattern;
        std::vector<std::string> names;
    };

    class Search;

    static NodeIndex existing_child(const Node& parent, std::string_view segment);
    NodeIndex child_for(NodeIndex parent, std::string_view segment);
    MethodRoutes& routes_of(std::span<const std::string_view> segments);

    std::vector<Node> nodes_ = std::vector<Node>(1);
    std::vector<Route> routes_;
};

}  // namespace gyre::http::detail
