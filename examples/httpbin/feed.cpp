#include "httpbin/feed.hpp"

#include <utility>

namespace httpbin {

void feed(gyre::Reactor& reactor, const gyre::http::HTTPServerResponse& response, Source source,
          gyre::Duration pause) {
    auto piece = source();
    if (!piece) return response.finish();
    const auto on_sent = [&reactor, response, source = std::move(source),
                          pause](const gyre::Error& error) {
        if (error) return;  // the client has gone
        if (pause == gyre::Duration::zero()) return feed(reactor, response, source);
        reactor.call_later(
            pause, [&reactor, response, source, pause] { feed(reactor, response, source, pause); });
    };
    response.write(std::move(*piece), on_sent);
}

}  // namespace httpbin
