#include "httpbin/arguments.hpp"
#include "httpbin/feed.hpp"
#include "httpbin/reply.hpp"
#include "httpbin/routes.hpp"

#include <algorithm>

// /range/N: N letters of which any part can be asked for, as when a download is resumed.
namespace httpbin {
namespace {

constexpr std::size_t most_bytes = 100 * 1024;

// From `begin` to before `end`.
struct Part {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t size() const { return end - begin; }
};

// "bytes=2-5", "bytes=2-" or "bytes=-3" (RFC 9110, section 14.1.2). Nothing if the field has to be
// ignored: another unit, several parts, or not a range at all. An empty part: 416.
std::optional<Part> parse_range(std::string_view field, std::size_t size) {
    constexpr std::string_view unit = "bytes=";
    if (!field.starts_with(unit)) return std::nullopt;
    field.remove_prefix(unit.size());
    const std::size_t dash = field.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const auto number = [](std::string_view text) {
        return parse_number<std::size_t>(text, 0, ~std::size_t{0});
    };
    const auto first = number(field.substr(0, dash));
    const std::string_view end = field.substr(dash + 1);
    const auto last = number(end);
    if ((dash != 0 && !first) || (!end.empty() && !last) || field == "-") return std::nullopt;
    if (!first) return Part{size - std::min(last.value_or(0), size), size};
    if (last && *last < *first) return std::nullopt;
    if (*first >= size) return Part{};
    return Part{*first, last && *last < size ? *last + 1 : size};
}

// What is asked for; If-Range (section 13.1.5) asks for all of it if it is no longer the same.
std::optional<Part> requested_part(const HTTPServerRequest& request, std::size_t size,
                                   std::string_view etag) {
    if (request.method() != "GET") return std::nullopt;  // section 14.2
    const auto field = request.headers().get("Range");
    if (!field || request.headers().get("If-Range", etag) != etag) return std::nullopt;
    return parse_range(*field, size);
}

std::string letters(const Part& part) {
    std::string text;
    for (std::size_t i = part.begin; i < part.end; ++i)
        text += static_cast<char>('a' + i % 26);
    return text;
}

// In pieces of `chunk`, with pauses between them that add up to `duration`.
void send_letters(gyre::Reactor& reactor, const HTTPServerResponse& response, Part part,
                  std::size_t chunk, gyre::Duration duration) {
    const std::size_t pieces = (part.size() + chunk - 1) / chunk;
    feed(
        reactor, response,
        [part, chunk]() mutable -> std::optional<std::string> {
            if (part.size() == 0) return std::nullopt;
            const Part now{part.begin, part.begin + std::min(chunk, part.size())};
            part.begin = now.end;
            return letters(now);
        },
        duration / static_cast<int>(pieces));
}

void on_range(gyre::Reactor& reactor, const HTTPServerRequest& request,
              const HTTPServerResponse& response) {
    const auto size = parse_number<std::size_t>(request.path_argument("n"), 1, most_bytes);
    const auto chunk =
        number_argument<std::size_t>(request, "chunk_size", 10 * 1024, 1, most_bytes);
    const auto duration = seconds_argument(request, "duration", 0);
    if (!size) return refuse(response, 404, "the number of bytes is 1 to 102400");
    if (!chunk || !duration)
        return refuse(response, 400, "chunk_size is 1 to 102400, duration at most 60 s");
    const std::string etag = "\"range" + std::to_string(*size) + "\"";
    response.set_header("ETag", etag);
    response.set_header("Accept-Ranges", "bytes");
    const auto part = requested_part(request, *size, etag);
    const std::string total = "/" + std::to_string(*size);
    if (part && part->size() == 0) {
        response.set_header("Content-Range", "bytes *" + total);
        return refuse(response, 416, "there is nothing in this range");
    }
    response.set_header("Content-Type", "application/octet-stream");
    const Part whole{0, *size};
    if (part) {
        response.set_status(206);
        response.set_header("Content-Range", "bytes " + std::to_string(part->begin) + "-" +
                                                 std::to_string(part->end - 1) + total);
    }
    response.set_header("Content-Length", std::to_string(part.value_or(whole).size()));
    send_letters(reactor, response, part.value_or(whole), *chunk, *duration);
}

}  // namespace

void add_range_routes(const Site& site) {
    site.server.get("/range/{n}",
                    [&reactor = site.reactor](const auto& request, const auto& response) {
                        on_range(reactor, request, response);
                    });
}

}  // namespace httpbin
