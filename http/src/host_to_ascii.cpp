#include "host_to_ascii.hpp"

#include "field_rules.hpp"
#include "http1_chars.hpp"
#include "static_path.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

#include <idn2.h>

namespace gyre::http::detail {
namespace {

constexpr std::string_view long_name = "the host name is longer than 253 bytes";
constexpr std::string_view long_label = "the host name has a label that is longer than 63 bytes";

// Four bytes of UTF-8 become one byte at least, but for a few that are left out; so this is more
// than any name needs, and it bounds the work.
constexpr std::size_t max_utf8_size = 4 * 253;

std::string reason_for(int status) {
    if (status == IDN2_TOO_BIG_DOMAIN) return std::string{long_name};
    if (status == IDN2_TOO_BIG_LABEL || status == IDN2_PUNYCODE_BIG_OUTPUT)
        return std::string{long_label};
    return std::string{"the host name cannot be written in ASCII: "} + idn2_strerror(status);
}

bool is_name_char(char c) noexcept {
    return is_char(c, decimal_digit) || (to_lower(c) >= 'a' && to_lower(c) <= 'z') || c == '-' ||
           c == '_';
}

}  // namespace

std::string check_host_name(std::string_view host) {
    if (host.size() > (host.ends_with('.') ? 254U : 253U)) return std::string{long_name};
    if (host.ends_with('.')) host.remove_suffix(1);
    for (bool last = false; !last;) {
        const std::size_t dot = host.find('.');
        last = dot == std::string_view::npos;
        const std::string_view label = host.substr(0, dot);
        if (label.empty()) return "the host name has an empty label";
        if (label.size() > 63) return std::string{long_label};
        if (!std::all_of(label.begin(), label.end(), is_name_char))
            return "the host name has a character that is not a letter, a digit, '-', '_' or '.'";
        host.remove_prefix(last ? host.size() : dot + 1);
    }
    return {};
}

AsciiHost host_to_ascii(std::string_view name) {
    if (name.size() > max_utf8_size) return {{}, std::string{long_name}};
    if (!is_utf8(name)) return {{}, "the host name is not UTF-8"};
    // The library takes text that ends with a null byte.
    if (name.find('\0') != std::string_view::npos)
        return {{}, "the host name contains a control byte"};
    std::uint8_t* converted = nullptr;
    const int status =
        idn2_lookup_u8(reinterpret_cast<const std::uint8_t*>(std::string{name}.c_str()), &converted,
                       IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    const std::unique_ptr<std::uint8_t, decltype(&idn2_free)> owner{converted, &idn2_free};
    if (status != IDN2_OK) return {{}, reason_for(status)};
    std::string ascii{reinterpret_cast<const char*>(converted)};
    std::ranges::transform(ascii, ascii.begin(), to_lower);
    if (std::string error = check_host_name(ascii); !error.empty()) return {{}, std::move(error)};
    return {std::move(ascii), {}};
}

}  // namespace gyre::http::detail
