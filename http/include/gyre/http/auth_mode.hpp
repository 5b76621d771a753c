#pragma once

#include <cstdint>

namespace gyre::http {

/// How a client shows who it is.
enum class AuthMode : std::uint8_t {
    basic,   ///< Name and password with every request (RFC 7617): for https only, or at home.
    digest,  ///< An answer to the server's challenge (RFC 7616): MD5, SHA-256; qop "auth" or none.
    bearer,  ///< A token in place of the password (RFC 6750).
};

}  // namespace gyre::http
