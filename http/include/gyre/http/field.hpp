#pragma once

#include <string_view>

namespace gyre::http {

/// One field line of a message (RFC 9110 section 5). Both parts are views: whoever hands out an
/// HTTPField says how long the text behind it lives.
struct HTTPField {
    std::string_view name;
    std::string_view value;
};

}  // namespace gyre::http
