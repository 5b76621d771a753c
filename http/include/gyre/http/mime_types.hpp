#pragma once

#include <gyre/export.hpp>

#include <string_view>

namespace gyre::http {

/// The Content-Type for a file by the extension of its name, whatever its case: "text/css;
/// charset=utf-8" for "a/main.css". Text counts as UTF-8, as it does in WHATWG's and W3C's formats.
/// "application/octet-stream" for a name without an extension, or with one that is not known. The
/// view is valid for the life of the program.
[[nodiscard]] GYRE_API std::string_view content_type_for(std::string_view file_name) noexcept;

}  // namespace gyre::http
