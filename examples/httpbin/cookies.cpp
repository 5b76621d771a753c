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
    std::string_view rest = request.headers().get("Cookie", "");
    while (!rest.empty()) {
        std::string_view pair = rest.substr(0, rest.find(';'));
        rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
        pair.remove_prefix(std::min(pair.find_first_not_of(' '), pair.size()));
        const std::size_t equals = pair.find('=');
        if (equals != std::string_view::npos)
            cookies[pair.substr(0, equals)] = pair.substr(equals + 1);
    }
    return cookies;
}

bool set_cookie(const HTTPServerRequest& request, const HTTPServerResponse& response,
                std::string_view name, std::string_view value, std::string_view more = "") {
    if (name.empty() || name.find_first_of(" \t=;,\"") != std::string_view::npos) return false;
    if (value.find_first_of(" \t;,\"\\") != std::string_view::npos) return false;
    const std::string cookie = std::string{name} + "=" + std::string{value} + "; Path=/" +
                               std::string{more} + (request.is_secure() ? "; Secure" : "");
    return !response.add_header("Set-Cookie", cookie);
}

void show(const HTTPServerRequest& request, const HTTPServerResponse& response) {
    send_json(response, json::object{{"cookies", cookies_of(request)}});
}

void on_set(const HTTPServerRequest& request, const HTTPServerResponse& response) {
    for (const auto& [name, value] : parse_pairs(request.query()))
        if (!set_cookie(request, response, name, value))
            return refuse(response, 400, "a cookie of this name or value cannot be set");
    response.redirect("/cookies");
}

void on_set_one(const HTTPServerRequest& request, const HTTPServerResponse& response) {
    if (!set_cookie(request, response, request.path_argument("name"),
                    request.path_argument("value")))
        return refuse(response, 400, "a cookie of this name or value cannot be set");
    response.redirect("/cookies");
}

// A cookie is deleted by one that has expired.
void on_delete(const HTTPServerRequest& request, const HTTPServerResponse& response) {
    for (const auto& pair : parse_pairs(request.query()))
        if (!set_cookie(request, response, pair.first, "",
                        "; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT"))
            return refuse(response, 400, "there is no cookie of such a name");
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
