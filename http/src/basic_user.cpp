#include "basic_user.hpp"

#include "field_rules.hpp"

#include <cstdint>

namespace gyre::http::detail {
namespace {

int sextet(char c) noexcept {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+') return 62;
    return c == '/' ? 63 : -1;
}

}  // namespace

// RFC 4648 4, decoded up to the colon, so that the password stays encoded.
std::string basic_user(std::string_view authorization) {
    constexpr std::string_view scheme = "Basic ";
    if (!iequals(authorization.substr(0, scheme.size()), scheme)) return {};
    std::string user;
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const char c : trim(authorization.substr(scheme.size()))) {
        const int value = sextet(c);
        if (value < 0) return {};
        bits = (bits << 6 | static_cast<std::uint32_t>(value)) & 0xffffU;
        held += 6;
        if (held < 8) continue;
        held -= 8;
        const char byte = static_cast<char>(bits >> held & 0xffU);
        if (byte == ':') return user;
        user += byte;
    }
    return {};
}

}  // namespace gyre::http::detail
