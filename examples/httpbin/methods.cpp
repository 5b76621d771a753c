#include "httpbin/description.hpp"
#include "httpbin/reply.hpp"
#include "httpbin/routes.hpp"

// A path for each method, which answers what was asked.
namespace httpbin {
namespace {

void on_get(const HTTPServerRequest& request, const HTTPServerResponse& response) {
    send_json(response, describe(request, {"args", "headers", "origin", "url"}));
}

void on_body(const HTTPServerRequest& request, const HTTPServerResponse& response) {
    send_description(request, response,
                     {"args", "data", "files", "form", "headers", "json", "origin", "url"});
}

void on_anything(const HTTPServerRequest& request, const HTTPServerResponse& response) {
    send_description(
        request, response,
        {"args", "data", "files", "form", "headers", "json", "method", "origin", "url"});
}

}  // namespace

void add_method_routes(const Site& site) {
    site.server.get("/get", &on_get);
    site.server.post("/post", &on_body);
    site.server.put("/put", &on_body);
    site.server.patch("/patch", &on_body);
    site.server.del("/delete", &on_body);
    for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
        site.server.route(method, "/anything", &on_anything);
        site.server.route(method, "/anything/{rest...}", &on_anything);
    }
}

}  // namespace httpbin
