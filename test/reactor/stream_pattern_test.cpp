#include "stream_pattern.hpp"

#include <gyre/error_access.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <ostream>
#include <random>
#include <regex>
#include <string>
#include <string_view>

namespace gyre::detail {
namespace {

using Found = std::optional<std::size_t>;

/// Feeds the text cut at `split`; the size of what ends with the match, counted from the start.
Found end_of_match(std::string_view pattern, std::string_view text, std::size_t split = 0) {
    StreamPattern machine{pattern};
    EXPECT_FALSE(machine.error()) << machine.error();
    if (const Found found = machine.feed(text.substr(0, split))) return found;
    const Found found = machine.feed(text.substr(split));
    if (found) return split + *found;
    return found;
}

Found end_byte_by_byte(std::string_view pattern, std::string_view text) {
    StreamPattern machine{pattern};
    for (std::size_t i = 0; i < text.size(); ++i)
        if (machine.feed(text.substr(i, 1))) return i + 1;
    return std::nullopt;
}

std::string refusal(std::string_view pattern) {
    const StreamPattern machine{pattern};
    if (!machine.error()) return "none";
    EXPECT_EQ(machine.error(), Errc::invalid_argument);
    return machine.error().message();
}

struct Example {
    std::string_view pattern;
    std::string_view text;
    Found end;

