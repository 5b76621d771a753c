#include "field_rules.hpp"

#include <algorithm>

namespace gyre::http::detail {

namespace {

bool all_of_class(std::string_view text, CharClass wanted) noexcept {
    return skip_chars(text, 0, text.size(), wanted) == text.size();
}

}  // namespace

bool is_token(std::string_view text) noexcept {
    return !text.empty() && all_of_class(text, token_char);
}

bool is_field_value(std::string_view text) noexcept {
    return skip_text(text, 0, text.size()) == text.size();
}

bool is_target(std::string_view text) noexcept {
    return !text.empty() && all_of_class(text, target_char);
}

bool is_host(std::string_view text) noexcept {
    return !text.empty() && text.front() != ':' && all_of_class(text, host_char);
}

bool is_cookie_value(std::string_view text) noexcept {
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
        text = text.substr(1, text.size() - 2);
    return all_of_class(text, cookie_char);
}

bool iequals(std::string_view left, std::string_view right) noexcept {
    return equals_ignoring_case(left, right);
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

std::string_view trim(std::string_view text) noexcept { return trim_blanks(text); }

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
