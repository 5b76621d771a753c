#include "forwarded.hpp"

#include "decimal.hpp"
#include "field_rules.hpp"
#include "http1_target.hpp"

#include <algorithm>
#include <cstddef>
#include <ranges>
#include <utility>

namespace gyre::http::detail {
namespace {

bool is_obfuscated(std::string_view text) noexcept {
    const auto good = [](char c) {
        const char lower = ascii_lower(c);
        return (lower >= 'a' && lower <= 'z') || is_char(c, decimal_digit) || c == '.' ||
               c == '_' || c == '-';
    };
    return text.size() > 1 && text.front() == '_' &&
           std::all_of(text.begin() + 1, text.end(), good);
}

/// The port of a node: 0 for an obfuscated one.
std::optional<std::uint16_t> parse_port(std::string_view text) noexcept {
    if (is_obfuscated(text)) return std::uint16_t{0};
    if (text.size() > 5) return std::nullopt;  // RFC 7239 section 6
    return parse_decimal<std::uint16_t>(text);
}

std::optional<std::string> parse_scheme(std::string_view text) {
    if (iequals(text, "https")) return "https";
    if (iequals(text, "http")) return "http";
    return std::nullopt;
}

/// A node that is an address, perhaps with a port.
std::optional<Address> parse_address(std::string_view text) {
    std::string_view literal = text;
    std::uint16_t port = 0;
    const bool bracketed = text.starts_with('[');
    const std::size_t end = bracketed ? text.find(']') : text.find(':');
    if (bracketed && end == std::string_view::npos) return std::nullopt;
    const std::size_t behind = bracketed ? end + 1 : std::min(end, text.size());
    if (behind < text.size()) {
        const auto given = text[behind] == ':' ? parse_port(text.substr(behind + 1)) : std::nullopt;
        if (!given) return std::nullopt;
        port = *given;
    }
    literal = bracketed ? text.substr(1, end - 1) : text.substr(0, behind);
    const bool has_colon = literal.find(':') != std::string_view::npos;
    if (has_colon != bracketed || literal.find('%') != std::string_view::npos) return std::nullopt;
    return Address::from_ip(literal, port);
}

/// Reads `token "=" (token / quoted-string)` pairs of one field line, strictly: no blanks but
/// around commas and semicolons.
class Scanner {
public:
    explicit Scanner(std::string_view text) noexcept : rest_(text) {}

