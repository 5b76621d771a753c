#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
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
    mounted,             ///< a mount takes it: `rest` is the path for what is mounted there
    not_found,           ///< no pattern fits the path
    method_not_allowed,  ///< one does, but not for this method: `allow` has those that it takes
    bad_request,         ///< a captured part has a malformed escape
    no_path,             ///< it does not begin with a slash, as in "*"
};

struct RouteMatch {
    MatchStatus status = MatchStatus::not_found;
    std::size_t index = 0;                 ///< of the route or mount
    std::vector<RouteArgument> arguments;  ///< in the order of the pattern
    std::string allow;      ///< the value of an Allow field (RFC 9110 section 10.2.1)
    std::string_view rest;  ///< with mounted only
};

/// The value of an Allow field for routes of these methods: HEAD comes with GET, OPTIONS always,
/// and
/// "*" is every method of RFC 9110 that a handler may get.
[[nodiscard]] std::string allow_value(std::vector<std::string_view> methods);

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
/// place, but for TRACE and CONNECT; HEAD is answered by the route for GET unless it has its own.
///
/// A mount is a prefix under which something else has the routes: what it does not take itself,
/// beginning with the longest prefix, goes there.
///
/// The routes form a tree with one level a segment and a hash table in each node. A look-up costs
/// one probe a segment; it visits a node at most once, whatever the path is.
class Router {
public:
    static constexpr std::size_t max_segments = 32;

    [[nodiscard]] RouteAdded add(std::string_view method, std::string_view pattern);

    /// A prefix without a rest; its index is counted together with those of the routes.
    [[nodiscard]] RouteAdded mount(std::string_view prefix);

    /// `path` is that of the request target, without a query. Does not allocate when a route
    /// without parameters matches.
    [[nodiscard]] RouteMatch match(std::string_view method, std::string_view path) const;

    [[nodiscard]] std::size_t size() const noexcept { return routes_.size(); }

    /// The path that the pattern of a route or mount makes of these values for its parameters,
    /// percent-encoded; nothing if they are too few, too many or would not match.
    [[nodiscard]] std::optional<std::string> build(
        std::size_t index, std::span<const std::string_view> arguments) const;
    [[nodiscard]] std::size_t parameters(std::size_t index) const noexcept {
        return routes_[index].names.size();
    }
    /// The methods that routes have been added for, "*" among them, each once.
    [[nodiscard]] std::vector<std::string_view> methods() const;
    [[nodiscard]] bool knows_method(std::string_view method) const noexcept;

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
        MethodRoutes ending;                 ///< routes that end here
        MethodRoutes rest;                   ///< routes that take the rest of the path from here
        std::optional<std::size_t> mount{};  ///< takes what they do not
    };

    struct Route {
        std::string pattern;
        std::vector<std::string> names;
    };

    class Search;

    static NodeIndex existing_child(const Node& parent, std::string_view segment);
    NodeIndex child_for(NodeIndex parent, std::string_view segment);
    NodeIndex node_for(std::span<const std::string_view> segments);
    std::size_t keep(std::string_view pattern, std::span<const std::string_view> segments);

    std::vector<Node> nodes_ = std::vector<Node>(1);
    std::vector<Route> routes_;
    std::vector<std::string> methods_;
};

}  // namespace gyre::http::detail
