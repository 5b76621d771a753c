#pragma once

#include "pattern_parser.hpp"
#include <gyre/error.hpp>

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace gyre::detail {

/// A regular expression that is searched for in bytes as they arrive: Thompson's automaton, run as
/// the set of the states that it may be in. Nothing is ever looked at twice, and a byte costs at
/// most a visit to every state, whatever the bytes are. No I/O.
///
/// It finds the earliest byte at which any match ends, so how the bytes are cut does not matter.
class StreamPattern {
public:
    static constexpr std::size_t most_states = 4096;

    explicit StreamPattern(std::string_view pattern);

    /// `invalid_argument` if the pattern cannot be used; then it finds nothing.
    const Error& error() const noexcept { return error_; }
    /// Goes on with the next bytes. Gives how many of them belong to the first match, the one that
    /// ends it included; nothing while there is none. To be asked no more after a match.
    std::optional<std::size_t> feed(std::string_view bytes) noexcept;

private:
    using Index = std::uint16_t;
    struct State {
        enum class Kind : std::uint8_t {
            byte,   ///< One byte of the set, then `next`.
            split,  ///< `next` or `other`, without a byte.
            match,  ///< The end of the pattern.
        };
        Kind kind = Kind::match;
        Index next = 0;
        Index other = 0;  // of a byte: the set
    };

    // Each gives the state that begins the part, which goes on with the state `next`.
    Index compile(const PatternNode& node, Index next);
    Index compile_repeat(const PatternNode& node, Index next);
    Index compile_loop(const PatternNode& part, Index next);
    Index add_state(State state);
    bool too_large() const noexcept { return steps_ > 16 * most_states; }
    void prepare(Index start);

    bool step(unsigned char byte) noexcept;
    bool enter(Index state) noexcept;
    bool mark(Index state) noexcept;
    void new_generation() noexcept;

    std::vector<State> states_;
    std::vector<std::bitset<256>> sets_;
    std::size_t steps_ = 0;  // of compiling
    Error error_;

    std::vector<Index> start_;     // the byte states in which a match may begin
    std::bitset<256> first_;       // the bytes that they take
    std::vector<Index> current_;   // the byte states of matches that have begun
    std::vector<Index> upcoming_;  // the same after the byte at hand
    std::vector<Index> to_visit_;
    std::vector<std::uint32_t> marks_;  // the generation in which a state was entered last
    std::uint32_t generation_ = 0;
};

}  // namespace gyre::detail
