#include "httpbin/arguments.hpp"
#include "httpbin/feed.hpp"
#include "httpbin/reply.hpp"
#include "httpbin/routes.hpp"

#include <chrono>
#include <limits>
#include <string>
#include <string_view>

// Events for browsers, and a page that shows them.
namespace httpbin {
namespace {

// Says what it has seen by its title, too. A source that is at its end would connect again.
constexpr std::string_view page = R"(<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>waiting</title></head>
<body>
<h1>Server-sent events</h1>
<ol id="events"></ol>
<script>
const source = new EventSource('/sse' + location.search);
source.addEventListener('ping', event => {
  const item = document.createElement('li');
  item.textContent = event.lastEventId + ': ' + event.data;
  document.getElementById('events').append(item);
});
source.addEventListener('end', () => { source.close(); document.title = 'done'; });
</script>
</body>
</html>
)";

std::string event(std::string_view name, std::string_view id, std::string_view data) {
    return "event: " + std::string{name} + "\nid: " + std::string{id} +
           "\ndata: " + std::string{data} + "\n\n";
}

std::string ping(unsigned id) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count();
    const std::string number = std::to_string(id);
    return event("ping", number,
                 R"({"id": )" + number + R"(, "timestamp": )" + std::to_string(seconds) + "}");
}

// A browser that lost the connection says what it has seen, and gets the rest.
unsigned first_event(const HTTPServerRequest& request) {
    const auto seen = parse_number(request.headers().get("Last-Event-ID", ""), 0U,
                                   std::numeric_limits<unsigned>::max() - 1);
    return seen ? *seen + 1 : 0;
}

// A browser comes back whenever a stream ends, unless it is told that there is no more.
void stop_coming(const HTTPServerResponse& response) {
    response.set_status(204);
    response.finish();
}

void on_sse(gyre::Reactor& reactor, const HTTPServerRequest& request,
            const HTTPServerResponse& response) {
    const auto count = number_argument(request, "count", 10U, 1U, 10'000U);
    const auto delay = seconds_argument(request, "delay", 1);
    if (!count || !delay)
        return refuse(response, 400, "count is 1 to 10000, delay at most 60 seconds");
    const unsigned first = first_event(request);
    if (first > *count) return stop_coming(response);
    response.set_header("Content-Type", "text/event-stream");
    response.set_header("Cache-Control", "no-store");
    feed(
        reactor, response,
        [id = first, count = *count]() mutable -> std::optional<std::string> {
            if (id > count) return std::nullopt;
            if (id == count) return event("end", std::to_string(id++), "{}");
            return ping(id++);
        },
        *delay);
}

void on_page(const HTTPServerRequest&, const HTTPServerResponse& response) {
    send_html(response, page);
}

void on_websocket(const HTTPServerRequest&, const HTTPServerResponse& response) {
    refuse(response, 501, "This server does not speak WebSocket yet.");
}

}  // namespace

void add_event_routes(const Site& site) {
    site.server.get("/sse", [&reactor = site.reactor](const auto& request, const auto& response) {
        on_sse(reactor, request, response);
    });
    site.server.get("/sse.html", &on_page);
    site.server.get("/websocket/echo", &on_websocket);
}

}  // namespace httpbin
