#include "peer_info.hpp"

#include "field_rules.hpp"

#include <algorithm>
#include <string_view>

namespace gyre::http::detail {

bool is_misdirected(std::string_view host, std::string_view server_name) noexcept {
    if (host.starts_with('[')) return !server_name.empty();
    std::string_view name = host.substr(0, host.find(':'));
    if (name.ends_with('.')) name.remove_suffix(1);
    if (!server_name.empty()) return !iequals(name, server_name);
    return !std::all_of(name.begin(), name.end(),
                        [](char c) { return c == '.' || is_char(c, decimal_digit); });
}

bool wants_tls(std::string_view target) noexcept {
    constexpr std::string_view scheme = "https:";
    return !target.starts_with('/') && iequals(target.substr(0, scheme.size()), scheme);
}

}  // namespace gyre::http::detail
