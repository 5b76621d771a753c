#include "client_basic_auth.hpp"

#include <cstddef>
#include <cstdint>

namespace gyre::http::detail {
namespace {

// RFC 4648 4
void append_base64(std::string& out, std::string_view bytes) {
    constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (; !bytes.empty(); bytes.remove_prefix(bytes.size() < 3 ? bytes.size() : 3)) {
        std::uint32_t group = 0;
        for (std::size_t i = 0; i < 3; ++i)
            group = group << 8 | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U);
        for (std::size_t i = 0; i < 4; ++i)
            out += i <= bytes.size() ? digits[group >> (18 - 6 * i) & 63] : '=';
    }
}

}  // namespace

std::string basic_credentials(std::string_view user, std::string_view password) {
    std::string value = "Basic ";
    append_base64(value, std::string{user}.append(":").append(password));
    return value;
}

}  // namespace gyre::http::detail
