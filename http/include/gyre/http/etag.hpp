#pragma once

#include <gyre/export.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace gyre::http {

/// An entity tag (RFC 9110 section 8.8.3): a name for one state of a resource. A strong one changes
/// with every byte of the content; a weak one only says that two states serve the same purpose.
struct GYRE_API ETag {
    std::string value;  ///< What stands between the quotes: no quote, space or control byte.
    bool weak = false;

    /// Reads one tag, `"abc"` or `W/"abc"`; nothing for anything else, a list included.
    static std::optional<ETag> parse(std::string_view text);
    /// A strong tag made of all the content: half of its SHA-256, in hexadecimal digits.
    static ETag of(std::string_view content);

    /// As it stands in an ETag field.
    std::string to_string() const;

    friend bool operator==(const ETag&, const ETag&) = default;
};

}  // namespace gyre::http
