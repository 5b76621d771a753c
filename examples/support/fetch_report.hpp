#pragma once

#include <gyre/http/http_response.hpp>

#include <cstdint>
#include <string>

namespace example {

/// Appends "URL: STATUS, N bytes, T s" or "URL: error: MESSAGE", and a line end.
void append_line(std::string& out, const gyre::http::HTTPResponse& response,
                 std::uint64_t body_bytes);

/// Appends the response as a JSON object, without its body, and a line end.
void append_json_line(std::string& out, const gyre::http::HTTPResponse& response,
                      std::uint64_t body_bytes);

}  // namespace example
