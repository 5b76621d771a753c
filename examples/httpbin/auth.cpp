#include "httpbin/base64.hpp"
#include "httpbin/reply.hpp"
#include "httpbin/routes.hpp"

#include <boost/json.hpp>

#include <cctype>
#include <optional>
#include <string>
#include <string_view>

// Basic authentication (RFC 7617) and bearer tokens (RFC 6750).
namespace httpbin {
namespace json = boost::json;
namespace {

// What follows the name of the scheme, "Basic" or "Bearer", if that is the one.
std::optional<std::string_view> credentials(const HTTPServerRequest& request,
                                            std::string_view scheme) {
    const std::string_view value = request.headers().get("Authorization", "");
    if (value.size() <= scheme.size() || value[scheme.size()] != ' ') return std::nullopt;
    for (std::size_t i = 0; i < scheme.size(); ++i)
        if (std::tolower(static_cast<unsigned char>(value[i])) !=
            std::tolower(static_cast<unsigned char>(scheme[i])))
            return std::nullopt;
    return value.substr(scheme.size() + 1);
}

// User and password are in the path for all to see, so how long the comparison takes is no secret.
bool is_allowed(const HTTPServerRequest& request) {
    const auto given = credentials(request, "Basic");
    if (!given) return false;
    return base64_decode(*given) == std::string{request.path_argument("user")} + ":" +
                                        std::string{request.path_argument("password")};
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
    const auto token = credentials(request, "Bearer");
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
