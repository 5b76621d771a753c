#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace gyre::http::detail {

// The character classes of the HTTP grammar, as bits of one table, for what is read and for what is
// written alike.
enum CharClass : std::uint8_t {
    // RFC 9110 5.6.2: what methods, field names and connection options are made of.
    token_char = 1,
    // A visible ASCII character other than `#`: what a request target is made of here.
    target_char = 2,
    // RFC 3986 3.2.2: unreserved and sub-delims; `%` is looked at on its own.
    reg_name_char = 4,
    // A tab, a space, a visible character or obs-text: what field values are made of.
    text_char = 8,
    hex_digit = 16,
    decimal_digit = 32,
    // RFC 6265 4.1.1: cookie-octets.
    cookie_char = 64,
    // What a Host field that is to be sent is made of: a name, an address, a port.
    host_char = 128,
};

constexpr bool is_one_of(char c, std::string_view set) {
    return set.find(c) != std::string_view::npos;
}

constexpr std::array<std::uint8_t, 256> make_char_classes() {
    std::array<std::uint8_t, 256> table{};
    for (unsigned i = 0; i < 256; ++i) {
        const char c = static_cast<char>(i);
        const bool digit = i >= '0' && i <= '9';
        const bool letter = (i >= 'a' && i <= 'z') || (i >= 'A' && i <= 'Z');
        unsigned bits = 0;
        if (digit || letter || (i != 0 && is_one_of(c, "!#$%&'*+-.^_`|~"))) bits |= token_char;
        if (i > 0x20 && i < 0x7f && c != '#') bits |= target_char;
        if (digit || letter || (i != 0 && is_one_of(c, "-._~!$&'()*+,;="))) bits |= reg_name_char;
        if (c == '\t' || (i >= 0x20 && i != 0x7f)) bits |= text_char;
        if (digit || (i >= 'a' && i <= 'f') || (i >= 'A' && i <= 'F')) bits |= hex_digit;
        if (digit) bits |= decimal_digit;
        if (i > 0x20 && i < 0x7f && !is_one_of(c, "\",;\\")) bits |= cookie_char;
        if (digit || letter || (i != 0 && is_one_of(c, "-._~%!$&'()*+;=:[]"))) bits |= host_char;
        table[i] = static_cast<std::uint8_t>(bits);
    }
    return table;
}

inline constexpr std::array<std::uint8_t, 256> char_classes = make_char_classes();

constexpr bool is_char(char c, CharClass kind) noexcept {
    return (char_classes[static_cast<unsigned char>(c)] & kind) != 0;
}

// The first position in [pos, stop) whose byte is not of the class; stop if there is none.
inline std::size_t skip_chars(std::string_view text, std::size_t pos, std::size_t stop,
                              CharClass kind) {
    while (pos < stop && is_char(text[pos], kind))
        ++pos;
    return pos;
}

// skip_chars for text_char, eight bytes at a time, since most bytes of a head are those of values.
// The word test marks bytes below 0x20 and 0x7f; the lowest mark is exact, the ones above it may
// come from a borrow, which is why the byte-wise loop has the last word.
inline std::size_t skip_text(std::string_view text, std::size_t pos, std::size_t stop) {
    constexpr std::uint64_t ones = 0x0101010101010101U;
    constexpr std::uint64_t highs = ones * 0x80U;
    while (stop - pos >= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, &text[pos], sizeof word);
        const std::uint64_t del = word ^ (ones * 0x7fU);
        const std::uint64_t marks =
            (((word - ones * 0x20U) & ~word) | ((del - ones) & ~del)) & highs;
        if (marks == 0) {
            pos += 8;
            continue;
        }
        if constexpr (std::endian::native == std::endian::little)
            pos += static_cast<std::size_t>(std::countr_zero(marks)) / 8;
        else
            pos = skip_chars(text, pos, pos + 8, text_char);
        if (!is_char(text[pos], text_char)) return pos;
        ++pos;
    }
    return skip_chars(text, pos, stop, text_char);
}

constexpr char ascii_lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

// Whether `text` is `lower`, which is in lower case, whatever the case of its ASCII letters.
constexpr bool equals_lower(std::string_view text, std::string_view lower) noexcept {
    if (text.size() != lower.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (ascii_lower(text[i]) != lower[i]) return false;
    return true;
}

// Whether the two are the same but for the case of ASCII letters.
constexpr bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (ascii_lower(a[i]) != ascii_lower(b[i])) return false;
    return true;
}

// `text` without the spaces and tabs at its ends.
constexpr std::string_view trim_blanks(std::string_view text) noexcept {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

}  // namespace gyre::http::detail
