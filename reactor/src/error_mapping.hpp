#pragma once

#include <gyre/error.hpp>
#include <gyre/error_access.hpp>

#include <source_location>
#include <string>
#include <string_view>

// The one place where other libraries' codes become an Error. `system_error` is declared in
// <gyre/error_access.hpp>, as protocols need it too.
namespace gyre::detail {

/// The error for a c-ares status: `cannot resolve "no.such.host": Domain name not found`.
Error resolver_error(int ares_status, std::string_view host,
                     std::source_location place = std::source_location::current());

/// The error for what OpenSSL's queue says, which is emptied: `what`: its first, hence deepest,
/// reason. `Errc::tls_failed`, category "tls".
Error tls_error(std::string_view what,
                std::source_location place = std::source_location::current());

/// Inside a catch block: `what`, followed by what the exception says.
std::string describe_exception(std::string what);

}  // namespace gyre::detail
