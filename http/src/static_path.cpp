#include "static_path.hpp"

#include "percent.hpp"

#include <algorithm>
#include <cstddef>

namespace gyre::http::detail {
namespace {

constexpr std::size_t longest_name = 255;   // NAME_MAX of every file system in use
constexpr std::size_t longest_path = 4000;  // PATH_MAX, with room for a suffix

bool is_bad_byte(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f || c == '/' || c == '\\';
}

/// A sequence of UTF-8 by its first byte: its length, and the bounds of its second byte, which are
/// what keeps overlong forms, surrogates and what is too large out (RFC 3629 section 4).
struct Sequence {
    std::size_t length;
    unsigned char low;
    unsigned char high;
};

Sequence sequence_of(unsigned char first) noexcept {
    if (first < 0x80) return {1, 0, 0};
    if (first < 0xc2) return {0, 0, 0};
    if (first < 0xe0) return {2, 0x80, 0xbf};
    if (first == 0xe0) return {3, 0xa0, 0xbf};
    if (first == 0xed) return {3, 0x80, 0x9f};
    if (first < 0xf0) return {3, 0x80, 0xbf};
    if (first == 0xf0) return {4, 0x90, 0xbf};
    if (first < 0xf4) return {4, 0x80, 0xbf};
    if (first == 0xf4) return {4, 0x80, 0x8f};
    return {0, 0, 0};
}

}  // namespace

bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
        const Sequence sequence = sequence_of(byte(0));
        if (sequence.length == 0 || sequence.length > text.size()) return false;
        if (sequence.length > 1 && (byte(1) < sequence.low || byte(1) > sequence.high))
            return false;
        for (std::size_t i = 2; i < sequence.length; ++i)
            if (byte(i) < 0x80 || byte(i) > 0xbf) return false;
        text.remove_prefix(sequence.length);
    }
    return true;
}

bool is_servable_name(std::string_view name, bool hidden_too) noexcept {
    if (name.empty() || name.size() > longest_name || name == "." || name == "..") return false;
    if (name.front() == '.' && !hidden_too) return false;
    return std::none_of(name.begin(), name.end(), is_bad_byte) && is_utf8(name);
}

std::optional<StaticPath> parse_static_path(std::string_view path, bool hidden_too) {
    StaticPath result{.name = {}, .ends_open = path.empty()};
    while (!path.empty()) {
        const std::size_t slash = path.find('/');
        const auto segment = percent_decode(path.substr(0, slash));
        if (!segment || !is_servable_name(*segment, hidden_too)) return std::nullopt;
        if (result.name.size() + segment->size() > longest_path) return std::nullopt;
        if (!result.name.empty()) result.name += '/';
        result.name += *segment;
        if (slash == std::string_view::npos) break;
        path.remove_prefix(slash + 1);
        result.ends_open = path.empty();
    }
    return result;
}

}  // namespace gyre::http::detail
