#pragma once

#include <gyre/error.hpp>

#include <string>
#include <string_view>

namespace gyre::http::detail {

/// Puts a new file with this content at `path`, readable for its owner only, in place of what is
/// there, in one step and after the content has reached the disk: whatever fails, there is the
/// whole old file or the whole new one. Blocks.
Error replace_file(const std::string& path, std::string_view content);

}  // namespace gyre::http::detail
