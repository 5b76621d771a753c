#include "log_text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>

namespace gyre::http::detail {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

void append_escaped_byte(std::string& out, char c) {
    const auto byte = static_cast<unsigned char>(c);
    out += "\\x";
    out += hex_digits[byte >> 4U];
    out += hex_digits[byte & 15U];
}

void append_escaped(std::string& out, std::string_view text, char first_visible) {
    for (const char c : text) {
        if (c == '"' || c == '\\')
            (out += '\\') += c;
        else if (c >= first_visible && c < 0x7f)
            out += c;
        else
            append_escaped_byte(out, c);
    }
}

/// A character of UTF-8 and how many bytes it took; 0 bytes if it is none.
struct Decoded {
    std::uint32_t value = 0;
    std::size_t size = 0;
};

// RFC 3629 section 4: no overlong form, no surrogate, nothing beyond U+10FFFF.
Decoded decode_utf8(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned first = byte(0);
    if (first < 0x80) return {first, 1};
    const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < size) return {};
    std::uint32_t value = first & (0xffU >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xc0U) != 0x80) return {};
        value = value << 6 | (byte(i) & 0x3fU);
    }
    constexpr std::array<std::uint32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
    if (value < least[size] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return {};
    return {value, size};
}

void append_unicode_escape(std::string& out, std::uint32_t value) {
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4)
        out += hex_digits[value >> shift & 15U];
}

bool is_plain(std::uint32_t value) noexcept {
    const bool control = value < 0x20 || (value >= 0x7f && value < 0xa0);
    return !control && value != 0x2028 && value != 0x2029;
}

std::chrono::year_month_day date_of(std::chrono::system_clock::time_point time) noexcept {
    return std::chrono::floor<std::chrono::days>(time);
}

std::chrono::hh_mm_ss<std::chrono::milliseconds> clock_of(
    std::chrono::system_clock::time_point time) noexcept {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    return std::chrono::hh_mm_ss{std::chrono::floor<std::chrono::milliseconds>(time - day)};
}

}  // namespace

void append_escaped(std::string& out, std::string_view text) { append_escaped(out, text, ' '); }

void append_word(std::string& out, std::string_view text) {
    if (text.empty()) out += '-';
    append_escaped(out, text, '!');
}

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    if (text.empty()) out += '-';
    append_escaped(out, text);
    out += '"';
}

void append_json(std::string& out, std::string_view name, std::string_view text) {
    if (text.empty()) return;
    out.append(",\"").append(name).append("\":\"");
    while (!text.empty()) {
        const Decoded next = decode_utf8(text);
        const std::size_t size = std::max<std::size_t>(next.size, 1);
        if (next.size == 0)
            append_unicode_escape(out, static_cast<unsigned char>(text[0]));
        else if (next.value == '"' || next.value == '\\')
            (out += '\\') += text[0];
        else if (is_plain(next.value))
            out.append(text.substr(0, size));
        else
            append_unicode_escape(out, next.value);
        text.remove_prefix(size);
    }
    out += '"';
}

std::string log_host(const Address& address) {
    switch (address.family()) {
        case Address::Family::none:
            return "-";
        case Address::Family::unix_path:
            return "unix:";
        default:
            return address.host();
    }
}

std::string apache_time(std::chrono::system_clock::time_point time) {
    constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto date = date_of(time);
    const auto clock = clock_of(time);
    std::array<char, 64> text{};
    std::snprintf(
        text.data(), text.size(), "%02u/%s/%04d:%02d:%02d:%02d +0000",
        static_cast<unsigned>(date.day()), months[static_cast<unsigned>(date.month()) - 1],
        static_cast<int>(date.year()), static_cast<int>(clock.hours().count()),
        static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
    return text.data();
}

std::string iso_time(std::chrono::system_clock::time_point time) {
    const auto date = date_of(time);
    const auto clock = clock_of(time);
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                  static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                  static_cast<int>(clock.minutes().count()),
                  static_cast<int>(clock.seconds().count()),
                  static_cast<int>(clock.subseconds().count()));
    return text.data();
}

std::string log_seconds(Duration duration) {
    // Not as a floating-point number: its decimal point is the locale's.
    const auto us = std::max<std::int64_t>(
        0, std::chrono::duration_cast<std::chrono::microseconds>(duration).count());
    std::string fraction = std::to_string(us % 1'000'000);
    return std::to_string(us / 1'000'000) + '.' + std::string(6 - fraction.size(), '0') + fraction;
}

}  // namespace gyre::http::detail
