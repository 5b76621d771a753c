#include "httpbin/arguments.hpp"

#include <algorithm>
#include <chrono>

namespace httpbin {
namespace {

std::string form_decode(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned byte = 0;
        const char* digits = text.data() + i + 1;
        if (text[i] == '%' && text.size() - i > 2 &&
            std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
            decoded += static_cast<char>(byte);
            i += 2;
        } else {
            decoded += text[i] == '+' ? ' ' : text[i];
        }
    }
    return decoded;
}

bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view{"-._~"}.find(c) != std::string_view::npos;
}

}  // namespace

Pairs parse_pairs(std::string_view text) {
    Pairs pairs;
    while (!text.empty()) {
        const std::string_view pair = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(text.size(), pair.size() + 1));
        if (pair.empty()) continue;
        const std::size_t equals = std::min(pair.find('='), pair.size());
        pairs.emplace_back(form_decode(pair.substr(0, equals)),
                           form_decode(pair.substr(std::min(pair.size(), equals + 1))));
    }
    return pairs;
}

std::optional<std::string_view> find(const Pairs& pairs, std::string_view name) {
    const auto found = std::ranges::find(pairs, name, &Pairs::value_type::first);
    if (found == pairs.end()) return std::nullopt;
    return found->second;
}

// RFC 3986, section 2.3.
std::string percent_encode(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (is_unreserved(c))
            encoded += c;
        else
            encoded.append("%") += {digits[byte >> 4], digits[byte & 15]};
    }
    return encoded;
}

std::optional<gyre::Duration> seconds_argument(const gyre::http::HTTPServerRequest& request,
                                               std::string_view name, double otherwise) {
    const auto seconds = number_argument(request, name, otherwise, 0.0, 60.0);
    if (!seconds) return std::nullopt;
    return std::chrono::duration_cast<gyre::Duration>(std::chrono::duration<double>(*seconds));
}

}  // namespace httpbin
