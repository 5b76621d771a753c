#include "httpbin/base64.hpp"
#include "httpbin/description.hpp"
#include "support/json.hpp"

#include <boost/json.hpp>

namespace httpbin {
namespace json = boost::json;
namespace {

json::value parse_json(std::string_view text) {
    boost::system::error_code error;
    json::value value = json::parse(text, error);
    return error ? json::value{} : value;
}

// Text as it is; other bytes as a URL that holds them (RFC 2397).
std::string readable(std::string_view bytes, std::string_view type) {
    if (example::is_utf8(bytes)) return std::string{bytes};
    return "data:" + std::string{type} + ";base64," + base64_encode(bytes);
}

bool is_form(const gyre::http::HTTPServerRequest& request) {
    return request.headers()
        .get("Content-Type", "")
        .starts_with("application/x-www-form-urlencoded");
}

}  // namespace

void describe_body(const gyre::http::HTTPServerRequest& request, json::object& out) {
    const bool form = is_form(request);
    const std::string_view data = form ? "" : request.body();
    out["data"] = readable(data, "application/octet-stream");
    out["files"] = json::object{};
    out["form"] = form ? to_object(parse_pairs(request.body())) : json::object{};
    out["json"] = parse_json(data);
}

}  // namespace httpbin
