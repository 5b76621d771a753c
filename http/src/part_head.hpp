#pragma once

#include "multipart_error.hpp"
#include <gyre/http/field.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::http::detail {

// The head of one part of multipart/form-data. It stays where it is, as its views point into it.
class PartHead {
public:
    PartHead() = default;
    PartHead(const PartHead&) = delete;
    PartHead& operator=(const PartHead&) = delete;

    // As the bytes that were sent: a program must not take them for a path or print them raw.
    std::string name;
    // Without one it is a field, not a file; browsers send an empty one for a file not chosen.
    std::optional<std::string> filename;
    // Empty if there is none, which means text/plain (RFC 7578 4.4).
    std::string_view content_type;
    std::vector<HTTPField> fields;
    // What the views point into; written by the parser.
    std::string bytes;

    void clear() noexcept;

    // Reads what the fields say (RFC 7578 4.2, 4.4, 4.7).
    MultipartError interpret();

private:
    MultipartError read_disposition(std::string_view value);
};

}  // namespace gyre::http::detail
