#include <gyre/http/compression_options.hpp>

namespace gyre::http {

std::vector<std::string> CompressionOptions::default_types() {
    return {"text/*",
            "application/javascript",
            "application/x-javascript",
            "application/json",
            "application/ld+json",
            "application/problem+json",
            "application/geo+json",
            "application/manifest+json",
            "application/vnd.api+json",
            "application/x-ndjson",
            "application/xml",
            "application/xhtml+xml",
            "application/atom+xml",
            "application/rss+xml",
            "application/problem+xml",
            "application/wasm",
            "application/yaml",
            "image/svg+xml",
            "image/bmp",
            "font/otf",
            "font/ttf"};
}

}  // namespace gyre::http
