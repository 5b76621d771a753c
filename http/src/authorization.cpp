#include "authorization.hpp"

#include "auth_challenge.hpp"
#include "base64.hpp"
#include "field_rules.hpp"

#include <algorithm>
#include <cstddef>
#include <string>

namespace gyre::http::detail {
namespace {

/// What follows "scheme", compared without regard to case, and its spaces: RFC 9110 section 11.4.
std::optional<std::string_view> credentials_for(std::string_view scheme, std::string_view value) {
    const std::size_t space = value.find(' ');
    if (space == std::string_view::npos || !iequals(value.substr(0, space), scheme))
        return std::nullopt;
    const std::size_t begin = value.find_first_not_of(' ', space);
    if (begin == std::string_view::npos) return std::nullopt;
    return value.substr(begin);
}

bool is_control(char byte) noexcept {
    const auto code = static_cast<unsigned char>(byte);
    return code < 0x20 || code == 0x7f;
}

}  // namespace

std::optional<BasicCredentials> parse_basic_auth(std::string_view value) {
    const auto encoded = credentials_for("Basic", value);
    if (!encoded) return std::nullopt;
    const std::optional<std::string> decoded = base64_decode(*encoded);
    if (!decoded || std::any_of(decoded->begin(), decoded->end(), is_control)) return std::nullopt;
    const std::size_t colon = decoded->find(':');
    if (colon == std::string::npos) return std::nullopt;
    return BasicCredentials{.username = decoded->substr(0, colon),
                            .password = decoded->substr(colon + 1)};
}

std::optional<std::string_view> parse_bearer_token(std::string_view value) noexcept {
    const auto token = credentials_for("Bearer", value);
    if (!token) return std::nullopt;
    return is_token68(*token) ? token : std::nullopt;
}

}  // namespace gyre::http::detail
