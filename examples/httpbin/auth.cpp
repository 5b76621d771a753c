#include "httpbin/reply.hpp"
#include "httpbin/routes.hpp"

#include <boost/json.hpp>

// Basic authentication (RFC 7617) and bearer tokens (RFC 6750).
namespace httpbin {
namespace json = boost::json;
namespace {

// User and password are in the path for all to see, so how long the comparison takes is no secret.
bool is_allowed(const HTTPServerRequest& request) {
    const auto given = request.basic_auth();
    return given && given->username == request.path_argument("user") &&
           given->password == request.path_argument("password");
}

void welcome(const HTTPServerRequest& request, const HTTPServerResponse& response) {
    send_json(response,
              json::object{{"authenticated", true}, {"user", request.path_argument("user")}});
}

void on_basic(const HTTPServerRequest& request, const HTTPServerResponse& response) {
    if (is_allowed(request)) return welcome(request, response);
    response.set_status(401);
    response.set_header("WWW-Authenticate", R"(Basic realm="Fake Realm")");
    response.finish();
}

// Does not say that there is anything to log in to.
void on_hidden_basic(const HTTPServerRequest& request, const HTTPServerResponse& response) {
    if (is_allowed(request)) return welcome(request, response);
    response.send_error(404);
}

void on_bearer(const HTTPServerRequest& request, const HTTPServerResponse& response) {
    const auto token = request.bearer_token();
    if (token) return send_json(response, json::object{{"authenticated", true}, {"token", *token}});
    response.set_status(401);
    response.set_header("WWW-Authenticate", "Bearer");
    response.finish();
}

}  // namespace

void add_auth_routes(const Site& site) {
    site.server.get("/basic-auth/{user}/{password}", &on_basic);
    site.server.get("/hidden-basic-auth/{user}/{password}", &on_hidden_basic);
    site.server.get("/bearer", &on_bearer);
}

}  // namespace httpbin
