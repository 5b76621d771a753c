#include "json_body.hpp"

#include "field_rules.hpp"

#include <boost/json/parser.hpp>

#include <cstddef>

namespace gyre::http::detail {
namespace {

constexpr std::size_t max_depth = 32;
constexpr std::string_view blanks = " \t\r\n";

std::string at_byte(std::string_view what, std::size_t position) {
    return std::string{what} + " at byte " + std::to_string(position);
}

}  // namespace

bool is_json_type(std::string_view content_type) noexcept {
    const std::string_view type = trim(content_type.substr(0, content_type.find(';')));
    if (iequals(type, "application/json")) return true;
    constexpr std::string_view suffix = "+json";
    return type.size() > suffix.size() && type.find('/') != std::string_view::npos &&
           iequals(type.substr(type.size() - suffix.size()), suffix);
}

std::string parse_json(std::string_view text, boost::json::value& out) {
    if (text.starts_with("\xef\xbb\xbf")) return at_byte("a byte order mark", 0);
    if (text.find_first_not_of(blanks) == std::string_view::npos) return "there is no value";
    boost::json::parse_options options;
    options.max_depth = max_depth;
    boost::json::parser parser{{}, options};
    boost::json::error_code error;
    const std::size_t read = parser.write_some(text.data(), text.size(), error);
    if (error == boost::json::error::too_deep)
        return at_byte("arrays and objects are nested more than 32 deep", read);
    if (error) return at_byte(error.message(), read);
    if (read < text.size()) return at_byte("something follows the value", read);
    out = parser.release();
    return {};
}

}  // namespace gyre::http::detail
