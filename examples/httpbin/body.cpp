#include "httpbin/base64.hpp"
#include "httpbin/description.hpp"
#include "httpbin/reply.hpp"
#include "support/json.hpp"
#include <gyre/http/form.hpp>

#include <boost/json.hpp>

// The body of a request as JSON, by its type.
namespace httpbin {
namespace json = boost::json;
using gyre::http::FormResult;
using gyre::http::HTTPServerRequest;

namespace {

constexpr std::string_view any_bytes = "application/octet-stream";

json::value parse_json(std::string_view text) {
    boost::system::error_code error;
    json::value value = json::parse(text, error);
    return error ? json::value() : value;
}

// Text as it is; other bytes as a URL that holds them (RFC 2397).
std::string readable(std::string_view bytes, std::string_view type) {
    if (example::is_utf8(bytes)) return std::string{bytes};
    return "data:" + std::string{type.empty() ? any_bytes : type} + ";base64," +
           base64_encode(bytes);
}

json::object files_of(const gyre::http::Form& form) {
    Pairs files;
    for (const gyre::http::FormFile& file : form.files())
        files.emplace_back(file.name, readable(file.body, file.content_type));
    return to_object(files);
}

// Sets the members "data", "files", "form" and "json".
gyre::Error describe_body(const HTTPServerRequest& request, json::object& out) {
    FormResult result = request.form();
    const bool is_form = result.error != gyre::Errc::not_supported;
    if (is_form && result.error) return std::move(result.error);
    const std::string_view data = is_form ? "" : request.body();
    out["data"] = readable(data, any_bytes);
    out["files"] = files_of(result.form);
    out["form"] = to_object({result.form.fields().begin(), result.form.fields().end()});
    out["json"] = parse_json(data);
    return {};
}

}  // namespace

void send_description(const HTTPServerRequest& request,
                      const gyre::http::HTTPServerResponse& response, Members members) {
    json::object body;
    if (const gyre::Error error = describe_body(request, body))
        return refuse(response, gyre::http::form_status(error), error.message());
    json::object answer = describe(request, members);
    for (const std::string_view name : members)
        if (const json::value* value = body.if_contains(name)) answer[name] = *value;
    send_json(response, answer);
}

}  // namespace httpbin
