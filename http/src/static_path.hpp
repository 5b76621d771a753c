#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gyre::http::detail {

/// What the path of a request names beneath a folder.
struct StaticPath {
    std::string name;        ///< "a/b.txt"; empty for the folder itself. No ".." or empty segment.
    bool ends_open = false;  ///< It ended with a slash, so that it can name a folder only.
};

/// Whether files of that name may be served at all: valid UTF-8 without a slash, backslash or
/// control byte, at most 255 bytes, and none of "", "." and "..". Hidden ones begin with a dot.
[[nodiscard]] bool is_servable_name(std::string_view name, bool hidden_too) noexcept;

/// Reads a path as it came, still percent-encoded and without a slash at its front. It is split at
/// its slashes first, then each segment is decoded once; so an encoded slash, dot or percent sign
/// never gets a meaning. Nothing if a segment is not servable; only the last one may be empty.
[[nodiscard]] std::optional<StaticPath> parse_static_path(std::string_view path, bool hidden_too);

/// Valid UTF-8 of RFC 3629: nothing overlong, no surrogates, nothing beyond U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

}  // namespace gyre::http::detail
