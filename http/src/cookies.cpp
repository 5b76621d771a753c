#include "cookies.hpp"

#include "http1_chars.hpp"

#include <algorithm>

namespace gyre::http::detail {
namespace {

std::string_view next_piece(std::string_view& rest) noexcept {
    const std::string_view piece = rest.substr(0, rest.find(';'));
    rest.remove_prefix(std::min(piece.size() + 1, rest.size()));
    return trim_blanks(piece);
}

std::string_view unquote(std::string_view value) noexcept {
    const bool quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
    return quoted ? value.substr(1, value.size() - 2) : value;
}

}  // namespace

bool next_cookie(std::string_view& rest, CookieView& cookie) noexcept {
    while (!rest.empty()) {
        const std::string_view piece = next_piece(rest);
        const std::size_t equals = piece.find('=');
        if (equals == std::string_view::npos) continue;
        cookie.name = trim_blanks(piece.substr(0, equals));
        cookie.value = unquote(trim_blanks(piece.substr(equals + 1)));
        if (!cookie.name.empty()) return true;
    }
    return false;
}

std::size_t count_cookies(std::string_view value) noexcept {
    std::size_t count = 0;
    while (!value.empty())
        if (!next_piece(value).empty()) ++count;
    return count;
}

}  // namespace gyre::http::detail
