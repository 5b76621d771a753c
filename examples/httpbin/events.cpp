#include "httpbin/arguments.hpp"
#include "httpbin/reply.hpp"
#include "httpbin/routes.hpp"
#include <gyre/http/event_stream.hpp>

#include <boost/json.hpp>

#include <chrono>
#include <limits>
#include <string>
#include <string_view>

// Events for browsers, and a page that shows them.
namespace httpbin {
namespace json = boost::json;
using gyre::http::EventStream;
using gyre::http::ServerSentEvent;

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

ServerSentEvent ping(unsigned id) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count();
    const json::object data{{"id", id}, {"timestamp", seconds}};
    return {.id = std::to_string(id), .event = "ping", .data = json::serialize(data)};
}

// The events from `id` to before `end`, and one that says that these were all. The next one follows
// when the system has taken the one before, and not before `delay` has passed.
void send_events(gyre::Reactor& reactor, const EventStream& stream, unsigned id, unsigned end,
                 gyre::Duration delay) {
    if (id >= end) {
        stream.send({.id = std::to_string(id), .event = "end", .data = ""});
        return stream.close();
    }
    stream.send(ping(id), [=, &reactor](const gyre::Error& error) {
        if (error) return;  // the client has gone
        reactor.call_later(delay,
                           [=, &reactor] { send_events(reactor, stream, id + 1, end, delay); });
    });
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
    const EventStream stream{request, response, {.retry = std::chrono::milliseconds{500}}};
    send_events(reactor, stream, first, *count, *delay);
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
