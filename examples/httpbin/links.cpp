#include "httpbin/arguments.hpp"
#include "httpbin/reply.hpp"
#include "httpbin/routes.hpp"

#include <algorithm>
#include <string>

// /links/N/OFFSET: a page with links to the other N - 1 pages of its kind, for crawlers.
namespace httpbin {
namespace {

constexpr int most_links = 200;

std::string page_of_links(int count, int offset) {
    std::string page = "<!DOCTYPE html>\n<html><head><title>Links</title></head><body>\n";
    for (int i = 0; i < count; ++i) {
        const std::string number = std::to_string(i);
        if (i == offset)
            page.append(number).append("\n");
        else
            page.append("<a href='/links/")
                .append(std::to_string(count))
                .append("/")
                .append(number)
                .append("'>")
                .append(number)
                .append("</a>\n");
    }
    return page + "</body></html>\n";
}

void on_links(const HTTPServerRequest& request, const HTTPServerResponse& response) {
    const auto count = parse_number(request.path_argument("n"), 0, 1'000'000);
    if (!count) return refuse(response, 400, "the number of links is a whole number");
    response.redirect("/links/" + std::to_string(*count) + "/0");
}

void on_links_page(const HTTPServerRequest& request, const HTTPServerResponse& response) {
    const auto count = parse_number(request.path_argument("n"), 0, 1'000'000);
    const auto offset = parse_number(request.path_argument("offset"), 0, 1'000'000);
    if (!count || !offset) return refuse(response, 400, "two whole numbers are needed");
    send_html(response, page_of_links(std::clamp(*count, 1, most_links), *offset));
}

}  // namespace

void add_link_routes(const Site& site) {
    site.server.get("/links/{n}", &on_links);
    site.server.get("/links/{n}/{offset}", &on_links_page);
}

}  // namespace httpbin
