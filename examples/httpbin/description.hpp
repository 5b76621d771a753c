#pragma once

#include "httpbin/arguments.hpp"
#include <gyre/http/http_server_request.hpp>
#include <gyre/http/http_server_response.hpp>

#include <boost/json/object.hpp>

#include <initializer_list>
#include <string>
#include <string_view>

// A request as JSON.
namespace httpbin {

using Members = std::initializer_list<std::string_view>;

/// An object with those of the members "args", "headers", "method", "origin" and "url" that are
/// named.
boost::json::object describe(const gyre::http::HTTPServerRequest& request, Members members);

/// Answers with such an object, which may also have the members "data", "files", "form" and "json"
/// from the body; or, if the body is a malformed form, says so.
void send_description(const gyre::http::HTTPServerRequest& request,
                      const gyre::http::HTTPServerResponse& response, Members members);

/// Each name once, as in {"a": "1", "b": ["2", "3"]}.
boost::json::object to_object(const Pairs& pairs);

/// The fields of the request by name, which is written Like-This; values of the same name are
/// joined by commas.
boost::json::object headers_of(const gyre::http::HTTPServerRequest& request);

/// The address of the client, without the port.
std::string origin_of(const gyre::http::HTTPServerRequest& request);

/// "http://127.0.0.1:8080", for links that name the host.
std::string base_url(const gyre::http::HTTPServerRequest& request);

}  // namespace httpbin
