#include "http1_target.hpp"

#include "http1_chars.hpp"

#include <cstddef>

namespace gyre::http::detail {
namespace {

bool is_port(std::string_view text) noexcept {
    unsigned value = 0;
    for (const char c : text) {
        if (!is_char(c, decimal_digit)) return false;
        value = value * 10 + static_cast<unsigned>(c - '0');
        if (value > 65535) return false;
    }
    return true;
}

// RFC 3986 3.2.2 dec-octet, without leading zeros.
bool is_dec_octet(std::string_view text) noexcept {
    if (text.empty() || text.size() > 3) return false;
    if (text.size() > 1 && text.front() == '0') return false;
    unsigned value = 0;
    for (const char c : text) {
        if (!is_char(c, decimal_digit)) return false;
        value = value * 10 + static_cast<unsigned>(c - '0');
    }
    return value <= 255;
}

bool is_ipv4(std::string_view text) noexcept {
    for (int octet = 0; octet < 3; ++octet) {
        const std::size_t dot = text.find('.');
        if (dot == std::string_view::npos || !is_dec_octet(text.substr(0, dot))) return false;
        text.remove_prefix(dot + 1);
    }
    return is_dec_octet(text);
}

bool is_ipv6_group(std::string_view text) noexcept {
    return !text.empty() && text.size() <= 4 &&
           skip_chars(text, 0, text.size(), hex_digit) == text.size();
}

// How many 16-bit groups `a:b:c` has; -1 if it is malformed. An IPv4 address may be the last one.
int count_groups(std::string_view text, bool may_end_in_ipv4) noexcept {
    if (text.empty()) return 0;
    int groups = 0;
    for (;;) {
        const std::size_t colon = text.find(':');
        const std::string_view group = text.substr(0, colon);
        if (colon == std::string_view::npos && may_end_in_ipv4 && is_ipv4(group)) return groups + 2;
        if (!is_ipv6_group(group) || ++groups > 8) return -1;
        if (colon == std::string_view::npos) return groups;
        text.remove_prefix(colon + 1);
    }
}

bool is_ipv6(std::string_view text) noexcept {
    const std::size_t gap = text.find("::");
    if (gap == std::string_view::npos) return count_groups(text, true) == 8;
    const int before = count_groups(text.substr(0, gap), false);
    const int after = count_groups(text.substr(gap + 2), true);
    return before >= 0 && after >= 0 && before + after <= 7;
}

bool is_reg_name(std::string_view text) noexcept {
    for (std::size_t pos = 0;; pos += 3) {
        pos = skip_chars(text, pos, text.size(), reg_name_char);
        if (pos == text.size()) return pos != 0;
        if (text[pos] != '%' || text.size() - pos < 3) return false;
        if (!is_char(text[pos + 1], hex_digit) || !is_char(text[pos + 2], hex_digit)) return false;
    }
}

TargetForm absolute_form(std::string_view target) noexcept {
    const std::size_t colon = target.find("://");
    if (colon == std::string_view::npos) return TargetForm::invalid;
    const std::string_view scheme = target.substr(0, colon);
    if (!equals_lower(scheme, "http") && !equals_lower(scheme, "https")) return TargetForm::invalid;
    const std::string_view rest = target.substr(colon + 3);
    const std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
    return is_host_and_port(authority) ? TargetForm::absolute : TargetForm::invalid;
}

}  // namespace

bool is_host_and_port(std::string_view text) noexcept {
    if (text.empty()) return false;
    std::size_t host_end = 0;
    if (text.front() == '[') {
        const std::size_t bracket = text.find(']');
        if (bracket == std::string_view::npos || !is_ipv6(text.substr(1, bracket - 1)))
            return false;
        host_end = bracket + 1;
    } else {
        host_end = text.find(':');
        if (host_end == std::string_view::npos) host_end = text.size();
        if (!is_reg_name(text.substr(0, host_end))) return false;
    }
    if (host_end == text.size()) return true;
    return text[host_end] == ':' && is_port(text.substr(host_end + 1));
}

TargetForm target_form(std::string_view method, std::string_view target) noexcept {
    if (method == "CONNECT") {
        const bool has_port = !target.empty() && is_char(target.back(), decimal_digit) &&
                              target.find(':', target.find(']') + 1) != std::string_view::npos;
        return has_port && is_host_and_port(target) ? TargetForm::authority : TargetForm::invalid;
    }
    if (target.front() == '/') return TargetForm::origin;
    if (target == "*") return method == "OPTIONS" ? TargetForm::asterisk : TargetForm::invalid;
    return absolute_form(target);
}

}  // namespace gyre::http::detail
