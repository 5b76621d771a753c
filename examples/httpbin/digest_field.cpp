#include "httpbin/digest_auth.hpp"

#include <algorithm>
#include <cctype>

// Parses: Digest username="u", realm="r", nc=00000001, …
namespace httpbin {
namespace {

std::string lower(std::string_view text) {
    std::string result{text};
    std::ranges::transform(result, result.begin(), [](char c) {
        return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    });
    return result;
}

void skip_blanks(std::string_view& rest) {
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
}

// Takes what stands before the next of `stops` off `rest`, without the blanks at its end.
std::string take_until(std::string_view& rest, std::string_view stops) {
    std::string_view text = rest.substr(0, rest.find_first_of(stops));
    rest.remove_prefix(text.size());
    while (text.ends_with(' ') || text.ends_with('\t'))
        text.remove_suffix(1);
    return std::string{text};
}

// A quoted-string of RFC 9110, section 5.6.4; nothing if its end is missing.
std::optional<std::string> take_quoted(std::string_view& rest) {
    std::string text;
    for (std::size_t i = 1; i < rest.size(); ++i) {
        if (rest[i] == '"') {
            rest.remove_prefix(i + 1);
            return text;
        }
        if (rest[i] == '\\' && i + 1 < rest.size()) ++i;
        text += rest[i];
    }
    return std::nullopt;
}

std::optional<std::string> take_value(std::string_view& rest) {
    skip_blanks(rest);
    return rest.starts_with('"') ? take_quoted(rest) : take_until(rest, ",");
}

}  // namespace

std::optional<std::map<std::string, std::string>> parse_digest_field(std::string_view field) {
    constexpr std::string_view scheme = "digest ";
    if (lower(field.substr(0, scheme.size())) != scheme) return std::nullopt;
    field.remove_prefix(scheme.size());
    std::map<std::string, std::string> parameters;
    while (true) {
        skip_blanks(field);
        const std::string name = lower(take_until(field, "=,"));
        if (name.empty() || !field.starts_with('=')) return std::nullopt;
        field.remove_prefix(1);
        auto value = take_value(field);
        if (!value || !parameters.try_emplace(name, std::move(*value)).second) return std::nullopt;
        skip_blanks(field);
        if (field.empty()) return parameters;
        if (!field.starts_with(',')) return std::nullopt;
        field.remove_prefix(1);
    }
}

}  // namespace httpbin
