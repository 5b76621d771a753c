#pragma once

#include <gyre/error.hpp>

#include <string>
#include <string_view>

namespace gyre::detail {

/// Why `host` cannot be the name of a host (`Errc::invalid_argument`), or no error. Letters,
/// digits,
/// '-', '_' and '.', labels of 1 to 63, 253 in all (RFC 1123, 2.1; the underscore is not of the RFC
/// but of practice). A dot at the end is allowed.
Error check_host_name(std::string_view host);

/// The name in lower case: names are equal whatever their case (RFC 4343).
std::string fold_host_name(std::string_view host);

/// "localhost" or a name below it, with or without the final dot (RFC 6761, 6.3). `host` is folded.
bool is_localhost(std::string_view host) noexcept;

/// `host` for a message: in quotes, control and non-ASCII bytes escaped, and not too long.
std::string quote_host(std::string_view host);

}  // namespace gyre::detail
