#include "pattern_parser.hpp"

#include <gyre/error_access.hpp>

#include <charconv>
#include <optional>
#include <string>
#include <utility>

namespace gyre::detail {
namespace {

using ByteSet = std::bitset<256>;

constexpr std::size_t most_depth = 100;     // of groups within groups
constexpr std::size_t most_repeats = 4096;  // each is at least one state

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::size_t index(char c) { return static_cast<unsigned char>(c); }

void add_range(ByteSet& set, std::size_t first, std::size_t last) {
    for (std::size_t byte = first; byte <= last; ++byte)
        set.set(byte);
}

ByteSet only(char c) {
    ByteSet set;
    set.set(index(c));
    return set;
}

/// The set that `\d`, `\w`, `\s` or its capital stands for.
std::optional<ByteSet> named_set(char name) {
    ByteSet set;
    switch (name | 0x20) {
        case 'w':
            add_range(set, 'a', 'z');
            add_range(set, 'A', 'Z');
            set.set('_');
            [[fallthrough]];
        case 'd':
            add_range(set, '0', '9');
            break;
        case 's':
            add_range(set, '\t', '\r');
            set.set(' ');
            break;
        default:
            return std::nullopt;
    }
    return name & 0x20 ? set : ~set;
}

/// Recursive descent; the first error ends it.
class PatternParser {
public:
    explicit PatternParser(std::string_view text) : text_(text) {}

    ParsedPattern parse() {
        PatternNode root = choice(0);
        if (!at_end()) fail("a ) without its (");
        return {std::move(root), std::move(sets_), std::move(error_)};
    }

private:
    bool at_end() const { return at_ == text_.size(); }
    bool next_is(char c) const { return !at_end() && text_[at_] == c; }
    bool accept(std::string_view expected) {
        if (!text_.substr(at_).starts_with(expected)) return false;
        at_ += expected.size();
        return true;
    }
    void fail(const std::string& what) { fail_at(what, at_); }
    void fail_at(const std::string& what, std::size_t position);

    PatternNode choice(std::size_t depth);
    PatternNode sequence(std::size_t depth);
    PatternNode atom(std::size_t depth);
    PatternNode group(std::size_t depth);
    ByteSet one_byte();
    PatternNode repeated(PatternNode part);
    bool repeat_count(PatternNode& node);
    std::optional<std::size_t> number();
    ByteSet escape();
    char hexadecimal();
    ByteSet byte_class();
    void class_item(ByteSet& set);

