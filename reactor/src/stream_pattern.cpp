#include "stream_pattern.hpp"

#include <gyre/error_access.hpp>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

namespace gyre::detail {

StreamPattern::StreamPattern(std::string_view pattern) {
    ParsedPattern parsed = parse_pattern(pattern);
    error_ = std::move(parsed.error);
    if (ErrorAccess::failed(error_)) return;
    const Index end = add_state({});
    const Index start = compile(parsed.root, end);
    sets_ = std::move(parsed.sets);
    // More sets than an index can name are possible in what is repeated no times.
    if (too_large() || sets_.size() > std::numeric_limits<Index>::max())
        error_ = Error{Errc::invalid_argument,
                       "regular expression: more than " + std::to_string(most_states) + " states"};
    else
        prepare(start);
}

StreamPattern::Index StreamPattern::add_state(State state) {
    if (states_.size() >= most_states) {
        steps_ = 16 * most_states + 1;
        return 0;
    }
    states_.push_back(state);
    return static_cast<Index>(states_.size() - 1);
}

// Steps are counted too, as a repetition of nothing makes no states.
StreamPattern::Index StreamPattern::compile(const PatternNode& node, Index next) {
    ++steps_;
    if (too_large()) return next;
    switch (node.kind) {
        case PatternNode::Kind::bytes:
            return add_state({State::Kind::byte, next, static_cast<Index>(node.set)});
        case PatternNode::Kind::sequence:
            for (std::size_t i = node.parts.size(); i-- > 0;)
                next = compile(node.parts[i], next);
            return next;
        case PatternNode::Kind::choice: {
            Index start = compile(node.parts.back(), next);
            for (std::size_t i = node.parts.size() - 1; i-- > 0;)
                start = add_state({State::Kind::split, compile(node.parts[i], next), start});
            return start;
        }
        case PatternNode::Kind::repeat:
            return compile_repeat(node, next);
    }
    __builtin_unreachable();
}

StreamPattern::Index StreamPattern::compile_repeat(const PatternNode& node, Index next) {
    const PatternNode& part = node.parts.front();
    const bool endless = node.most == PatternNode::no_end;
    Index start = endless ? compile_loop(part, next) : next;
    for (std::size_t i = node.least; !endless && i < node.most && !too_large(); ++i)
        start = add_state({State::Kind::split, compile(part, start), next});
    for (std::size_t i = 0; i < node.least && !too_large(); ++i)
        start = compile(part, start);
    return start;
}

StreamPattern::Index StreamPattern::compile_loop(const PatternNode& part, Index next) {
    const Index split = add_state({State::Kind::split, next, next});
    const Index body = compile(part, split);
    states_[split].next = body;
    return split;
}

void StreamPattern::prepare(Index start) {
    marks_.resize(states_.size());
    current_.reserve(states_.size());
    upcoming_.reserve(states_.size());
    to_visit_.reserve(states_.size());
    new_generation();
    if (enter(start)) {
        error_ = Error{Errc::invalid_argument,
                       "regular expression: it matches the empty string, at position 0"};
        return;
    }
    start_ = upcoming_;
    upcoming_.clear();
    for (const Index state : start_)
        first_ |= sets_[states_[state].other];
}

std::optional<std::size_t> StreamPattern::feed(std::string_view bytes) noexcept {
    if (start_.empty()) return std::nullopt;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto byte = static_cast<unsigned char>(bytes[i]);
        if (current_.empty() && !first_[byte]) continue;
        if (step(byte)) return i + 1;
    }
    return std::nullopt;
}

bool StreamPattern::step(unsigned char byte) noexcept {
    new_generation();
    for (const std::vector<Index>* from : {&current_, &start_})
        for (const Index state : *from)
            if (sets_[states_[state].other][byte] && enter(states_[state].next)) return true;
    std::swap(current_, upcoming_);
    upcoming_.clear();
    return false;
}

// Puts the byte states that can be reached without a byte into `upcoming_`. True at a match's end.
bool StreamPattern::enter(Index state) noexcept {
    to_visit_.clear();
    if (mark(state)) to_visit_.push_back(state);
    while (!to_visit_.empty()) {
        const Index visited = to_visit_.back();
        const State& at = states_[visited];
        to_visit_.pop_back();
        if (at.kind == State::Kind::match) return true;
        if (at.kind == State::Kind::byte) {
            upcoming_.push_back(visited);
            continue;
        }
        if (mark(at.next)) to_visit_.push_back(at.next);
        if (mark(at.other)) to_visit_.push_back(at.other);
    }
    return false;
}

// False if the state was entered at this byte already.
bool StreamPattern::mark(Index state) noexcept {
    return std::exchange(marks_[state], generation_) != generation_;
}

void StreamPattern::new_generation() noexcept {
    if (++generation_ != 0) return;
    std::ranges::fill(marks_, 0);
    generation_ = 1;
}

}  // namespace gyre::detail
