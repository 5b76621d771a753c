#include "xsrf_token.hpp"

#include "base64.hpp"

#include <span>

namespace gyre::http::detail {
namespace {

std::string random_bytes(gyre::Random& random) {
    std::string bytes(xsrf_secret_size, '\0');
    random.fill(std::as_writable_bytes(std::span{bytes}));
    return bytes;
}

std::string combine(std::string_view left, std::string_view right) {
    std::string out(left);
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = static_cast<char>(out[i] ^ right[i]);
    return out;
}

}  // namespace

std::string make_xsrf_secret(gyre::Random& random) { return random_bytes(random); }

std::string mask_xsrf_secret(std::string_view secret, gyre::Random& random) {
    const std::string mask = random_bytes(random);
    return base64url_encode(mask + combine(mask, secret));
}

std::optional<std::string> unmask_xsrf_secret(std::string_view text) {
    constexpr std::size_t encoded_size = (2 * xsrf_secret_size * 4 + 2) / 3;
    if (text.size() != encoded_size) return std::nullopt;
    const std::optional<std::string> both = base64url_decode(text);
    if (!both || both->size() != 2 * xsrf_secret_size) return std::nullopt;
    const std::string_view bytes = *both;
    return combine(bytes.substr(0, xsrf_secret_size), bytes.substr(xsrf_secret_size));
}

}  // namespace gyre::http::detail
