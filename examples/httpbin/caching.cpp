#include "httpbin/arguments.hpp"
#include "httpbin/description.hpp"
#include "httpbin/reply.hpp"
#include "httpbin/routes.hpp"

#include <algorithm>
#include <string>
#include <string_view>

// Conditional requests (RFC 9110, section 13) and Cache-Control.
namespace httpbin {
namespace {

constexpr std::string_view last_modified = "Sat, 01 Jan 2022 00:00:00 GMT";
constexpr std::string_view cache_etag = "\"2022\"";

void describe_to(const HTTPServerRequest& request, const HTTPServerResponse& response) {
    send_json(response, describe(request, {"args", "headers", "origin", "url"}));
}

void not_modified(const HTTPServerResponse& response) {
    response.set_status(304);
    response.finish();
}

// Whoever has a copy of any age may keep it.
void on_cache(const HTTPServerRequest& request, const HTTPServerResponse& response) {
    response.set_header("ETag", cache_etag);
    response.set_header("Last-Modified", last_modified);
    const bool has_copy = request.headers().contains("If-Modified-Since") ||
                          request.headers().contains("If-None-Match");
    has_copy ? not_modified(response) : describe_to(request, response);
}

void on_cache_for(const HTTPServerRequest& request, const HTTPServerResponse& response) {
    const auto seconds = parse_number(request.path_argument("n"), 0, 1'000'000'000);
    if (!seconds) return refuse(response, 400, "the age is a whole number of seconds");
    response.set_header("Cache-Control", "public, max-age=" + std::to_string(*seconds));
    describe_to(request, response);
}

// Whether a list such as `"a", W/"b"` or `*` names `tag`, which has no quotes. Clients that leave
// the quotes out are understood as well.
bool names(std::string_view list, std::string_view tag, bool weak_ones_too) {
    while (!list.empty()) {
        std::string_view item = list.substr(0, list.find(','));
        list.remove_prefix(std::min(list.size(), item.size() + 1));
        item.remove_prefix(std::min(item.find_first_not_of(" \t"), item.size()));
        item = item.substr(0, item.find_last_not_of(" \t") + 1);
        if (item == "*") return true;
        if (weak_ones_too && item.starts_with("W/")) item.remove_prefix(2);
        if (item.size() >= 2 && item.front() == '"' && item.back() == '"')
            item = item.substr(1, item.size() - 2);
        if (item == tag) return true;
    }
    return false;
}

// In the order of section 13.2.2.
void on_etag(const HTTPServerRequest& request, const HTTPServerResponse& response) {
    const std::string_view tag = request.path_argument("etag");
    if (tag.find('"') != std::string_view::npos ||
        response.set_header("ETag", "\"" + std::string{tag} + "\""))
        return refuse(response, 400, "no entity tag can have these bytes");
    const auto headers = request.headers();
    if (headers.contains("If-Match") && !names(headers.get_joined("If-Match"), tag, false))
        return refuse(response, 412, "If-Match does not name this entity tag");
    if (names(headers.get_joined("If-None-Match"), tag, true)) return not_modified(response);
    describe_to(request, response);
}

}  // namespace

void add_cache_routes(const Site& site) {
    site.server.get("/cache", &on_cache);
    site.server.get("/cache/{n}", &on_cache_for);
    site.server.get("/etag/{etag}", &on_etag);
}

}  // namespace httpbin
