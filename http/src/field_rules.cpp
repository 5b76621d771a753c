#include "field_rules.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace gyre::http::detail {

namespace {

enum Class : unsigned char {
    token_byte = 1,
    value_byte = 2,
    target_byte = 4,
    cookie_byte = 8,
    host_byte = 16
};

constexpr bool is_alnum(unsigned byte) {
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= 'a' && byte <= 'z');
}

constexpr bool one_of(unsigned byte, std::string_view set) {
    return byte < 0x80 && set.find(static_cast<char>(byte)) != std::string_view::npos;
}

constexpr std::array<unsigned char, 256> make_classes() {
    std::array<unsigned char, 256> classes{};
    for (unsigned byte = 0; byte < 256; ++byte) {
        const bool visible = byte > 0x20 && byte < 0x7f;
        unsigned bits = 0;
        if (is_alnum(byte) || one_of(byte, "!#$%&'*+-.^_`|~")) bits |= token_byte;
        if (visible || byte == ' ' || byte == '\t' || byte >= 0x80) bits |= value_byte;
        if (visible && byte != '#') bits |= target_byte;
        if (visible && !one_of(byte, "\",;\\")) bits |= cookie_byte;
        if (is_alnum(byte) || one_of(byte, "-._~%!$&'()*+;=:[]")) bits |= host_byte;
        classes[byte] = static_cast<unsigned char>(bits);
    }
    return classes;
}

constexpr auto classes = make_classes();

bool all_of_class(std::string_view text, Class wanted) noexcept {
    return std::all_of(text.begin(), text.end(), [wanted](char byte) {
        return (classes[static_cast<unsigned char>(byte)] & wanted) != 0;
    });
}

constexpr std::uint64_t every_byte = 0x0101010101010101U;
constexpr std::uint64_t high_bits = 0x8080808080808080U;

/// Whether eight bytes hold one below 0x20 or a DEL. A byte next to a true hit may be reported as
/// well, which is harmless: the caller then looks at each byte by itself.
bool may_have_control(std::uint64_t word) noexcept {
    const std::uint64_t below_space = (word - every_byte * 0x20U) & ~word;
    const std::uint64_t delete_as_zero = word ^ (every_byte * 0x7fU);
    const std::uint64_t is_delete = (delete_as_zero - every_byte) & ~delete_as_zero;
    return ((below_space | is_delete) & high_bits) != 0;
}

}  // namespace

bool is_token(std::string_view text) noexcept {
    return !text.empty() && all_of_class(text, token_byte);
}

bool is_field_value(std::string_view text) noexcept {
    while (text.size() >= sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data(), sizeof word);
        if (may_have_control(word) && !all_of_class(text.substr(0, sizeof word), value_byte))
            return false;
        text.remove_prefix(sizeof word);
    }
    return all_of_class(text, value_byte);
}

bool is_target(std::string_view text) noexcept {
    return !text.empty() && all_of_class(text, target_byte);
}

bool is_host(std::string_view text) noexcept {
    return !text.empty() && text.front() != ':' && all_of_class(text, host_byte);
}

bool is_cookie_value(std::string_view text) noexcept {
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
        text = text.substr(1, text.size() - 2);
    return all_of_class(text, cookie_byte);
}

bool iequals(std::string_view left, std::string_view right) noexcept {
    return left.size() == right.size() &&
           std::equal(left.begin(), left.end(), right.begin(),
                      [](char a, char b) { return a == b || to_lower(a) == to_lower(b); });
}

int icompare(std::string_view left, std::string_view right) noexcept {
    const std::size_t common = std::min(left.size(), right.size());
    for (std::size_t i = 0; i < common; ++i) {
        const int difference = static_cast<unsigned char>(to_lower(left[i])) -
                               static_cast<unsigned char>(to_lower(right[i]));
        if (difference != 0) return difference;
    }
    if (left.size() == right.size()) return 0;
    return left.size() < right.size() ? -1 : 1;
}

std::string_view trim(std::string_view text) noexcept {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool next_list_element(std::string_view& rest, std::string_view& element) noexcept {
    while (!rest.empty()) {
        bool quoted = false;
        std::size_t end = 0;
        for (; end < rest.size() && (quoted || rest[end] != ','); ++end) {
            if (rest[end] == '"')
                quoted = !quoted;
            else if (quoted && rest[end] == '\\' && end + 1 < rest.size())
                ++end;
        }
        element = trim(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (!element.empty()) return true;
    }
    return false;
}

bool has_token(std::string_view value, std::string_view token) noexcept {
    bool found = false;
    for_each_token(value, [&](std::string_view element) {
        found = iequals(element, token);
        return !found;
    });
    return found;
}

}  // namespace gyre::http::detail
