#pragma once

#include <gyre/error.hpp>
#include <gyre/export.hpp>
#include <gyre/http/http_server_request.hpp>
#include <gyre/http/http_server_response.hpp>

namespace boost::json {
class value;
}

namespace gyre::http {

/// Parses the body of a request as JSON (RFC 8259) into `out`, which stays as it was on an error.
/// For handlers that run when the body is complete.
///
/// Strict: Content-Type must be application/json or end in +json; UTF-8 without a byte order mark;
/// one value and nothing but white space behind it; at most 32 arrays and objects inside each
/// other. Of equal keys in an object the last one counts. Error: `invalid_argument`, whose message
/// says what is wrong and at which byte; answer it with 400.
GYRE_API Error read_json(const HTTPServerRequest& request, boost::json::value& out);

/// Ends the response with `value` and the Content-Type application/json. If the head is out, the
/// value is the last piece of the body.
GYRE_API void finish_json(const HTTPServerResponse& response, const boost::json::value& value);

}  // namespace gyre::http
