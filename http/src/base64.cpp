#include "base64.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace gyre::http::detail {
namespace {

constexpr std::string_view standard_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::uint32_t no_digit = 64;
using Values = std::array<std::uint8_t, 256>;

constexpr Values values_of(std::string_view digits) {
    Values values{};
    values.fill(no_digit);
    for (std::size_t i = 0; i < digits.size(); ++i)
        values[static_cast<unsigned char>(digits[i])] = static_cast<std::uint8_t>(i);
    return values;
}

constexpr Values standard_values = values_of(standard_digits);
constexpr Values url_values = values_of(url_digits);

std::string encode(std::string_view bytes, std::string_view digits) {
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(bytes.size(), 3))) {
        std::uint32_t group = 0;
        for (std::size_t i = 0; i < 3; ++i)
            group = group << 8 | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U);
        for (std::size_t i = 0; i <= std::min<std::size_t>(bytes.size(), 3); ++i)
            out += digits[group >> (18 - 6 * i) & 63];
    }
    return out;
}

// Without padding.
std::optional<std::string> decode(std::string_view text, const Values& values) {
    if (text.size() % 4 == 1) return std::nullopt;
    std::string out;
    out.reserve(text.size() / 4 * 3 + 2);
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : text) {
        const std::uint32_t value = values[static_cast<unsigned char>(c)];
        if (value == no_digit) return std::nullopt;
        bits = (bits << 6 | value) & 0xffffU;
        count += 6;
        if (count < 8) continue;
        count -= 8;
        out += static_cast<char>(bits >> count & 0xffU);
    }
    if ((bits & ((1U << count) - 1)) != 0) return std::nullopt;
    return out;
}

}  // namespace

std::string base64_encode(std::string_view bytes) {
    std::string out = encode(bytes, standard_digits);
    out.append((4 - out.size() % 4) % 4, '=');
    return out;
}

std::string base64url_encode(std::string_view bytes) { return encode(bytes, url_digits); }

std::optional<std::string> base64_decode(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    for (int i = 0; i < 2 && text.ends_with('='); ++i)
        text.remove_suffix(1);
    return decode(text, standard_values);
}

std::optional<std::string> base64url_decode(std::string_view text) {
    return decode(text, url_values);
}

}  // namespace gyre::http::detail
