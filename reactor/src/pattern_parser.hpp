#pragma once

#include <gyre/error.hpp>

#include <bitset>
#include <cstddef>
#include <limits>
#include <string_view>
#include <vector>

namespace gyre::detail {

/// A part of a regular expression over bytes.
struct PatternNode {
    enum class Kind {
        bytes,     ///< One byte of the set.
        sequence,  ///< `parts`, one after another; none: nothing at all.
        choice,    ///< One of `parts`.
        repeat,    ///< The one part, `least` to `most` times.
    };
    static constexpr std::size_t no_end = std::numeric_limits<std::size_t>::max();

    Kind kind = Kind::sequence;
    std::size_t set = 0;  // of ParsedPattern::sets
    std::vector<PatternNode> parts{};
    std::size_t least = 0;
    std::size_t most = 0;
};

struct ParsedPattern {
    PatternNode root{};
    std::vector<std::bitset<256>> sets{};
    Error error{};  ///< `invalid_argument` that names the position, counted from 0.
};

/// Reads the syntax of `IOStream::read_until_regex`.
ParsedPattern parse_pattern(std::string_view pattern);

}  // namespace gyre::detail
