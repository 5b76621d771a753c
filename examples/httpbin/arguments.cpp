#include "httpbin/arguments.hpp"

#include <chrono>

namespace httpbin {

Pairs arguments_of(const gyre::http::HTTPServerRequest& request) {
    const gyre::http::QueryResult query = request.parse_query();
    if (query.error) return {};
    return {query.arguments.begin(), query.arguments.end()};
}

std::optional<gyre::Duration> seconds_argument(const gyre::http::HTTPServerRequest& request,
                                               std::string_view name, double otherwise) {
    const auto seconds = number_argument(request, name, otherwise, 0.0, 60.0);
    if (!seconds) return std::nullopt;
    return std::chrono::duration_cast<gyre::Duration>(std::chrono::duration<double>(*seconds));
}

}  // namespace httpbin