    bool at_end() const noexcept { return rest_.empty(); }
    bool at(char c) const noexcept { return !rest_.empty() && rest_.front() == c; }
    bool take(char c) noexcept {
        if (!at(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    void skip_blanks() noexcept {
        while (at(' ') || at('\t'))
            rest_.remove_prefix(1);
    }
    std::string_view token() noexcept {
        const std::size_t end = skip_chars(rest_, 0, rest_.size(), token_char);
        const std::string_view result = rest_.substr(0, end);
        rest_.remove_prefix(end);
        return result;
    }
    std::optional<std::string> value() {
        if (!take('"')) {
            const std::string_view text = token();
            if (text.empty()) return std::nullopt;
            return std::string{text};
        }
        std::string text;
        while (!rest_.empty()) {
            char c = rest_.front();
            rest_.remove_prefix(1);
            if (c == '"') return text;
            if (c == '\\') {
                if (rest_.empty()) return std::nullopt;
                c = rest_.front();
                rest_.remove_prefix(1);
            }
            if (!is_char(c, text_char)) return std::nullopt;
            text.push_back(c);
        }
        return std::nullopt;
    }

private:
    std::string_view rest_;
};

bool set_parameter(ForwardedElement& element, std::string_view name, std::string value,
                   bool& has_by) {
    if (iequals(name, "for")) {
        if (element.client) return false;  // "Each parameter MUST NOT occur more than once"
        element.client = parse_forwarded_node(value);
        return element.client.has_value();
    }
    if (iequals(name, "by"))
        return !std::exchange(has_by, true) && parse_forwarded_node(value).has_value();
    if (iequals(name, "proto")) {
        const auto scheme = parse_scheme(value);
        if (!scheme || !element.scheme.empty()) return false;
        element.scheme = *scheme;
        return true;
    }
    if (iequals(name, "host")) {
        if (!element.host.empty() || !is_host_and_port(value)) return false;
        element.host = std::move(value);
    }
    return true;  // an extension
}

/// An element in the form that section 4 asks for, whatever its values.
struct Hop {
    ForwardedElement said;
    bool good = true;  ///< Each value is one of its parameter's, and no parameter comes twice.
};

// Pairs may be missing (section 4), as in ";for=_a;".
bool parse_hop(Scanner& in, Hop& hop) {
    bool has_by = false;
    do {
        in.skip_blanks();
        if (in.at_end() || in.at(';') || in.at(',')) continue;
        const std::string_view name = in.token();
        if (name.empty() || !in.take('=')) return false;
        std::optional<std::string> value = in.value();
        if (!value) return false;
        hop.good = set_parameter(hop.said, name, std::move(*value), has_by) && hop.good;
        in.skip_blanks();
    } while (in.take(';'));
    return true;
}

std::optional<std::vector<Hop>> parse_hops(std::string_view value) {
    std::vector<Hop> hops;
    Scanner in{value};
    while (true) {
        in.skip_blanks();
        // A recipient ignores empty elements of a list (RFC 9110 section 5.6.1.2).
        if (!in.at(',') && !in.at_end())
            if (!parse_hop(in, hops.emplace_back())) return std::nullopt;
        if (in.at_end()) return hops;
        if (!in.take(',')) return std::nullopt;
    }
}

std::vector<std::string_view> lines_of(std::span<const HTTPField> fields, std::string_view name) {
    std::vector<std::string_view> lines;
    for (const HTTPField& field : fields)
        if (iequals(field.name, name)) lines.push_back(field.value);
    return lines;
}

/// The elements of all lines together.
std::vector<std::string_view> list_of(std::span<const HTTPField> fields, std::string_view name) {
    std::vector<std::string_view> all;
    for (std::string_view rest : lines_of(fields, name)) {
        while (true) {
            const std::size_t comma = rest.find(',');
            const std::string_view element = trim(rest.substr(0, comma));
            if (!element.empty()) all.push_back(element);
            if (comma == std::string_view::npos) break;
            rest.remove_prefix(comma + 1);
        }
    }
    return all;
}

/// Whether the hop before this one has to be asked: it is trusted, so it is not the client.
bool speaks_for_another(const std::optional<Address>& address, const TrustedPeers& trusted) {
    return address && trusted.contains(*address);
}

std::optional<ForwardedRequest> read_standard(std::span<const HTTPField> fields,
                                              const TrustedPeers& trusted) {
    const std::vector<std::string_view> lines = lines_of(fields, "Forwarded");
    ForwardedRequest result;
    bool told = false;
    for (const std::string_view line : std::views::reverse(lines)) {
        std::optional<std::vector<Hop>> hops = parse_hops(line);
        // A quotation mark that the client left open may have swallowed what was said of it.
        if (!hops) return ForwardedRequest{.client = Address{}, .scheme = {}, .host = {}};
        for (auto& [hop, good] : std::views::reverse(*hops)) {
            if (!good) return std::nullopt;
            told = true;
            result.scheme = std::move(hop.scheme);
            result.host = std::move(hop.host);
            if (!hop.client) return result;
            result.client = hop.client->address.value_or(Address{});
            if (!speaks_for_another(hop.client->address, trusted)) return result;
        }
    }
    if (!told) return std::nullopt;
    return result;
}

// Where the lists are of one length, what belongs to the hop; else what the last proxy said.
std::string_view of_hop(const std::vector<std::string_view>& list, std::size_t hop,
                        std::size_t hops) noexcept {
    if (list.empty()) return {};
    return list.size() == hops ? list[hop] : list.back();
}

bool is_unknown(std::string_view text) noexcept { return iequals(text, "unknown"); }

/// An entry of X-Forwarded-For, where an IPv6 address may come without brackets.
std::optional<ForwardedNode> parse_entry(std::string_view text) {
    if (is_unknown(text)) return ForwardedNode{};
    if (text.find('%') != std::string_view::npos) return std::nullopt;
    std::optional<Address> address = Address::from_ip(text, 0);
    if (!address) address = parse_address(text);
    if (!address) return std::nullopt;
    return ForwardedNode{address};
}

std::optional<ForwardedRequest> read_customary(std::span<const HTTPField> fields,
                                               const TrustedPeers& trusted) {
    const std::vector<std::string_view> clients = list_of(fields, "X-Forwarded-For");
    const std::vector<std::string_view> schemes = list_of(fields, "X-Forwarded-Proto");
    const std::vector<std::string_view> hosts = list_of(fields, "X-Forwarded-Host");
    if (clients.empty() && schemes.empty() && hosts.empty()) return std::nullopt;
    ForwardedRequest result;
    std::size_t hop = clients.size();
    while (hop > 0) {
        const std::optional<ForwardedNode> node = parse_entry(clients[--hop]);
        if (!node) return std::nullopt;
        result.client = node->address.value_or(Address{});
        if (!speaks_for_another(node->address, trusted)) break;
    }
    const std::string_view scheme = of_hop(schemes, hop, clients.size());
    const std::string_view host = of_hop(hosts, hop, clients.size());
    result.scheme = parse_scheme(scheme).value_or("");
    // Not a reason to doubt the address: a proxy that sets that one may pass these on as they came.
    if (is_host_and_port(host)) result.host = host;
    return result;
}

}  // namespace

std::optional<ForwardedNode> parse_forwarded_node(std::string_view text) {
    const std::size_t colon = text.starts_with('[') ? std::string_view::npos : text.find(':');
    const std::string_view name = text.substr(0, colon);
    if (is_unknown(name) || is_obfuscated(name)) {
        if (colon != std::string_view::npos && !parse_port(text.substr(colon + 1)))
            return std::nullopt;
        return ForwardedNode{};
    }
    const std::optional<Address> address = parse_address(text);
    if (!address) return std::nullopt;
    return ForwardedNode{address};
}

std::optional<std::vector<ForwardedElement>> parse_forwarded(std::string_view value) {
    std::optional<std::vector<Hop>> hops = parse_hops(value);
    if (!hops) return std::nullopt;
    std::vector<ForwardedElement> elements;
    for (Hop& hop : *hops) {
        if (!hop.good) return std::nullopt;
        elements.push_back(std::move(hop.said));
    }
    return elements;
}

std::optional<ForwardedRequest> read_forwarded(std::span<const HTTPField> fields,
                                               ForwardedKind kind, const TrustedPeers& trusted) {
    return kind == ForwardedKind::forwarded ? read_standard(fields, trusted)
                                            : read_customary(fields, trusted);
}

}  // namespace gyre::http::detail
