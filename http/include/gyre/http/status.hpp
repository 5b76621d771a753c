#pragma once

#include "gyre/export.hpp"

#include <string_view>

namespace gyre::http {

/// The reason phrase that the IANA registry of status codes gives to `status` ("OK" for 200), in
/// the words of RFC 9110 section 15 where that defines the code. Empty for every other number,
/// the two reserved ones (306, 418) included: an empty phrase is legal in a status line
/// (RFC 9112 section 4). The view is valid for the life of the program.
[[nodiscard]] GYRE_API std::string_view reason_phrase(int status) noexcept;

}  // namespace gyre::http
