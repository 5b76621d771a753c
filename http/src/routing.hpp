#pragma once

#include "application_impl.hpp"
#include "router.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::http::detail {

class Exchange;

/// Where a request goes: found once, at its head. What it refers to lives as long as the server's
/// application.
class Routing {
public:
    void find(const ApplicationImpl& root, const Exchange& request);
    /// For a request that got no further than to its server.
    void stay_at(const ApplicationImpl& root) { applications_.assign(1, &root); }
    void clear() noexcept;
    /// The applications go: only the values that others may be looking at stay.
    void detach() noexcept;

    /// Null where no route matches; then `status` says what to answer: 404, 405, 400, 501, or 200
    /// to an OPTIONS that no handler takes.
    const Route* route() const noexcept { return route_; }
    int status() const noexcept { return status_; }
    /// The value of the Allow field of a 405 and a 200.
    const std::string& allow() const noexcept { return allow_; }
    const std::vector<RouteArgument>& arguments() const noexcept { return arguments_; }

    /// The middleware in the order in which it runs; null behind the last.
    const Middleware* middleware(std::size_t step) const noexcept;
    bool has_middleware() const noexcept { return middleware(0) != nullptr; }
    /// The same for what runs on the head of the response.
    const AfterMiddleware* after(std::size_t step) const noexcept;
    /// Of the innermost application that has one.
    ErrorPageHandler error_page() const;

private:
    void take(RouteMatch& match);
    void miss(const ApplicationImpl& application, MatchStatus status, std::string_view method);

    const Route* route_ = nullptr;
    int status_ = 404;
    std::vector<RouteArgument> arguments_;
    std::string allow_;
    // From the server's own to the one that has the route; keeps its memory from request to
    // request.
    std::vector<const ApplicationImpl*> applications_;
};

}  // namespace gyre::http::detail
