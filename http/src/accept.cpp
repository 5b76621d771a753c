#include "accept.hpp"

#include "field_rules.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace gyre::http::detail {
namespace {

constexpr int full_weight = 1000;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// Takes what stands before the next semicolon off, which one in a quoted string is not; trimmed.
std::string_view next_part(std::string_view& rest) noexcept {
    bool quoted = false;
    std::size_t end = 0;
    for (; end < rest.size() && (quoted || rest[end] != ';'); ++end) {
        if (rest[end] == '"')
            quoted = !quoted;
        else if (quoted && rest[end] == '\\' && end + 1 < rest.size())
            ++end;
    }
    const std::string_view part = trim(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return part;
}

/// An element of Accept or Accept-Encoding: what it is about, and its weight.
struct Preference {
    std::string_view name;
    int weight = full_weight;
    bool has_parameters = false;  // before the weight; charset does not count
};

/// Nothing if it is malformed. What follows the weight is an extension that was never used.
std::optional<Preference> parse_preference(std::string_view element) noexcept {
    Preference preference{.name = next_part(element)};
    while (!element.empty()) {
        const std::string_view part = next_part(element);
        const std::size_t equals = part.find('=');
        const std::string_view name = part.substr(0, equals);
        if (equals == std::string_view::npos || !is_token(name)) return std::nullopt;
        if (iequals(name, "q")) {
            const std::optional<int> weight = parse_qvalue(part.substr(equals + 1));
            if (!weight) return std::nullopt;
            preference.weight = *weight;
            return preference;
        }
        if (!iequals(name, "charset")) preference.has_parameters = true;
    }
    return preference;
}

/// Calls fn(preference) for each well-formed element of all fields of this name; false if there is
/// no such field.
template <class Function>
bool for_each_preference(HTTPHeadersView fields, std::string_view name, Function&& fn) {
    bool found = false;
    for (const HTTPField& field : fields) {
        if (!iequals(field.name, name)) continue;
        found = true;
        for_each_token(field.value, [&](std::string_view element) {
            if (const auto preference = parse_preference(element)) fn(*preference);
        });
    }
    return found;
}

void set_once(std::optional<int>& weight, int value) noexcept {
    if (!weight) weight = value;
}

/// How well a range fits a type; 0: not at all.
int specificity(std::string_view range, std::string_view type) noexcept {
    if (range == "*/*") return 1;
    if (range.ends_with("/*")) {
        const std::size_t size = range.size() - 1;  // with its slash
        return iequals(range.substr(0, size), type.substr(0, size)) ? 2 : 0;
    }
    return iequals(range, type) ? 3 : 0;
}

}  // namespace

std::optional<int> parse_qvalue(std::string_view text) noexcept {
    if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
    int weight = (text[0] - '0') * full_weight;
    if (text.size() > 1 && text[1] != '.') return std::nullopt;
    int place = 100;
    for (const char c : text.substr(std::min<std::size_t>(2, text.size()))) {
        if (!is_digit(c)) return std::nullopt;
        weight += (c - '0') * place;
        place /= 10;
    }
    return weight <= full_weight ? std::optional{weight} : std::nullopt;
}

std::optional<ContentCoding> choose_coding(HTTPHeadersView fields,
                                           std::span<const ContentCoding> offered) noexcept {
    std::array<std::optional<int>, 4> weights;  // by coding
    std::optional<int> any;
    const bool asked =
        for_each_preference(fields, "Accept-Encoding", [&](const Preference& preference) {
            if (preference.has_parameters) return;
            if (preference.name == "*") return set_once(any, preference.weight);
            if (const auto coding = coding_named(preference.name))
                set_once(weights[static_cast<std::size_t>(*coding)], preference.weight);
        });
    if (!asked) return ContentCoding::identity;
    const auto weight_of = [&](ContentCoding coding) {
        const auto& own = weights[static_cast<std::size_t>(coding)];
        return own ? own : any;
    };
    // Not named it is acceptable, but any coding that was asked for comes before it.
    const std::optional<int> plain = weight_of(ContentCoding::identity);
    ContentCoding best = ContentCoding::identity;
    int best_weight = 0;
    for (const ContentCoding coding : offered) {
        const int weight = weight_of(coding).value_or(0);
        if (coding == ContentCoding::identity || weight <= best_weight) continue;
        best = coding;
        best_weight = weight;
    }
    if (plain.value_or(0) > best_weight) return ContentCoding::identity;
    if (best_weight == 0 && plain == 0) return std::nullopt;
    return best;
}

std::optional<std::size_t> choose_media_type(HTTPHeadersView fields,
                                             std::span<const std::string_view> offered) {
    struct Match {
        int specificity = 0;
        int weight = 0;
    };
    std::vector<Match> matches(offered.size());
    const bool asked = for_each_preference(fields, "Accept", [&](const Preference& preference) {
        if (preference.has_parameters) return;
        for (std::size_t i = 0; i < offered.size(); ++i) {
            const int fits = specificity(preference.name, offered[i]);
            if (fits > matches[i].specificity) matches[i] = {fits, preference.weight};
        }
    });
    std::optional<std::size_t> best;
    if (!asked && !offered.empty()) best = 0;
    for (std::size_t i = 0; asked && i < offered.size(); ++i)
        if (matches[i].weight > (best ? matches[*best].weight : 0)) best = i;
    return best;
}

}  // namespace gyre::http::detail
