#include "media_type.hpp"

#include "field_rules.hpp"
#include "http1_chars.hpp"

#include <array>
#include <utility>

namespace gyre::http::detail {
namespace {

// More than any sender has use for, so that looking for a repeated name stays cheap.
constexpr std::size_t max_parameters = 32;

std::string in_lower_case(std::string_view text) {
    std::string lower{text};
    for (char& c : lower)
        c = ascii_lower(c);
    return lower;
}

std::string_view take_token(std::string_view& text) noexcept {
    const std::string_view token = text.substr(0, skip_chars(text, 0, text.size(), token_char));
    text.remove_prefix(token.size());
    return token;
}

void skip_blanks(std::string_view& text) noexcept {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
}

/// What an escape at the front of a quoted value stands for, and how long it is; 0 if there is
/// none.
struct Escape {
    char byte = 0;
    std::size_t size = 0;
};

Escape escape_at(std::string_view text, QuotedForm form) noexcept {
    if (text.front() == '\\' && text.size() > 1) {
        if (form == QuotedForm::http || text[1] == '"' || text[1] == '\\') return {text[1], 2};
    } else if (form == QuotedForm::form_data && text.front() == '%') {
        constexpr std::array<std::pair<std::string_view, char>, 3> written{
            {{"%22", '"'}, {"%0d", '\r'}, {"%0a", '\n'}}};
        for (const auto& [escape, byte] : written)
            if (equals_lower(text.substr(0, escape.size()), escape)) return {byte, escape.size()};
    }
    return {};
}

// Behind the opening quote, up to and with the closing one.
bool take_quoted(std::string_view& text, QuotedForm form, std::string& value) {
    while (!text.empty()) {
        const char c = text.front();
        if (!is_char(c, text_char)) return false;
        if (c == '"') {
            text.remove_prefix(1);
            return true;
        }
        const Escape escape = escape_at(text, form);
        if (form == QuotedForm::http && escape.size != 0 && !is_char(escape.byte, text_char))
            return false;
        value += escape.size != 0 ? escape.byte : c;
        text.remove_prefix(escape.size != 0 ? escape.size : 1);
    }
    return false;
}

}  // namespace

bool take_parameter_value(std::string_view& text, QuotedForm form, std::string& value) {
    if (text.starts_with('"')) {
        text.remove_prefix(1);
        return take_quoted(text, form, value);
    }
    value = take_token(text);
    return !value.empty();
}

std::optional<Parameters> parse_parameters(std::string_view text, QuotedForm form) {
    Parameters parameters;
    for (;;) {
        skip_blanks(text);
        if (text.empty()) return parameters;
        if (text.front() != ';') return std::nullopt;
        text.remove_prefix(1);
        skip_blanks(text);
        if (text.empty() || text.front() == ';') continue;
        std::string name = in_lower_case(take_token(text));
        if (name.empty() || !text.starts_with('=')) return std::nullopt;
        text.remove_prefix(1);
        if (parameters.size() == max_parameters || find_parameter(parameters, name))
            return std::nullopt;
        Parameter& parameter = parameters.emplace_back();
        parameter.name = std::move(name);
        if (!take_parameter_value(text, form, parameter.value)) return std::nullopt;
    }
}

const std::string* find_parameter(const Parameters& parameters, std::string_view name) noexcept {
    for (const Parameter& parameter : parameters)
        if (parameter.name == name) return &parameter.value;
    return nullptr;
}

std::optional<MediaType> parse_media_type(std::string_view text) {
    text = trim(text);
    const std::string_view type = take_token(text);
    if (type.empty() || !text.starts_with('/')) return std::nullopt;
    text.remove_prefix(1);
    const std::string_view subtype = take_token(text);
    if (subtype.empty()) return std::nullopt;
    std::optional<Parameters> parameters = parse_parameters(text, QuotedForm::http);
    if (!parameters) return std::nullopt;
    return MediaType{in_lower_case(type) + '/' + in_lower_case(subtype), std::move(*parameters)};
}

}  // namespace gyre::http::detail
