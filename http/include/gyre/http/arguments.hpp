#pragma once

#include <gyre/error.hpp>
#include <gyre/export.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gyre::http {

/// Names and values in their order, decoded: of a query string, or of a form's fields (Tornado's
/// `get_argument` and `get_arguments`). The bytes are as they were sent, whatever their charset;
/// control bytes and NUL may be among them. Views are valid until the object changes or goes.
class GYRE_API Arguments {
public:
    using Argument = std::pair<std::string, std::string>;

    Arguments() = default;
    explicit Arguments(std::vector<Argument> arguments) noexcept
        : arguments_(std::move(arguments)) {}

    /// The first value of this name; nothing if there is none. Names are case-sensitive.
    std::optional<std::string_view> get(std::string_view name) const noexcept;
    /// The same, or `otherwise`, which must outlive the result.
    std::string_view get(std::string_view name, std::string_view otherwise) const noexcept;
    /// All values of this name, in their order.
    std::vector<std::string_view> get_list(std::string_view name) const;
    bool contains(std::string_view name) const noexcept { return get(name).has_value(); }

    std::size_t size() const noexcept { return arguments_.size(); }
    bool empty() const noexcept { return arguments_.empty(); }
    std::vector<Argument>::const_iterator begin() const noexcept { return arguments_.begin(); }
    std::vector<Argument>::const_iterator end() const noexcept { return arguments_.end(); }

private:
    std::vector<Argument> arguments_;
};

/// A query string taken apart.
struct QueryResult {
    Error error{};  ///< `protocol_error`: a malformed escape; `limit_exceeded`: too many arguments.
    Arguments arguments{};
};

}  // namespace gyre::http
