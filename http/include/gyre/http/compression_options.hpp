#pragma once

#include <gyre/export.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace gyre::http {

/// What a server compresses, and how hard, once `HTTPServerOptions::compress_response` is set.
///
/// The work is done on the reactor's thread: roughly 20 ms for 1 MB as they are, so a large body
/// should be written in pieces. While a response streams, its coder holds 0.3 to 1 MB.
struct GYRE_API CompressionOptions {
    /// Text, scripts, JSON, XML, SVG, fonts without a compression of their own, WebAssembly.
    static std::vector<std::string> default_types();

    /// Bytes; a body known to be smaller stays as it is. One whose size is not known when its head
    /// goes out is compressed.
    std::size_t min_size = 1024;
    int gzip_level = 6;    ///< 1 (fast) to 9 (small); for deflate too.
    int brotli_level = 4;  ///< 0 (fast) to 11 (small, and very slow).
    /// The media types that are compressed: "application/json", "text/*"; no parameters. A body
    /// without a Content-Type counts as the text/plain that it is sent as.
    std::vector<std::string> types = default_types();
};

}  // namespace gyre::http
