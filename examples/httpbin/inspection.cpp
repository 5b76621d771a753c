#include "httpbin/arguments.hpp"
#include "httpbin/description.hpp"
#include "httpbin/reply.hpp"
#include "httpbin/routes.hpp"

#include <boost/json.hpp>

// What the request was, and a response as the request wants it.
namespace httpbin {
namespace json = boost::json;
namespace {

void on_headers(const HTTPServerRequest& request, const HTTPServerResponse& response) {
    send_json(response, json::object{{"headers", headers_of(request)}});
}

void on_ip(const HTTPServerRequest& request, const HTTPServerResponse& response) {
    send_json(response, json::object{{"origin", origin_of(request)}});
}

void on_user_agent(const HTTPServerRequest& request, const HTTPServerResponse& response) {
    const auto agent = request.headers().get("User-Agent");
    send_json(response, json::object{{"user-agent", agent ? json::value(*agent) : nullptr}});
}

// The body tells the fields, and one of them is the length of the body: a longer number may make it
// longer again, but not for ever.
std::string body_with_own_length(json::object fields) {
    std::string body = pretty(fields);
    for (std::string length; length != std::to_string(body.size());) {
        length = std::to_string(body.size());
        fields["Content-Length"] = length;
        body = pretty(fields);
    }
    return body;
}

void on_response_headers(const HTTPServerRequest& request, const HTTPServerResponse& response) {
    Pairs fields = arguments_of(request);
    std::erase_if(fields, [](const auto& field) { return field.first == "Content-Length"; });
    if (!request.query_argument("Content-Type"))
        fields.emplace_back("Content-Type", "application/json");
    for (const auto& [name, value] : fields)
        if (const gyre::Error error = response.add_header(name, value))
            return response.send_error(400);
    response.finish(body_with_own_length(to_object(fields)));
}

}  // namespace

void add_inspection_routes(const Site& site) {
    site.server.get("/headers", &on_headers);
    site.server.get("/ip", &on_ip);
    site.server.get("/user-agent", &on_user_agent);
    site.server.get("/response-headers", &on_response_headers);
    site.server.post("/response-headers", &on_response_headers);
}

}  // namespace httpbin
