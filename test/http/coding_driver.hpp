#pragma once

#include "content_decoder.hpp"
#include "content_encoder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <ostream>
#include <string>
#include <string_view>

namespace gyre::http::detail {

inline void PrintTo(ContentCoding coding, std::ostream* out) { *out << coding_name(coding); }
inline void PrintTo(DecodeError error, std::ostream* out) { *out << describe(error); }

}  // namespace gyre::http::detail

namespace gyre::http::detail::test {

inline constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();

/// What a decoder made of a body, and why it refused it.
struct Decoded {
    std::string body;
    DecodeError error = DecodeError::none;
    std::size_t largest_piece = 0;

    bool operator==(const Decoded& other) const {
        return body == other.body && error == other.error;
    }
};

/// Gives the body to a decoder in pieces of this size, then tells it the end.
inline Decoded decode(ContentCoding coding, std::string_view body,
                      std::size_t piece = std::string_view::npos, std::uint64_t limit = no_limit) {
    ContentDecoder decoder{coding, limit};
    Decoded decoded;
    for (std::size_t at = 0; at < body.size() && decoder.error() == DecodeError::none;) {
        // A copy of the exact size lets a sanitizer see a read beyond it.
        const std::string part{body.substr(at, piece)};
        at += part.size();
        std::string_view rest = part;
        for (;;) {
            const DecodeStep step = decoder.decode(rest);
            rest.remove_prefix(step.consumed);
            if (step.event != DecodeStep::Event::data) break;
            decoded.body.append(step.piece);
            decoded.largest_piece = std::max(decoded.largest_piece, step.piece.size());
        }
        if (decoder.error() == DecodeError::none) EXPECT_TRUE(rest.empty()) << "asks for more";
    }
    decoded.error = decoder.finish();
    return decoded;
}

inline std::string encode(ContentCoding coding, std::string_view body) {
    ContentEncoder encoder{coding, 5};
    std::string out;
    encoder.write(body, out);
    encoder.finish(out);
    return out;
}

/// Bytes that no coding makes smaller.
inline std::string noise(std::size_t size) {
    std::string text;
    std::uint64_t state = 88172645463325252U;
    while (text.size() < size) {
        state ^= state << 13U;
        state ^= state >> 7U;
        state ^= state << 17U;
        text.push_back(static_cast<char>(state & 0xffU));
    }
    return text;
}

inline constexpr ContentCoding all_codings[] = {ContentCoding::gzip, ContentCoding::deflate,
                                                ContentCoding::brotli};

}  // namespace gyre::http::detail::test
