#pragma once

#include <gyre/http/http_server_response.hpp>

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace httpbin {

/// `value` as JSON on several lines, indented by two blanks, the names of each object sorted.
std::string pretty(const boost::json::value& value);

/// `value` as JSON on one line, with sorted names as well.
std::string compact(const boost::json::value& value);

void send_json(const gyre::http::HTTPServerResponse& response, const boost::json::value& value);
void send_html(const gyre::http::HTTPServerResponse& response, std::string_view page);

/// Answers `status` with a line that says what is wrong.
void refuse(const gyre::http::HTTPServerResponse& response, int status, std::string_view why);

}  // namespace httpbin
