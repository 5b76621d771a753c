#pragma once

#include <array>
#include <cstddef>
#include <string>

namespace httpbin {

/// The first `size` bytes as lower-case hex digits.
template <std::size_t N>
std::string to_hex(const std::array<unsigned char, N>& bytes, std::size_t size = N) {
    constexpr const char* digits = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < size; ++i)
        text += {digits[bytes[i] >> 4], digits[bytes[i] & 15]};
    return text;
}

}  // namespace httpbin
