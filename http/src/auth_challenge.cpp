#include "auth_challenge.hpp"

#include "field_rules.hpp"
#include "http1_chars.hpp"

#include <algorithm>
#include <utility>

namespace gyre::http::detail {
namespace {

constexpr std::size_t max_challenges = 16;
constexpr std::size_t max_parameters = 32;

void skip_blanks(std::string_view& text) noexcept {
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
}

// Before the next element of a list, empty ones left out; false if there is none.
bool skip_to_element(std::string_view& text) noexcept {
    text.remove_prefix(std::min(text.find_first_not_of(" \t,"), text.size()));
    return !text.empty();
}

// Behind an element.
bool at_separator(std::string_view& text) noexcept {
    skip_blanks(text);
    return text.empty() || text.front() == ',';
}

std::string take_lower_token(std::string_view& text) {
    std::string token{text.substr(0, skip_chars(text, 0, text.size(), token_char))};
    text.remove_prefix(token.size());
    std::ranges::transform(token, token.begin(), to_lower);
    return token;
}

// A scheme is followed by something else.
bool is_at_parameter(std::string_view text) noexcept {
    text.remove_prefix(skip_chars(text, 0, text.size(), token_char));
    skip_blanks(text);
    return text.starts_with('=');
}

// token BWS "=" BWS ( token / quoted-string )
bool take_parameter(std::string_view& text, Parameters& parameters) {
    std::string name = take_lower_token(text);
    skip_blanks(text);
    if (name.empty() || !text.starts_with('=')) return false;
    text.remove_prefix(1);
    skip_blanks(text);
    if (parameters.size() == max_parameters || find_parameter(parameters, name)) return false;
    Parameter& parameter = parameters.emplace_back();
    parameter.name = std::move(name);
    return take_parameter_value(text, QuotedForm::http, parameter.value);
}

// The size of the token68 that the text begins with; 0 if there is none.
std::size_t token68_size(std::string_view text) noexcept {
    const auto begin = text.begin();
    const auto end = std::find_if_not(begin, text.end(), [](char c) {
        return is_char(c, decimal_digit) || (to_lower(c) >= 'a' && to_lower(c) <= 'z') ||
               is_one_of(c, "-._~+/");
    });
    if (end == begin) return 0;
    const auto padded = std::find_if_not(end, text.end(), [](char c) { return c == '='; });
    return static_cast<std::size_t>(padded - begin);
}

// "a=" is a token68, and "a=b" a parameter: what is behind it tells.
bool take_token68(std::string_view& text, std::string& token) {
    std::string_view rest = text;
    rest.remove_prefix(token68_size(text));
    token = text.substr(0, text.size() - rest.size());
    if (token.empty() || !at_separator(rest)) return false;
    text = rest;
    return true;
}

class ChallengeReader {
public:
    explicit ChallengeReader(std::string_view text) noexcept : rest_{text} {}

    bool read() {
        while (skip_to_element(rest_))
            if (!take_element() || !at_separator(rest_)) return false;
        return true;
    }

    std::vector<AuthChallenge> take() noexcept { return std::move(challenges_); }

private:
    bool take_element() {
        if (takes_parameters_ && is_at_parameter(rest_))
            return take_parameter(rest_, challenges_.back().parameters);
        return take_challenge();
    }

    // A scheme and what stands before the next comma.
    bool take_challenge() {
        if (challenges_.size() == max_challenges) return false;
        AuthChallenge& challenge = challenges_.emplace_back();
        challenge.scheme = take_lower_token(rest_);
        if (challenge.scheme.empty()) return false;
        takes_parameters_ = rest_.starts_with(' ');
        if (!takes_parameters_ || at_separator(rest_)) return true;
        if (!take_token68(rest_, challenge.token68)) {
            challenge.token68.clear();
            return take_parameter(rest_, challenge.parameters);
        }
        takes_parameters_ = false;
        return true;
    }

    std::string_view rest_;
    std::vector<AuthChallenge> challenges_;
    // Whether a parameter that comes next would belong to the last challenge.
    bool takes_parameters_ = false;
};

}  // namespace

std::optional<std::vector<AuthChallenge>> parse_auth_challenges(std::string_view value) {
    ChallengeReader reader{value};
    if (!reader.read()) return std::nullopt;
    return reader.take();
}

std::optional<Parameters> parse_auth_info(std::string_view value) {
    Parameters parameters;
    while (skip_to_element(value))
        if (!take_parameter(value, parameters) || !at_separator(value)) return std::nullopt;
    return parameters;
}

bool is_token68(std::string_view text) noexcept {
    return !text.empty() && token68_size(text) == text.size();
}

}  // namespace gyre::http::detail
