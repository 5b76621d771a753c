#include "percent.hpp"

#include <algorithm>
#include <array>

namespace gyre::http::detail {

namespace {

enum Class : unsigned char { unreserved = 1, path_byte = 2, query_byte = 4 };

constexpr std::array<unsigned char, 256> make_classes() {
    std::array<unsigned char, 256> classes{};
    constexpr std::string_view letters_digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (const char byte : letters_digits)
        classes[static_cast<unsigned char>(byte)] = unreserved | path_byte | query_byte;
    // The rest of pchar in RFC 3986 section 3.3, the slash, and '%' itself.
    for (const char byte : std::string_view{"!$&'()*+,;=:@/%"})
        classes[static_cast<unsigned char>(byte)] = path_byte | query_byte;
    classes['?'] = query_byte;
    return classes;
}

constexpr auto classes = make_classes();

constexpr int hex_value(char digit) noexcept {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
}

/// The byte that the escape at `text[at]` stands for, or -1.
int escaped_byte(std::string_view text, std::size_t at) noexcept {
    if (text.size() - at < 3) return -1;
    const int high = hex_value(text[at + 1]);
    const int low = hex_value(text[at + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

bool decode_into(std::string& out, std::string_view text, bool plus_is_space) {
    out.reserve(out.size() + text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            const int byte = escaped_byte(text, i);
            if (byte < 0) return false;
            out += static_cast<char>(byte);
            i += 2;
        } else {
            out += plus_is_space && text[i] == '+' ? ' ' : text[i];
        }
    }
    return true;
}

std::string encode(std::string_view text, Class kept, bool space_as_plus = false) {
    constexpr char hex[] = "0123456789ABCDEF";
    std::string out;
    out.reserve(text.size());
    for (const char byte : text) {
        const auto code = static_cast<unsigned char>(byte);
        if ((classes[code] & kept) != 0) {
            out += byte;
        } else if (space_as_plus && byte == ' ') {
            out += '+';
        } else {
            out += '%';
            out += hex[code >> 4];
            out += hex[code & 15];
        }
    }
    return out;
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text) {
    std::string decoded;
    if (!decode_into(decoded, text, false)) return std::nullopt;
    return decoded;
}

bool is_percent_encoded(std::string_view text) noexcept {
    for (std::size_t i = text.find('%'); i != std::string_view::npos; i = text.find('%', i + 3)) {
        if (escaped_byte(text, i) < 0) return false;
    }
    return true;
}

std::string percent_encode(std::string_view text) { return encode(text, unreserved); }

std::string percent_encode_path(std::string_view path) { return encode(path, path_byte); }

std::string percent_encode_query(std::string_view query) { return encode(query, query_byte); }

std::optional<QueryArguments> parse_query(std::string_view text, std::size_t max_arguments) {
    QueryArguments arguments;
    if (parse_query(text, max_arguments, arguments) != QueryError::none) return std::nullopt;
    return arguments;
}

QueryError parse_query(std::string_view text, std::size_t max_arguments,
                       QueryArguments& arguments) {
    while (!text.empty()) {
        const std::string_view piece = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(piece.size() + 1, text.size()));
        if (piece.empty()) continue;
        if (arguments.size() == max_arguments) return QueryError::too_many_arguments;
        const std::string_view name = piece.substr(0, piece.find('='));
        const std::string_view value = piece.substr(std::min(name.size() + 1, piece.size()));
        auto& argument = arguments.emplace_back();
        if (!decode_into(argument.first, name, true) || !decode_into(argument.second, value, true))
            return QueryError::bad_escape;
    }
    return QueryError::none;
}

std::string build_query(const QueryArguments& arguments) {
    std::string out;
    for (const auto& [name, value] : arguments) {
        if (!out.empty()) out += '&';
        out += encode(name, unreserved, true);
        out += '=';
        out += encode(value, unreserved, true);
    }
    return out;
}

}  // namespace gyre::http::detail
