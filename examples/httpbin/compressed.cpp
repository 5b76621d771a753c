#include "httpbin/compression.hpp"
#include "httpbin/description.hpp"
#include "httpbin/reply.hpp"
#include "httpbin/routes.hpp"

#include <string>
#include <string_view>

// Compressed responses, whether the client asked for that or not: its decoder is what is tried. A
// server that has regard for Accept-Encoding has an option for it.
namespace httpbin {
namespace {

using Compress = std::string (*)(std::string_view);

void add_route(const Site& site, std::string_view path, std::string_view coding,
               std::string_view member, Compress compress) {
    site.server.get(path, [coding, member, compress](const HTTPServerRequest& request,
                                                     const HTTPServerResponse& response) {
        auto answer = describe(request, {"headers", "method", "origin"});
        answer[member] = true;
        response.set_header("Content-Type", "application/json");
        response.set_header("Content-Encoding", coding);
        response.finish(compress(pretty(answer)));
    });
}

}  // namespace

void add_compressed_routes(const Site& site) {
    add_route(site, "/gzip", "gzip", "gzipped", &gzip);
    add_route(site, "/deflate", "deflate", "deflated", &deflate);
    add_route(site, "/brotli", "br", "brotli", &brotli);
}

}  // namespace httpbin
