#include "httpbin/arguments.hpp"
#include "httpbin/reply.hpp"
#include "httpbin/routes.hpp"

#include <boost/json.hpp>

#include <string>
#include <string_view>

// Cookies (RFC 6265): those that came, and setting and deleting them by a visit.
namespace httpbin {
namespace json = boost::json;
namespace {

json::object cookies_of(const HTTPServerRequest& request) {
    json::object cookies;
    for (const auto& [name, value] : request.cookies())
        cookies[name] = value;
    return cookies;
}

// False if there cannot be such a cookie, which has been answered then.
bool set(const HTTPServerRequest& request, const HTTPServerResponse& response,
         std::string_view name, std::string_view value) {
    const gyre::Error error = response.set_cookie(
        {.name = std::string{name}, .value = std::string{value}, .secure = request.is_secure()});
    if (error) refuse(response, 400, error.message());
    return !error;
}

void show(const HTTPServerRequest& request, const HTTPServerResponse& response) {
    send_json(response, json::object{{"cookies", cookies_of(request)}});
}

void on_set(const HTTPServerRequest& request, const HTTPServerResponse& response) {
    for (const auto& [name, value] : arguments_of(request))
        if (!set(request, response, name, value)) return;
    response.redirect("/cookies");
}

void on_set_one(const HTTPServerRequest& request, const HTTPServerResponse& response) {
    if (set(request, response, request.path_argument("name"), request.path_argument("value")))
        response.redirect("/cookies");
}

// A cookie is deleted by one that has expired.
void on_delete(const HTTPServerRequest& request, const HTTPServerResponse& response) {
    for (const auto& pair : arguments_of(request))
        if (const gyre::Error error = response.clear_cookie(pair.first))
            return refuse(response, 400, error.message());
    response.redirect("/cookies");
}

}  // namespace

void add_cookie_routes(const Site& site) {
    site.server.get("/cookies", &show);
    site.server.get("/cookies/set", &on_set);
    site.server.get("/cookies/set/{name}/{value}", &on_set_one);
    site.server.get("/cookies/delete", &on_delete);
}

}  // namespace httpbin
