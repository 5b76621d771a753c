#include "host_name.hpp"

#include <algorithm>
#include <cstddef>

namespace gyre::detail {
namespace {

constexpr std::size_t longest_name = 253;
constexpr std::size_t longest_label = 63;

// Not <cctype>, which asks the locale.
bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

bool is_name_char(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-' || c == '_';
}

char fold(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view without_final_dot(std::string_view host) noexcept {
    if (host.ends_with('.')) host.remove_suffix(1);
    return host;
}

const char* fault_of_label(std::string_view label) noexcept {
    if (label.empty()) return "it has an empty label";
    if (label.size() > longest_label) return "a label is longer than 63 bytes";
    for (const char c : label) {
        if (static_cast<unsigned char>(c) >= 0x80)
            return "it is not ASCII; internationalised names are written as \"xn--...\"";
        if (!is_name_char(c)) return "it holds a character that no host name has";
    }
    return nullptr;
}

const char* fault_of(std::string_view host) noexcept {
    if (host.empty()) return "it is empty";
    std::string_view rest = without_final_dot(host);
    if (rest.size() > longest_name) return "it is longer than 253 bytes";
    // DNS would be asked for the address of "127.1" or "256.0.0.1", which nobody means.
    if (std::ranges::all_of(rest, [](char c) { return is_digit(c) || c == '.'; }) &&
        rest.find('.') != std::string_view::npos)
        return "it looks like an IPv4 address but is none";
    for (;;) {
        const std::size_t dot = rest.find('.');
        if (const char* fault = fault_of_label(rest.substr(0, dot))) return fault;
        if (dot == std::string_view::npos) return nullptr;
        rest.remove_prefix(dot + 1);
    }
}

}  // namespace

Error check_host_name(std::string_view host) {
    const char* fault = fault_of(host);
    if (!fault) return {};
    return {Errc::invalid_argument, quote_host(host) + " cannot be a host name: " + fault};
}

std::string fold_host_name(std::string_view host) {
    std::string folded{host};
    std::ranges::transform(folded, folded.begin(), fold);
    return folded;
}

bool is_localhost(std::string_view host) noexcept {
    host = without_final_dot(host);
    return host == "localhost" || host.ends_with(".localhost");
}

std::string quote_host(std::string_view host) {
    constexpr char digits[] = "0123456789abcdef";
    std::string quoted = "\"";
    for (const char c : host.substr(0, longest_name)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\')
            quoted += c;
        else
            quoted.append("\\x").append(1, digits[byte >> 4]).append(1, digits[byte & 0xf]);
    }
    if (host.size() > longest_name) quoted += "...";
    return quoted += '"';
}

}  // namespace gyre::detail
