#include "httpbin/arguments.hpp"
#include "httpbin/description.hpp"
#include "httpbin/reply.hpp"
#include "httpbin/routes.hpp"

#include <string>
#include <string_view>

// Redirects that lead to others, n of them in all, and at last to /get.
namespace httpbin {
namespace {

constexpr int most_redirects = 1000;

std::string next_place(std::string_view kind, int left) {
    if (left == 1) return "/get";
    return "/" + std::string{kind} + "-redirect/" + std::to_string(left - 1);
}

// Not `response.redirect`, as httpbin also sends people to other sites.
void send_to(const HTTPServerResponse& response, std::string_view url, int status = 302) {
    response.set_status(status);
    if (const gyre::Error error = response.set_header("Location", url))
        return refuse(response, 400, "not a URL that can be sent");
    response.finish();
}

void redirect(const HTTPServerRequest& request, const HTTPServerResponse& response, bool absolute) {
    const auto count = parse_number(request.path_argument("n"), 1, most_redirects);
    if (!count) return refuse(response, 400, "the number of redirects is 1 to 1000");
    const std::string place = next_place(absolute ? "absolute" : "relative", *count);
    send_to(response, absolute ? base_url(request) + place : place);
}

void on_redirect(const HTTPServerRequest& request, const HTTPServerResponse& response) {
    redirect(request, response, request.query_argument("absolute") == "true");
}

void on_relative_redirect(const HTTPServerRequest& request, const HTTPServerResponse& response) {
    redirect(request, response, false);
}

void on_absolute_redirect(const HTTPServerRequest& request, const HTTPServerResponse& response) {
    redirect(request, response, true);
}

// A redirect wherever the client says: what a real site must not have.
void on_redirect_to(const HTTPServerRequest& request, const HTTPServerResponse& response) {
    const auto url = request.query_argument("url");
    if (!url) return refuse(response, 400, "?url= says where to go");
    // As httpbin does it: a status that is no redirect's does not count.
    const auto status = number_argument(request, "status_code", 302, 300, 399);
    send_to(response, *url, status.value_or(302));
}

}  // namespace

void add_redirect_routes(const Site& site) {
    site.server.get("/redirect/{n}", &on_redirect);
    site.server.get("/relative-redirect/{n}", &on_relative_redirect);
    site.server.get("/absolute-redirect/{n}", &on_absolute_redirect);
    for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE"})
        site.server.route(method, "/redirect-to", &on_redirect_to);
}

}  // namespace httpbin
