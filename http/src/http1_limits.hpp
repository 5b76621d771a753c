#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

namespace gyre::http::detail {

inline constexpr std::size_t kib = 1024;

// How much of one HTTP/1.1 message the parser accepts. Every byte is counted before anything is
// stored, and a limit is applied as soon as it is certain to be exceeded. All sizes are in bytes.
struct Http1Limits {
    // The whole head: an empty line before it, the start line, the fields and the empty line that
    // ends it. A reading buffer of this size always holds a head that the parser accepts.
    std::size_t max_head = 16 * kib;
    // One field line, without its CRLF.
    std::size_t max_field_line = 8 * kib;
    // Fields of a head; as many again in the trailer section.
    std::size_t max_fields = 100;
    // Cookies of a request, in all its Cookie fields.
    std::size_t max_cookies = 100;
    // The request target.
    std::size_t max_target = 8 * kib;
    // Extensions of one chunk, from the first semicolon up to the CRLF, and of all chunks of a
    // body.
    std::size_t max_chunk_extension = 256;
    std::size_t max_chunk_extensions = 16 * kib;
    // The trailer section, with the empty line that ends it.
    std::size_t max_trailers = 8 * kib;
    // The body, without its chunk framing. The largest value means unlimited.
    std::uint64_t max_body = std::numeric_limits<std::uint64_t>::max();
};

}  // namespace gyre::http::detail