    // GoogleTest would print its bytes, addresses among them.
    friend void PrintTo(const Example& example, std::ostream* out) { *out << example.pattern; }
};

class StreamPatternExample : public testing::TestWithParam<Example> {};

TEST_P(StreamPatternExample, EndsThereAtEverySplitPoint) {
    const auto& [pattern, text, end] = GetParam();
    for (std::size_t split = 0; split <= text.size(); ++split)
        EXPECT_EQ(end_of_match(pattern, text, split), end) << pattern << " cut at " << split;
    EXPECT_EQ(end_byte_by_byte(pattern, text), end) << pattern;
}

using namespace std::string_view_literals;
constexpr Found none = std::nullopt;

INSTANTIATE_TEST_SUITE_P(
    Syntax, StreamPatternExample,
    testing::Values(
        Example{"abc", "xxabcabc", 5}, Example{"aab", "aaaab", 5}, Example{"abc", "ababab", none},
        Example{"\\r?\\n\\r?\\n", "GET /\r\nHost: x\r\n\r\nbody", 18},
        Example{"\\r\\n\\r\\n|\\n\\n", "a\n\nb\r\n\r\n", 3}, Example{"a+", "baaa", 2},
        Example{"a+b", "baaab", 5}, Example{"ab|a", "ab", 1}, Example{"a.c", "a\nc axc", 7},
        Example{"[a-c]x", "dxbx", 4}, Example{"[^a-c]x", "axbxdx", 6}, Example{"[-a]x", "-x", 2},
        Example{"[a-]x", "-x", 2}, Example{"[\\]\\\\]", "a]", 2}, Example{"[\\d_]+-", "x1_2-", 5},
        Example{"\\d\\D\\w\\W\\s\\S", "1aa- b", 6}, Example{"\\x41\\x0a", "xA\n", 3},
        Example{"\\0\\t", "a\0\t"sv, 3}, Example{"\\(\\.\\*\\)\\/\\-", "(.*)/-", 6},
        Example{"a{3}", "aaxaaa", 6}, Example{"xa{2,}y", "xay xaaay", 9},
        Example{"xa{1,2}y", "xaaay xaay", 10}, Example{"xa{0}y", "xay xy", 6},
        Example{"(ab)*c", "ababc", 5}, Example{"(?:ab){2}", "abxabab", 7},
        Example{"(a|b|)c", "c", 1}, Example{"x()y", "xy", 2}, Example{"(a*)*b", "aab", 3},
        Example{"((a?){3}){2}b", "b", 1}, Example{"]}", "a]}", 3},
        Example{"\xff[\x80-\xfe]", "\xff\x90", 2}, Example{"[^\\x00-\\xff]", "anything", none},
        Example{"a|b", "", none}));

TEST(StreamPatternTest, WhatIsNoPatternIsRefusedWithItsPosition) {
    const auto at = [](std::string_view pattern, int position) {
        const std::string message = refusal(pattern);
        EXPECT_TRUE(message.ends_with("at position " + std::to_string(position)))
            << pattern << ": " << message;
    };
    at("^a", 0);
    at("a$", 1);
    at("ab\\b", 2);
    at("(a)\\1", 3);
    at("(?=a)", 1);
    at("a(?<n>b)", 2);
    at("a*?", 2);
    at("a++", 2);
    at("a**", 2);
    at("a{2}{3}", 4);
    at("*a", 0);
    at("a|+", 2);
    at("{2}", 0);
    at("a{", 1);
    at("a{,2}", 1);
    at("a{2", 1);
    at("a{3,2}", 1);
    at("a{99999999999999999999}", 1);
    at("a{4097}", 1);
    at("(a", 0);
    at("a)", 1);
    at("[a", 0);
    at("[]", 1);
    at("[z-a]", 1);
    at("[a-\\d]", 1);
    at("[[:alpha:]]", 1);
    at("\\", 0);
    at("[\\", 1);
    at("\\x4", 2);
    at("\\xg0", 2);
    at("\\01", 0);
    at("\\q", 0);
    at(std::string(101, '(') + std::string(101, ')'), 100);
}

TEST(StreamPatternTest, WhatMatchesNothingAtAllIsRefused) {
    for (const char* pattern : {"", "a*", "a?", "a|", "()", "(a*|b){2}", "a{0}", "(a{0,3})*"})
        EXPECT_NE(refusal(pattern).find("empty string"), std::string::npos) << pattern;
}

TEST(StreamPatternTest, TheStatesAreLimited) {
    EXPECT_EQ(refusal("a{4095}"), "none");  // and one for the end
    EXPECT_NE(refusal("a{4096}").find("4096 states"), std::string::npos);
    EXPECT_NE(refusal("((a{100}){100}){100}").find("4096 states"), std::string::npos);
    EXPECT_NE(refusal("((((){4096}){4096}){4096}){4096}a").find("4096 states"), std::string::npos);
    EXPECT_NE(refusal(std::string(100'000, 'a')).find("4096 states"), std::string::npos);
    EXPECT_EQ(end_of_match("a{4095}", std::string(5000, 'a')), 4095);
}

// Against what backtracks for ever on such a pattern.
TEST(StreamPatternTest, NoPatternIsTooLongToTellItsBytesApart) {
    const StreamPattern pattern{"(" + std::string(65'536, 'a') + "){0}b"};
    EXPECT_EQ(pattern.error(), Errc::invalid_argument);
}

TEST(StreamPatternTest, TheTimeIsLinearInTheBytes) {
    StreamPattern machine{"(a+)+(a|aa)*(a*)*b"};
    const std::string piece(10'000, 'a');
    for (int i = 0; i < 20; ++i)
        ASSERT_FALSE(machine.feed(piece));
    EXPECT_EQ(machine.feed("b"), 1);
}

/// Random patterns, as texts that std::regex understands the same way.
class RandomPattern {
public:
    explicit RandomPattern(std::mt19937& random) : random_(random) {}

    std::string choice(int depth) {
        std::string text = sequence(depth);
        while (one_in(4))
            text += '|' + sequence(depth);
        return text;
    }

private:
    std::size_t pick(std::size_t count) { return random_() % count; }
    bool one_in(std::size_t count) { return pick(count) == 0; }
    std::string sequence(int depth) {
        std::string text;
        for (std::size_t i = 1 + pick(3); i > 0; --i)
            text += atom(depth) + repetition();
        return text;
    }
    std::string atom(int depth) {
        static constexpr const char* atoms[] = {
            "a", "b", "c", "a", "b", "[ab]", "[^a]", "[^bc]", "\\n", ".", "\\w", "[\\Wa]", "\\x61"};
        if (depth == 0 || !one_in(4)) return atoms[pick(std::size(atoms))];
        return (one_in(2) ? "(" : "(?:") + choice(depth - 1) + ")";
    }
    std::string repetition() {
        static constexpr const char* all[] = {"*", "+", "?", "{2}", "{1,}", "{1,3}", "{0,2}"};
        return one_in(3) ? all[pick(std::size(all))] : "";
    }

    std::mt19937& random_;
};

Found earliest_end(const std::regex& regex, const std::string& text) {
    for (std::size_t end = 1; end <= text.size(); ++end)
        for (std::size_t begin = 0; begin < end; ++begin)
            if (std::regex_match(text.substr(begin, end - begin), regex)) return end;
    return std::nullopt;
}

TEST(StreamPatternTest, RandomPatternsEndWhereStdRegexSaysAtEverySplitPoint) {
    std::mt19937 random{20240229};
    int compared = 0;
    for (int i = 0; i < 700; ++i) {
        const std::string pattern = RandomPattern{random}.choice(2);
        const std::regex regex{pattern};
        const StreamPattern machine{pattern};
        EXPECT_EQ(static_cast<bool>(machine.error()), std::regex_match("", regex)) << pattern;
        if (machine.error()) continue;
        std::string text;
        for (const std::size_t size = random() % 8; text.size() < size;)
            text += "aabc\n"[random() % 5];
        const Found expected = earliest_end(regex, text);
        for (std::size_t split = 0; split <= text.size(); ++split)
            ASSERT_EQ(end_of_match(pattern, text, split), expected) << pattern << " in " << text;
        ++compared;
    }
    EXPECT_GT(compared, 300);
}

}  // namespace
}  // namespace gyre::detail
