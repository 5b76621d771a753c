#include "httpbin/arguments.hpp"
#include "httpbin/feed.hpp"
#include "httpbin/random.hpp"
#include "httpbin/reply.hpp"
#include "httpbin/routes.hpp"

#include <algorithm>

// Random bytes, the same ones for the same `?seed=`.
namespace httpbin {
namespace {

constexpr std::size_t most_bytes = 100 * 1024;

// More than the most counts as the most.
std::optional<std::size_t> size_of(const HTTPServerRequest& request) {
    const auto size = parse_number<std::size_t>(request.path_argument("n"), 0, ~std::size_t{0});
    if (!size) return std::nullopt;
    return std::min(*size, most_bytes);
}

void on_bytes(const HTTPServerRequest& request, const HTTPServerResponse& response) {
    const auto size = size_of(request);
    if (!size) return refuse(response, 400, "the number of bytes is a whole number");
    auto engine = engine_for(request);
    response.set_header("Content-Type", "application/octet-stream");
    response.finish(random_bytes(engine, *size));
}

void on_stream_bytes(gyre::Reactor& reactor, const HTTPServerRequest& request,
                     const HTTPServerResponse& response) {
    const auto size = size_of(request);
    const auto chunk =
        number_argument<std::size_t>(request, "chunk_size", 10 * 1024, 1, most_bytes);
    if (!size || !chunk)
        return refuse(response, 400,
                      "the number of bytes is a whole number, chunk_size 1 to 102400");
    response.set_header("Content-Type", "application/octet-stream");
    feed(reactor, response,
         [engine = engine_for(request), left = *size,
          chunk = *chunk]() mutable -> std::optional<std::string> {
             if (left == 0) return std::nullopt;
             const std::size_t now = std::min(left, chunk);
             left -= now;
             return random_bytes(engine, now);
         });
}

}  // namespace

void add_bytes_routes(const Site& site) {
    site.server.get("/bytes/{n}", &on_bytes);
    site.server.get("/stream-bytes/{n}",
                    [&reactor = site.reactor](const auto& request, const auto& response) {
                        on_stream_bytes(reactor, request, response);
                    });
}

}  // namespace httpbin
