#pragma once

#include <gyre/clock.hpp>
#include <gyre/error.hpp>
#include <gyre/http/http_response.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace example {

/// Appends "URL: STATUS, N bytes, T s" or "URL: error: MESSAGE", and a line end.
void append_line(std::string& out, const gyre::http::HTTPResponse& response,
                 std::uint64_t body_bytes);

/// The same for a fetch whose response is gone.
void append_outcome(std::string& out, std::string_view url, const gyre::Error& error, int status,
                    std::uint64_t body_bytes, gyre::Duration time);

/// Appends the response as a JSON object, without its body, and a line end.
void append_json_line(std::string& out, const gyre::http::HTTPResponse& response,
                      std::uint64_t body_bytes);

}  // namespace example