    std::string_view text_;
    std::size_t at_ = 0;
    std::vector<ByteSet> sets_;
    Error error_;
};

void PatternParser::fail_at(const std::string& what, std::size_t position) {
    if (!ErrorAccess::failed(error_))
        error_ = Error{Errc::invalid_argument,
                       "regular expression: " + what + " at position " + std::to_string(position)};
    at_ = text_.size();  // nothing more is read
}

PatternNode PatternParser::choice(std::size_t depth) {
    PatternNode first = sequence(depth);
    if (!next_is('|')) return first;
    PatternNode node{.kind = PatternNode::Kind::choice};
    node.parts.push_back(std::move(first));
    while (accept("|"))
        node.parts.push_back(sequence(depth));
    return node;
}

PatternNode PatternParser::sequence(std::size_t depth) {
    PatternNode node;
    while (!at_end() && !next_is('|') && !next_is(')'))
        node.parts.push_back(repeated(atom(depth)));
    return node;
}

PatternNode PatternParser::atom(std::size_t depth) {
    if (next_is('(')) return group(depth);
    sets_.push_back(one_byte());
    return {.kind = PatternNode::Kind::bytes, .set = sets_.size() - 1};
}

ByteSet PatternParser::one_byte() {
    switch (text_[at_]) {
        case '[':
            return byte_class();
        case '\\':
            return escape();
        case '.':
            ++at_;
            return ~only('\n');
        case '*':
        case '+':
        case '?':
        case '{':
            fail("nothing to repeat");
            return {};
        case '^':
        case '$':
            fail("an anchor, which is not supported,");
            return {};
        default:
            return only(text_[at_++]);
    }
}

PatternNode PatternParser::group(std::size_t depth) {
    const std::size_t start = at_;
    if (depth == most_depth) {
        fail("groups too deep");
        return {};
    }
    if (!accept("(?:") && accept("(") && next_is('?')) {
        fail("a group of a kind that is not supported");
        return {};
    }
    PatternNode node = choice(depth + 1);
    if (!accept(")")) fail_at("a ( without its )", start);
    return node;
}

PatternNode PatternParser::repeated(PatternNode part) {
    PatternNode node{.kind = PatternNode::Kind::repeat, .most = PatternNode::no_end};
    if (accept("+")) {
        node.least = 1;
    } else if (accept("?")) {
        node.most = 1;
    } else if (!accept("*")) {
        if (!next_is('{')) return part;
        if (!repeat_count(node)) return part;
    }
    node.parts.push_back(std::move(part));
    if (next_is('?') || next_is('+'))
        fail("a lazy or possessive repetition, which is not supported,");
    else if (next_is('*') || next_is('{'))
        fail("a repetition of a repetition");
    return node;
}

// {m}, {m,} or {m,n}.
bool PatternParser::repeat_count(PatternNode& node) {
    const std::size_t start = at_++;
    const std::optional<std::size_t> least = number();
    std::optional<std::size_t> most = least;
    if (least && accept(",")) most = next_is('}') ? PatternNode::no_end : number();
    if (!least || !most || !accept("}") || *most < *least) {
        fail_at("a repetition that is none of {m} {m,} {m,n}", start);
        return false;
    }
    if (*least > most_repeats || (*most > most_repeats && *most != PatternNode::no_end)) {
        fail_at("a repetition of more than 4096 times", start);
        return false;
    }
    node.least = *least;
    node.most = *most;
    return true;
}

std::optional<std::size_t> PatternParser::number() {
    std::size_t value = 0;
    const char* first = text_.data() + at_;
    const auto [end, code] = std::from_chars(first, text_.data() + text_.size(), value);
    if (code == std::errc::result_out_of_range) {
        value = PatternNode::no_end - 1;
    } else if (code != std::errc{}) {
        return std::nullopt;
    }
    at_ += static_cast<std::size_t>(end - first);
    return value;
}

ByteSet PatternParser::escape() {
    const std::size_t start = at_++;
    if (at_end()) {
        fail_at("a lone backslash", start);
        return {};
    }
    const char c = text_[at_++];
    if (const std::optional<ByteSet> set = named_set(c)) return *set;
    if (c == 'x') return only(hexadecimal());
    if (c == '0' && (at_end() || !is_digit(text_[at_]))) return only('\0');
    if (!is_letter(c) && !is_digit(c)) return only(c);
    if (c == 'r') return only('\r');
    if (c == 'n') return only('\n');
    if (c == 't') return only('\t');
    fail_at(is_digit(c) ? "a back reference or octal number, which is not supported,"
                        : "an unknown escape",
            start);
    return {};
}

char PatternParser::hexadecimal() {
    unsigned value = 0;
    const std::string_view digits = text_.substr(at_, 2);
    const auto [end, code] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() < 2 || code != std::errc{} || end != digits.data() + 2) {
        fail("\\x without two hexadecimal digits");
        return {};
    }
    at_ += 2;
    return static_cast<char>(value);
}

ByteSet PatternParser::byte_class() {
    const std::size_t start = at_++;
    ByteSet set;
    const bool negated = accept("^");
    if (next_is(']')) fail("an empty class");
    while (!at_end() && !next_is(']'))
        class_item(set);
    if (!accept("]")) fail_at("a [ without its ]", start);
    return negated ? ~set : set;
}

// A byte, a range or a named set.
void PatternParser::class_item(ByteSet& set) {
    const auto item = [this] {
        for (const std::string_view opening : {"[:", "[.", "[="})
            if (text_.substr(at_).starts_with(opening))
                fail("a POSIX class, which is not supported,");
        if (at_end()) return ByteSet{};
        return next_is('\\') ? escape() : only(text_[at_++]);
    };
    const auto lowest = [](const ByteSet& bytes) { return bytes._Find_first(); };
    const std::size_t start = at_;
    const ByteSet first = item();
    const bool range = next_is('-') && at_ + 1 < text_.size() && text_[at_ + 1] != ']';
    if (!range) {
        set |= first;
        return;
    }
    ++at_;
    const ByteSet last = item();
    if (first.count() != 1 || last.count() != 1 || lowest(first) > lowest(last))
        return fail_at("a range that is none", start);
    add_range(set, lowest(first), lowest(last));
}

}  // namespace

ParsedPattern parse_pattern(std::string_view pattern) { return PatternParser{pattern}.parse(); }

}  // namespace gyre::detail
