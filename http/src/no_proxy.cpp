#include "no_proxy.hpp"

#include "decimal.hpp"
#include "field_rules.hpp"
#include "ip_network.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>

namespace gyre::http::detail {
namespace {

constexpr std::string_view separators = ", \t";

struct Element {
    std::string_view host;
    std::optional<std::uint16_t> port{};
};

// Nothing if the port is none.
std::optional<Element> with_port(std::string_view host, std::string_view port_text) {
    const auto port = parse_decimal<std::uint16_t>(port_text);
    if (!port) return std::nullopt;
    return Element{host, port};
}

// More than one colon without brackets is an IPv6 address.
std::optional<Element> parse_element(std::string_view text) {
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        const std::string_view host = text.substr(1, end - 1);
        const std::string_view rest = text.substr(end + 1);
        if (rest.empty()) return Element{host};
        return rest.front() == ':' ? with_port(host, rest.substr(1)) : std::nullopt;
    }
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos)
        return Element{text};
    return with_port(text.substr(0, colon), text.substr(colon + 1));
}

bool same_bits(std::span<const std::uint8_t> left, std::span<const std::uint8_t> right,
               unsigned bits) noexcept {
    const std::size_t whole = bits / 8;
    if (!std::equal(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(whole), right.begin()))
        return false;
    return bits % 8 == 0 || (left[whole] ^ right[whole]) >> (8 - bits % 8) == 0;
}

std::optional<IPBytes> ip_bytes(std::string_view text) {
    const auto address = Address::from_ip(text, 0);
    return address ? IPBytes::of(*address) : std::nullopt;
}

// Unlike in IPNetwork, bits behind the prefix do not matter: "10.0.0.1/8" is common here.
bool is_in_network(const IPBytes& host, std::string_view network) {
    const std::size_t slash = network.find('/');
    const auto first = ip_bytes(network.substr(0, slash));
    if (!first || first->bytes().size() != host.bytes().size()) return false;
    const auto all = static_cast<unsigned>(8 * first->bytes().size());
    if (slash == std::string_view::npos) return same_bits(first->bytes(), host.bytes(), all);
    const auto prefix = parse_decimal<unsigned>(network.substr(slash + 1));
    return prefix && *prefix <= all && same_bits(first->bytes(), host.bytes(), *prefix);
}

std::string_view without_last_dot(std::string_view name) noexcept {
    if (name.ends_with('.')) name.remove_suffix(1);
    return name;
}

bool is_below(std::string_view host, std::string_view domain) noexcept {
    domain = without_last_dot(domain);
    if (domain.starts_with('.')) domain.remove_prefix(1);
    if (domain.empty() || host.size() < domain.size()) return false;
    const std::size_t rest = host.size() - domain.size();
    return iequals(host.substr(rest), domain) && (rest == 0 || host[rest - 1] == '.');
}

}  // namespace

bool is_in_no_proxy(std::string_view list, std::string_view host, std::uint16_t port) {
    const auto host_bytes = ip_bytes(host);
    host = without_last_dot(host);
    while (true) {
        list.remove_prefix(std::min(list.find_first_not_of(separators), list.size()));
        if (list.empty()) return false;
        const std::string_view text = list.substr(0, list.find_first_of(separators));
        list.remove_prefix(text.size());
        const auto element = parse_element(text);
        if (!element || (element->port && *element->port != port)) continue;
        if (element->host == "*") return true;
        if (host_bytes ? is_in_network(*host_bytes, element->host) : is_below(host, element->host))
            return true;
    }
}

}  // namespace gyre::http::detail
