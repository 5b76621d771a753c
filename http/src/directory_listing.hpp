#pragma once

#include "static_root.hpp"

#include <span>
#include <string>
#include <string_view>

namespace gyre::http::detail {

/// A page with a link to each of the names. `title` is the folder's path as people read it; with
/// `has_parent` there is a link to the folder above.
[[nodiscard]] std::string directory_page(std::string_view title, std::span<const ListedName> names,
                                         bool has_parent);

}  // namespace gyre::http::detail
