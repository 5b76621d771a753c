#include "httpbin/arguments.hpp"
#include "httpbin/description.hpp"
#include "httpbin/feed.hpp"
#include "httpbin/reply.hpp"
#include "httpbin/routes.hpp"

#include <algorithm>

// Responses that take their time.
namespace httpbin {
namespace {

// A line of JSON after the other; there are as many as asked for, but 100 at most.
void on_stream(gyre::Reactor& reactor, const HTTPServerRequest& request,
               const HTTPServerResponse& response) {
    const auto count = parse_number(request.path_argument("n"), 0U, ~0U);
    if (!count) return refuse(response, 400, "the number of lines is a whole number");
    response.set_header("Content-Type", "application/json");
    auto line = describe(request, {"args", "headers", "origin", "url"});
    feed(reactor, response,
         [line, id = 0U, last = std::min(*count, 100U)]() mutable -> std::optional<std::string> {
             if (id == last) return std::nullopt;
             line["id"] = id++;
             return compact(line) + "\n";
         });
}

void on_delay(gyre::Reactor& reactor, const HTTPServerRequest& request,
              const HTTPServerResponse& response) {
    const auto seconds = parse_number(request.path_argument("n"), 0.0, 1e6);
    if (!seconds) return refuse(response, 400, "the delay is a number of seconds");
    const std::chrono::duration<double> delay{std::min(*seconds, 10.0)};
    // Not given up when the client ends its side: it may be waiting for the answer all the same.
    reactor.call_later(std::chrono::duration_cast<gyre::Duration>(delay), [request, response] {
        send_description(request, response,
                         {"args", "data", "files", "form", "headers", "origin", "url"});
    });
}

// `size` bytes over `duration`, evenly, but no more than a hundred pieces a second.
void drip(gyre::Reactor& reactor, const HTTPServerResponse& response, std::size_t size,
          gyre::Duration duration) {
    const std::size_t ticks = std::clamp<std::size_t>(
        static_cast<std::size_t>(duration / std::chrono::milliseconds{10}), 1, size);
    feed(
        reactor, response,
        [size, ticks, tick = std::size_t{0}]() mutable -> std::optional<std::string> {
            if (tick == ticks) return std::nullopt;
            const std::size_t begin = size * tick / ticks;
            return std::string(size * ++tick / ticks - begin, '*');
        },
        duration / static_cast<int>(ticks));
}

void on_drip(gyre::Reactor& reactor, const HTTPServerRequest& request,
             const HTTPServerResponse& response) {
    const auto size = number_argument<std::size_t>(request, "numbytes", 10, 1, 10 * 1024 * 1024);
    const auto code = number_argument(request, "code", 200, 200, 599);
    const auto duration = seconds_argument(request, "duration", 2);
    const auto delay = seconds_argument(request, "delay", 2);
    if (!size || !code || !duration || !delay)
        return refuse(response, 400,
                      "numbytes is 1 to 10485760, code 200 to 599, duration and delay at most 60");
    response.set_status(*code);
    response.set_header("Content-Type", "application/octet-stream");
    if (*code != 204 && *code != 304) response.set_header("Content-Length", std::to_string(*size));
    reactor.call_later(*delay, [&reactor, response, size = *size, duration = *duration] {
        drip(reactor, response, size, duration);
    });
}

}  // namespace

void add_stream_routes(const Site& site) {
    const auto with_reactor = [&reactor = site.reactor](auto handler) {
        return [&reactor, handler](const HTTPServerRequest& request,
                                   const HTTPServerResponse& response) {
            handler(reactor, request, response);
        };
    };
    site.server.get("/stream/{n}", with_reactor(&on_stream));
    site.server.get("/drip", with_reactor(&on_drip));
    for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE"})
        site.server.route(method, "/delay/{n}", with_reactor(&on_delay));
}

}  // namespace httpbin
