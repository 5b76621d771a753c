#pragma once

#include <gyre/http/headers.hpp>
#include <gyre/http/middleware.hpp>

namespace gyre::http::detail {

/// The page for a status: Content-Type and body, as HTML, JSON or plain text, whichever of these
/// the fields of the request would rather have (RFC 9110 section 12.5.1). Nothing in it comes
/// unescaped from anywhere.
void fill_error_page(ErrorPage& page, HTTPHeadersView request);

}  // namespace gyre::http::detail
